"""What other rewriters break, as files that build on busybox.

Flags put in by position, mounts and JSON joined as text, directories and exits that leak, signs that are no comments,
variables folded, copies that unpack.
"""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Trap:
    """One file and the context that it needs."""

    name: str
    text: str
    files: dict[str, bytes] = field(default_factory=dict)


def _archive() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        info = tarfile.TarInfo("inside")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    return data.getvalue()


def _runs(*lines: str) -> str:
    return "FROM busybox\n" + "".join(f"RUN {line}\n" for line in lines) + 'CMD ["cat", "/log"]\n'


TRAPS = (
    Trap("a directory does not outlive its RUN", _runs("cd /tmp && touch a", "touch b && ls / /tmp > /log")),
    Trap("a variable does not either", _runs("X=1; export X; echo $X > /log", 'echo "${X:-none}" >> /log')),
    Trap("nor an option", _runs("set -f; echo * > /log", "cd / && echo b* >> /log")),
    Trap("nor a mask", _runs("umask 077 && touch /a", "touch /b && ls -l /a /b | cut -c1-10 > /log")),
    Trap("nor a function", _runs("ls() { echo mine; }; ls > /log", "ls /bin/sh >> /log")),
    Trap("nor an alias or a trap", _runs("trap 'echo bye >> /log' EXIT; touch /a", "echo second >> /log")),
    Trap("the first ends early", _runs("test -e /none || exit 0; touch /not", "echo second > /log")),
    Trap("the second has another way out", _runs("touch /a", "false || echo rescued > /log")),
    Trap("the first has one", _runs("test -e /none || true", "echo second > /log")),
    Trap("the second is a sequence", _runs("touch /a", "echo one > /log; false; echo two >> /log")),
    Trap("something goes on in the background", _runs("sleep 0.1 & echo now > /log", "echo then >> /log")),
    Trap("the same RUN twice", _runs("echo once >> /log", "echo once >> /log")),
    Trap("a comment in a continuation", _runs("echo a > /log && \\\n# not it\n    echo b >> /log", "echo c >> /log")),
    Trap("a comment at the end", _runs("echo a > /log # and that is all", "echo b >> /log")),
    Trap("signs that begin no comment", _runs('echo "a # b" http://h/x#y \\#z > /log', "echo 'c # d' >> /log")),
    Trap("errors and output in one file", _runs("ls /none > /log 2>&1 || true", "ls /none >> /log 2>&1; true")),
    Trap("a continuation inside quotes", _runs("printf %s 'a \\\n    b' > /log", 'printf %s "c \\\n  d" >> /log')),
    Trap("words that look like flags", _runs("echo -r requirements.txt -r > /log", "echo -ms --no-log-init >> /log")),
    Trap("JSON form", _runs('["sh", "-c", "echo $0 && echo a > /log"]', 'echo "[\\"b\\"]" >> /log')),
    Trap(
        "mounts belong to their RUN",
        _runs("--mount=type=cache,target=/c touch /c/a", "test -e /c/a || echo apart > /log"),
    ),
    Trap(
        "a path that grows",
        'FROM busybox\nENV P=/one\nENV P=$P:/two\nENV GREETING hello   there\nRUN echo "$P $GREETING" > /log\n'
        "CMD cat /log\n",
    ),
    Trap(
        "a variable that is given and used in one line",
        'FROM busybox\nENV A=old\nENV A=new B=$A\nRUN echo "$A $B" > /log\nCMD cat /log\n',
    ),
    Trap("a variable before the program", "FROM busybox\nCMD GREETING=hi printenv GREETING\n"),
    Trap("a path of another system", "FROM busybox\nCMD echo C:\\\\app 'C:\\app'\n"),
    Trap(
        "a base that an argument names",
        'ARG TAG=latest\nFROM busybox:${TAG}\nARG TAG=mine\nRUN echo "$TAG" > /log\nCMD ["cat", "/log"]\n',
    ),
    Trap(
        "a stage that another one is built from",
        'FROM busybox AS b\nRUN echo b > /log\nFROM b\nRUN echo c >> /log\nRUN echo d >> /log\nCMD ["cat", "/log"]\n',
    ),
    Trap(
        "a stage by its number",
        'FROM busybox\nRUN echo zero > /log\nFROM busybox\nCOPY --from=0 /log /log\nCMD ["cat", "/log"]\n',
    ),
    Trap(
        "names with blanks",
        'FROM busybox\nCOPY ["a b", "/to here/"]\nRUN cat "/to here/a b" > /log\nCMD ["cat", "/log"]\n',
        {"a b": b"blank\n"},
    ),
    Trap(
        "an archive that ADD unpacks",
        'FROM busybox\nADD a.tar /t/\nADD plain /t/\nRUN ls /t > /log\nCMD ["cat", "/log"]\n',
        {"a.tar": _archive(), "plain": b"text"},
    ),
    Trap(
        "an archive that does not say so",
        'FROM busybox\nADD notes.txt /t/\nRUN ls /t > /log\nCMD ["cat", "/log"]\n',
        {"notes.txt": _archive()},
    ),
    Trap(
        "copies that depend on where they stand",
        "FROM busybox\nWORKDIR /a\nCOPY f .\nRUN cd /b 2>/dev/null || mkdir /b && cd /b && cp /a/f g\nCOPY f h\n"
        'RUN ls /a /b > /log\nCMD ["cat", "/log"]\n',
        {"f": b"x"},
    ),
    Trap(
        "a volume forgets",
        'FROM busybox\nRUN mkdir /v && touch /v/a\nVOLUME /v\nRUN touch /v/b\nRUN ls /v > /log\nCMD ["cat", "/log"]\n',
    ),
    Trap(
        "an ignore file with a way back in",
        'FROM busybox\nCOPY . /c\nRUN find /c | sort > /log\nCMD ["cat", "/log"]\n',
        {
            ".dockerignore": b"*\n!keep\nkeep/*.tmp\n",
            "keep/a": b"",
            "keep/b.tmp": b"",
            "other": b"",
            "__pycache__/x.pyc": b"",
        },
    ),
    Trap(
        "what is ignored lies beside what is named",
        'FROM busybox\nCOPY target/app.jar /app.jar\nCOPY . /c\nRUN find /c > /log\nCMD ["ls", "/app.jar"]\n',
        {"target/app.jar": b"x", "target/CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55"},
    ),
)
