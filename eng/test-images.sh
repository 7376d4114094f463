#!/usr/bin/env bash
# Makes the images that the tests run, from tests/images, each only where it is missing or something that it is made of changed.
#
#   eng/test-images.sh [--force]
#
#   shutdownkit/graceful        a .NET program that stops as it should
#   shutdownkit/shell-pid1      the same as child of a shell script that never passes SIGTERM on
#   shutdownkit/console-net10   a .NET 10 program without any signal handler
#   shutdownkit/console-net8    the same on .NET 8
# shellcheck source=eng/engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

PROGRAMS=(graceful console-net10 console-net8)
SOURCES=$ROOT/tests/images

# image_recipe NAME: what the image is made of, the base image included.
image_recipe() {
  local base files
  base=$(sed -n 's/^FROM //p' "$SOURCES/$1/Dockerfile")
  mapfile -t files < <(find "$SOURCES" -type f -not -path '*/bin/*' -not -path '*/obj/*' | sort)
  digest "$(image_id "$base")" "$(engine_rid)" "$ROOT/global.json" "$ROOT/Directory.Build.props" "$0" "${files[@]}"
}

publish_programs() {
  local log=$ARTIFACTS/publish-images.log
  need_dotnet
  say "publishing ${PROGRAMS[*]}"
  dotnet publish "$SOURCES/Images.slnx" -c Release -v quiet -p:RuntimeIdentifier="$(engine_rid)" >"$log" 2>&1 ||
    fail "cannot publish the programs of the test images: $(grep -m1 ': error' "$log" || tail -n 1 "$log") (see $log)"
}

# context NAME: prints the folder that the image is built from.
context() {
  local name=$1 folder=$ARTIFACTS/images/$1 program
  rm -rf "$folder"
  mkdir -p "$folder"
  if [[ $name == shell-pid1 ]]; then
    program=graceful
    cp -r "$SOURCES/$name/entrypoint.sh" "$folder"
    cp -r "$(published "$program")" "$folder/app"
  else
    cp -r "$(published "$name")/." "$folder"
  fi
  echo "$folder"
}

published() { echo "$SOURCES/$1/bin/Release"/*/"$(engine_rid)/publish"; }

test_images() {
  local name stale=()
  for name in "${PROGRAMS[@]}" shell-pid1; do
    if [[ -z $FORCE ]] && image_is_current "shutdownkit/$name" "$(image_recipe "$name")"; then
      say "shutdownkit/$name is there"
    else
      stale+=("$name")
    fi
  done
  if ((${#stale[@]} == 0)); then return; fi

  publish_programs
  for name in "${stale[@]}"; do
    say "building shutdownkit/$name"
    build_image "shutdownkit/$name" "$(image_recipe "$name")" "$(context "$name")" --file "$SOURCES/$name/Dockerfile"
  done
}

case ${1:-} in
  '') FORCE= ;;
  --force) FORCE=yes ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
trap engine_down EXIT
engine_up
"$ROOT/eng/base-image.sh"
test_images
