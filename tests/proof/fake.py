"""An engine without containers: images are directories, programs are what a test says they do."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from optimizer.containers.model import (
    Answer,
    BuildFailed,
    BuildRequest,
    Built,
    CacheUse,
    CompressedSize,
    Engine,
    Finished,
    Health,
    History,
    Image,
    ImageConfig,
    ImageId,
    Layer,
    LayerChange,
    Progress,
    RunRequest,
    Step,
    Version,
)
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError
from optimizer.proof.cache import ProofCache
from optimizer.proof.model import Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.proof.smoke import Patience

CONFIG = ImageConfig(
    env=("PATH=/usr/bin:/bin",),
    user="",
    workdir="/",
    entrypoint=(),
    cmd=("app",),
    ports=(),
    volumes=(),
    labels=(),
    stop_signal="",
    shell=(),
    onbuild=(),
    health=None,
    architecture="amd64",
    os="linux",
)
HURRY = Patience(ready=0.2, others=0.05, warm=0.05, run=0.2, grace=0.1, health=0.1, poll=0.01)

Run = Callable[[RunRequest, Path], Finished]
Respond = Callable[[int, str], Answer | None]


def ended(code: int = 0, out: bytes = b"", err: bytes = b"", *, timed_out: bool = False) -> Finished:
    return Finished(code, out, err, 0.01, timed_out)


def page(body: str, status: int = 200, kind: str = "text/plain") -> Answer:
    return Answer(status, (("content-type", kind),), body.encode())


def prints(text: str, code: int = 0) -> Run:
    return lambda request, root: ended(code, text.encode())


HELLO = prints("hello\n")


@dataclass(frozen=True)
class Recipe:
    """What a build makes: files (a directory is None, a link `Path`), configuration, behaviour."""

    files: Mapping[str, str | bytes | Path | None]
    config: ImageConfig = CONFIG
    run: Run = HELLO
    respond: Respond | None = None
    listens: frozenset[int] = frozenset()
    modes: Mapping[str, int] = field(default_factory=dict)
    healthy: bool = True
    stops_with: int = 0
    fails: tuple[str, ...] = ()
    too_slow: bool = False
    leaves: ImageId | None = None
    """What the builder tells of its only long step."""


@dataclass
class FakeRunning:
    recipe: Recipe
    works: bool

    def alive(self) -> bool:
        return self.works

    def listens(self, port: int, protocol: str = "tcp") -> bool:
        return self.works and port in self.recipe.listens

    def get(self, port: int, path: str, *, method: str = "GET", timeout: float = 10.0) -> Answer | None:
        return self.recipe.respond(port, path) if self.recipe.respond and self.listens(port) else None

    def execute(self, argv: tuple[str, ...], timeout: float = 30.0) -> Finished:
        return ended(0 if self.recipe.healthy else 1)

    def logs(self) -> tuple[bytes, bytes]:
        return b"", b""

    def stop(self, grace: float = 10.0) -> Finished:
        return ended(self.recipe.stops_with, timed_out=self.recipe.stops_with == 137)


class FakeEngine:
    """Builds by looking the text of a Containerfile up; each text has the recipes of its builds, the last for good."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._numbers = itertools.count(1)
        self.texts: dict[str, list[Recipe]] = {}
        self.images: dict[ImageId, tuple[Path, Recipe]] = {}
        self.bases: dict[str, list[ImageId]] = {}
        self.built: list[BuildRequest] = []
        self.removed: list[ImageId] = []
        self.compressed: list[ImageId] = []

    def versions(self) -> tuple[Version, ...]:
        return (Version("buildah", 1, 28, "1.28.2"),)

    def build(self, request: BuildRequest, progress: Progress | None = None, stop: Stop | None = None) -> Built:
        self.built.append(request)
        recipes = self.texts[request.containerfile.read_text()]
        recipe = recipes.pop(0) if len(recipes) > 1 else recipes[0]
        first = Step(1, 2, "FROM base", 0.5, request.cache is CacheUse.REUSE)
        steps = (first, Step(2, 2, "RUN make", 2.0, False, recipe.leaves))
        for each in steps if progress is not None else ():
            progress(each)
        if recipe.too_slow:
            raise EngineError("the build took too long")
        if recipe.fails:
            raise BuildFailed(steps[1], recipe.fails, 1.0)
        return Built(self._add(self._write(recipe), recipe), 2.5, steps)

    def _write(self, recipe: Recipe) -> Path:
        root = self._place / f"root{next(self._numbers)}"
        root.mkdir(parents=True)
        for path, content in recipe.files.items():
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            match content:
                case None:
                    place.mkdir(exist_ok=True)
                case Path():
                    place.symlink_to(content)
                case bytes():
                    place.write_bytes(content)
                case str():
                    place.write_text(content)
            if path in recipe.modes:
                place.chmod(recipe.modes[path])
            elif "/bin/" in path and not place.is_symlink():
                place.chmod(0o755)
        return root

    def _add(self, root: Path, recipe: Recipe) -> ImageId:
        image = ImageId(f"{next(self._numbers):064x}")
        self.images[image] = root, recipe
        return image

    def image(self, image: ImageId) -> Image:
        root, recipe = self.images[image]
        size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
        layers = (Layer("sha256:base", 10), Layer(f"sha256:{image.value}", size))
        history = (History("base", False), History("RUN make", False))
        return Image(image, recipe.config, layers, history, size + 10)

    def find(self, name: str) -> ImageId | None:
        known = self.bases.get(name)
        return None if not known else known.pop(0) if len(known) > 1 else known[0]

    @contextlib.contextmanager
    def rootfs(self, image: ImageId) -> Iterator[Path]:
        yield self.images[image][0]

    def layer_changes(self, image: ImageId) -> tuple[LayerChange, ...]:
        return ()

    def compressed_size(self, image: ImageId, stop: Stop | None = None) -> CompressedSize:
        self.compressed.append(image)
        return CompressedSize(self.image(image).size // 2 if image in self.images else 0)

    def without(self, image: ImageId, paths: tuple[str, ...]) -> ImageId:
        root, recipe = self.images[image]
        copy = self._place / f"root{next(self._numbers)}"
        shutil.copytree(root, copy, symlinks=True)
        for path in paths:
            (copy / path.lstrip("/")).unlink()
        return self._add(copy, recipe)

    def run(self, request: RunRequest) -> Finished:
        root, recipe = self.images[request.image]
        command = (*(request.entrypoint or recipe.config.entrypoint), *(request.command or ()))
        if not self._is_there(root, command or recipe.config.cmd):
            return ended(127, err=b"not found")
        return recipe.run(request, root)

    def _is_there(self, root: Path, command: tuple[str, ...]) -> bool:
        word = command[0]
        places = [word] if "/" in word else [f"/usr/bin/{word}", f"/bin/{word}"]
        return any(os.path.exists(root / place.lstrip("/")) for place in places)  # noqa: PTH110

    @contextlib.contextmanager
    def start(self, request: RunRequest) -> Iterator[FakeRunning]:
        root, recipe = self.images[request.image]
        yield FakeRunning(recipe, self._is_there(root, recipe.config.entrypoint + recipe.config.cmd))

    def remove(self, image: ImageId) -> None:
        self.removed.append(image)

    def sweep(self) -> int:
        return 0

    def close(self) -> None:
        return


FILES: Mapping[str, str | bytes | Path | None] = {
    "/app": None,
    "/var/log": None,
    "/usr/bin/app": "program",
    "/app/main.py": "print('hello')",
    "/app/data/list.txt": "one two",
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\n",
    "/var/log/build.log": "monday",
}
BASE = Recipe(FILES)
BEFORE = "FROM base\nRUN make\n"
AFTER = "FROM base\nRUN make && clean\n"


def changed(recipe: Recipe, **files: str | bytes | Path | None) -> Recipe:
    """The recipe with some files more or other; names are paths with `__` for `/` and `_dot_` for a dot."""
    return replace(recipe, files={**recipe.files, **{_path(name): content for name, content in files.items()}})


def lacking(recipe: Recipe, *paths: str) -> Recipe:
    return replace(
        recipe,
        files={
            path: content
            for path, content in recipe.files.items()
            if not any(path == gone or path.startswith(gone + "/") for gone in paths)
        },
    )


def _path(name: str) -> str:
    return "/" + name.replace("_dot_", ".").replace("__", "/")


def service(port: int = 8000, **pages: str) -> Recipe:
    """A server that answers `/` and says 404 to the rest."""
    config = replace(CONFIG, ports=(f"{port}/tcp",), health=Health(("CMD", "true")))
    known = {"/": "welcome", **{"/" + name: body for name, body in pages.items()}}

    def respond(_: int, path: str) -> Answer | None:
        return page(known[path]) if path in known else page(f"no {path}", 404)

    return replace(BASE, config=config, respond=respond, listens=frozenset({port}))


@dataclass
class Lab:
    """A prover over a fake engine; `before` and `after` are what the two Containerfiles build."""

    path: Path
    before: Recipe = BASE
    after: Recipe = BASE
    again: tuple[Recipe, ...] = ()
    """Later builds of the original."""
    terms: Terms | None = None

    def __post_init__(self) -> None:
        self.context = self.path / "context"
        self.context.mkdir(parents=True, exist_ok=True)
        self.engine = FakeEngine(self.path / "images")
        self.engine.texts = {BEFORE: [self.before, *self.again], AFTER: [self.after]}

    @contextlib.contextmanager
    def prover(self, cache: ProofCache | None = None) -> Iterator[Prover]:
        engine: Engine = self.engine
        terms, subject = self.terms or Terms(self.context), Subject(BEFORE, None)
        with Prover(engine, terms, subject, self.path / "Containerfile", patience=HURRY, cache=cache) as prover:
            yield prover
