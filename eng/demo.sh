#!/usr/bin/env bash
# The main job, on two real applications: the same order service with the mistakes that real services make (samples/LostOrders) and done
# right (samples/SafeOrders). Each is checked at compile time, then run in containers through stop, kill, pause and rm under load.
#
#   eng/demo.sh
#
# Installs and starts what it needs, and stops what it started. The exit status is 0 exactly when LostOrders is found not compliant for the
# reasons that it was built with, and SafeOrders compliant. The reports stay in artifacts/demo.
# shellcheck source=eng/sample-images.sh
source "$(dirname "${BASH_SOURCE[0]}")/sample-images.sh"

REPORTS=$ARTIFACTS/demo
CLI_PROJECT=$ROOT/testkit/ShutdownKit.Cli
SURPRISES=0

# The mistakes that LostOrders was built with (samples/README.md), by the rule or the finding that tells of each.
EXPECTED_RULES=(SHK1001 SHK1002 SHK1004 SHK2001 SHK2003 SHK2004 SHK3001 SHK4001 SHK5001 SHK5003 SHK6001 SHK8001 SHK8009)
EXPECTED_FINDINGS=(SHT102 SHT201 SHT401)

shutdownkit() { dotnet "$CLI_PROJECT/bin/Release/net8.0/shutdownkit.dll" "$@"; }

build_cli() {
  local log=$ARTIFACTS/build-cli.log
  say "building the shutdownkit command"
  dotnet build "$CLI_PROJECT" -c Release -v quiet >"$log" 2>&1 ||
    fail "the shutdownkit command does not build: $(grep -m1 ': error' "$log" || tail -n 1 "$log") (see $log)"
}

surprise() {
  printf 'error: %s\n' "$*" >&2
  SURPRISES=$((SURPRISES + 1))
}

# run_verdict WHAT EXPECTED-STATUS COMMAND...: 0 is compliant, 1 is not; anything else is no verdict.
run_verdict() {
  local what=$1 expected=$2 status=0
  shift 2
  "$@" || status=$?
  if ((status != expected)); then surprise "$what ended with exit status $status, $expected was expected"; fi
}

# expect_ids WHAT FILE ID...: each id stands in the report.
expect_ids() {
  local what=$1 file=$2 id
  shift 2
  for id in "$@"; do
    grep -q "\"$id\"" "$file" 2>/dev/null || surprise "$what does not report $id, which it was built with (see $file)"
  done
}

# judge NAME EXPECTED-STATUS
judge() {
  local name=$1 expected=$2 check=$REPORTS/$1.check.json test=$REPORTS/$1.test.json
  say "$name at compile time"
  run_verdict "the check of $name" "$expected" shutdownkit check "$ROOT/samples/$name.slnx" --report "json=$check"
  say "$name in containers"
  run_verdict "the test of $name" "$expected" shutdownkit test "shutdownkit/sample-${name,,}" --volume /data --port 8080 \
    --ready http:8080/health/ready --writer "host:$ROOT/samples/write-orders.sh" --reader "host:$ROOT/samples/read-orders.sh" \
    --report "json=$test"
  if ((expected == 1)); then
    expect_ids "the check of $name" "$check" "${EXPECTED_RULES[@]}"
    expect_ids "the test of $name" "$test" "${EXPECTED_FINDINGS[@]}"
  fi
}

if (($# > 0)); then
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
rm -rf "$REPORTS"
mkdir -p "$REPORTS"
need_dotnet
trap engine_down EXIT
engine_up
sample_images
build_cli
judge LostOrders 1
judge SafeOrders 0

if ((SURPRISES > 0)); then fail "$SURPRISES surprises: this is not what the samples were built to show (reports: $REPORTS)"; fi
say "LostOrders is not compliant, for the reasons that it was built with; SafeOrders is compliant. $SECONDS s. Reports: $REPORTS"
