"""pacman: Arch Linux."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Operation, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-b --dbpath -r --root --arch --cachedir --color --config --gpgdir --hookdir --logfile --sysroot "
    "--assume-installed --ignore --ignoregroup --overwrite --print-format"
)

PACMAN = Ecosystem(
    name="pacman",
    programs=(
        Program(
            frozenset({"pacman"}),
            (),
            _VALUED,
            operations=(
                # pacman(8): --noconfirm takes the answer proposed, and that is to keep everything.
                Operation(
                    "Scc",
                    Action(("-Scc",), Verb.CLEAN, cleans=frozenset({"pacman packages"}), not_with=words("--noconfirm")),
                ),
                Operation("Sc", Action(("-Sc",), Verb.OTHER)),
                Operation("Sw", Action(("-Sw",), Verb.DOWNLOAD, operands=Operands.PACKAGES)),
                Operation("Su", Action(("-Syu",), Verb.UPGRADE, operands=Operands.PACKAGES)),
                Operation("Ss", Action(("-Ss",), Verb.QUERY)),
                Operation("Si", Action(("-Si",), Verb.QUERY)),
                Operation("Sl", Action(("-Sl",), Verb.QUERY)),
                Operation("Sy", Action(("-Sy",), Verb.UPDATE), alone=True),
                Operation("S", Action(("-S",), Verb.INSTALL, operands=Operands.PACKAGES)),
                Operation("U", Action(("-U",), Verb.INSTALL, operands=Operands.PACKAGES)),
                Operation("R", Action(("-R",), Verb.REMOVE, operands=Operands.PACKAGES)),
                Operation("T", Action(("-T",), Verb.QUERY)),
                Operation("F", Action(("-F",), Verb.QUERY)),
                Operation("Q", Action(("-Q",), Verb.QUERY)),
                Operation("D", Action(("-D",), Verb.OTHER)),
                Operation("V", Action(("-V",), Verb.OTHER)),
            ),
            long=(
                *(
                    ("--sync", "-S"),
                    ("--refresh", "-y"),
                    ("--sysupgrade", "-u"),
                    ("--upgrade", "-U"),
                    ("--clean", "-c"),
                ),
                *(("--remove", "-R"), ("--query", "-Q"), ("--database", "-D"), ("--deptest", "-T"), ("--files", "-F")),
                *(
                    ("--search", "-s"),
                    ("--info", "-i"),
                    ("--downloadonly", "-w"),
                    ("--list", "-l"),
                    ("--version", "-V"),
                ),
            ),
        ),
    ),
    caches=(
        Cache(
            "pacman packages",
            ("/var/cache/pacman/pkg",),
            filled_by=ADDING | {Verb.DOWNLOAD},
            mounts=(CacheMount("/var/cache/pacman/pkg", Sharing.LOCKED),),
            purge=Purge("rm -rf /var/cache/pacman/pkg/*", Means.REMOVES),
            unfilled_with=words("-p --print --print-format"),
            moved_with=words("--cachedir -r --root --sysroot"),
            also_emptied_by=("/var/cache/pacman/pkg/*",),
        ),
    ),
    sources=("pacman(8)", "pacman.conf(5), CacheDir"),
)
