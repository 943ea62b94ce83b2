#!/bin/bash
# Removes what setup.sh made in the checkout (not the Debian packages). A store elsewhere (OPTIMIZER_LAB) is kept.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
lab=$checkout/.lab
# The store's driver keeps its directory mounted on itself.
awk -v lab="$lab/" 'index($5, lab) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r point; do
    umount --lazy "$point"
done
rm -rf "$lab" "$checkout"/.venv "$checkout"/.{pytest,mypy,ruff}_cache "$checkout/.hypothesis"
