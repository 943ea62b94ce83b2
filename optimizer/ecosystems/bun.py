"""Bun: JavaScript packages and runtime."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words("-c --config --cwd --registry --cache-dir --backend --omit --filter --concurrent-scripts --ca --cafile")

BUN = Ecosystem(
    name="bun",
    programs=(
        Program(
            frozenset({"bun"}),
            (
                Action(("install", "i", "ci"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("add", "a"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update",), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "rm"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("pm cache rm",), Verb.CLEAN, cleans=frozenset({"bun cache"})),
                Action(("run", "x", "build", "test", "create", "exec"), Verb.BUILD),
                Action(("pm ls", "outdated", "pm hash", "info", "audit"), Verb.QUERY),
                Action(("pm", "pm cache", "pm bin", "upgrade", "init", "link", "unlink"), Verb.OTHER),
            ),
            _VALUED,
            otherwise=Action((), Verb.BUILD),
        ),
        Program(frozenset({"bunx"}), (), bare=Action((), Verb.BUILD)),
    ),
    caches=(
        Cache(
            "bun cache",
            ("~/.bun/install/cache",),
            filled_by=ADDING,
            mounts=(CacheMount("~/.bun/install/cache", Sharing.LOCKED),),
            purge=Purge("{program} pm cache rm", Means.TOOL),
            unfilled_with=words("--dry-run --help -h"),
            moved_by=("BUN_INSTALL_CACHE_DIR", "BUN_INSTALL", "XDG_CACHE_HOME"),
            moved_with=words("--cache-dir"),
        ),
    ),
    sources=('Bun documentation, "Global cache"', 'Bun documentation, "bun pm"', 'Bun documentation, "bun install"'),
    manifests=("package.json",),
    locks=("bun.lock", "bun.lockb"),
    settings=("bunfig.toml", ".npmrc"),
    writes=("node_modules", "bun.lock"),
    hooks=("preinstall", "install", "postinstall", "prepublish", "prepare"),
    environment=words("BUN_* npm_config_* NODE_ENV"),
)
