"""A built image read over its base is what a walk over all of it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.engine import open_engine
from optimizer.containers.model import BuildRequest
from optimizer.evidence.tree import Node, Root
from optimizer.proof import listing
from optimizer.proof.rootfs import read_tree

STEPS = """FROM debian:bookworm
RUN mkdir -p /a/deep /b /c && echo 1 > /a/deep/one && echo 2 > /b/two && ln /b/two /b/twin && ln -s b /link
RUN rm -rf /a /usr/share/doc && echo changed > /etc/issue && chmod 700 /var/log && rm -r /c && echo 3 > /c
RUN rm -rf /b && mkdir -p /b /a && echo 4 > /b/four && ln /etc/issue /a/issue && rm /etc/issue.net
RUN rm -rf /usr/share/man && ln -s /a /usr/share/man && mv /etc/apt /etc/moved && rm -rf /srv && ln -s /a /srv
"""
REPLACED = f"{STEPS}RUN rm -rf /b && ln -s /etc /b\n"


def without_devices(root: Root) -> dict[str, Node]:
    """Each mount has its own number; that files are one file is told by the number of the file alone."""
    return {
        path: node if node.inode is None else replace(node, inode=(0, node.inode[1]))
        for path, node in root.nodes.items()
    }


@pytest.mark.container
@pytest.mark.parametrize("steps", [STEPS, REPLACED])
def test_an_image_over_its_base_is_as_a_walk_shows_it(store: object, tmp_path: Path, steps: str) -> None:
    file = tmp_path / "Containerfile"
    file.write_text(steps)
    engine = open_engine()
    try:
        image = engine.build(BuildRequest(file, tmp_path, None, passthrough=("--network=none", "--pull-never"))).image
        base = engine.find("debian:bookworm")
        assert base is not None
        below = len(engine.image(base).layers)
        layers = engine.layer_changes(image)
        with engine.rootfs(base) as bottom, engine.rootfs(image) as top:
            over = Root.over(Root(bottom), top, layers[below:])
            walked = Root(top)
            listed = listing.over(read_tree(bottom).nodes, top, layers[below:])
            nodes = read_tree(top).nodes
        assert list(without_devices(over).items()) == list(without_devices(walked).items())
        assert listed == (nodes if steps is STEPS else None)  # what a directory became is only told by a walk
        assert list(over.below("/")) == list(walked.below("/"))
    finally:
        engine.close()
