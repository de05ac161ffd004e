# The steps of the demonstrations, and of the tests that need a server of their own, all of which source this.
. Scripts/run-steps.sh

# Starts sluiced of the build configuration that is named, or the one in PROGRAMS, over data of its own, on free
# ports if TCP_PORT and HTTP_PORT name no others. When the script ends it is stopped, and the data removed.
begin_demo() {
  TCP_PORT=${TCP_PORT:-0} HTTP_PORT=${HTTP_PORT:-0}
  programs=${PROGRAMS:-$(swift build -c "$1" --show-bin-path)}
  data=$(demo_directory)
  daemon=
  trap end_demo EXIT
  trap 'exit 130' INT TERM
  start_daemon
}

# Makes a directory for the data that lasts as long as the demonstration, and that Postgres's account can enter.
demo_directory() {
  local directory
  directory=$(mktemp -d /var/tmp/sluice-demo-XXXXXX)
  [ "$(id -u)" -ne 0 ] || chown postgres: "$directory"
  printf '%s' "$directory"
}

# Stops the daemon and removes the data.
end_demo() {
  local status=$?
  [ -z "$daemon" ] || { kill -TERM "$daemon" 2>/dev/null && wait "$daemon" || true; }
  rm -rf "$data"
  exit "$status"
}

# Prints the counts of the HTTP side on one line.
show_counts() {
  curl --silent --fail "http://127.0.0.1:$http_port/stats" \
    | jq -r '"  received \(.received) = unique \(.unique_processed) + duplicate \(.duplicate_dropped) + dead \(.dead)"'
}

# Fails the demonstration, with what went wrong.
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
