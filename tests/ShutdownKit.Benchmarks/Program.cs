using ShutdownKit.Benchmarks;
using ShutdownKit.Benchmarks.CodeBases;
using ShutdownKit.Benchmarks.Costs;
using ShutdownKit.Benchmarks.Hits;

const string Usage = """
    usage: bench.sh hits DIR... [options]        what the rules find in the C# projects below each DIR, which need not be restored
             --rule ID            only this rule (repeatable); also turns on a rule that is off by default
             --all                turn on the rules that are off by default
             --project TEXT       only projects whose path contains TEXT (repeatable)
             --skip-tests         leave test projects out
             --only-files-mentioning WORD
                                  only source files that contain WORD, which is much faster (repeatable: any of the words)
             --context N          print N source lines around each hit
             --errors             tell on standard error how many names of each project could not be bound
             --timeout SECONDS    for one project (default 300)
             --analyzers DLL      rules to run instead of this repository's own
           bench.sh analyzers [DIR] [options]    what the analyzers cost, next to their neighbours (default: our own sources)
             --rounds N           how often each is measured (default 5)
             --pack NAME          only this pack, besides ShutdownKit (repeatable)
             --project TEXT       only projects whose path contains TEXT (repeatable)
             --analyzers DLL      rules to run instead of this repository's own
    """;

SdkMSBuild.Use();
try
{
    return args switch
    {
        ["hits", .. var rest] => await HitsCommand.RunAsync(Arguments.Parse(rest)),
        ["analyzers", .. var rest] => await CostsCommand.RunAsync(Arguments.Parse(rest)),
        [CostsChild.Command, var plan] => await CostsChild.RunAsync(plan),
        _ => throw new UsageException("a command is missing"),
    };
}
catch (UsageException exception)
{
    Console.Error.WriteLine("error: " + exception.Message);
    Console.Error.WriteLine(Usage);
    return 2;
}
