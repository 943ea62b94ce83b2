"""pecl and pear: extensions of PHP, and packages for it."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

PECL = Ecosystem(
    name="pecl",
    programs=(
        Program(
            frozenset({"pecl", "pear"}),
            (
                Action(("install", "i"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("upgrade", "up"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("uninstall", "un"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("download", "d"), Verb.DOWNLOAD, operands=Operands.PACKAGES),
                Action(("clear-cache", "cc"), Verb.CLEAN),
                Action(("list", "l", "info", "in", "search", "sp", "config-get", "config-show", "version"), Verb.QUERY),
                Action(("channel-update", "update-channels", "channel-discover", "channel-add", "help"), Verb.OTHER),
                Action(("config-set", "config-create"), Verb.OTHER),
            ),
            words("-d -D -c -C -u -R --installroot -P --packagingroot --configureoptions"),
        ),
    ),
    caches=(
        # What channels answered and what was fetched and built, which every call makes anew. The official images of PHP
        # remove it (docker-library/official-images#3015); nextcloud/docker#1110 found 820 kB of it.
        Cache(
            "PEAR work directory",
            ("/tmp/pear",),
            filled_by=ADDING,
            mounts=(CacheMount("/tmp/pear", Sharing.LOCKED),),
            purge=Purge("rm -rf /tmp/pear", Means.REMOVES),
            unfilled_with=words("-p --pretend -r --register-only -B --nobuild"),
            moved_by=("PHP_PEAR_TEMP_DIR", "PHP_PEAR_CACHE_DIR", "PHP_PEAR_DOWNLOAD_DIR"),
        ),
    ),
    sources=('PEAR manual, "Command line installer"', "docker-library/official-images#3015", "nextcloud/docker#1110"),
    manifests=("package.xml", "package2.xml"),
    environment=words("PHP_PEAR_TEMP_DIR PHP_PEAR_CACHE_DIR PHP_PEAR_DOWNLOAD_DIR PHP_PEAR_SYSCONF_DIR"),
    interpreters=frozenset({"php"}),
)
