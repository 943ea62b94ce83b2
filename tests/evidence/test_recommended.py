"""Which packages only recommendations brought, and which of them are needed."""

from __future__ import annotations

from types import MappingProxyType

from optimizer.ecosystems.trimming import Records
from optimizer.evidence.packages import Manager, Package, Packages
from optimizer.evidence.recommended import recommended


def packages(**depends: str) -> Packages:
    found = {
        name: Package(name, "1", depends=tuple((each,) for each in text.split())) for name, text in depends.items()
    }
    return Packages(Manager.DPKG, MappingProxyType(found), MappingProxyType({}))


def test_what_nothing_named_depends_on_was_only_recommended() -> None:
    built = packages(libc="", git="libc zlib", zlib="", less="libc", perl="data", data="")
    found = recommended(built, packages(libc=""), ["git"], ["git", "perl", "data", "libc"])
    assert found.records is Records.DPKG
    assert found.brought == {"less", "perl", "data"}
    assert found.needed == ("perl",)


def test_nothing_is_needed_where_all_was_named() -> None:
    built = packages(libc="", git="libc less", less="")
    assert recommended(built, packages(libc=""), ["git"], ["less"]).needed == ()
