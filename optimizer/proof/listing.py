"""Listing root file systems of images that stand on each other: of a layer that two of them share, paths are read once.

What lies below `written` and `removed` of a layer is as in the image below it (OCI image-spec, layer.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from optimizer.containers.model import LayerChange
from optimizer.proof.rootfs import Kind, Node, Tree, node_at, origins, read_tree


class Listing:
    """What was listed so far. Safe to use from several threads; two that ask for the same at once both read it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Mapping[str, Node]] = {}
        """By the diff IDs of all layers, oldest first."""

    def of(self, root: Path, layers: Sequence[LayerChange]) -> Tree:
        """The root file system, mounted at `root`, of an image with these layers, oldest first. Raises OSError."""
        names = tuple(change.layer.diff_id for change in layers)
        below = next((count for count in range(len(names), 0, -1) if names[:count] in self._known), 0)
        nodes = over(self._known[names[:below]], root, layers[below:]) if below else None
        tree = read_tree(root, layers) if nodes is None else Tree(root, nodes, origins(layers))
        if names:
            self._known[names] = tree.nodes
        return tree


def over(below: Mapping[str, Node], root: Path, layers: Iterable[LayerChange]) -> Mapping[str, Node] | None:
    """The paths of an image that has these layers, oldest first, over another one's. None where layers leave open what
    lies where: below what is no directory any more, or whose directory no layer names. Raises OSError."""
    nodes, written = dict(below), set[str]()
    for layer in layers:
        for path in layer.removed:
            nodes.pop(path, None)
        written -= layer.removed
        written.update(layer.written)
    nodes["/"] = node_at(os.fspath(root))
    replaced = set[str]()
    for path in sorted(written):  # directories before what lies in them
        above = nodes.get(path.rpartition("/")[0] or "/")
        if above is None or above.kind is not Kind.DIRECTORY:
            return None
        node = node_at(f"{os.fspath(root)}{path}")
        was = nodes.get(path)
        if was is not None and was.kind is Kind.DIRECTORY and node.kind is not Kind.DIRECTORY:
            replaced.add(path)
        nodes[path] = node
    if not replaced:
        return nodes
    return {path: node for path, node in nodes.items() if not _is_below(path, replaced)}


def _is_below(path: str, tops: set[str]) -> bool:
    while path := path.rpartition("/")[0]:
        if path in tops:
            return True
    return False
