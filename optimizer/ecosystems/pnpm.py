"""pnpm: Node.js packages in a content-addressable store."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.pnpm_lock import MODULES, RECORD, STORE, installed
from optimizer.ecosystems.pruning import Pruning, Read
from optimizer.ecosystems.trimming import Brings, Manifest, Records, Trim
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-C --dir --filter -F --filter-prod --store-dir --virtual-store-dir --modules-dir --lockfile-dir --registry "
    "--config --loglevel --reporter --network-concurrency --child-concurrency --workspace-concurrency --fetch-timeout "
    "--use-node-version"
)

_PROD = Trim(
    Brings.DEVELOPMENT,
    "--prod",
    programs=frozenset({"pnpm"}),
    verbs=words("install i"),
    avoided_by=words("--prod -P --production"),
    wanted_by=words("-D --dev"),
    variables=(("NODE_ENV", "production"),),
    idle_with=words("-h --help --lockfile-only -C --dir -r --recursive --filter -F"),
    records=Records.NODE,
    manifest=Manifest(
        "package.json",
        production=("dependencies", "optionalDependencies", "peerDependencies"),
        development=("devDependencies",),
        scripts="scripts",
        hooks=words("preinstall install postinstall prepublish prepare pnpm:devPreinstall"),
        unhooked_with=frozenset({"--ignore-scripts"}),
        run=words("run"),
        run_own=words("start test"),
    ),
    changes=("node_modules/.modules.yaml", "node_modules/.pnpm/lock.yaml", "node_modules/.bin"),
    source='pnpm documentation, "pnpm install", --prod',
)


def _development(read: Read) -> frozenset[str]:
    found = installed(read(RECORD), read(MODULES))
    return frozenset() if found is None else found.gone(read)


def _rewrites(read: Read) -> frozenset[str]:
    found = installed(read(RECORD), read(MODULES))
    return frozenset() if found is None else found.shims


_PRUNING = Pruning(
    "pnpm",
    # Without CI it asks before it takes something away.
    "CI=true pnpm prune --prod --ignore-scripts",
    MODULES,
    _development,
    (
        MODULES,
        RECORD,
        "node_modules/.bin",
        "node_modules/.pnpm-workspace-state-v1.json",
        "node_modules/.pnpm-workspace-state.json",
        f"{STORE}/node_modules",
    ),
    'pnpm documentation, "pnpm prune"; "Settings (.npmrc)", confirmModulesPurge',
    _rewrites,
)

PNPM = Ecosystem(
    name="pnpm",
    programs=(
        Program(
            frozenset({"pnpm"}),
            (
                Action(("install", "i", "install-test", "it"), Verb.INSTALL),
                Action(("add",), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update", "up", "upgrade"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "rm", "uninstall", "un", "prune"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("fetch",), Verb.DOWNLOAD),
                Action(("run", "exec", "dlx", "build", "test", "start", "deploy", "rebuild", "create"), Verb.BUILD),
                Action(("list", "ls", "why", "outdated", "audit"), Verb.QUERY),
                Action(("config", "store", "store prune", "store path", "setup", "env", "link", "unlink"), Verb.OTHER),
            ),
            _VALUED,
        ),
        Program(frozenset({"pnpx"}), (), bare=Action((), Verb.BUILD)),
    ),
    caches=(
        # node_modules holds hard links into the store: in the same layer, removing the store frees next to nothing.
        Cache(
            "pnpm store",
            ("~/.local/share/pnpm/store",),
            filled_by=ADDING | {Verb.DOWNLOAD},
            mounts=(CacheMount("~/.local/share/pnpm/store"),),
            needed_with=words("--offline --prefer-offline"),
            unfilled_with=words("--lockfile-only --help -h"),
            moved_by=("PNPM_HOME", "XDG_DATA_HOME", "npm_config_store_dir"),
            moved_with=words("--store-dir"),
        ),
    ),
    sources=('pnpm documentation, "Working with Docker"', 'pnpm documentation, "pnpm install"', 'pnpm, "store-dir"'),
    trims=(_PROD,),
    pruning=_PRUNING,
    tools=("~/.local/state/pnpm",),
    # Where PNPM_HOME or a setting moved it ("Settings (.npmrc)", store-dir); the number is of its layout.
    build_caches=("store/v3/files", "store/v3/index", "store/v10/files", "store/v10/index"),
    manifests=("package.json", "pnpm-workspace.yaml"),
    locks=("pnpm-lock.yaml",),
    settings=(".npmrc", ".pnpmfile.cjs", "patches"),
    writes=("node_modules", "pnpm-lock.yaml"),
    hooks=("preinstall", "install", "postinstall", "prepublish", "prepare", "pnpm:devPreinstall"),
    environment=words("PNPM_* npm_config_* NODE_ENV XDG_DATA_HOME"),
)
