#!/bin/bash
# Every sample application: size and time of builds before and after, as `optimize --verify` measures them.
# usage: bench.sh [APPLICATION …]      folders of tests/apps; none: all
set -euo pipefail
apps=$(cd "$(dirname "$0")/../apps" && pwd)
[ $# -gt 0 ] || set -- $(ls "$apps")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for app in "$@"; do
    cp -r "$apps/$app" "$work/$app"
    printf '\n%s\n' "$app"
    optimize --verify --output-format text "$work/$app" || failed=1
done
exit $failed
