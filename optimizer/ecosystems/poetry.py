"""Poetry: Python projects."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-C --directory -P --project --with --without --only -E --extras -G --group --source --python --platform"
)

POETRY = Ecosystem(
    name="poetry",
    programs=(
        Program(
            frozenset({"poetry"}),
            (
                Action(("install", "sync", "self install", "self sync"), Verb.INSTALL),
                Action(("add", "self add"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update", "self update"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "self remove"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("lock",), Verb.DOWNLOAD),
                Action(("run", "build", "publish"), Verb.BUILD),
                Action(("show", "check", "search", "export"), Verb.QUERY),
                Action(
                    ("config", "env", "cache", "cache clear", "init", "new", "source", "version", "shell"), Verb.OTHER
                ),
            ),
            _VALUED,
            module="poetry",
        ),
    ),
    caches=(
        # Beside them lie the virtual environments, which are no cache.
        Cache(
            "poetry cache",
            ("~/.cache/pypoetry/cache", "~/.cache/pypoetry/artifacts"),
            filled_by=frozenset({Verb.INSTALL, Verb.UPGRADE, Verb.DOWNLOAD}),
            mounts=(
                CacheMount("~/.cache/pypoetry/cache", Sharing.LOCKED),
                CacheMount("~/.cache/pypoetry/artifacts", Sharing.LOCKED, id="poetry"),
            ),
            purge=Purge("rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts", Means.REMOVES),
            unfilled_with=words("--dry-run --help -h"),
            moved_by=("POETRY_CACHE_DIR", "XDG_CACHE_HOME"),
            unlike=("poetry config cache-dir",),
        ),
    ),
    sources=(
        'Poetry documentation, "Configuration", cache-dir and virtualenvs.path',
        'Poetry documentation, "Commands"',
    ),
    manifests=("pyproject.toml",),
    locks=("poetry.lock",),
    settings=("poetry.toml",),
    writes=(".venv", "poetry.lock"),
    hooks=("[build-system]", "[tool.poetry.build]"),
    environment=words("POETRY_* XDG_CACHE_HOME VIRTUAL_ENV PIP_*"),
)
