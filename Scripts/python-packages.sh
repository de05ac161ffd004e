#!/usr/bin/env bash
# Makes a virtual environment of Python with the packages that a file of requirements names, unless it is there
# already. Where they can not be had, it fails and leaves no environment behind.
#   usage: python-packages.sh REQUIREMENTS ENVIRONMENT
set -euo pipefail
requirements=$1
environment=$2

# The copy says what is in it, and that all of it is.
if cmp -s "$requirements" "$environment/requirements.txt"; then exit 0; fi
echo "installing the Python packages of $requirements"
# Debian has what an environment needs in a package of its own.
python3 -c 'import ensurepip' 2>/dev/null || "$(dirname "${BASH_SOURCE[0]}")/setup.sh" python3-venv
rm -rf "$environment"
if ! { python3 -m venv "$environment" &&
  "$environment/bin/pip" install --quiet --requirement "$requirements"; }; then
  rm -rf "$environment"
  exit 1
fi
cp "$requirements" "$environment/requirements.txt"
