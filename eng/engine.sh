#!/usr/bin/env bash
# Makes sure that a Docker engine answers.
#
#   eng/engine.sh start    uses the engine that is there, else installs (Debian, Ubuntu) and starts one, which then stays
#   eng/engine.sh stop     stops the engine if it was these scripts that started it, and leaves nothing of it behind
#   eng/engine.sh status   says what answers; exit status 3 when nothing does
#
# Other scripts source this file: engine_up at their start, engine_down at their end. An engine that they had to start is stopped by
# the last of them that used it; one that was there before is left as it was.
#
#   SHUTDOWNKIT_ENGINE_SOCKET    where the engine listens (default: DOCKER_HOST or the Docker client's own default)
#   SHUTDOWNKIT_ENGINE_STATE     folder for what a started engine needs while it runs (default: /var/run/shutdownkit)
#   SHUTDOWNKIT_ENGINE_OPTIONS   more options for dockerd, for example "--data-root=/srv/docker --bridge=br1" beside another engine
# shellcheck source=eng/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ENGINE_SOCKET=${SHUTDOWNKIT_ENGINE_SOCKET:-/var/run/docker.sock}
ENGINE_STATE=${SHUTDOWNKIT_ENGINE_STATE:-/var/run/shutdownkit}
ENGINE_LOG=$ARTIFACTS/engine.log
ENGINE_START_SECONDS=60
ENGINE_STOP_SECONDS=30
if [[ -n ${SHUTDOWNKIT_ENGINE_SOCKET:-} ]]; then export DOCKER_HOST=unix://$SHUTDOWNKIT_ENGINE_SOCKET; fi

# The client knows about DOCKER_HOST, contexts and TLS; without it the socket itself is asked.
engine_answers() {
  if have docker; then
    timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
  else
    have curl && [[ -S $ENGINE_SOCKET ]] && curl --silent --fail --max-time 10 --unix-socket "$ENGINE_SOCKET" http://engine/_ping >/dev/null
  fi
}

engine_description() { docker version --format 'Docker {{.Server.Version}}, API {{.Server.APIVersion}}'; }

engine_pid() { cat "$ENGINE_STATE/dockerd.pid" 2>/dev/null; }

# Whether the engine was started by these scripts and is alive.
engine_is_ours() {
  local pid
  pid=$(engine_pid) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]]
}

engine_install() {
  local packages=(docker.io ca-certificates iptables procps) # `docker top` runs the ps of the engine's machine
  if have apt-cache && apt-cache show docker-cli >/dev/null 2>&1; then packages+=(docker-cli); fi # from Debian 13 on the client is apart
  apt_install "a Docker engine" "${packages[@]}"
  have docker || apt_install "the Docker client" docker-cli
}

engine_start() {
  if [[ -n ${DOCKER_HOST:-} && -z ${SHUTDOWNKIT_ENGINE_SOCKET:-} ]]; then
    fail_engine "no engine answers at DOCKER_HOST=$DOCKER_HOST: start that engine, or unset DOCKER_HOST to have one started here"
  fi
  [[ $(uname -s) == Linux ]] || fail_engine "no Docker engine answers: start Docker Desktop (or any Docker engine), then run this again"
  can_be_root || fail_engine "no Docker engine answers and this user may not start one: start Docker, or run this as root"
  if ! have dockerd || ! have docker || ! have ps; then engine_install; fi
  # Where a service manager runs, installing the package has started the engine already.
  if engine_answers; then return; fi
  if [[ -d /sys/fs/cgroup && ! -e /sys/fs/cgroup/cgroup.controllers && ! -d /sys/fs/cgroup/devices ]]; then
    fail_engine "no control groups are mounted at /sys/fs/cgroup, which every engine needs: 'apt-get install cgroupfs-mount && cgroupfs-mount'"
  fi

  if [[ -S $ENGINE_SOCKET ]] && grep -qE " (/var)?${ENGINE_SOCKET#/var}\$" /proc/net/unix; then
    fail_engine "something that is no Docker engine listens at $ENGINE_SOCKET: stop it, or set SHUTDOWNKIT_ENGINE_SOCKET to another path"
  fi

  engine_clear
  as_root install -d -o "$(id -u)" -g "$(id -g)" "$ENGINE_STATE" "$ENGINE_STATE/users"
  as_root install -d "$(dirname "$ENGINE_SOCKET")"
  say "starting a Docker engine (log: $ENGINE_LOG)"
  local options=() started
  read -ra options <<<"${SHUTDOWNKIT_ENGINE_OPTIONS:-}"
  # In a session of its own: Ctrl+C at the terminal must reach the tests, which still need the engine to clean up.
  as_root setsid dockerd --host "unix://$ENGINE_SOCKET" --group "$(id -g)" --pidfile "$ENGINE_STATE/dockerd.pid" \
    --exec-root "$ENGINE_STATE/exec" "${options[@]}" </dev/null >"$ENGINE_LOG" 2>&1 &
  started=$!
  disown "$started"
  local deadline=$((SECONDS + ENGINE_START_SECONDS))
  until engine_answers; do
    if [[ ! -d /proc/$started ]]; then
      engine_clear
      fail_engine "the Docker engine did not start: $(engine_complaint) (see $ENGINE_LOG)"
    fi
    if ((SECONDS >= deadline)); then
      engine_stop
      fail_engine "the Docker engine did not answer within $ENGINE_START_SECONDS s: $(engine_complaint) (see $ENGINE_LOG)"
    fi
    sleep 0.3
  done
}

engine_complaint() {
  grep -E 'failed to start|level=fatal|level=error' "$ENGINE_LOG" | tail -n 1 | grep . || tail -n 1 "$ENGINE_LOG"
}

# Stops the engine that these scripts started, with its containerd.
engine_stop() {
  local pid deadline=$((SECONDS + ENGINE_STOP_SECONDS))
  if engine_is_ours; then
    pid=$(engine_pid)
    as_root kill -TERM "$pid"
    while [[ -d /proc/$pid ]] && ((SECONDS < deadline)); do sleep 0.2; done
    if [[ -d /proc/$pid ]]; then
      say "the engine did not stop within $ENGINE_STOP_SECONDS s and is killed"
      as_root kill -KILL "$pid"
    fi
  fi
  engine_clear
}

# Removes what is left of an engine of ours that is gone: its containerd, mounts, socket and state.
engine_clear() {
  [[ -d $ENGINE_STATE ]] || return 0
  local containerd mount
  containerd=$(as_root cat "$ENGINE_STATE/exec/containerd/containerd.pid" 2>/dev/null || true)
  if [[ -n $containerd && $(cat "/proc/$containerd/comm" 2>/dev/null) == containerd ]]; then as_root kill -KILL "$containerd"; fi
  awk -v under="$ENGINE_STATE/" 'index($2, under) == 1 {print $2}' /proc/mounts | sort -r | while read -r mount; do
    as_root umount -l "$mount"
  done
  as_root rm -rf "$ENGINE_STATE"
  if [[ -S $ENGINE_SOCKET ]] && ! engine_answers; then as_root rm -f "$ENGINE_SOCKET"; fi
}

# For scripts: an engine answers after this. Set `trap engine_down EXIT` first.
engine_up() {
  if engine_answers; then
    have docker || engine_install
    # A script that another one called needs not say it again.
    [[ -n ${SHUTDOWNKIT_ENGINE_SAID:-} ]] || say "engine: $(engine_description), already running"
  else
    engine_start
    say "engine: $(engine_description), started for this run"
  fi
  export SHUTDOWNKIT_ENGINE_SAID=yes
  if engine_is_ours; then : >"$ENGINE_STATE/users/$$"; fi
}

# For scripts: stops the engine if these scripts started it for themselves and no other of them still uses it.
engine_down() {
  [[ -e $ENGINE_STATE/users/$$ ]] || return 0
  rm -f "$ENGINE_STATE/users/$$"
  if [[ -e $ENGINE_STATE/keep ]]; then return 0; fi
  local user
  for user in "$ENGINE_STATE"/users/*; do
    if [[ -d /proc/${user##*/} ]]; then return 0; fi
  done
  say "stopping the engine that was started for this run"
  engine_stop
}

engine_main() {
  case ${1:-} in
    start)
      trap engine_down EXIT
      engine_up
      if engine_is_ours; then : >"$ENGINE_STATE/keep"; fi
      ;;
    stop)
      if engine_is_ours; then
        engine_stop
        say "engine stopped"
      else
        engine_clear
        say "no engine of ours is running; nothing to stop"
      fi
      ;;
    status)
      engine_answers || fail_engine "no Docker engine answers: run eng/engine.sh start"
      if engine_is_ours; then say "$(engine_description), started by these scripts (pid $(engine_pid))"; else say "$(engine_description)"; fi
      ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then engine_main "$@"; fi
