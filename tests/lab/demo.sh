#!/bin/bash
# A sample application as one finds it: a naive Containerfile and, beside the sources, all that work leaves lying about.
# `optimize` shows what it would change, then proves it and writes it. environment: as env.sh sets it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
as_somebody=(-c user.name=Somebody -c user.email=somebody@example.org -c init.defaultBranch=main)

cp -r "$here/../apps/flask-pg" "$work/shop"
cd "$work/shop"
git "${as_somebody[@]}" init --quiet
git add --all
git "${as_somebody[@]}" commit --quiet --message "Open the shop"
echo 'DATABASE_URL=postgresql://shop:not-for-the-image@db/shop' >.env
python3 -m venv .venv
python3 -m compileall -q shop.py
seq 20000 >debug.log

title "The Containerfile, and what lies beside it"
cat Containerfile
du --max-depth=0 --human-readable .git .venv __pycache__ .env debug.log | sed 's/^/    /'

title "optimize Containerfile"
optimize Containerfile

title "optimize Containerfile --write --time-rebuild"
optimize Containerfile --write --time-rebuild

title "What is in the repository now"
git status --short
cat Containerfile
