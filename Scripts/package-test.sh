#!/usr/bin/env bash
# Installs the Debian package into a clean system (debootstrap), starts the server by the command line of its unit,
# publishes, upgrades under load, removes and purges. Needs root, and a mirror of Debian.
#
#   PROGRAMS=DIR     programs that are there already (build.sh); otherwise static ones are built
#   PREVIOUS=FILE    the package of the version before, to upgrade from; without it the same programs are packaged
#                    under two version numbers
#   SUITE=bookworm   the release of Debian
#   MIRROR=URL       a mirror
#   OPTIONAL=0       1: succeed without testing when the mirror cannot be reached
#   ROOT=DIR         a prepared root to start from, which is made when it is missing; otherwise a new one each time
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
suite=${SUITE:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}
mirror=${MIRROR:-http://deb.debian.org/debian}

if [ "$(id -u)" -ne 0 ]; then
  echo "package-test: needs root, because it makes a system of its own" >&2
  exit 1
fi
Scripts/setup.sh debootstrap dpkg-dev groff-base
work=$(mktemp -d /var/tmp/sluice-package-XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT

prepare() {
  echo "== a new Debian $suite"
  # With the libraries of the programs and Postgres, so that dpkg alone installs the package.
  debootstrap --variant=minbase --include=libpq5,libssl3,liblz4-1,libzstd1,zlib1g,libcurl4,libstdc++6,postgresql,curl,jq \
    "$suite" "$1" "$mirror" >"$work/debootstrap.log" 2>&1 || {
    tail -n 20 "$work/debootstrap.log" >&2
    echo "package-test: there is no clean system, so nothing was tested" >&2
    exit $((1 - ${OPTIONAL:-0}))
  }
}
if [ -n "${ROOT:-}" ]; then
  [ -d "$ROOT" ] || prepare "$ROOT"
  cp --archive "$ROOT" "$work/root"
else
  prepare "$work/root"
fi

echo "== packages"
export OUT=$work/packages
if [ -z "${PROGRAMS:-}" ]; then
  PROGRAMS=.build-static/programs
  Scripts/compose/static-programs.sh .build-static "$PROGRAMS"
  export CHECKOUTS=.build-static/checkouts
fi
export PROGRAMS
version=$("$PROGRAMS/sluiced" --version)
next="$version+test"
Scripts/package/build.sh
VERSION=$next COMPRESSION=none TARBALL=0 Scripts/package/build.sh >/dev/null
architecture=$(dpkg --print-architecture)
cp "${PREVIOUS:-$OUT/sluice_${version}_$architecture.deb}" "$work/root/previous.deb"
cp "$OUT/sluice_${next}_$architecture.deb" "$work/root/next.deb"
[ -n "${PREVIOUS:-}" ] || echo "no package of an earlier version: $version and $next have the same programs"

echo "== manual pages, completions and unit"
Scripts/package/stage.sh "$PROGRAMS" "$work/stage" /usr
for page in "$work"/stage/usr/share/man/man?/*.gz; do
  zcat "$page" | groff -man -Tutf8 -ww -z
done
completions=$work/stage/usr/share
for program in sluiced sluice-publish; do
  bash -n "$completions/bash-completion/completions/$program"
  if command -v zsh >/dev/null; then zsh -n "$completions/zsh/vendor-completions/_$program"; fi
  if command -v fish >/dev/null; then fish --no-execute "$completions/fish/vendor_completions.d/$program.fish"; fi
done
if command -v systemd-analyze >/dev/null; then
  mkdir -p "$work/stage/bin"
  cp /bin/kill "$work/stage/bin/"
  systemd-analyze verify --man=no --root="$work/stage" "$work/stage/usr/lib/systemd/system/sluiced.service"
fi

cp Scripts/package/inside.sh "$work/root/inside.sh"
# In namespaces of its own, so that nothing outlives the test, and without the network of this machine.
unshare --mount --pid --net --ipc --uts --fork bash -c '
  set -e
  mount -t proc proc "$1/proc"
  mount -t tmpfs tmpfs "$1/run"
  mount --rbind /dev "$1/dev"
  ip link set lo up
  exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C /bin/bash /inside.sh
' _ "$work/root"
