#!/usr/bin/env bash
# Runs in a container of failover.sh as the account postgres: replaces the database in the volume of this container by a
# copy of a running database, which then replicates that database.
#
#   copy-storage.sh SOURCE NAME    host of the running database; name under which the copy replicates it
set -euo pipefail
find "$PGDATA" -mindepth 1 -delete
PGPASSWORD=$(cat /run/secrets/replication_password)
export PGPASSWORD
# --write-recovery-conf stores the way to the source, with the password, in the copy.
pg_basebackup --pgdata "$PGDATA" --dbname "host=$1 user=replicator application_name=$2" \
  --checkpoint fast --write-recovery-conf
