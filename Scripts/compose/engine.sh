# Starts the container engine, and removes the remains of a run. compose-test.sh sources this file.
# Shared variables: containers, image_build, SECRETS_DIR, scratch, engine_is_ours, engine_answers, status.

# Prints the number of open files that the deployment wants, or the limit of this machine if that is lower.
nofile_limit() {
  local limit
  limit=$(ulimit -Hn)
  if [ "$limit" = unlimited ] || [ "$limit" -gt 65536 ]; then limit=65536; fi
  printf '%s' "$limit"
}

# Runs a command and shows its output only when it fails.
quietly() {
  local status=0
  "$@" >"$scratch/output" 2>&1 || status=$?
  [ "$status" -eq 0 ] || tail -n 60 "$scratch/output" >&2
  return "$status"
}

# Starts the engine of the scripts in CONTAINERS_DIR, with the base images that they make, or uses the machine's.
bring_engine() {
  if [ ! -x "$containers/engine.sh" ]; then
    echo "  the machine's own Docker"
    if ! docker info >/dev/null || ! docker compose version >/dev/null; then
      echo "compose-test: no Docker with compose on this machine; install it, or set CONTAINERS_DIR to scripts that start one" >&2
      return 1
    fi
    engine_answers=1
    return
  fi
  echo "  started by $containers"
  "$containers/engine.sh" status >/dev/null 2>&1 || engine_is_ours=1
  quietly "$containers/engine.sh" up
  eval "$("$containers/engine.sh" env)"
  engine_answers=1
  local images
  mapfile -t images < <("$containers/images.sh" --known | grep --fixed-strings --line-regexp --file <(base_images))
  quietly "$containers/images.sh" "${images[@]}"
  if has_profile scale; then stand_in haproxy HAPROXY_IMAGE; fi
  if has_profile observe; then stand_in prometheus PROMETHEUS_IMAGE; fi
}

# Builds an image with Debian's package of a program, and names it in a variable, because the scripts in CONTAINERS_DIR
# reach no registry.
stand_in() {
  echo "  $1 is Debian's package in place of the official image"
  quietly docker buildx build --network default --target "$1" --tag "sluice-stand-in:$1" Scripts/compose/stand-ins
  export "$2=sluice-stand-in:$1"
}

# Prints the base images of the deployment, without the compiler's image when nothing is compiled in a container.
base_images() {
  awk -v build="$image_build" '$1 == "FROM" && !($4 == "build" && build == "staged") { print $2 }' Dockerfile
  docker compose --profile '*' config --images
}

# Removes everything of this run, however it ends.
finish() {
  local status=$?
  trap - EXIT
  if [ -n "$engine_answers" ]; then remove_services; fi
  if [ -n "$engine_is_ours" ] && [ -z "$(docker ps --quiet)" ]; then
    "$containers/engine.sh" down || status=1
  fi
  rm -rf "$scratch"
  exit "$status"
}

# Removes the containers of this run. After a failure it first shows them and their logs.
remove_services() {
  if [ "$status" -ne 0 ]; then show_failure; fi
  jobs -p | xargs --no-run-if-empty kill 2>/dev/null || true
  wait
  if [ "$status" -ne 0 ] && [ "${KEEP:-0}" != 0 ]; then
    echo "left running: docker compose --project-name $COMPOSE_PROJECT_NAME ps; secrets in $SECRETS_DIR" >&2
    exit "$status"
  fi
  # In a container, because other accounts own some of the files. Before `down`, because `run` makes networks again.
  if [ -d "$SECRETS_DIR/server" ]; then quietly secrets 'rm -rf server/* clients/* observers/*' || status=1; fi
  quietly docker compose --profile '*' down --volumes --remove-orphans || status=1
  docker image rm "$SLUICED_IMAGE" >/dev/null 2>&1 || true
}

show_failure() {
  say "failed; the containers and the end of their logs"
  docker compose --profile '*' ps --all || true
  docker compose --profile '*' logs --no-color --tail 40 || true
} >&2
