"""Composer: PHP packages."""

from __future__ import annotations

import json
from posixpath import basename, normpath

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.pruning import Pruning, Read
from optimizer.ecosystems.trimming import Brings, Manifest, Trim
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-d --working-dir --prefer-install --ignore-platform-req --apcu-autoloader-prefix --stability -s --repository "
    "--repository-url --format -f --audit-format"
)

_NO_DEV = Trim(
    Brings.DEVELOPMENT,
    "--no-dev",
    programs=words("composer composer.phar"),
    verbs=words("install i"),
    avoided_by=words("--no-dev"),
    wanted_by=words("--dev"),
    variables=(("COMPOSER_NO_DEV", "1"),),
    idle_with=words("-h --help --dry-run --download-only -d --working-dir"),
    manifest=Manifest(
        "composer.json",
        production=("require",),
        development=("require-dev",),
        scripts="scripts",
        hooks=words("pre-install-cmd post-install-cmd pre-autoload-dump post-autoload-dump pre-package-install "
                    "post-package-install"),
        unhooked_with=words("--no-scripts"),
        run=words("run run-script"),
    ),
    removes=("vendor",),
    changes=("vendor/composer", "vendor/autoload.php"),
    source='Composer documentation, "Command-line interface", install --no-dev',
)  # fmt: skip
"""Its record of what is installed lies below `vendor` too, so the whole directory may lose files."""

_INSTALLED = "vendor/composer/installed.json"


def _development(read: Read) -> frozenset[str]:
    """Packages that were only installed for development, by `dev-package-names` (Composer 2), and their programs."""
    try:
        found: object = json.loads(read(_INSTALLED))
    except ValueError:
        return frozenset()
    if not isinstance(found, dict):
        return frozenset()
    listed, names = found.get("packages"), found.get("dev-package-names")
    gone: set[str] = set()
    for package in listed if isinstance(listed, list) else ():
        match package:
            case {"name": str(name), **more} if isinstance(names, list) and name in names:
                place = more.get("install-path")
                gone.add(normpath(f"vendor/composer/{place}" if isinstance(place, str) else f"vendor/{name}"))
                programs = more.get("bin")
                gone.update(
                    f"vendor/bin/{basename(each)}"
                    for each in (programs if isinstance(programs, list) else ())
                    if isinstance(each, str)
                )
            case _:
                pass
    return frozenset(gone)


_PRUNING = Pruning(
    "composer",
    "composer install --no-dev --no-interaction --no-scripts",
    _INSTALLED,
    _development,
    ("vendor/autoload.php", "vendor/composer", "vendor/bin"),
    'Composer documentation, "Command-line interface", install; installed.json of Composer 2',
)

COMPOSER = Ecosystem(
    name="composer",
    programs=(
        Program(
            frozenset({"composer", "composer.phar"}),
            (
                Action(("install", "i", "reinstall"), Verb.INSTALL),
                Action(("require", "r", "global require", "create-project"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update", "u", "upgrade", "global update"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "rm", "uninstall", "global remove"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("clear-cache", "clearcache", "cc"), Verb.CLEAN, cleans=frozenset({"composer cache"})),
                Action(("run-script", "run", "exec", "archive"), Verb.BUILD),
                Action(("show", "info", "outdated", "search", "why", "depends", "licenses", "audit"), Verb.QUERY),
                Action(
                    ("config", "dump-autoload", "dumpautoload", "self-update", "selfupdate", "validate"), Verb.OTHER
                ),
                Action(("check-platform-reqs", "diagnose", "init", "--version", "global config"), Verb.OTHER),
            ),
            _VALUED,
            interpreters=frozenset({"php"}),
        ),
    ),
    caches=(
        Cache(
            "composer cache",
            ("~/.composer/cache", "~/.cache/composer"),
            filled_by=ADDING,
            mounts=(CacheMount("~/.composer/cache"),),
            purge=Purge("{program} clear-cache", Means.TOOL),
            unfilled_with=words("--no-cache --dry-run --help -h"),
            moved_by=("COMPOSER_CACHE_DIR", "COMPOSER_HOME", "XDG_CACHE_HOME"),
            only_one=True,
        ),
    ),
    sources=(
        'Composer documentation, "Command-line interface", clear-cache and COMPOSER_CACHE_DIR',
        'Composer documentation, "Config", cache-dir',
    ),
    trims=(_NO_DEV,),
    pruning=_PRUNING,
    tools=("~/.config/composer", "~/.local/share/composer"),
    manifests=("composer.json",),
    locks=("composer.lock",),
    settings=("auth.json", "symfony.lock"),
    writes=("vendor", "composer.lock"),
    hooks=("scripts", "autoload.files"),
    environment=words("COMPOSER COMPOSER_* XDG_CACHE_HOME"),
)
