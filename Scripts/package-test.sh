#!/usr/bin/env bash
# Installs the Debian package into a clean system (debootstrap), starts the server by the command line of its unit,
# publishes, upgrades under load, removes and purges. Needs root, and a mirror of Debian.
#
#   PACKAGE=FILE     the package to test; otherwise it is built
#   PROGRAMS=DIR     programs that are there already (build.sh); otherwise static ones are built
#   PREVIOUS=FILE    the package of the version before, to upgrade from; without it the same programs are packaged
#                    under two version numbers
#   SUITE=bookworm   the release of Debian
#   MIRROR=URL       a mirror
#   LOAD=300000      events during the upgrade
#   TIMEOUT=900      seconds of the steps in the clean system; then the log of the server is shown
#   LIMIT=10000      milliseconds from the beginning of dpkg -i to the first stored event
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
if [ -z "${PACKAGE:-}" ]; then
  OUT=$work/packages TARBALL=0 Scripts/package/build.sh
  PACKAGE=$(echo "$work"/packages/sluice_*.deb)
fi
version=$(dpkg-deb --field "$PACKAGE" Version)
next="$version+test"
# The same package under the next version.
dpkg-deb --raw-extract "$PACKAGE" "$work/next"
sed -i "s/^Version: .*/Version: $next/" "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$work/next" "$work/root/next.deb" >/dev/null
cp "${PREVIOUS:-$PACKAGE}" "$work/root/previous.deb"
[ -n "${PREVIOUS:-}" ] || echo "no package of an earlier version: $version and $next have the same programs"

echo "== manual pages, completions and unit"
for page in "$work"/next/usr/share/man/man?/*.gz; do
  zcat "$page" | groff -man -Tutf8 -ww -z
done
completions=$work/next/usr/share
for program in sluiced sluice-publish sluice; do
  bash -n "$completions/bash-completion/completions/$program"
  if command -v zsh >/dev/null; then zsh -n "$completions/zsh/vendor-completions/_$program"; fi
  if command -v fish >/dev/null; then fish --no-execute "$completions/fish/vendor_completions.d/$program.fish"; fi
done
if command -v systemd-analyze >/dev/null; then
  mkdir -p "$work/next/bin"
  cp /bin/kill "$work/next/bin/"
  # The units of systemd that the unit needs; there are no others in this root.
  for target in sysinit basic shutdown network-online multi-user; do
    echo "[Unit]" >"$work/next/usr/lib/systemd/system/$target.target"
  done
  systemd-analyze verify --man=no --root="$work/next" "$work/next/usr/lib/systemd/system/sluiced.service"
fi

cp Scripts/package/inside.sh "$work/root/inside.sh"
# In namespaces of its own, so that nothing outlives the test, and without the network of this machine.
status=0
timeout --foreground "${TIMEOUT:-900}" unshare --mount --pid --net --ipc --uts --fork --kill-child bash -c '
  set -e
  mount -t proc proc "$1/proc"
  mount -t tmpfs tmpfs "$1/run"
  mount --rbind /dev "$1/dev"
  ip link set lo up
  exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
    LOAD="${LOAD:-300000}" LIMIT="${LIMIT:-10000}" /bin/bash /inside.sh
' _ "$work/root" || status=$?
if [ "$status" -ne 0 ]; then
  if [ "$status" -eq 124 ]; then echo "package-test: something did not come within ${TIMEOUT:-900} s" >&2; fi
  echo "== the log of the server" >&2
  tail -n 100 "$work/root/var/tmp/sluiced.log" >&2 || true
  exit "$status"
fi
