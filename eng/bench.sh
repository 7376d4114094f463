#!/usr/bin/env bash
# Measures the analyzers on real code. Needs the .NET SDK, and for `analyzers` the package feed, where the neighbours come from.
#
#   eng/bench.sh hits DIR... [options]        what the rules find in the C# projects below each DIR, which need not be restored
#   eng/bench.sh analyzers [DIR] [options]    what the analyzers cost, next to their neighbours (default: our own sources)
#
# eng/bench.sh without arguments lists the options. `hits` ends with 1 where an analyzer threw an exception or did not end.
# BENCH_NO_BUILD=1 runs what was built before.
# shellcheck source=eng/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PROJECT=$ROOT/tests/ShutdownKit.Benchmarks
PROGRAM=$PROJECT/bin/Release/net10.0/ShutdownKit.Benchmarks.dll

build() {
  local log=$ARTIFACTS/build-bench.log
  dotnet build "$PROJECT" -c Release -v quiet -p:RunAnalyzersDuringBuild=false >"$log" 2>&1 ||
    fail "the benchmarks do not build: $(grep -m1 ': error' "$log" || tail -n 1 "$log") (see $log)"
}

need_dotnet
[[ -n ${BENCH_NO_BUILD:-} && -f $PROGRAM ]] || build
exec dotnet "$PROGRAM" "$@"
