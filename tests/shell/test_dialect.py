"""Which shell an argument vector starts."""

from __future__ import annotations

import pytest

from optimizer.shell.dialect import NO_SHELL, Dialect, Interpreter, interpreter


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("/bin/sh", "-c"), Interpreter(Dialect.POSIX_SH)),
        (("/bin/bash", "-c"), Interpreter(Dialect.BASH)),
        (("/bin/bash", "-o", "pipefail", "-c"), Interpreter(Dialect.BASH, pipefail=True)),
        (("/bin/bash", "-euo", "pipefail", "-c"), Interpreter(Dialect.BASH, errexit=True, pipefail=True)),
        (("/bin/bash", "-eo", "pipefail", "-xc"), Interpreter(Dialect.BASH, errexit=True, pipefail=True)),
        (("bash", "-o", "errexit", "-c"), Interpreter(Dialect.BASH, errexit=True)),
        (("bash", "-e", "+e", "-c"), Interpreter(Dialect.BASH)),
        (("bash", "--login", "-c"), Interpreter(Dialect.BASH, startup=True)),
        (("bash", "-lc"), Interpreter(Dialect.BASH, startup=True)),
        (("bash", "-i", "-c"), Interpreter(Dialect.BASH, startup=True)),
        (("/bin/ash", "-eo", "pipefail", "-c"), Interpreter(Dialect.ASH, errexit=True, pipefail=True)),
        (("/bin/dash", "-ec"), Interpreter(Dialect.DASH, errexit=True)),
        (("/bin/busybox", "sh", "-c"), Interpreter(Dialect.ASH)),
        (("/usr/bin/env", "bash", "-c"), Interpreter(Dialect.BASH)),
        (("conda", "run", "-n", "env", "/bin/bash", "-c"), Interpreter(Dialect.BASH, startup=True)),
        (("powershell", "-Command"), NO_SHELL),
        (("pwsh", "-Command", "$ErrorActionPreference = 'Stop';"), NO_SHELL),
        (("cmd", "/S", "/C"), NO_SHELL),
        (("/bin/bash",), NO_SHELL),
        (("/bin/bash", "-c", "echo"), NO_SHELL),
        (("/usr/bin/python3", "-c"), NO_SHELL),
        (("chroot", "/x", "bash", "-c"), NO_SHELL),
        ((), NO_SHELL),
    ],
    ids=str,
)
def test_shell_and_its_options_are_known_from_the_vector(argv: tuple[str, ...], expected: Interpreter) -> None:
    assert interpreter(argv) == expected
