"""Bundler: the gems of a Ruby project."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "--gemfile --jobs -j --path --binstubs --retry --shebang --standalone --system --target-rbconfig --trust-policy "
    "--with --without --cache-path"
)
_RUBY = frozenset({"ruby"})
"""Sets GEM_HOME=/usr/local/bundle (docker-library/ruby); elsewhere it depends on the installation where gems lie."""

BUNDLER = Ecosystem(
    name="bundler",
    programs=(
        Program(
            frozenset({"bundle", "bundler"}),
            (
                Action(("install", "i"), Verb.INSTALL),
                Action(("add",), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update",), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "clean"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("cache", "package", "lock"), Verb.DOWNLOAD),
                Action(("exec", "binstubs", "console", "open"), Verb.BUILD),
                Action(("list", "show", "info", "outdated", "check"), Verb.QUERY),
                Action(("config", "config set", "init", "env", "platform", "doctor", "version"), Verb.OTHER),
            ),
            _VALUED,
            bare=Action((), Verb.INSTALL),
            selector="_",
        ),
    ),
    caches=(
        Cache(
            "bundler cache",
            ("/usr/local/bundle/cache",),
            filled_by=ADDING,
            mounts=(CacheMount("/usr/local/bundle/cache", Sharing.LOCKED, images=_RUBY),),
            moved_by=("BUNDLE_PATH", "BUNDLE_USER_CACHE", "BUNDLE_USER_HOME", "GEM_HOME"),
            moved_with=words("--path"),
            needed_with=words("--local --prefer-local"),
            purge=Purge("rm -rf /usr/local/bundle/cache/*.gem", Means.REMOVES, images=_RUBY),
            unfilled_with=words("--local --help -h"),
            also_emptied_by=("/usr/local/bundle/cache/*.gem", "/usr/local/bundle/cache/*"),
        ),
    ),
    sources=("bundle-install(1)", "bundle-config(1)", "bundle-cache(1)"),
    manifests=("Gemfile", "*.gemspec", "gems.rb"),
    locks=("Gemfile.lock", "gems.locked"),
    settings=(".bundle/config", ".ruby-version", "vendor/cache"),
    writes=("vendor/bundle", "Gemfile.lock", ".bundle"),
    hooks=("Gemfile", "*.gemspec"),
    file_options=words("--gemfile"),
    environment=words("BUNDLE_* GEM_HOME GEM_PATH RAILS_ENV"),
)
