"""The passes, one module each, in the order in which they run."""

from __future__ import annotations

from optimizer.passes.add_to_copy import add_to_copy
from optimizer.passes.append_cache_cleanup import append_cache_cleanup
from optimizer.passes.base import Pass
from optimizer.passes.clean_where_made import clean_where_made
from optimizer.passes.defer_settings import defer_settings
from optimizer.passes.drop_build_packages import drop_build_packages
from optimizer.passes.exec_form import exec_form
from optimizer.passes.link_static import link_static
from optimizer.passes.merge_runs import merge_runs
from optimizer.passes.own_at_copy import own_at_copy
from optimizer.passes.reorder_copies import reorder_copies
from optimizer.passes.shrink_base import shrink_base
from optimizer.passes.sort_copies import sort_copies
from optimizer.passes.split_stages import split_stages
from optimizer.passes.trim_installs import trim_installs
from optimizer.passes.workdir_for_cd import workdir_for_cd
from optimizer.passes.write_containerignore import write_containerignore

# Splitting comes first: what it knows is true of the text that was built, and no other pass has touched it yet.
# A smaller base is for what was not split: it knows nothing of a text that was.
# Who keeps one stage (it was refused, or left out) has packages removed in the layer that installs them.
# What copies is settled next: it decides which RUNs stand side by side.
# Joining comes before cleaning: it decides in which layer a cache is filled, and so where it must be emptied.
PIPELINE: tuple[Pass, ...] = (
    split_stages,
    shrink_base,
    drop_build_packages,
    link_static,
    add_to_copy,
    own_at_copy,
    reorder_copies,
    sort_copies,
    defer_settings,
    workdir_for_cd,
    merge_runs,
    trim_installs,
    append_cache_cleanup,
    clean_where_made,
    exec_form,
    write_containerignore,
)
