#!/bin/bash
# Fills in the settings, then becomes the program.
set -euo pipefail
for part in /usr/local/share/entry/*.sh; do
    . "$part"
done
settings
exec "$@"
