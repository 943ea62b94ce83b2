"""The images that a Containerfile starts from, to see whether a name means another image than before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from optimizer.containerfile.nodes import Arg, Copy, From, Instruction
from optimizer.containerfile.parser import parse
from optimizer.containerfile.words import BadSubstitution, expand
from optimizer.containers.model import Engine, ImageId

Bases = Mapping[str, ImageId | None]
"""What names of base images mean; None for an image that is not here."""


def base_names(text: str, build_args: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names of the images in FROM and `COPY --from`, in order, without stages and `scratch`. Names that cannot be
    expanded are left out."""
    file = parse(text)
    given = {name: value for name, equals, value in (item.partition("=") for item in build_args) if equals}
    variables: dict[str, str] = {}
    stages: set[str] = set()
    names: list[str] = []
    in_stage = False
    for instruction in file.instructions:
        if isinstance(instruction, Arg) and not in_stage:
            variables.update(_defaults(instruction, given, variables, file.escape))
        for raw in _references(instruction):
            name = _expanded(raw, variables, file.escape)
            if name and name != "scratch" and name.lower() not in stages and not name.isdecimal():
                names.append(name)
        if isinstance(instruction, From):
            in_stage = True
            if instruction.alias is not None:
                stages.add(instruction.alias.raw.lower())
    return tuple(dict.fromkeys(names))


def _references(instruction: Instruction) -> Iterator[str]:
    match instruction:
        case From(image=image):
            yield image.raw
        case Copy():
            source = instruction.flag("from")
            if source is not None and source.value:
                yield source.value


def _defaults(arg: Arg, given: Mapping[str, str], known: Mapping[str, str], escape: str) -> Iterator[tuple[str, str]]:
    for pair in arg.pairs:
        if pair.key.raw in given:
            yield pair.key.raw, given[pair.key.raw]
        elif pair.value is not None:
            value = _expanded(pair.value.raw, known, escape)
            if value is not None:
                yield pair.key.raw, value


def _expanded(raw: str, variables: Mapping[str, str], escape: str) -> str | None:
    try:
        return expand(raw, variables, escape)
    except BadSubstitution:
        return None


def base_images(
    engine: Engine, texts: Iterable[str], build_args: tuple[str, ...] = (), known: Bases | None = None
) -> Bases:
    """What each name in any of the files means now, or meant when it became `known`."""
    names = dict.fromkeys(name for text in texts for name in base_names(text, build_args))
    return {name: (known or {}).get(name) or engine.find(name) for name in names}


def moved(before: Bases, now: Bases) -> tuple[str, ...]:
    """Names that meant one image before and mean another now."""
    return tuple(name for name, image in before.items() if image is not None and now.get(name, image) != image)
