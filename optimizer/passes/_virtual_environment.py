"""How a build stage installs Python packages so that another stage can take them as one directory."""

from __future__ import annotations

from optimizer.containerfile.nodes import Containerfile, Instruction
from optimizer.text import Edit, insert

PLACE = "/venv"


def made_above(instruction: Instruction, interpreter: str, file: Containerfile) -> Edit:
    """Make one above the first installation. It has no pip of its own: the one that is there installs into it, and need
    not be shipped (pip documentation, option `--python`)."""
    return inserted_above(
        instruction,
        file,
        "# the last stage takes the packages from here",
        f"RUN {interpreter} -m venv --without-pip {PLACE}",
        f"ENV PATH={PLACE}/bin:$PATH PIP_PYTHON={PLACE}/bin/python",
    )


def inserted_above(instruction: Instruction, file: Containerfile, *lines: str) -> Edit:
    """Lines above an instruction and its comments, below the blank lines before them."""
    at = instruction.leading.start
    for line in instruction.leading.of(file.text).splitlines(keepends=True):
        if line.strip():
            break
        at += len(line)
    return insert(at, "".join(line + file.newline for line in lines))
