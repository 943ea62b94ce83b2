# The project's own container store, apart from the user's: `. tests/lab/env.sh`.
# OPTIMIZER_LAB names another place than .lab in the checkout. What this machine needs beyond that
# (a runtime, limits, an isolation) was found out by setup.sh and is in $OPTIMIZER_LAB/machine.sh.
if [ -z "${OPTIMIZER_LAB:-}" ]; then
    OPTIMIZER_LAB=$(cd "$(dirname "${BASH_SOURCE:-$0}")/../.." && pwd)/.lab
fi
export OPTIMIZER_LAB
export CONTAINERS_STORAGE_CONF="$OPTIMIZER_LAB/storage.conf"
if [ -r "$OPTIMIZER_LAB/machine.sh" ]; then
    . "$OPTIMIZER_LAB/machine.sh"
fi
