"""RubyGems: Ruby packages."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-v --version -i --install-dir -n --bindir -P --trust-policy -s --source -p --http-proxy -B --bulk-threshold "
    "--platform --document --build-root -g --file --without --config-file"
)
_RUBY = frozenset({"ruby"})
"""Sets GEM_HOME=/usr/local/bundle (docker-library/ruby); elsewhere it depends on the installation where gems lie."""

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
        Cache(
            "downloaded gems",
            ("/usr/local/bundle/cache",),
            filled_by=ADDING,
            mounts=(CacheMount("/usr/local/bundle/cache", Sharing.LOCKED, images=_RUBY),),
            moved_by=("GEM_HOME",),
            moved_with=words("-i --install-dir --user-install"),
            purge=Purge("rm -rf /usr/local/bundle/cache/*.gem", Means.REMOVES, images=_RUBY),
            unfilled_with=words("--explain --help -h"),
            also_emptied_by=("/usr/local/bundle/cache/*.gem", "/usr/local/bundle/cache/*"),
        ),
    ),
    sources=('RubyGems guides, "Command Reference"', "docker-library/ruby"),
    manifests=("*.gemspec",),
    settings=(".gemrc",),
    hooks=("extensions",),
    file_options=words("-g --file"),
    environment=words("GEM_HOME GEM_PATH GEM_SPEC_CACHE GEMRC"),
)
