# Steps of the demonstrations and of the tests that start a server. Those scripts source this file.
. Scripts/run-steps.sh

# Starts sluiced with temporary data, from the named build configuration or from PROGRAMS, on free ports unless
# TCP_PORT and HTTP_PORT are set. At the end of the script it stops sluiced and removes the data.
begin_demo() {
  TCP_PORT=${TCP_PORT:-0} HTTP_PORT=${HTTP_PORT:-0}
  programs=${PROGRAMS:-$(swift build -c "$1" --show-bin-path)}
  data=$(demo_directory)
  daemon=
  trap end_demo EXIT
  trap 'exit 130' INT TERM
  start_daemon
}

# Makes a directory for the data of the demonstration, which the account of Postgres can enter.
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

# Fails the demonstration with a reason.
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
