"""apk: Alpine Linux and Wolfi."""

from __future__ import annotations

from optimizer.ecosystems.caches import Avoidance, Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.trimming import Records
from optimizer.ecosystems.uninstalling import Group, Uninstall
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-t --virtual -p --root -X --repository --arch --cache-dir --cache-max-age --keys-dir --progress-fd "
    "--repositories-file --timeout --wait"
)
_ADDING = frozenset({Verb.INSTALL, Verb.UPGRADE})

APK = Ecosystem(
    name="apk",
    programs=(
        Program(
            frozenset({"apk"}),
            (
                Action(("update",), Verb.UPDATE),
                Action(("add", "fix"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("upgrade",), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("del",), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("fetch",), Verb.DOWNLOAD, words("-o --output"), Operands.PACKAGES),
                Action(("search", "info", "list", "policy", "dot", "version"), Verb.QUERY),
                Action(("cache purge",), Verb.CLEAN),
                Action(("cache", "cache clean", "stats", "audit", "verify", "index", "manifest"), Verb.OTHER),
            ),
            _VALUED,
        ),
    ),
    caches=(
        Cache(
            "apk cache",
            ("/var/cache/apk",),
            filled_by=_ADDING | {Verb.UPDATE},
            mounts=(CacheMount("/var/cache/apk", Sharing.LOCKED, kept_with="--cache-dir=/var/cache/apk"),),
            purge=Purge("rm -rf /var/cache/apk/*", Means.REMOVES),
            avoid=Avoidance(_ADDING, ("--no-cache",), words("alpine:2 alpine:3.1 alpine:3.2")),
            # apk-tools 2.6.4, which Alpine 3.3 has, brought the option (Alpine 3.3.0 release notes).
            # apk-update(8): a call that needs the index fetches it; releases before 3.8 did not.
            needed_by=_ADDING | {Verb.QUERY, Verb.DOWNLOAD},
            unneeded_with=words("-U --update --update-cache"),
            unfilled_with=words("--no-network --simulate -s"),
            moved_with=words("--cache-dir --root -p"),
            also_emptied_by=("/var/cache/apk/*",),
        ),
    ),
    uninstall=Uninstall(
        programs=frozenset({"apk"}),
        verbs=frozenset({"add"}),
        remove="apk del --no-network {names}",
        keep="apk add --no-network {names}",
        keeping=frozenset({"apk add --no-network"}),
        group=Group(words("-t --virtual"), "--virtual .build-deps", ".build-deps"),
        idle_with=words("-s --simulate -p --root"),
        records=Records.APK,
        source="apk-add(8), --virtual; apk-del(8); docker-library: python, Dockerfile of the Alpine variants",
    ),
    sources=("apk(8)", "apk-add(8)", "apk-del(8)", "apk-update(8)", "apk-cache(5)"),
    environment=words("APK_CONFIG http_proxy https_proxy HTTP_PROXY HTTPS_PROXY"),
)
