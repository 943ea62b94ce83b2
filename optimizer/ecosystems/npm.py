"""npm: Node.js packages."""

from __future__ import annotations

from optimizer.ecosystems.model import (
    Action,
    Cache,
    CacheMount,
    Ecosystem,
    Means,
    Operands,
    Program,
    Purge,
    Verb,
    words,
)

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
        ),
    ),
    caches=(
        Cache(
            "npm cache",
            ("~/.npm/_cacache",),
            filled_by=_FILLING,
            mount=CacheMount("~/.npm"),
            purge=Purge("npm cache clean --force", Means.TOOL, touched=("~/.npm/_logs", "/tmp/node-compile-cache")),
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
    ),
    manifests=("package.json",),
    locks=("package-lock.json", "npm-shrinkwrap.json"),
    settings=(".npmrc",),
    writes=("node_modules", "package-lock.json"),
    hooks=("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"),
    environment=frozenset({"npm_config_*", "NPM_CONFIG_*", "NODE_ENV", "NODE_OPTIONS", "NPM_TOKEN"}),
)
