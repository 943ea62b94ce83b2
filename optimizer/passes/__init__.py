"""The passes, one module each, in the order in which they run."""

from __future__ import annotations

from optimizer.passes.base import Pass
from optimizer.passes.merge_runs import merge_runs

# Joining comes first: it decides in which layer a cache is filled, and so where it must be emptied.
PIPELINE: tuple[Pass, ...] = (merge_runs,)
