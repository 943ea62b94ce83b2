"""What a container tool's complaint means and what helps: one table, matched against its last lines."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.errors import EngineError, MissingTool


@dataclass(frozen=True, slots=True)
class Known:
    """One failure of the machine, not of a Containerfile: words that all occur in one line, and what to tell."""

    words: tuple[str, ...]
    message: str
    hint: str


_RUNTIME = 'set runtime = "runc" under [engine] in containers.conf (CONTAINERS_CONF names the file)'
_ULIMITS = 'set default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"] under [containers] in containers.conf'
_CHROOT = "builds work without a container runtime if you choose it yourself: BUILDAH_ISOLATION=chroot"
_SUBIDS = "give your user subordinate ids: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"

KNOWN = (
    Known(("cgroups in hybrid mode",), "crun cannot use this machine's cgroups", f"{_RUNTIME}; {_CHROOT}"),
    Known(("setrlimit", "Operation not permitted"), "the limits of containers are above this machine's", _ULIMITS),
    Known(("error setting rlimit",), "the limits of containers are above this machine's", _ULIMITS),
    Known(
        ("systemd", "cgroup", "dbus"),
        "systemd does not manage cgroups here",
        'set cgroup_manager = "cgroupfs" under [engine] in containers.conf',
    ),
    Known(
        ("error creating runtime", "events"),
        "the event log cannot be written",
        'set events_logger = "file" under [engine] in containers.conf',
    ),
    Known(("No space left on device",), "no space left on device", "free space with `buildah prune`, then try again"),
    Known(("no space left on device",), "no space left on device", "free space with `buildah prune`, then try again"),
    Known(("cannot clone", "Operation not permitted"), "this machine allows no user namespaces", _SUBIDS),
    Known(("no subuid ranges found",), "this user has no subordinate ids", _SUBIDS),
    Known(("newuidmap",), "user ids cannot be mapped", f"install uidmap; {_SUBIDS}"),
    Known(
        ("'overlay' is not supported over",),
        "the storage driver does not work on this file system",
        'set driver = "vfs" in storage.conf, or mount_program = "/usr/bin/fuse-overlayfs"',
    ),
    Known(("mount", "operation not permitted"), "this machine does not allow mounts in containers", _CHROOT),
    Known(("unshare", "peration not permitted"), "this machine does not allow new namespaces", _CHROOT),
    Known(("netavark",), "the container network cannot be set up", "check `podman network ls`, or use --network host"),
    Known(("did not get container create message",), "the container runtime did not start", f"{_RUNTIME}; {_CHROOT}"),
    Known(("default OCI runtime", "not found"), "no container runtime is installed", "apt-get install crun"),
    Known(("conmon", "no such file"), "podman lacks its monitor", "apt-get install conmon"),
    Known(("containers/storage.lock", "permission denied"), "container storage belongs to another user",
          "name a storage of your own: CONTAINERS_STORAGE_CONF"),
)  # fmt: skip

_PACKAGES = {"nsenter": "util-linux", "unshare": "util-linux"}
"""Debian and Fedora packages of tools that do not bear their name."""


def recognise(lines: tuple[str, ...]) -> EngineError | None:
    """The machine's failure that the lines tell of, the first in the table's order; None if they tell of none."""
    for known in KNOWN:
        if any(all(word in line for word in known.words) for line in lines):
            return EngineError(known.message, hint=known.hint)
    return None


def engine_error(tool: str, action: str, stderr: str) -> EngineError:
    """What to raise when a tool failed at something that has nothing to do with the Containerfile.
    An unknown failure is told in the tool's own last line."""
    lines = tuple(line for line in stderr.splitlines() if line.strip())
    known = recognise(lines)
    if known is not None:
        return EngineError(f"{tool} cannot {action}: {known.message}", hint=known.hint)
    own = [line for line in lines if line.startswith("Error: ")]
    last = (own or lines or ("no reason given",))[-1]
    return EngineError(f"{tool} cannot {action}: {last.removeprefix('Error: ').rstrip('. ')}")


def missing_tool(tool: str) -> MissingTool:
    """What to raise when a program is not on PATH."""
    package = _PACKAGES.get(tool, tool)
    others = " podman skopeo" if package == "buildah" else ""
    return MissingTool(
        f"{tool} is not installed", hint=f"apt-get install {package}{others}, or dnf install {package}{others}"
    )
