#!/usr/bin/env bash
# Makes a tarball and a Debian package for the architecture of this machine, in .artifacts/package.
#
#   PROGRAMS=DIR    programs that are there already: static ones, or those of Scripts/compose/built-programs.sh;
#                   otherwise static programs are built, which takes several minutes the first time
#   VERSION=X       another version of the package than that of the programs
#   OUT=DIR         another directory for the results
#   COMPRESSION=xz  compression of the Debian package: xz, zstd, gzip or none
#   TARBALL=0       no tarball
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$(realpath --canonicalize-missing "${OUT:-.artifacts/package}")

if [ -z "${PROGRAMS:-}" ]; then
  PROGRAMS=.build-static/programs
  Scripts/compose/static-programs.sh .build-static "$PROGRAMS"
  export CHECKOUTS=.build-static/checkouts
fi
version=${VERSION:-$("$PROGRAMS/sluiced" --version)}
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Files of the packages have the time of the last commit, so that the same sources make the same packages.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
mkdir -p "$out"

tarball="$out/sluice-$version-linux-$architecture.tar.gz"
if [ "${TARBALL:-1}" != 0 ]; then
  Scripts/package/stage.sh "$PROGRAMS" "$work/tar" /usr/local
  tar --directory "$work/tar" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    --create . | gzip --no-name >"$tarball"
  ls -l "$tarball"
fi

root=$work/deb
Scripts/package/stage.sh "$PROGRAMS" "$root" /usr
# The packages of the libraries that the programs link dynamically, with their lowest versions.
mkdir -p "$work/shlibs/debian"
printf 'Source: sluice\n' >"$work/shlibs/debian/control"
mapfile -t objects < <(find "$root/usr/bin" "$root/usr/lib/sluice" -type f 2>/dev/null)
depends=$(cd "$work/shlibs" && dpkg-shlibdeps -O -l"$root/usr/lib/sluice" "${objects[@]/#/-e}" 2>"$work/shlibs.log") ||
  { cat "$work/shlibs.log" >&2; exit 1; }
mkdir -p "$root/DEBIAN"
for file in conffiles postinst prerm postrm; do cp "deploy/package/debian/$file" "$root/DEBIAN/"; done
size=$(du --summarize --block-size=1024 "$root" | cut -f 1)
sed -e "s/VERSION/$version/" -e "s/ARCHITECTURE/$architecture/" -e "s/SIZE/$size/" \
  -e "s/DEPENDS/${depends#shlibs:Depends=}/" deploy/package/debian/control >"$root/DEBIAN/control"
(cd "$root" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod -R u=rwX,go=rX "$root"
chmod 0640 "$root/etc/default/sluiced"
package="$out/sluice_${version}_$architecture.deb"
dpkg-deb --root-owner-group -Z"${COMPRESSION:-xz}" --build "$root" "$package" >/dev/null
ls -l "$package"
