#!/usr/bin/env bash
# Makes a virtual environment of Python with the packages of a requirements file, unless the environment is
# complete already. When the packages cannot be installed, it fails and removes the environment.
#   usage: python-packages.sh REQUIREMENTS ENVIRONMENT
set -euo pipefail
requirements=$1
environment=$2

# The copy exists only when all packages are installed.
if cmp -s "$requirements" "$environment/requirements.txt"; then exit 0; fi
echo "installing the Python packages of $requirements"
# Debian has the module `venv` in a separate package.
python3 -c 'import ensurepip' 2>/dev/null || "$(dirname "${BASH_SOURCE[0]}")/setup.sh" python3-venv
rm -rf "$environment"
if ! { python3 -m venv "$environment" &&
  "$environment/bin/pip" install --quiet --requirement "$requirements"; }; then
  rm -rf "$environment"
  exit 1
fi
cp "$requirements" "$environment/requirements.txt"
