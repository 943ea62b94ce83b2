"""What /proc tells about processes: who lives, who descends from whom, who listens, what signals do (proc(5))."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_HARMLESS = (
    signal.SIGCHLD,
    signal.SIGCONT,
    signal.SIGURG,
    signal.SIGWINCH,
    signal.SIGSTOP,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
)
"""Signals that end nobody: by default they are ignored, or halt a process (signal(7))."""
_LISTEN = {"tcp": "0A", "udp": "07"}
"""Socket states in /proc/PID/net: TCP_LISTEN, and what an unconnected UDP socket shows (proc_net_tcp)."""


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the command name, which is in brackets and may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None if there is none. With the PID it names a process."""
    fields = _stat(pid)
    return int(fields[19]) if fields and len(fields) > 19 else None


def when(ticks: int) -> float:
    """A time in clock ticks since boot as seconds since 1970."""
    lines = (_PROC / "stat").read_text(encoding="ascii", errors="replace").splitlines()
    boot = next((int(line.split()[1]) for line in lines if line.startswith("btime ")), 0)
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def alive(pid: int) -> bool:
    """Whether a process exists and has not ended (a zombie has)."""
    fields = _stat(pid)
    return fields is not None and fields[0] not in "ZX"


@dataclass(frozen=True, slots=True)
class Signals:
    """What a process does with signals (proc(5), status): the masks of those it handles and of those it ignores, and
    whether it is the first of its PID namespace."""

    caught: int
    ignored: int
    first: bool

    def handles(self, number: int) -> bool:
        return bool(self.caught >> (number - 1) & 1)

    def discards(self, number: int) -> bool:
        """Whether the kernel drops the signal: a first process gets only what it handles (pid_namespaces(7))."""
        return self.first and number != signal.SIGKILL and not self.handles(number)

    def dies_of(self, number: int) -> bool:
        """Whether the signal ends it without asking (signal(7), standard signals)."""
        if number == signal.SIGKILL:
            return True
        untouched = not (self.handles(number) or self.ignored >> (number - 1) & 1 or self.first)
        return untouched and number not in _HARMLESS


def signals(pid: int) -> Signals | None:
    """None if the process is gone."""
    try:
        lines = (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    fields = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    caught, ignored = (int((fields.get(name) or ["0"])[0], 16) for name in ("SigCgt", "SigIgn"))
    return Signals(caught, ignored, fields.get("NSpid", [])[1:][-1:] == ["1"])


def descendants(pid: int) -> tuple[int, ...]:
    """Children, grandchildren and so on, nearest first."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        offspring = [child for parent in waiting for child in sorted(children.get(parent, ()))]
        found += offspring
        waiting = offspring
    return tuple(found)


def namespace(pid: int | str, kind: str) -> str | None:
    """A namespace's identity, such as `net:[4026531833]`; None if the process is gone or not ours to see."""
    try:
        return str((_PROC / str(pid) / "ns" / kind).readlink())
    except OSError:
        return None


def program(pid: int) -> str:
    """The first word of a process's command line; empty if it has none or is gone."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().partition(b"\0")[0].decode("utf-8", "replace")
    except OSError:
        return ""


def runs(name: str) -> bool:
    """Whether a process of a program of that name lives, as far as it can be seen from here."""
    pids = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal())
    return any(program(pid).rpartition("/")[2] == name and alive(pid) for pid in pids)


def boot_id() -> str:
    """Random digits of the machine's current start."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip().replace("-", "")
    except OSError:
        return "0" * 32


def listening(table: str, protocol: str) -> frozenset[int]:
    """The ports on which a table in the form of /proc/net/tcp or /proc/net/udp shows a listener."""
    ports = set()
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 3 and fields[3] == _LISTEN[protocol]:
            ports.add(int(fields[1].rpartition(":")[2], 16))
    return frozenset(ports)


def listens(pid: int, port: int, protocol: str) -> bool:
    """Whether something listens on the port in the network namespace of a process, over IPv4 or IPv6."""
    if protocol not in _LISTEN:
        return False
    for table in (protocol, protocol + "6"):
        try:
            text = (_PROC / str(pid) / "net" / table).read_text()
        except OSError:
            continue
        if port in listening(text, protocol):
            return True
    return False
