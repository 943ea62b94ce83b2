"""How programs are started that a test interrupts."""

from __future__ import annotations

import signal


def heeded() -> None:
    """For `preexec_fn`: a shell has its background jobs ignore SIGINT, and what they start would ignore it too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
