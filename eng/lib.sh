# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ARTIFACTS=$ROOT/artifacts
mkdir -p "$ARTIFACTS"

# Debian keeps daemons and mkfs where an ordinary user's PATH does not look.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# No build server outlives the script that started it, no banner hides its progress lines.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

# Without this, bash goes on with the next command where an interrupted one cleaned up and ended by itself.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Every script ends with 1 where it cannot go on, and with 3 where no engine can be had.
say() { printf '== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
fail_engine() { printf 'error: %s\n' "$*" >&2; exit 3; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root: as it is for root, through sudo where that asks no password.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

can_be_root() { ((EUID == 0)) || { have sudo && sudo -n true 2>/dev/null; }; }

# apt_install WHAT-FOR PACKAGE...: installs Debian packages, and nothing that they merely recommend.
apt_install() {
  local purpose=$1 log=$ARTIFACTS/apt.log
  shift
  have apt-get || fail "$purpose is missing and this system has no apt-get: install $* by hand, then run this again"
  can_be_root || fail "$purpose is missing and this user may not install it: run this as root, or 'sudo apt-get install $*' first"
  say "installing $* ($purpose)"
  as_root apt-get update -q >"$log" 2>&1 || fail "apt-get update failed: $(tail -n 1 "$log") (see $log)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >>"$log" 2>&1 ||
    fail "cannot install $*: $(grep -m1 '^E:' "$log" || tail -n 1 "$log") (see $log)"
}

need_dotnet() {
  local wanted
  wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$ROOT/global.json" | head -n 1)
  have dotnet || fail "the .NET SDK is missing: install SDK $wanted or later from https://dotnet.microsoft.com/download, then run this again"
  (cd "$ROOT" && dotnet --version >/dev/null 2>&1) ||
    fail "no installed .NET SDK satisfies global.json ($wanted or a later 10.0.x): $(dotnet --list-sdks | awk '{print $1}' | paste -sd' ') found; install it from https://dotnet.microsoft.com/download"
}

# Prints a digest of the given files and words; a change of any of them gives another one.
digest() {
  local item
  for item in "$@"; do
    if [[ -f $item ]]; then cat "$item"; else printf '%s\n' "$item"; fi
  done | sha256sum | cut -c1-16
}

RECIPE_LABEL=io.shutdownkit.recipe

# image_is_current NAME RECIPE: whether the image is there and was made by exactly this recipe.
image_is_current() {
  [[ $(docker image inspect --format "{{index .Config.Labels \"$RECIPE_LABEL\"}}" "$1" 2>/dev/null) == "$2" ]]
}

image_id() { docker image inspect --format '{{.Id}}' "$1" 2>/dev/null || true; }

# replace_image NAME COMMAND...: runs the command, which makes the image anew, and drops the layer that it replaces.
replace_image() {
  local name=$1 old
  shift
  old=$(image_id "$name")
  "$@"
  if [[ -n $old && $old != "$(image_id "$name")" ]]; then docker image rm "$old" >/dev/null 2>&1 || true; fi
}

# build_image NAME RECIPE CONTEXT [docker build options]
build_image() {
  local name=$1 recipe=$2 context=$3 log
  shift 3
  log=$ARTIFACTS/build-${name//\//-}.log
  replace_image "$name" docker build --label "$RECIPE_LABEL=$recipe" --tag "$name" "$@" "$context" >"$log" 2>&1 ||
    fail "cannot build the image $name: $(grep -v '^ *$' "$log" | tail -n 1) (see $log)"
}

# The .NET runtime identifier that the engine's containers need.
engine_rid() {
  case $(docker version --format '{{.Server.Arch}}') in
    arm64) echo linux-arm64 ;;
    *) echo linux-x64 ;;
  esac
}
