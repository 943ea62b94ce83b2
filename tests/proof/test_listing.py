"""An image listed over one that it stands on is as a walk over all of it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from optimizer.containers.layers import RawChange, stack
from optimizer.containers.model import Layer, LayerChange
from optimizer.proof import listing
from optimizer.proof.listing import Listing, over
from optimizer.proof.rootfs import Tree, read_tree

from .trees import Content, tree

BELOW: Mapping[str, Content] = {"/etc/issue": "1", "/usr/share/doc/x": "x", "/usr/share/man/y": "y", "/z": Path("etc")}


def layer(name: str, written: Sequence[str] = (), gone: Sequence[str] = ()) -> tuple[Layer, RawChange]:
    return Layer(name, 1), RawChange(dict.fromkeys(written, 0), frozenset(gone), frozenset())


def laid(*layers: tuple[Layer, RawChange]) -> tuple[LayerChange, ...]:
    return stack(tuple(each for each, _ in layers), [change for _, change in layers])


BASE = layer("base", ("/etc", "/etc/issue", "/usr", "/usr/share/doc/x", "/usr/share/man", "/usr/share/man/y", "/z"))


@pytest.mark.parametrize(
    ("files", "layers"),
    [
        ({**BELOW, "/new/file": "1"}, [layer("1", ("/new", "/new/file"))]),
        ({**BELOW, "/etc/issue": "longer"}, [layer("1", ("/etc", "/etc/issue"))]),
        ({"/etc/issue": "1", "/z": Path("etc"), "/usr/share/man/y": "y"}, [layer("1", (), ("/usr/share/doc",))]),
        ({**BELOW, "/usr/share/man": "no directory any more"}, [layer("1", ("/usr/share/man",))]),
        ({**BELOW, "/z": "a file"}, [layer("1", ("/q",)), layer("2", ("/z",), ("/q",))]),
        ({**BELOW, "/q": "again"}, [layer("1", ("/q",)), layer("2", (), ("/q",)), layer("3", ("/q",))]),
    ],
    ids=["added", "changed", "removed", "a file for a directory", "a file for a link", "again"],
)
def test_what_layers_wrote_and_removed_is_all_that_differs(
    tmp_path: Path, files: Mapping[str, Content], layers: list[tuple[Layer, RawChange]]
) -> None:
    below = tree(tmp_path / "below", BELOW)
    if isinstance(files.get("/usr/share/man"), str):
        files = {path: content for path, content in files.items() if path != "/usr/share/man/y"}
    image = tree(tmp_path / "image", files)
    assert over(below.nodes, image.root, laid(BASE, *layers)[1:]) == image.nodes


@pytest.mark.parametrize("instead", ["no directory any more", Path("/etc"), Path("etc"), Path("new")])
def test_what_layers_leave_open_is_not_told(tmp_path: Path, instead: Content) -> None:
    below, image = tree(tmp_path / "below", BELOW), tree(tmp_path / "image", {**BELOW, "/new": instead})
    layers = laid(BASE, layer("1", ("/new", "/new/passwd", "/new/deep/er")), layer("2", ("/new",)))
    assert over(below.nodes, image.root, layers[1:]) is None
    found = Listing()
    found.of(below.root, layers[:1])
    assert found.of(image.root, layers).nodes == image.nodes


def test_a_path_whose_directory_no_layer_names_is_not_told(tmp_path: Path) -> None:
    below, image = tree(tmp_path / "below", BELOW), tree(tmp_path / "image", {**BELOW, "/new/file": "1"})
    assert over(below.nodes, image.root, laid(BASE, layer("1", ("/new/file",)))[1:]) is None


def test_the_mode_of_the_root_itself_is_read(tmp_path: Path) -> None:
    below, image = tree(tmp_path / "below", BELOW), tree(tmp_path / "image", BELOW)
    image.root.chmod(0o700)
    listed = over(below.nodes, image.root, laid(BASE, layer("1"))[1:])
    assert listed is not None
    assert listed["/"].mode == 0o700


def test_only_the_layers_above_a_known_image_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tree(tmp_path / "base", BELOW)
    image = tree(tmp_path / "image", {**BELOW, "/app/run": "1"})
    built = laid(BASE, layer("made", ("/app", "/app/run")))
    walks: list[Path] = []

    def walk(root: Path, layers: Sequence[LayerChange] = ()) -> Tree:
        walks.append(root)
        return read_tree(root, layers)

    monkeypatch.setattr(listing, "read_tree", walk)
    found = Listing()
    found.of(base.root, built[:1])
    assert found.of(image.root, built).nodes == image.nodes
    assert found.of(image.root, built).origins["/app/run"] == "made"
    assert found.of(image.root, laid(layer("other"), layer("made"))).nodes == image.nodes
    assert walks == [base.root, image.root]  # the last one stands on another base
