"""RubyGems: Ruby packages."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-v --version -i --install-dir -n --bindir -P --trust-policy -s --source -p --http-proxy -B --bulk-threshold "
    "--platform --document --build-root -g --file --without --config-file"
)

GEM = Ecosystem(
    name="gem",
    programs=(
        Program(
            frozenset({"gem"}),
            (
                Action(("install", "i"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update",), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("uninstall",), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("fetch",), Verb.DOWNLOAD, operands=Operands.PACKAGES),
                Action(("build",), Verb.BUILD),
                Action(("list", "info", "search", "query", "dependency", "outdated", "specification"), Verb.QUERY),
                Action(("cleanup", "sources", "environment", "env", "pristine", "which", "help"), Verb.OTHER),
            ),
            _VALUED,
        ),
    ),
    caches=(
        # Where it lies depends on the base image; only the official one sets GEM_HOME=/usr/local/bundle.
        Cache(
            "downloaded gems",
            ("/usr/local/bundle/cache",),
            filled_by=ADDING,
            mount=CacheMount("/usr/local/bundle/cache"),
            moved_by=("GEM_HOME",),
            moved_with=words("-i --install-dir"),
        ),
    ),
    sources=('RubyGems guides, "Command Reference"', "docker-library/ruby"),
    manifests=("*.gemspec",),
    settings=(".gemrc",),
    hooks=("extensions",),
    file_options=words("-g --file"),
    environment=words("GEM_HOME GEM_PATH GEM_SPEC_CACHE GEMRC"),
)
