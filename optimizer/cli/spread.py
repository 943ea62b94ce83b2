"""Work spread over processes: reading and rewriting are bound by the processor, of which threads share one."""

from __future__ import annotations

import pickle
import signal
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from optimizer.errors import OptimizerError

GivenT = TypeVar("GivenT")
MadeT = TypeVar("MadeT")

WORTH = 24
"""Items below which starting processes costs more than they save."""

_PORTION = 16
"""Items that a process is given at a time."""


def spread(do: Callable[[GivenT], MadeT], items: Sequence[GivenT], jobs: int) -> Sequence[MadeT]:
    """What `do` makes of each item, in the same order. Items and results must be data, `do` may be anything: each
    process is a copy of this one (fork(2)), which must not have threads yet. Results are kept on disk.

    Raises OptimizerError if a process is killed.
    """
    # Imported late: few files need no processes.
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    from optimizer.cli.kept import Kept

    try:
        with ProcessPoolExecutor(jobs, get_context("fork"), initializer=_enter, initargs=(do,)) as pool:
            return Kept[MadeT](pool.map(_do, items, chunksize=_PORTION))
    except BrokenProcessPool:
        raise OptimizerError("a worker process was killed", hint="--jobs 1 works without them") from None


_chosen: Callable[[Any], object]
"""What this process does with each item; only set in a process that `spread` started."""


def _enter(do: Callable[[Any], object]) -> None:
    global _chosen
    _chosen = do
    # A Ctrl-C reaches every process of the terminal: only the first one answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _do(item: object) -> bytes:
    return pickle.dumps(_chosen(item))
