"""Poetry: Python projects."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.trimming import Brings, Manifest, Notation, Records, Trim
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-C --directory -P --project --with --without --only -E --extras -G --group --source --python --platform"
)

_WITHOUT_DEV = Trim(
    Brings.DEVELOPMENT,
    "--without=dev",
    programs=frozenset({"poetry"}),
    verbs=words("install sync"),
    avoided_by=words("--without=dev --no-dev"),
    variables=(),
    # Where groups are chosen, that is what somebody wanted.
    idle_with=words("-h --help --dry-run --only --only-root --with --without --all-groups -C --directory -P --project"),
    records=Records.PYTHON,
    manifest=Manifest(
        "pyproject.toml",
        production=("project.dependencies", "project.optional-dependencies.*", "tool.poetry.dependencies"),
        development=("tool.poetry.group.dev.dependencies", "tool.poetry.dev-dependencies", "dependency-groups.dev"),
        scripts=None,
        hooks=frozenset(),
        unhooked_with=frozenset(),
        notation=Notation.TOML,
    ),
    source='Poetry documentation, "Managing dependencies", Dependency groups; "Commands", install (from 1.2)',
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
    trims=(_WITHOUT_DEV,),
    manifests=("pyproject.toml",),
    locks=("poetry.lock",),
    settings=("poetry.toml",),
    writes=(".venv", "poetry.lock"),
    hooks=("[build-system]", "[tool.poetry.build]"),
    environment=words("POETRY_* XDG_CACHE_HOME VIRTUAL_ENV PIP_*"),
)
