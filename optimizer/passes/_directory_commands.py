"""Commands that make directories again with their mode and owner (install(1), mkdir(1))."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from shlex import quote

from optimizer.evidence.shipment import Made
from optimizer.evidence.split import Account


def directory_commands(
    directories: Iterable[Made], accounts: Iterable[Account], names: Callable[[tuple[int, int]], tuple[str, str]]
) -> list[str]:
    """As few as can be. Homes that were made with their accounts, and what lies above them, are there; `names` are of a
    user and a group."""
    homes = {each.home: (each.uid, each.gid) for each in accounts if each.has_home}
    given: dict[str, list[str]] = {}
    plain: list[str] = []
    for made in directories:
        above = (made.mode, made.owner) == (0o755, (0, 0)) and any(home.startswith(f"{made.path}/") for home in homes)
        if above or made.owner == homes.get(made.path):
            continue
        mode = "" if made.mode == 0o755 else f" -m {made.mode:o}"
        owner, group = names(made.owner)
        user = "" if made.owner == (0, 0) else f" -o {owner} -g {group}"
        if mode or user:
            given.setdefault(f"install -d{mode}{user}", []).append(made.path)
        else:
            plain.append(made.path)
    deepest = [each for each in plain if not any(other.startswith(f"{each}/") for other in plain)]
    commands = [f"{command} {' '.join(map(quote, paths))}" for command, paths in given.items()]
    return [f"mkdir -p {' '.join(map(quote, deepest))}", *commands] if deepest else commands
