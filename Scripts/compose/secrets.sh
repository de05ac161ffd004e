#!/usr/bin/env bash
# Makes the secrets of the compose deployment that are missing: the passwords of Postgres, the certificates, the
# credentials file, and the keys of three principals. It builds the image first when there is none, because the image
# has the program that makes keys.
#
#   secrets.sh            make what is missing
#   secrets.sh NAME...    and a new certificate for a server that producers reach by these names or addresses
#   SECRETS_DIR=DIR       another directory than secrets in the clone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
SECRETS_DIR=$(realpath --canonicalize-missing "${SECRETS_DIR:-secrets}")
export SECRETS_DIR

password() { od -An -v -t x1 -N 24 /dev/urandom | tr -d ' \n'; }

# Containers see the files with their mode and read them under other accounts, so the files are readable by all. The
# mode of the directory keeps the other accounts of this machine out.
make_passwords() {
  local role_password
  role_password=$(password)
  password >"$SECRETS_DIR/storage_superuser_password"
  printf '%s' "$role_password" >"$SECRETS_DIR/storage_role_password"
  printf 'postgresql://sluice:%s@storage:5432/sluice' "$role_password" >"$SECRETS_DIR/database_url"
  chmod 0444 "$SECRETS_DIR"/{storage_superuser_password,storage_role_password,database_url}
}

# Makes a file with a password that all accounts of containers can read.
make_password() {
  [ -e "$1" ] || password >"$1"
  chmod 0444 "$1"
}

compose() { docker compose --progress quiet "$@"; }

# Runs a shell command as root in a container that sees the secrets, because the account of the services need not exist
# on this machine, and only root may give files to it.
as_root() {
  compose run --rm --no-TTY --user 0:0 --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER \
    --volume "$SECRETS_DIR:/secrets" --entrypoint sh credentials -euc "$1"
}

# Makes a principal with a key, unless the file of its key is there.
#   make_key FILE NAME OPTION...
make_key() {
  local file="$SECRETS_DIR/$1"
  [ ! -e "$file" ] || return 0
  compose run --rm --no-TTY credentials add "${@:2}" >"$file.new"
  mv "$file.new" "$file"
}

umask 077
mkdir -p "$SECRETS_DIR"/{server,clients,observers}
[ -e "$SECRETS_DIR/database_url" ] || make_passwords
make_password "$SECRETS_DIR/replication_password"
make_password "$SECRETS_DIR/observers/grafana_password"
Scripts/compose/certificates.sh "$SECRETS_DIR/authority" "$@"
docker image inspect "${SLUICED_IMAGE:-sluice:local}" >/dev/null 2>&1 || docker compose build sluiced >&2

# The server warns of secrets that others than its account can read. New files take their place by renaming, so that
# a running server never sees half a file.
as_root '
  install -o 10001 -g 10001 -m 0700 -d /secrets/server
  for file in server.key server.pem; do
    install -o 10001 -g 10001 -m 0600 /secrets/authority/$file /secrets/server/$file.new
    mv /secrets/server/$file.new /secrets/server/$file
  done'
make_key clients/publisher.key publisher --role publish
make_key clients/console.key console --role read,admin
make_key observers/prometheus.key scraper --role metrics
# 65534 is the account of Prometheus.
as_root 'chown 10001:10001 /secrets/clients/publisher.key /secrets/clients/console.key
  chown 65534:65534 /secrets/observers/prometheus.key'
echo "secrets: $SECRETS_DIR is complete; clients need authority/ca.pem and a key of clients/"
