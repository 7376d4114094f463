#!/usr/bin/env bash
# Publishes the sample applications and builds their images: shutdownkit/sample-lostorders and shutdownkit/sample-safeorders.
# What has not changed since the last time is left as it is.
# shellcheck source=eng/engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

# sample_image NAME BASE: builds the image of samples/NAME, with the programs that run beside it, on the image BASE.
sample_image() {
  local name=$1 base=$2 projects image sources recipe rid output log project started=$SECONDS
  image=shutdownkit/sample-${name,,}
  rid=$(engine_rid)
  projects=("$name" "$name.Archiver" "$name.Backup")
  mapfile -t sources < <(cd "$ROOT/samples" && find "${projects[@]}" -type f -not -path '*/bin/*' -not -path '*/obj/*' | sort)
  recipe=$(cd "$ROOT" && digest "$rid" "$(dotnet --version)" "$(image_id "$base")" "${sources[@]/#/samples/}" \
    "${sources[@]/#/name:}" eng/sample-images.sh samples/Directory.Build.props Directory.Build.props Directory.Packages.props)
  if image_is_current "$image" "$recipe"; then
    say "$image is up to date"
    return
  fi

  say "publishing $name and building $image"
  output=$ARTIFACTS/publish/$name
  log=$ARTIFACTS/publish-$name.log
  rm -rf "$output"
  for project in "${projects[@]}"; do
    dotnet publish "$ROOT/samples/$project/$project.csproj" --configuration Release --runtime "$rid" --self-contained \
      --output "$output" -verbosity:quiet -p:RunAnalyzers=false >"$log" 2>&1 ||
      fail "cannot publish $project: $(grep -m1 'error' "$log" || tail -n 1 "$log") (see $log)"
  done
  build_image "$image" "$recipe" "$output" --file "$ROOT/samples/$name/Dockerfile" --build-arg "BASE_IMAGE=$base"
  say "$image built in $((SECONDS - started)) s"
}

sample_images() {
  need_dotnet
  "$ROOT/eng/base-image.sh"
  sample_image LostOrders shutdownkit/base-shell
  sample_image SafeOrders shutdownkit/base
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  trap engine_down EXIT
  engine_up
  sample_images
fi
