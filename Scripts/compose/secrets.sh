#!/usr/bin/env bash
# Makes the secrets of the compose deployment, once: random passwords for Postgres's superuser and for the
# role of sluiced, and the address by which sluiced reaches the database.
#
#   secrets.sh [DIRECTORY]    default: secrets in the clone
set -euo pipefail
directory=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/secrets}

if [ -e "$directory/database_url" ]; then
  echo "secrets: $directory has them already"
  exit 0
fi

password() { od -An -v -t x1 -N 24 /dev/urandom | tr -d ' \n'; }

# The files are mounted into containers with their mode, and read there by other accounts than the one that
# makes them; the directory is what keeps others out.
(umask 077 && mkdir -p "$directory")
role_password=$(password)
password >"$directory/storage_superuser_password"
printf '%s' "$role_password" >"$directory/storage_role_password"
printf 'postgresql://sluice:%s@storage:5432/sluice' "$role_password" >"$directory/database_url"
chmod 0444 "$directory"/{storage_superuser_password,storage_role_password,database_url}
echo "secrets: made in $directory"
