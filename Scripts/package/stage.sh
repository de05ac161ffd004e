#!/usr/bin/env bash
# Puts the programs and everything that belongs to them below a directory: unit, account, configuration, manual pages,
# completions and licences. Manual pages and completions come from the programs themselves.
#
#   stage.sh PROGRAMS DESTINATION PREFIX    the directory of the programs; the root to fill; /usr or /usr/local
#   CHECKOUTS=.build/checkouts              the packages that are linked in
set -euo pipefail
programs=$1
destination=$2
prefix=$3
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
files=deploy/package
checkouts=${CHECKOUTS:-.build/checkouts}
root=$destination$prefix
docs=$root/share/doc/sluice

# A program beside libraries of Swift, which it finds by their place: built-programs.sh. Otherwise it is static.
libraries=("$programs"/*.so*)
binaries=bin
if [ -e "${libraries[0]}" ]; then
  binaries=lib/sluice
  install -D --mode=0644 --target-directory="$root/$binaries" "${libraries[@]}"
fi
mkdir -p "$root/bin"
for program in sluiced sluice-publish sluice; do
  install -D --mode=0755 "$programs/$program" "$root/$binaries/$program"
  [ "$binaries" = bin ] || ln -sfn "../$binaries/$program" "$root/bin/$program"
done

page() {  # page SECTION NAME COMMAND...: a manual page from the output of a command
  local file="$root/share/man/man$1/$2.$1"
  mkdir -p "${file%/*}"
  "${@:3}" >"$file"
  gzip --no-name --best --force "$file"
}
page 8 sluiced "$programs/sluiced" manual-page
for program in sluice-publish sluice; do
  page 1 "$program" python3 -B Scripts/package/manual_page.py "$programs/$program"
done

# Where shells look: bash-completion, fish and zsh, each in the directory for packages.
zsh=$root/share/zsh/site-functions
[ "$prefix" = /usr ] && zsh=$root/share/zsh/vendor-completions
for program in sluiced sluice-publish sluice; do
  option=--generate-completion-script
  [ "$program" = sluiced ] && option=completion-script
  mkdir -p "$root/share/bash-completion/completions" "$zsh" "$root/share/fish/vendor_completions.d"
  "$programs/$program" "$option" bash >"$root/share/bash-completion/completions/$program"
  "$programs/$program" "$option" zsh >"$zsh/_$program"
  "$programs/$program" "$option" fish >"$root/share/fish/vendor_completions.d/$program.fish"
done

unit=$root/lib/systemd/system/sluiced.service
install -D --mode=0644 "$files/sluiced.service" "$unit"
sed -i -e '1d' -e "s:PREFIX:$prefix:" "$unit"
install -D --mode=0644 "$files/sluice.sysusers" "$root/lib/sysusers.d/sluice.conf"

# An administrator's own configuration stays.
keep() {
  if [ ! -e "$destination$2" ]; then install -D --mode="$3" "$files/$1" "$destination$2"; fi
}
keep sluiced.default /etc/default/sluiced 0640
keep sluiced.yaml /etc/sluice/sluiced.yaml 0644

install -D --mode=0644 "$files/copyright" "$docs/copyright"
install -D --mode=0644 "$files/sluiced.yaml" "$docs/examples/sluiced.yaml"
gzip --no-name --best --stdout CHANGELOG.md >"$docs/changelog.gz"
Scripts/package/licences.sh "$checkouts" | gzip --no-name --best >"$docs/licences.gz"
