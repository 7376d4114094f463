using Microsoft.CodeAnalysis.Text;
using ShutdownKit.Analyzers.Deployment;

namespace ShutdownKit.Analyzers.Tests.Deployment;

public sealed class DeploymentModelTests
{
    [Fact]
    public void A_compose_service_tells_all_that_rules_ask()
    {
        var service = ComposeFile.Services(SourceText.From(
            """
            x-common: &common
              restart: always
              stop_grace_period: 1m30s
            services:
              app:
                <<: *common
                image: example/app:1
                build:
                  context: ../src
                  dockerfile: App/Dockerfile
                  target: final
                command: sh -c "dotnet App.dll --name 'x y'"
                entrypoint: ["/tini", "--"]
                init: true
                stop_signal: SIGINT
                volumes:
                  - data:/data
                  - /anonymous
                  - ./local:/app/conf:ro
                  - ${DIR:-/x}:/y
                  - C:\data:/windows
                  - type: volume
                    source: more
                    target: /more
                environment:
                  - A=1
                  - B
            """)).Single();

        Assert.Equal("app", service.Name);
        Assert.Equal("example/app:1", service.Image?.Value);
        Assert.Equal("/repo/src/App/Dockerfile", service.Build?.DockerfilePath("/repo/deploy"));
        Assert.Equal("final", service.Build?.Target?.Value);
        Assert.Equal(["sh", "-c", "dotnet App.dll --name 'x y'"], service.Command!.Words);
        Assert.Equal(["/tini", "--"], service.Entrypoint!.Words);
        Assert.True(service.Init);
        Assert.Equal("SIGINT", service.StopSignal?.Value);
        Assert.Equal("1m30s", service.StopGracePeriod?.Value);
        Assert.Equal(["/data", "/anonymous", "/app/conf", "/y", "/windows", "/more"], service.Volumes.Select(it => it.Target));
        Assert.Equal(["data", null, "./local", "${DIR:-/x}", "C:\\data", "more"], service.Volumes.Select(it => it.Source));
        Assert.Equal([("A", "1"), ("B", null)], service.Environment.Select(it => (it.Name, it.Value)));
    }

    [Theory]
    [InlineData("build: .", "/repo/Dockerfile")]
    [InlineData("build: ./app/", "/repo/app/Dockerfile")]
    [InlineData("build: { context: .., dockerfile: x.Dockerfile }", "/x.Dockerfile")]
    [InlineData("build: { dockerfile_inline: 'FROM x' }", null)]
    [InlineData("build: https://github.com/x/y.git", null)]
    [InlineData("build: ${CONTEXT}", null)]
    public void The_Dockerfile_of_a_service(string build, string? expected) =>
        Assert.Equal(expected, ComposeFile.Services(SourceText.From("services:\n  app:\n    " + build)).Single().Build?.DockerfilePath("/repo"));

    [Theory]
    [InlineData("10s", 10d)]
    [InlineData("1m30s", 90d)]
    [InlineData("1.5s", 1.5)]
    [InlineData("500ms", 0.5)]
    [InlineData("0", 0d)]
    [InlineData("0s", 0d)]
    [InlineData("10", null)]
    [InlineData("${GRACE}", null)]
    [InlineData("", null)]
    [InlineData("s", null)]
    [InlineData("99999999999999h", null)]
    public void Durations_of_compose(string text, double? seconds) => Assert.Equal(seconds, GracePeriod.TryParseCompose(text)?.TotalSeconds);

    [Theory]
    [InlineData("20", 20d)]
    [InlineData("20s", 20d)]
    [InlineData("1min 30s", 90d)]
    [InlineData("2 min", 120d)]
    [InlineData("infinity", null)]
    [InlineData("0", null)]
    public void Durations_of_systemd(string text, double? seconds) => Assert.Equal(seconds, GracePeriod.TryParseSystemd(text)?.TotalSeconds);

    [Fact]
    public void A_pod_tells_its_containers_and_hooks()
    {
        var workload = KubernetesManifest.Workloads(SourceText.From(
            """
            apiVersion: v1
            kind: Service
            metadata: { name: app }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: app
            spec:
              template:
                spec:
                  terminationGracePeriodSeconds: 45
                  containers:
                    - name: app
                      image: registry/app:2
                      lifecycle:
                        preStop:
                          exec:
                            command: ["/bin/sh", "-c", "sleep 5 && echo done"]
                      volumeMounts:
                        - { name: data, mountPath: /data }
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: { name: job }
            spec: { template: { spec: { containers: [] } } }
            """)).Single();

        Assert.Equal("45", workload.TerminationGracePeriod?.Value);
        var container = Assert.Single(workload.Containers);
        Assert.Equal("registry/app:2", container.Image);
        Assert.Equal(["/data"], container.MountPaths);
        Assert.Equal(TimeSpan.FromSeconds(5), container.PreStopSleep?.Sleep);
    }

    [Fact]
    public void A_unit_tells_the_settings_of_its_service()
    {
        var unit = SystemdUnit.Read(SourceText.From("[Unit]\nKillMode=none\n[Service]\n# TimeoutStopSec=1\nTimeoutStopSec=20\nTimeoutStopSec = 30s \nExecStart=/app/App \\\n  KillMode=process\n"));

        Assert.Equal("30s", unit["TimeoutStopSec"]?.Value);
        Assert.Null(unit["KillMode"]);
    }

    [Fact]
    public void A_stage_tells_directory_volumes_and_environment()
    {
        var stage = Dockerfile.FinalStage(SourceText.From(
            """
            ARG BASE=debian:12
            FROM ${BASE} AS base
            ENV HOME_DIR=/srv NAME="the app"
            ENV LEGACY some value
            WORKDIR $HOME_DIR
            VOLUME ["/data", "/more/"]
            FROM base
            ARG SUB=app
            WORKDIR ./${SUB}
            VOLUME ${HOME_DIR}/x /y
            """))!;

        Assert.Equal("debian:12", stage.BaseImage);
        Assert.Equal("/srv/app", stage.WorkingDirectory());
        Assert.Equal(["/data", "/more", "/srv/x", "/y"], stage.Volumes());
        Assert.Equal("the app", stage.Environment()["NAME"]);
        Assert.Equal("some value", stage.Environment()["LEGACY"]);
    }

    [Theory]
    [InlineData("WORKDIR $UNKNOWN\nWORKDIR x", null)]
    [InlineData("WORKDIR $UNKNOWN\nWORKDIR /x", "/x")]
    [InlineData("RUN true", "/")]
    public void What_is_not_known_stays_unknown(string instructions, string? expected) =>
        Assert.Equal(expected, Dockerfile.FinalStage(SourceText.From("FROM debian:12\n" + instructions))!.WorkingDirectory());
}
