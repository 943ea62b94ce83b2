"""What a proof costs beside the cold build of the original, and where its time goes.

usage: python tests/bench/bench_proof.py [--runs N] [--log] [APPLICATION …]      folders of tests/apps

For each application `optimize --verify` does all its work in an empty store over the lab, with an empty cache, but for
the compressed sizes of base images: those that are pulled tell them, the lab's are measured once before. Before
and after it the original is built cold in an empty store; the mean of the two counts, since a machine that was idle is
faster. Seconds of parts that go on side by side overlap, so they add up to more than the whole. Of several runs the
medians are printed; `--log` shows every call of the container tools.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from types import FrameType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer import cli  # noqa: E402
from optimizer.cli import prove  # noqa: E402
from optimizer.containers.model import BuildRequest, Built, CacheUse, Engine, Progress  # noqa: E402
from optimizer.containers.stop import Stop  # noqa: E402
from optimizer.evidence.gather import Gathering  # noqa: E402
from optimizer.proof import judge, prover  # noqa: E402
from optimizer.proof.behaviour import Behaviour  # noqa: E402
from optimizer.proof.listing import Listing  # noqa: E402

APPS = ROOT / "tests" / "apps"
CHEAP = ("c-make", "lua-module", "flask-pg", "node-ts")
OPTIONS = ("--network=host",)

PARTS = (
    ("optimizer.evidence.gather", "of", "gathering evidence"),
    ("optimizer.evidence.gather", "foreseen", "foreseeing packages"),
    ("optimizer.proof.linking", "differences", "asking the loader"),
    ("optimizer.proof.imports", "differences", "trying imports"),
    ("optimizer.proof.prover", "_listed", "listing and mounting trees"),
    ("optimizer.proof.bases", "base_images", "looking for base images"),
)
"""To which part a call of the container tools belongs: the first of these functions that it was asked for."""


ORIGINAL, CANDIDATES, CONTROL = "building the original", "building candidates", "control build of the original"


@dataclass(frozen=True)
class Span:
    """A part and when it went on, in seconds of the monotonic clock."""

    part: str
    what: str
    begin: float
    end: float


@dataclass
class Trace:
    """What one run did."""

    begun: float = field(default_factory=time.monotonic)
    spans: list[Span] = field(default_factory=list)
    original: tuple[str, ...] = ()
    """The steps of the original."""
    candidates: list[tuple[float, bool]] = field(default_factory=list)
    """For each candidate that was built, when that began, and whether a builder stage was not as in the original."""

    def build_part(self, request: BuildRequest) -> str:
        """What a build is for."""
        if request.behind is not None:
            return "building ahead beside the original"
        if request.cache is CacheUse.COLD:
            return CONTROL
        return CANDIDATES if any(span.part == ORIGINAL for span in self.spans) else ORIGINAL

    @property
    def changed(self) -> bool:
        """Whether a builder stage is not as in the original."""
        return bool(self.candidates and self.candidates[-1][1])

    def builds(self) -> float:
        """Seconds in which the original or the accepted candidate was built."""
        accepted = self.candidates[-1][0] if self.candidates else 0.0
        return _covered([s for s in self.spans if s.part == ORIGINAL or (s.part == CANDIDATES and s.begin >= accepted)])

    def apart(self) -> float:
        """Seconds for candidates that were refused, and for control builds."""
        refused = self.candidates[-1][0] - self.candidates[0][0] if self.candidates else 0.0
        control = [s for s in self.spans if s.part == CONTROL and s.begin > (self.candidates or [(0.0, False)])[-1][0]]
        return refused + _covered(control)

    @contextlib.contextmanager
    def part(self, part: str, what: str = "") -> Iterator[None]:
        """Note what goes on in this block."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self.spans.append(Span(part, what, begin, time.monotonic()))

    def timed(self, module: ModuleType | type, name: str, part: str) -> None:
        """Have a function of a module or a method noted."""
        inner: Callable[..., object] = getattr(module, name)

        def outer(*arguments: object) -> object:
            with self.part(part, name):
                return inner(*arguments)

        setattr(module, name, outer)

    def seconds(self) -> dict[str, float]:
        """Seconds by part: the time in which anything of the part went on."""
        found: dict[str, list[Span]] = defaultdict(list)
        for span in self.spans:
            found[span.part].append(span)
        return {part: _covered(spans) for part, spans in found.items()}


def _covered(spans: Sequence[Span]) -> float:
    total, until = 0.0, 0.0
    for span in sorted(spans, key=lambda span: span.begin):
        total += max(0.0, span.end - max(span.begin, until))
        until = max(until, span.end)
    return total


class Watched:
    """An engine that notes its calls."""

    def __init__(self, engine: Engine, trace: Trace) -> None:
        self._engine = engine
        self._trace = trace

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._engine, name)
        if name == "build":
            return self._build
        if name in ("rootfs", "start"):
            return lambda *arguments: self._entered(name, inner(*arguments))
        return lambda *arguments: self._called(name, inner, arguments)

    def _called(self, name: str, inner: Callable[..., object], arguments: tuple[object, ...]) -> object:
        part = "compressing layers" if name == "compressed_size" else _part(sys._getframe(2))
        with self._trace.part(part, name):
            return inner(*arguments)

    @contextlib.contextmanager
    def _entered(self, name: str, inner: contextlib.AbstractContextManager[object]) -> Iterator[object]:
        part = _part(sys._getframe(3))
        begin = time.monotonic()
        with inner as value:
            if name == "rootfs":
                self._trace.spans.append(Span(part, name, begin, time.monotonic()))
            yield value
        if name == "start":
            self._trace.spans.append(Span(part, name, begin, time.monotonic()))

    def _build(self, request: BuildRequest, progress: Progress | None = None, stop: Stop | None = None) -> Built:
        part = self._trace.build_part(request)
        begin = time.monotonic()
        with self._trace.part(part, request.containerfile.name):
            built = self._engine.build(request, progress, stop)
        if part == ORIGINAL:
            self._trace.original = _steps(built)
        elif part == CANDIDATES:
            steps = _steps(built)
            stages = steps[: max(at for at, step in enumerate(steps) if step.startswith("FROM"))]
            self._trace.candidates.append((begin, stages != self._trace.original[: len(stages)]))
        return built


def _steps(built: Built) -> tuple[str, ...]:
    """What makes each step what it is: the name of a stage does not."""
    return tuple(step.text.partition(" AS ")[0] if step.text.startswith("FROM") else step.text for step in built.steps)


def _part(frame: FrameType | None) -> str:
    callers: set[tuple[str | None, str]] = set()
    while frame is not None:
        callers.add((frame.f_globals.get("__name__"), frame.f_code.co_name))
        frame = frame.f_back
    found = (part for module, function, part in PARTS if (module, function) in callers)
    return next(found, "other calls of the container tools, those of checks among them")


@cache
def pulled_sizes() -> bytes:
    """What the cache would know of the lab's images if they had been pulled."""
    with tempfile.TemporaryDirectory(prefix="optimizer-bench-") as name:
        environ = {**os.environ, "XDG_CACHE_HOME": name}
        subprocess.run([sys.executable, "-c", _MEASURE], env=environ, cwd=ROOT, check=True)
        return next(Path(name).rglob("compressed-layers.json")).read_bytes()


_MEASURE = """
import os
from optimizer.containers.exports import Exports
from optimizer.containers.images import parse_inspected, parse_listed_images
from optimizer.containers.library import Library, list_images
from optimizer.containers.names import Names, RunId
from optimizer.containers.sizes import CompressedSizes
from optimizer.containers.stop import Stop
environ, names, sizes = dict(os.environ), Names(RunId.own()), CompressedSizes()
library, exports = Library(environ, names), Exports(environ, names)
for row in parse_listed_images(list_images(environ)):
    if row.names:
        image = parse_inspected(library.tool("buildah", "inspect", "inspect", "--type", "image", row.id))
        if unknown := sizes.unknown(image.diff_ids):
            sizes.remember(exports.compressed(image, unknown, Stop()))
"""


@contextlib.contextmanager
def empty_store() -> Iterator[None]:
    """An empty store over the lab, and an empty cache, named by the environment."""
    with tempfile.TemporaryDirectory(prefix="opt-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        config = path / "storage.conf"
        config.write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{path}/g"\nrunroot = "{path}/r"\n'
            f'[storage.options]\nadditionalimagestores = ["{os.environ["OPTIMIZER_LAB"]}/store"]\n'
        )
        sizes = path / "cache" / "optimize" / "compressed-layers.json"
        sizes.parent.mkdir(parents=True)
        sizes.write_bytes(pulled_sizes())
        before = dict(os.environ)
        os.environ |= {"CONTAINERS_STORAGE_CONF": str(config), "XDG_CACHE_HOME": str(path / "cache")}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
            for point in sorted((each for each in points if each.startswith(f"{path}/")), key=len, reverse=True):
                subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)


def cold_build(context: Path) -> float:
    """Seconds of the original's build when nothing was built before."""
    command = ["buildah", "bud", "--layers", "--format", "docker", *OPTIONS, "--ignorefile", os.devnull]
    with empty_store():
        begun = time.monotonic()
        subprocess.run([*command, str(context)], check=True, capture_output=True)
        return time.monotonic() - begun


@dataclass(frozen=True)
class Proof:
    """One run of `optimize --verify`."""

    seconds: float
    code: int
    said: str
    trace: Trace


def proof(context: Path, checks: Path) -> Proof:
    """The whole work on one application."""
    trace = Trace()
    opened = prove.open_engine
    saved = [(module, name, getattr(module, name)) for module, name, _ in WITHOUT_A_TOOL]
    said = io.TextIOWrapper(io.BytesIO(), write_through=True)
    with empty_store(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        prove.open_engine = lambda *arguments: Watched(opened(*arguments), trace)  # type: ignore[assignment]
        for module, name, part in WITHOUT_A_TOOL:
            trace.timed(module, name, part)
        try:
            arguments = ["--verify", "--output-format", "text", "-v", "--smoke", str(checks), *OPTIONS]
            code = cli.run([*arguments, str(context / "Containerfile")])
        finally:
            prove.open_engine = opened
            for module, name, inner in saved:
                setattr(module, name, inner)
                seconds = time.monotonic() - trace.begun
    said.seek(0)
    return Proof(seconds, code, said.read(), trace)


WITHOUT_A_TOOL = (
    (Behaviour, "look_at_original", "checks on the original"),
    (Behaviour, "cannot_fail", "checks on the original, and whether they can fail"),
    (Behaviour, "look_at", "checks"),
    (Listing, "of", "listing and mounting trees"),
    (judge, "compare", "comparing"),
    (prover, "compare", "comparing"),
    (Gathering, "of", "gathering evidence"),
    (Gathering, "foreseen", "foreseeing packages"),
)
"""Functions of ours that take time without a container tool."""


def once(app: str) -> tuple[float, Proof]:
    """Both measurements, each on a copy without what no user's directory holds."""
    with tempfile.TemporaryDirectory(prefix="optimizer-bench-") as name:
        context = Path(name, app)
        shutil.copytree(APPS / app, context)
        checks = (context / "checks.yaml").rename(Path(name, "checks.yaml"))
        (context / "expert.Containerfile").unlink(missing_ok=True)
        before, proved, after = cold_build(context), proof(context, checks), cold_build(context)
        return (before + after) / 2, proved


def show(app: str, runs: Sequence[tuple[float, Proof]], *, log: bool) -> None:
    """Print the figures of one application."""
    cold, whole = median(cold for cold, _ in runs), median(each.seconds for _, each in runs)
    ratios = [each.seconds / cold for cold, each in runs]
    spread = "" if len(runs) == 1 else f"   {min(ratios):.2f} to {max(ratios):.2f} in {len(runs)} runs"
    print(f"\n{app}: cold build {cold:.1f} s, whole proof {whole:.1f} s, ratio {median(ratios):.2f}{spread}")
    alone = [(each.seconds - each.trace.apart()) / cold for cold, each in runs]
    last = runs[-1][1].trace
    built = [each.trace.builds() / cold for cold, each in runs]
    stage = "changed, at most 2.2" if last.changed else "unchanged, at most 1.3"
    print(f"  original and accepted candidate alone: {median(alone):.2f} (builder stage {stage})")
    print(f"  their builds alone: {median(built):.2f}")
    parts = [each.trace.seconds() for _, each in runs]
    for part in sorted({name for each in parts for name in each}, key=lambda name: -parts[-1].get(name, 0)):
        print(f"  {median(each.get(part, 0.0) for each in parts):7.1f} s  {part}")
    done = runs[-1][1]
    if done.code != 0:
        print(f"  exit code {done.code}")
    for line in done.said.splitlines():
        if line.startswith(("  tried", "  proven", "  not proven", "optimize:")):
            print(line)
    if log:
        for span in sorted(last.spans, key=lambda span: span.begin):
            at = span.begin - last.begun
            print(f"    {at:6.2f} +{span.end - span.begin:6.2f}  {span.part}: {span.what}")


def sums(done: Sequence[tuple[float, Proof]]) -> None:
    """Print what all proofs cost together, by whether the builder stage changed."""
    for changed in (False, True):
        some = [(cold, each) for cold, each in done if each.trace.changed is changed]
        cold = sum(cold for cold, _ in some)
        if cold:
            alone = sum(each.seconds - each.trace.apart() for _, each in some)
            builds = sum(each.trace.builds() for _, each in some)
            print(
                f"\nbuilder stage {'changed' if changed else 'unchanged'}, {len(some)} proofs:"
                f" cold builds {cold:.1f} s, originals and accepted candidates {alone:.1f} s ({alone / cold:.2f}),"
                f" their builds {builds:.1f} s ({builds / cold:.2f})"
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("apps", nargs="*", default=CHEAP, metavar="APPLICATION")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--log", action="store_true")
    options = parser.parse_args()
    os.chdir(tempfile.gettempdir())
    done: list[tuple[float, Proof]] = []
    for app in options.apps:
        runs = [once(app) for _ in range(options.runs)]
        done += runs
        show(app, runs, log=options.log)
        sys.stdout.flush()
    sums(done)


if __name__ == "__main__":
    main()
