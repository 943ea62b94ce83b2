"""Pipenv: Python projects."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words("--python -r --requirements -i --index --extra-pip-args --pypi-mirror --categories -e --editable")

PIPENV = Ecosystem(
    name="pipenv",
    programs=(
        Program(
            frozenset({"pipenv"}),
            (
                Action(("install",), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("sync",), Verb.INSTALL),
                Action(("update", "upgrade"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("uninstall", "clean"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("lock",), Verb.DOWNLOAD),
                Action(("run", "shell", "scripts"), Verb.BUILD),
                Action(("graph", "check", "requirements", "verify", "open"), Verb.QUERY),
            ),
            _VALUED,
            module="pipenv",
        ),
    ),
    caches=(
        Cache(
            "pipenv cache",
            ("~/.cache/pipenv",),
            filled_by=ADDING | {Verb.DOWNLOAD},
            mounts=(CacheMount("~/.cache/pipenv", Sharing.LOCKED, id="pipenv"),),
            purge=Purge("rm -rf ~/.cache/pipenv", Means.REMOVES),
            unfilled_with=words("--help -h --version"),
            moved_by=("PIPENV_CACHE_DIR", "XDG_CACHE_HOME", "PIP_CACHE_DIR"),
        ),
    ),
    sources=('Pipenv documentation, "Configuration", PIPENV_CACHE_DIR', 'Pipenv documentation, "Commands"'),
    manifests=("Pipfile",),
    locks=("Pipfile.lock",),
    settings=(".env",),
    writes=(".venv", "Pipfile.lock"),
    hooks=("setup.py", "[build-system]"),
    file_options=words("-r --requirements -e --editable"),
    environment=words("PIPENV_* PIP_* WORKON_HOME VIRTUAL_ENV XDG_CACHE_HOME"),
)
