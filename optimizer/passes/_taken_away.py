"""Commands for the end of a build stage: what the build needed inside of directories that ship."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from optimizer.evidence.shipment import Shed
from optimizer.evidence.split import Split


def taken_away(split: Split, shed: Iterable[Shed], user: str, workdir: str) -> list[str]:
    """One command for all that this user may take away, from where it works; none where there is nothing."""
    name = dict(split.names).get
    may = (each.path for each in shed if user in ("root", str(each.uid), name(each.uid)))
    # From the root a path without its `/` is no shorter to read, and wrong as soon as somebody adds a WORKDIR.
    found = [quote(path if workdir == "/" else path.removeprefix(f"{workdir}/")) for path in may]
    return [f"rm -rf {' '.join(found)}"] if found else []
