"""pip: Python packages."""

from __future__ import annotations

from optimizer.ecosystems.caches import Avoidance, Cache, CacheMount, Means, Purge, Switch
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import Verb, words

_GENERAL = words(
    "--python --log --log-file --proxy --retries --timeout --default-timeout --exists-action --trusted-host --cert "
    "--client-cert --cache-dir --keyring-provider --use-feature --use-deprecated --resume-retries --progress-bar"
)
"""pip documentation, "General Options"."""

_FETCHING = words(
    "-r --requirement -c --constraint -e --editable -f --find-links -i --index-url --pypi-url --extra-index-url "
    "--no-binary --only-binary --src --source --source-dir --source-directory --config-settings -C --global-option "
    "--build-option --install-option -b --build --platform --python-version --implementation --abi --group "
    "--build-constraint --root-user-action --report --upgrade-strategy --requirements-from-script --uploaded-prior-to"
)
"""pip documentation, "pip install", "pip wheel" and "pip download"; `--install-option` of pip before 23.1 too."""

_INSTALL = _FETCHING | words("-t --target --prefix --root")
_BEFORE_6 = words(
    "debian:6 debian:7 debian:8 debian:squeeze debian:wheezy debian:jessie ubuntu:10 ubuntu:12 ubuntu:13 ubuntu:14 "
    "ubuntu:precise ubuntu:trusty"
)
"""Their `python-pip` is older than version 6.0, which brought `--no-cache-dir` (pip, "Changelog")."""

_MAKING = Action((), Verb.ENVIRONMENT)

_FILLING = frozenset({Verb.INSTALL, Verb.DOWNLOAD, Verb.BUILD})

PIP = Ecosystem(
    name="pip",
    programs=(
        Program(
            frozenset({"pip", "pip2", "pip3"}),
            (
                Action(("install",), Verb.INSTALL, _INSTALL, Operands.PACKAGES),
                Action(("wheel",), Verb.BUILD, _FETCHING | {"-w", "--wheel-dir"}, Operands.PACKAGES),
                Action(("download",), Verb.DOWNLOAD, _FETCHING | {"-d", "--dest"}, Operands.PACKAGES),
                Action(("uninstall",), Verb.REMOVE, frozenset({"-r", "--requirement"}), Operands.PACKAGES),
                Action(("cache purge",), Verb.CLEAN, cleans=frozenset({"pip cache"})),
                Action(("list", "show", "freeze", "check", "search", "index", "inspect"), Verb.QUERY),
                Action(("config", "debug", "hash", "help", "completion", "cache"), Verb.OTHER),
            ),
            _GENERAL,
            versioned=True,
            module="pip",
            homes=frozenset({"python"}),
        ),
        Program(frozenset({"pyvenv"}), (), words("--prompt"), module="venv", bare=_MAKING, otherwise=_MAKING),
        Program(
            frozenset({"virtualenv"}),
            (),
            words("-p --python --prompt --extra-search-dir --pip --setuptools --wheel --app-data --activators"),
            module="virtualenv",
            bare=_MAKING,
            otherwise=_MAKING,
        ),
    ),
    caches=(
        Cache(
            "pip cache",
            ("~/.cache/pip",),
            filled_by=_FILLING,
            # Wheels that it built itself are kept by Python version and machine, not by C library.
            mounts=(CacheMount("~/.cache/pip", id="pip"),),
            purge=Purge("{program} cache purge", Means.TOOL),
            # optparse takes any unambiguous beginning of an option's name; this one is in use.
            avoid=Avoidance(_FILLING, ("--no-cache-dir", "--no-cache"), _BEFORE_6),
            # Values that read as false switch the cache off too, for compatibility (pip, `cmdoptions.py`).
            switches=(Switch("PIP_NO_CACHE_DIR", words("1 true yes on y t 0 false no off n f")),),
            unfilled_with=frozenset({"--no-index", "--help", "-h"}),
            moved_by=("PIP_CACHE_DIR", "XDG_CACHE_HOME"),
            moved_with=frozenset({"--cache-dir"}),
        ),
    ),
    sources=(
        'pip documentation, "Caching"',
        'pip documentation, "Configuration", "Environment Variables"',
        'pip documentation, "pip install"',
        'pip documentation, "pip cache"',
        "documentation of mypy (--cache-dir), pytest (cache_dir) and Ruff (cache-dir)",
        'Python documentation, "venv"; virtualenv documentation, "CLI interface"',
    ),
    manifests=("requirements*.txt", "pyproject.toml", "setup.py", "setup.cfg", "constraints*.txt"),
    locks=("pylock.toml", "pylock.*.toml"),
    settings=(),
    build_caches=(".mypy_cache", ".pytest_cache", ".ruff_cache"),
    hooks=("setup.py", "[build-system]"),
    file_options=words("-r --requirement -c --constraint -e --editable --build-constraint"),
    environment=frozenset({"PIP_*", "XDG_CACHE_HOME", "VIRTUAL_ENV", "PYTHONUSERBASE"}),
)
