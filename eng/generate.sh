#!/usr/bin/env bash
# Writes what follows from the rules: the index in docs/rules, the severity table, the package's global configs, the tables of the READMEs.
#
#   eng/generate.sh           writes what differs, and names it
#   eng/generate.sh --check   writes nothing; names what differs, and ends with 1 where anything does
# shellcheck source=eng/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
  '' | --check) ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

need_dotnet
LOG=$ARTIFACTS/build-generator.log
dotnet build "$ROOT/eng/Generator" -v quiet -p:RunAnalyzers=false >"$LOG" 2>&1 ||
  fail "the generator does not build: $(grep -m1 ': error' "$LOG" || tail -n 1 "$LOG") (see $LOG)"
exec dotnet "$ROOT/eng/Generator/bin/Debug/net10.0/ShutdownKit.Generator.dll" "$ROOT" "$@"
