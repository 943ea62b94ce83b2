"""npm: Node.js packages."""

from __future__ import annotations

import json

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.pruning import Pruning, Read
from optimizer.ecosystems.trimming import Brings, Locked, Manifest, Older, Records, Trim
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-c -L -m -C -w --_auth --access --also --audit-level --auth-type --before --ca --cache --cache-max --cache-min "
    "--cafile --call --cert --cidr --cpu --depth --diff --diff-dst-prefix --diff-src-prefix --diff-unified --editor "
    "--expect-result-count --fetch-retries --fetch-retry-factor --fetch-retry-maxtimeout --fetch-retry-mintimeout "
    "--fetch-timeout --git --globalconfig --heading --https-proxy --include --init-author-email --init-author-name "
    "--init-author-url --init-license --init-module --init-version --install-strategy --key --libc --local-address "
    "--location --lockfile-version --loglevel --logs-dir --logs-max --maxsockets --message --min-release-age "
    "--node-options --noproxy --omit --only --os --otp --pack-destination --package --prefix --preid --proxy --reg "
    "--registry --replace-registry-host --save-prefix --scope --script-shell --searchexclude --searchlimit "
    "--searchopts --searchstaleness --shell --tag --tag-version-prefix --umask --user-agent --userconfig --viewer "
    "--which --workspace"
)
"""npm documentation, "config": options whose type is not Boolean, and their short forms."""

_INSTALL = words(
    "install add i in ins inst insta instal isnt isnta isntal isntall install-test it "
    "ci clean-install ic install-clean isntall-clean install-ci-test cit clean-install-test sit"
)
_RUNS = words("run run-script rum urn build rebuild rb exec x start stop restart test t tst init create innit")
_SETTINGS = words("config c get set version ping whoami login adduser logout link ln fund root prefix bin help doctor")
_FILLING = frozenset({Verb.INSTALL, Verb.UPGRADE})

_LOOSE = words("install add i in ins inst insta instal isnt isnta isntal isntall")
_STRICT = words("ci clean-install ic install-clean isntall-clean")
_LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
_NOT_THE_PROJECT = words("-g --global --location=global --dry-run --package-lock-only --help -h")

_HOOKS = words("preinstall install postinstall prepublish preprepare prepare postprepare")

_OMIT = Trim(
    Brings.DEVELOPMENT,
    "--omit=dev",
    programs=frozenset({"npm"}),
    verbs=_LOOSE | _STRICT,
    avoided_by=words("--omit=dev --production --production=true --prod --only=prod --only=production"),
    wanted_by=words("--include=dev --only=dev --only=development --also=dev --also=development --dev -D --save-dev "
                    "--production=false --no-production"),
    variables=(("NODE_ENV", "production"), ("NPM_CONFIG_PRODUCTION", "true"), ("npm_config_production", "true"),
               ("NPM_CONFIG_OMIT", "dev"), ("npm_config_omit", "dev"), ("NPM_CONFIG_ONLY", "production")),
    idle_with=_NOT_THE_PROJECT,
    records=Records.NODE,
    manifest=Manifest(
        "package.json",
        production=("dependencies", "optionalDependencies", "peerDependencies"),
        development=("devDependencies",),
        scripts="scripts",
        hooks=_HOOKS,
        unhooked_with=frozenset({"--ignore-scripts"}),
        run=words("run run-script rum urn"),
        run_own=words("start stop restart test"),
    ),
    changes=("node_modules/.package-lock.json", "node_modules/.bin", "package-lock.json"),
    # npm 7, which node 15 brought, has --omit; before it is taken for an unknown setting and ignored.
    older=(Older("node", 15, "--only=production"),),
    source='npm documentation, "npm-install" and "npm-ci", --omit; of version 6, --only',
)  # fmt: skip

_LOCKED = Locked(
    loose=_LOOSE,
    strict="ci",
    programs=frozenset({"npm"}),
    options=words(
        "--production --prod --only --omit --include --no-audit --audit --no-fund --fund --silent --quiet -q -s "
        "--loglevel --verbose -d -dd -ddd --no-progress --progress --unsafe-perm --legacy-peer-deps --no-optional "
        "--ignore-scripts --prefer-offline --registry --no-bin-links --cache --no-save --no-update-notifier "
        "--force -f --fetch-timeout --fetch-retries --maxsockets --foreground-scripts"
    ),
    manifest="package.json",
    locks=_LOCKS,
    version="lockfileVersion",
    # npm 5.7 has `ci`; npm 7 reads version 3 (npm documentation, "package-lock.json").
    needs=((1, "node", 10), (2, "node", 10), (3, "node", 15)),
    root=("packages", ""),
    groups=("dependencies", "devDependencies", "optionalDependencies"),
    removed=("node_modules",),
    changes=("node_modules/.package-lock.json", "package-lock.json"),
    source='npm documentation, "npm-ci" and "package-lock.json"',
)

_HIDDEN_LOCK = "node_modules/.package-lock.json"


def _development(read: Read) -> frozenset[str]:
    """Packages that the hidden lock file says are for development."""
    try:
        found: object = json.loads(read(_HIDDEN_LOCK))
    except ValueError:
        return frozenset()
    packages = found.get("packages") if isinstance(found, dict) else None
    entries = packages.items() if isinstance(packages, dict) else ()
    return frozenset(name for name, package in entries if isinstance(package, dict) and package.get("dev") is True)


_PRUNING = Pruning(
    "npm",
    # What goes needs no registry. Online npm may add as well: lock files before npm 11 do not say for which libc an
    # optional package is, and those of the other one are missing.
    "npm prune --omit=dev --offline",
    _HIDDEN_LOCK,
    _development,
    ("package-lock.json", _HIDDEN_LOCK),
    'npm documentation, "npm-prune"; "config", offline; "package-lock.json", Hidden Lockfiles',
)

NPM = Ecosystem(
    name="npm",
    programs=(
        Program(
            frozenset({"npm"}),
            (
                Action(tuple(sorted(_INSTALL)), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update", "up", "upgrade", "udpate", "u"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("uninstall", "unlink", "remove", "rm", "r", "un"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("prune", "dedupe", "ddp"), Verb.REMOVE),
                Action(
                    ("cache clean", "cache clear", "cache rm"),
                    Verb.CLEAN,
                    cleans=frozenset({"npm cache"}),
                    only_with=frozenset({"--force", "-f"}),
                ),
                Action(tuple(sorted(_RUNS)), Verb.BUILD),
                Action(tuple(sorted(_SETTINGS)), Verb.OTHER),
                Action(("pack",), Verb.DOWNLOAD, operands=Operands.PACKAGES),
                Action(("ls", "list", "ll", "la", "view", "info", "show", "outdated", "audit"), Verb.QUERY),
            ),
            _VALUED,
            homes=frozenset({"node"}),
        ),
        Program(frozenset({"npx"}), (), bare=Action((), Verb.BUILD)),
    ),
    caches=(
        Cache(
            "npm cache",
            ("~/.npm/_cacache",),
            filled_by=_FILLING,
            mounts=(CacheMount("~/.npm/_cacache"),),
            purge=Purge(
                "{program} cache clean --force", Means.TOOL, touched=("~/.npm/_logs", "/tmp/node-compile-cache")
            ),
            needed_with=frozenset({"--offline", "--prefer-offline"}),
            unfilled_with=frozenset({"--offline", "--dry-run", "--package-lock-only", "--help", "-h"}),
            moved_by=("npm_config_cache", "NPM_CONFIG_CACHE"),
            moved_with=frozenset({"--cache"}),
        ),
    ),
    sources=(
        'npm documentation, "npm-cache"',
        'npm documentation, "npm-install"',
        'npm documentation, "npm-ci"',
        'npm documentation, "config"',
        'npm documentation, "folders"',
        'npm documentation, "scripts"',
        'node-gyp, README, "Installation" and "Usage"',
        'find-cache-dir, README; Next.js documentation, "CI Build Caching"; Vite documentation, cacheDir',
        'Turborepo documentation, "Caching"; Angular documentation, "ng cache"; Parcel documentation, "Caching"; Nx',
    ),
    trims=(_OMIT,),
    locked=_LOCKED,
    pruning=_PRUNING,
    build_caches=(
        *("node_modules/.cache", "node_modules/.vite", ".next/cache/webpack", ".next/cache/swc", ".next/cache/eslint"),
        *(".turbo", ".angular/cache", ".parcel-cache", ".nx/cache"),
        *("build/Release/obj.target", "build/Release/.deps"),
    ),
    manifests=("package.json",),
    locks=("package-lock.json", "npm-shrinkwrap.json"),
    settings=(".npmrc",),
    writes=("node_modules", "package-lock.json"),
    hooks=("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"),
    interpreters=words("node nodejs"),
    # node-gyp, README, "Installation": Python, make and a compiler. Who starts Python from Node names it.
    compiling=words("python3 python3-minimal python-is-python3 python3-setuptools py3-setuptools python2 python"),
    environment=frozenset({"npm_config_*", "NPM_CONFIG_*", "NODE_ENV", "NODE_OPTIONS", "NPM_TOKEN"}),
)
