#!/bin/sh
set -e
python manage.py check --deploy --fail-level CRITICAL >/dev/null
exec "$@"
