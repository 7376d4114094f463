#!/usr/bin/env bash
# Runs the tests. Its last line is "N passed, N failed, N skipped"; the exit status is 0 only where none failed.
#
#   eng/test.sh          every test; installs and starts what it needs (a Docker engine, the images), and stops what it started
#   eng/test.sh --fast   only the tests that need no engine, and build no projects with the real package
# shellcheck source=eng/engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

LOG=$ARTIFACTS/test.log
MODULE_TIMEOUT=40m # for one test project; far above what any needs

build() {
  say "building"
  dotnet build "$ROOT/ShutdownKit.sln" -v quiet >"$ARTIFACTS/build.log" 2>&1 || {
    grep -E ': (error|warning) ' "$ARTIFACTS/build.log" | sort -u | head -n 20 >&2
    fail "the solution does not build (see $ARTIFACTS/build.log)"
  }
}

# Everything in the engine that a test could leave behind. Images may stay, they are a cache.
inventory() {
  docker ps --all --no-trunc --format 'container {{.ID}} {{.Image}} {{.Names}}'
  docker volume ls --format 'volume {{.Name}}'
  docker network ls --no-trunc --format 'network {{.ID}} {{.Name}}'
}

# total WHAT: what the closing summary says. 0 where there is none.
total() { awk -v what="$1:" '/^Test run summary:/ {closing = 1} closing && $1 == what {count = $2} END {print count + 0}' "$LOG"; }

# run_tests [dotnet test options]: one project after the other, since many tests measure time. tee must outlive Ctrl+C, to show the end.
run_tests() {
  local status=0
  (cd "$ROOT" && dotnet test --solution ShutdownKit.sln --no-build --max-parallel-test-modules 1 --no-ansi --no-progress \
    --ignore-exit-code 8 --timeout "$MODULE_TIMEOUT" "$@" 2>&1) | tee -i "$LOG" || status=$?
  return "$status"
}

fast=
case ${1:-} in
  '') ;;
  --fast) fast=yes ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

need_dotnet
left=() status=0
if [[ -n $fast ]]; then
  build
  say "testing what is quick and needs no engine"
  run_tests --filter-not-trait Category=Engine --filter-not-trait Category=Package || status=$?
else
  trap engine_down EXIT
  engine_up
  "$ROOT/eng/test-images.sh"
  "$ROOT/eng/sample-images.sh"
  build
  inventory | sort >"$ARTIFACTS/before.txt"
  say "testing"
  run_tests || status=$?
  mapfile -t left < <(inventory | sort | comm -13 "$ARTIFACTS/before.txt" -)
fi

passed=$(total succeeded) failed=$(total failed) skipped=$(total skipped)
for item in "${left[@]}"; do
  printf 'error: the tests left behind: %s\n' "$item" >&2
  failed=$((failed + 1))
done
# A test project that crashed, or whose tests were not found, has failed although it counts no failed test.
if ((status != 0 && failed == 0)); then
  printf 'error: a test project ended with exit status %s without a failed test (see %s)\n' "$status" "$LOG" >&2
  failed=1
fi
if ((passed == 0)); then
  printf 'error: no test ran\n' >&2
  failed=$((failed + 1))
fi
engine_down
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
