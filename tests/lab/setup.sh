#!/bin/bash
# Makes everything that `make test` and `make demo` need, and only what is missing:
# Debian packages (as root), .venv with the test dependencies, the container store and the base images in it.
# usage: setup.sh [TARGET …]      targets of bases.sh; none: its default ones
# environment: OPTIMIZER_LAB (place of the store), OPTIMIZER_VENV (an environment to use instead of making .venv),
#              PYTHON (the interpreter .venv is made with)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
say() { printf '%s setup: %s\n' "$(date +%T)" "$*" >&2; }

packages=(buildah podman skopeo runc crun conmon containernetworking-plugins iptables netavark aardvark-dns
    uidmap fuse-overlayfs slirp4netns mmdebstrap busybox-static debian-archive-keyring ca-certificates
    python3-venv python3-pip git patch dash util-linux rpm strace)

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        say "missing: ${missing[*]}; install them: apt-get install ${missing[*]}"
        return 1
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# The distribution's own Python where it is new enough: ordinary users, whom some tests become, may start it too.
system_python() {
    /usr/bin/python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
        echo /usr/bin/python3 || echo python3
}

make_venv() {
    [ -z "${OPTIMIZER_VENV:-}" ] || return 0
    local stamp=$checkout/.venv/.made-from
    if ! cmp -s "$checkout/pyproject.toml" "$stamp"; then
        say "making .venv"
        "${PYTHON:-$(system_python)}" -m venv "$checkout/.venv"
        "$checkout/.venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$checkout[test]"
        cp "$checkout/pyproject.toml" "$stamp"
    fi
}

# Some machines allow less than the tools' defaults. Find out with the smallest of images, once.
suit_machine() {
    local machine=$OPTIMIZER_LAB/machine.sh probe=localhost/optimizer-lab-probe
    [ ! -e "$machine" ] || return 0
    local work container
    work=$(mktemp -d)
    mkdir "$work/bin"
    cp /bin/busybox "$work/bin/sh"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$work" / >/dev/null
    buildah commit --quiet --rm "$container" $probe >/dev/null
    rm -rf "$work"
    # The first try is what a friendly machine has; an isolation is weakened for stand-ins and fixtures only.
    : >"$machine.new"
    if ! podman run --rm --network none $probe sh -c 'exit 0' >/dev/null 2>&1; then
        say "containers need the settings of a restricted machine here"
        cp "$here/restricted.conf" "$OPTIMIZER_LAB/containers.conf"
        echo 'export CONTAINERS_CONF="$OPTIMIZER_LAB/containers.conf"' >>"$machine.new"
        CONTAINERS_CONF=$OPTIMIZER_LAB/containers.conf podman run --rm --network none $probe sh -c 'exit 0' >&2 \
            || say "podman cannot run containers here, buildah has to do"
    fi
    container=$(buildah from --pull-never $probe)
    if ! buildah run "$container" sh -c 'exit 0' >/dev/null 2>&1; then
        echo 'export BUILDAH_ISOLATION=chroot' >>"$machine.new"
    fi
    buildah rm "$container" >/dev/null
    buildah rmi $probe >/dev/null
    mv "$machine.new" "$machine"
}

make_store() {
    mkdir -p "$OPTIMIZER_LAB"
    [ -e "$OPTIMIZER_LAB/storage.conf" ] || cat >"$OPTIMIZER_LAB/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$OPTIMIZER_LAB/store"
runroot = "$OPTIMIZER_LAB/run"
CONF
}

install_packages
make_venv &
venv=$!
. "$here/env.sh"
make_store
suit_machine
. "$here/env.sh"
"$here/bases.sh" "$@"
wait $venv
say "ready"
