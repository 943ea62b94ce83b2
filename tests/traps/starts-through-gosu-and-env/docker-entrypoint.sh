#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then
    mkdir -p /run/server
    chown server: /run/server
    exec gosu server "$0" "$@"
fi
exec "$@"
