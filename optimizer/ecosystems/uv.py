"""uv: Python packages and projects."""

from __future__ import annotations

from optimizer.ecosystems.caches import Avoidance, Cache, CacheMount, Means, Purge, Switch
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.trimming import Brings, Manifest, Notation, Records, Trim
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "--cache-dir --project --directory --config-file --color --allow-insecure-host -r --requirement --requirements -c "
    "--constraint --constraints -o --override --overrides -e --editable -p --python --index --default-index -i "
    "--index-url --extra-index-url -f --find-links --index-strategy --keyring-provider -P --upgrade-package "
    "--reinstall-package --resolution --prerelease --fork-strategy --config-setting -C --no-build-isolation-package "
    "--exclude-newer --link-mode --no-build-package --no-binary-package --no-binary --only-binary --refresh-package "
    "--extra --no-extra --group --no-group --only-group --package --no-install-package --target --prefix "
    "--python-version --python-platform --with --with-editable --with-requirements --branch --tag --rev --env-file -b "
    "--build-constraint --build-constraints"
)
_NO_DEV = Trim(
    Brings.DEVELOPMENT,
    "--no-dev",
    programs=frozenset({"uv"}),
    verbs=frozenset({"sync"}),
    avoided_by=words("--no-dev --no-default-groups --no-group=dev"),
    wanted_by=words("--dev --only-dev --all-groups --group=dev --only-group=dev"),
    variables=(("UV_NO_DEV", "1"), ("UV_NO_DEFAULT_GROUPS", "1"), ("UV_NO_GROUP", "dev")),
    idle_with=words("-h --help --only-group --directory --project --package --all-packages --dry-run --check --script"),
    records=Records.PYTHON,
    manifest=Manifest(
        "pyproject.toml",
        production=("project.dependencies", "project.optional-dependencies.*"),
        development=("dependency-groups.dev", "tool.uv.dev-dependencies"),
        scripts=None,
        hooks=frozenset(),
        unhooked_with=frozenset(),
        notation=Notation.TOML,
        members="tool.uv.workspace",
    ),
    source='uv documentation, "Managing dependencies", Development dependencies; "Commands", uv sync',
)
_FILLING = frozenset({Verb.INSTALL, Verb.UPGRADE, Verb.DOWNLOAD})

UV = Ecosystem(
    name="uv",
    programs=(
        Program(
            frozenset({"uv"}),
            (
                Action(("pip install", "pip sync", "add", "tool install"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("sync",), Verb.INSTALL),
                Action(("tool upgrade",), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("pip uninstall", "remove", "tool uninstall"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("lock", "pip compile"), Verb.DOWNLOAD),
                Action(("cache clean", "clean"), Verb.CLEAN, cleans=frozenset({"uv cache"})),
                Action(("run", "build", "tool run"), Verb.BUILD),
                Action(("pip list", "pip freeze", "pip show", "pip check", "pip tree", "tree", "export"), Verb.QUERY),
                Action(
                    (
                        "venv",
                        "python",
                        "python install",
                        "cache",
                        "cache prune",
                        "cache dir",
                        "init",
                        "version",
                        "self update",
                        "python list",
                    ),
                    Verb.OTHER,
                ),
            ),
            _VALUED,
            module="uv",
        ),
        Program(frozenset({"uvx"}), (), bare=Action((), Verb.BUILD)),
    ),
    caches=(
        Cache(
            "uv cache",
            ("~/.cache/uv",),
            filled_by=_FILLING,
            mounts=(CacheMount("~/.cache/uv", id="uv"),),
            purge=Purge("{program} cache clean", Means.TOOL),
            avoid=Avoidance(_FILLING, ("--no-cache", "--no-cache-dir", "-n")),
            switches=(Switch("UV_NO_CACHE", words("1 true yes on y t")),),
            needed_with=words("--offline"),
            unfilled_with=words("--offline --help -h --dry-run"),
            moved_by=("UV_CACHE_DIR", "XDG_CACHE_HOME"),
            moved_with=words("--cache-dir"),
        ),
    ),
    sources=('uv documentation, "Caching"', 'uv documentation, "Commands"', 'uv documentation, "Using uv in Docker"'),
    trims=(_NO_DEV,),
    manifests=("pyproject.toml", "requirements*.txt", "setup.py", "setup.cfg"),
    locks=("uv.lock", "pylock.toml"),
    settings=("uv.toml", ".python-version"),
    writes=(".venv", "uv.lock"),
    hooks=("setup.py", "[build-system]"),
    file_options=words(
        "-r --requirement --requirements -c --constraint --constraints --override --overrides -e --editable --project"
    ),
    environment=words("UV_* XDG_CACHE_HOME VIRTUAL_ENV"),
)
