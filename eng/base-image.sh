#!/usr/bin/env bash
# Makes the images that samples and tests are built on, each only where it is missing or its recipe changed.
#
#   eng/base-image.sh [--force]
#
#   shutdownkit/base         what a self-contained .NET app needs: the official runtime-deps image where its registry answers, else 27 MB of
#                            Debian packages (which have no shell)
#   shutdownkit/base-shell   the same with sh, coreutils, grep, sed and ps
#   shutdownkit/redis        Redis from Debian packages, with redis-cli and a shell; its data is in /data, persistence as Redis' defaults say
# shellcheck source=eng/engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

OFFICIAL_REGISTRY=mcr.microsoft.com
OFFICIAL_IMAGE=$OFFICIAL_REGISTRY/dotnet/runtime-deps:10.0
REGISTRY_ANSWER_SECONDS=3
PULL_SECONDS=180

RUNTIME_PACKAGES=libc6,libgcc-s1,libstdc++6,zlib1g,libssl3,ca-certificates,tzdata
SHELL_PACKAGES=dash,coreutils,grep,sed,procps

# Pulling is the engine's work, but where not even this machine gets an answer the engine's own long time-outs need not be waited for.
official_image_answers() {
  have curl && curl --silent --output /dev/null --max-time "$REGISTRY_ANSWER_SECONDS" "https://$OFFICIAL_REGISTRY/v2/"
}

pull_official() {
  local name=$1 recipe=$2
  official_image_answers || return 1
  say "pulling $OFFICIAL_IMAGE as $name"
  timeout "$PULL_SECONDS" docker pull --quiet "$OFFICIAL_IMAGE" >/dev/null || return 1
  replace_image "$name" docker build --quiet --label "$RECIPE_LABEL=$recipe" --tag "$name" - <<<"FROM $OFFICIAL_IMAGE" >/dev/null
}

# import_debian NAME RECIPE INCLUDE [docker import options]: an image of extracted Debian packages of this machine's own release.
import_debian() {
  local name=$1 recipe=$2 include=$3 log=$ARTIFACTS/mmdebstrap.log root=$ARTIFACTS/root.tar release vendor components=main
  shift 3
  have mmdebstrap || apt_install "mmdebstrap, which builds $name," mmdebstrap
  # shellcheck source=/dev/null
  read -r vendor release < <(source /etc/os-release && echo "$ID ${VERSION_CODENAME:-}")
  if [[ $vendor == ubuntu ]]; then components=main,universe; fi
  say "building $name from $vendor $release packages"
  # shellcheck disable=SC2016 # $1 is mmdebstrap's
  mmdebstrap --quiet --variant=extract --components="$components" --include="$include" \
    --extract-hook="'$ROOT/eng/slim-root.sh' \"\$1\"" "$release" "$root" 2>"$log" ||
    fail "cannot build $name: $(grep -m1 '^E:' "$log" || tail -n 1 "$log") (see $log)"
  replace_image "$name" docker import --change "LABEL $RECIPE_LABEL=$recipe" \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$@" "$root" "$name" >/dev/null ||
    fail "the engine does not take the image $name (its answer is above)"
  rm -f "$root"
}

# ensure_image NAME RECIPE FUNCTION: has the function make the image, unless it is there already.
ensure_image() {
  local name=$1 recipe=$2
  shift 2
  if [[ -z $FORCE ]] && image_is_current "$name" "$recipe"; then
    say "$name is there"
    return
  fi
  "$@" "$name" "$recipe"
  say "$name: $(docker image inspect --format '{{.Size}}' "$name" | numfmt --to=si)B"
}

base() { pull_official "$@" || import_debian "$@" "$RUNTIME_PACKAGES"; }
base_shell() { pull_official "$@" || import_debian "$@" "$RUNTIME_PACKAGES,$SHELL_PACKAGES"; }
redis() {
  import_debian "$@" "ca-certificates,redis-server,$SHELL_PACKAGES" \
    --change 'WORKDIR /data' --change 'CMD ["redis-server", "--protected-mode", "no"]'
}

base_images() {
  local recipe
  recipe=$(digest "$ROOT/eng/base-image.sh" "$ROOT/eng/slim-root.sh")
  ensure_image shutdownkit/base "$recipe" base
  ensure_image shutdownkit/base-shell "$recipe" base_shell
  ensure_image shutdownkit/redis "$recipe" redis
}

case ${1:-} in
  '') FORCE= ;;
  --force) FORCE=yes ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
trap engine_down EXIT
engine_up
base_images
