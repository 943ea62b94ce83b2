"""Programs that fetch a file and programs that unpack one, as data: where the file comes to lie, who reads it.

They belong to no ecosystem and are not in its registry. Sources: curl(1), wget(1), tar(1), unzip(1), 7z(1), dpkg(1),
rpm(8).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimizer.ecosystems.matching import match
from optimizer.ecosystems.model import Action, Ecosystem, Program
from optimizer.ecosystems.verbs import Verb, words
from optimizer.shell.nodes import Word

_FETCH = Action((), Verb.DOWNLOAD)

_CURL = words(
    "-o --output -H --header -A --user-agent -e --referer -u --user -x --proxy -b --cookie -c --cookie-jar -d --data "
    "-F --form -X --request -m --max-time -C --continue-at -r --range -w --write-out -T --upload-file -E --cert "
    "--cacert --key --retry --retry-delay --retry-max-time --connect-timeout --output-dir --data-binary --data-raw "
    "-z --time-cond -y --speed-time -Y --speed-limit --limit-rate --resolve --tls-max --ciphers -K --config --url"
)
_WGET = words(
    "-O --output-document -P --directory-prefix -o --output-file -a --append-output -U --user-agent -t --tries -T "
    "--timeout -w --wait --header --user --password -i --input-file -e --execute --post-data --referer -A --accept "
    "-R --reject --ca-certificate --certificate --limit-rate --load-cookies --waitretry --connect-timeout "
    "--read-timeout -Q --quota --cut-dirs --progress --body-data --method --http-user"
)

_FETCHERS = Ecosystem(
    name="fetchers",
    programs=(
        Program(frozenset({"curl"}), (), _CURL, bare=_FETCH),
        Program(frozenset({"wget"}), (), _WGET, bare=_FETCH),
    ),
    caches=(),
    sources=("curl(1)", "wget(1)"),
)
_OUTPUT = frozenset({"-o", "--output"})
_REMOTE_NAME = words("-O --remote-name --remote-name-all")
_OUTPUT_DOCUMENT = frozenset({"-O", "--output-document"})
_DIRECTORY = frozenset({"-P", "--directory-prefix", "--output-dir"})


@dataclass(frozen=True, slots=True)
class Unpacker:
    """A program that takes what it needs out of a file. `letters`: one of them stands in its first argument, or one
    of `long` anywhere; empty: it always does."""

    names: frozenset[str]
    letters: str = ""
    long: frozenset[str] = frozenset()


UNPACKERS = (
    Unpacker(words("tar bsdtar gtar"), "x", words("--extract --get")),
    Unpacker(frozenset({"unzip"})),
    Unpacker(words("7z 7za 7zr"), "ex"),
    Unpacker(frozenset({"dpkg"}), "i", words("--install --unpack")),
    Unpacker(frozenset({"rpm"}), "iUF", words("--install --upgrade")),
)


def fetches(call: Sequence[Word]) -> tuple[str, ...]:
    """The paths, as written but without quotes, of the files that a command fetches; none for any other command, for
    output that goes elsewhere and for names that only the server knows."""
    argv = [bare(word) for word in call]
    found = match((_FETCHERS,), argv)
    if found is None:
        return ()
    into = next((option.value for option in found.options if option.name in _DIRECTORY), None) or ""
    if found.name == "wget":
        named = [option.value for option in found.options if option.name in _OUTPUT_DOCUMENT]
        names = named or [_last_name(argv[index]) for index in found.operands]
    else:
        named = [option.value for option in found.options if option.name in _OUTPUT]
        remote = any(option.name in _REMOTE_NAME for option in found.options)
        names = named + ([_last_name(argv[index].partition("?")[0]) for index in found.operands] if remote else [])
    return tuple(posixpath.join(into, name) for name in names if name and name not in ("-", "/dev/null"))


def bare(word: Word) -> str:
    """A word without its quotes; what expands stands as written."""
    return word.literal if word.literal is not None else word.raw.replace('"', "")


def _last_name(address: str) -> str | None:
    """The name under which a fetched address is kept; None if that is not certain."""
    _, colon, rest = address.partition("://")
    name = rest.rpartition("/")[2] if colon and "/" in rest else ""
    return None if not name or "$(" in address or any(sign in name for sign in "?*`'#&") else name


def unpacked(call: Sequence[Word]) -> Iterator[str]:
    """Everything that could be the file that a command unpacks, as written but without quotes."""
    name = posixpath.basename(bare(call[0])) if call else ""
    rest = [bare(word) for word in call[1:]]
    for each in UNPACKERS:
        if name in each.names and rest and _unpacks(each, rest):
            yield from rest


def _unpacks(unpacker: Unpacker, rest: Sequence[str]) -> bool:
    if not unpacker.letters or any(word in unpacker.long for word in rest):
        return True
    clusters = [rest[0], *(word for word in rest if word.startswith("-") and not word.startswith("--"))]
    return any(letter in cluster for cluster in clusters for letter in unpacker.letters)


def removes(call: Sequence[Word]) -> tuple[str, ...] | None:
    """What `rm` is given, as written but without quotes; None for any other command."""
    if not call or posixpath.basename(bare(call[0])) not in ("rm", "unlink"):
        return None
    return tuple(bare(word) for word in call[1:] if not word.raw.startswith("-"))
