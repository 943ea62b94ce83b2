"""The passes, one module each, in the order in which they run."""

from __future__ import annotations

from optimizer.passes.append_cache_cleanup import append_cache_cleanup
from optimizer.passes.base import Pass
from optimizer.passes.merge_runs import merge_runs
from optimizer.passes.write_containerignore import write_containerignore

# Joining comes first: it decides in which layer a cache is filled, and so where it must be emptied.
PIPELINE: tuple[Pass, ...] = (
    merge_runs,
    append_cache_cleanup,
    write_containerignore,
)
