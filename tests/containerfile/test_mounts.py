"""`RUN --mount` options."""

from __future__ import annotations

import pytest

from optimizer.containerfile.mounts import Mount, MountKind, mounts
from optimizer.containerfile.parser import parse


def mount(value: str) -> Mount:
    (found,) = mounts(parse(f"RUN --mount={value} x\n").instructions[0])
    return found


@pytest.mark.parametrize(
    ("value", "kind", "target", "source", "from_", "name"),
    [
        ("type=cache,target=/c,id=a", MountKind.CACHE, "/c", None, None, "a"),
        ("target=/t,from=x,source=/s", MountKind.BIND, "/t", "/s", "x", None),
        ("type=bind,dst=/t,src=/s", MountKind.BIND, "/t", "/s", None, None),
        ("type=bind,destination=/t,ro", MountKind.BIND, "/t", None, None, None),
        ("type=secret,id=s", MountKind.SECRET, None, None, None, "s"),
        ("type=ssh", MountKind.SSH, None, None, None, None),
        ("type=tmpfs,target=/t", MountKind.TMPFS, "/t", None, None, None),
        ("TYPE=Cache,Target=/c", MountKind.CACHE, "/c", None, None, None),
        ("type=$T,target=/c", MountKind.OTHER, "/c", None, None, None),
        ("'\"target=/a,b\",type=cache'", MountKind.CACHE, "/a,b", None, None, None),
    ],
)
def test_options(
    value: str, kind: MountKind, target: str | None, source: str | None, from_: str | None, name: str | None
) -> None:
    found = mount(value)
    assert (found.kind, found.target, found.source, found.from_, found.id) == (kind, target, source, from_, name)


def test_all_mounts_in_order_those_of_an_onbuild_too() -> None:
    text = "RUN --mount=type=cache,target=/a --network=none --mount=type=cache,target=/b x\n"
    assert [item.target for item in mounts(parse(text).instructions[0])] == ["/a", "/b"]
    assert [item.target for item in mounts(parse(f"ONBUILD {text}").instructions[0])] == ["/a", "/b"]


def test_a_mount_knows_its_flag() -> None:
    text = "RUN --mount=type=cache,target=/a x\n"
    assert mounts(parse(text).instructions[0])[0].flag.span.of(text) == "--mount=type=cache,target=/a"
