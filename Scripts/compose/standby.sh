#!/usr/bin/env bash
# The entry point of `storage-standby`: starts Postgres on the copy that failover.sh made. It refuses an empty volume,
# because the image would make a new database there, and servers that take the first writable database would use it.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  echo "standby: the volume is empty: run Scripts/compose/failover.sh start, which copies the database into it" >&2
  exit 1
fi
exec docker-entrypoint.sh "$@"
