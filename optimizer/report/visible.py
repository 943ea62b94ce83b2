"""Text from files and builds, made fit for a terminal or a page. What goes into files and pipes is never changed."""

from __future__ import annotations

from optimizer.text import printable

# Control characters but for tab and newline, the C1 range, and the marks that turn the direction of writing
# (Unicode TR 36, "Bidirectional Text Spoofing"): a stranger's file must not be able to draw on a terminal.
_HIDDEN = {
    **{code: f"^{chr(code ^ 0x40)}" for code in range(0x20) if code not in (0x09, 0x0A)},
    **{code: f"<{code:02X}>" for code in range(0x7F, 0xA0)},
    **{
        code: f"<U+{code:04X}>"
        for code in (0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    },
}
_MARKDOWN = {ord(mark): f"\\{mark}" for mark in "\\`*_{}[]<>|#~$"} | {ord("@"): "@<!-- -->", ord("\n"): " "}


def visible(text: str) -> str:
    """The text with control characters shown as marks (`^M`); tabs and newlines stay."""
    return printable(text).translate(_HIDDEN)


def line(text: str) -> str:
    """The same, on one line."""
    return " ".join(visible(text).split())


def markdown(text: str) -> str:
    """One line of text that Markdown shows as it is: no markup, no HTML, nobody is mentioned."""
    return line(text).translate(_MARKDOWN)


def code(text: str) -> str:
    """One line of text as a code span, whatever backticks it holds (CommonMark 6.1)."""
    inner = line(text).replace("|", "\\|")
    ticks = "`" * (longest_run(inner) + 1)
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{ticks}{pad}{inner}{pad}{ticks}" if inner else ""


def fence(text: str) -> str:
    """A fence that no line of the text can close (CommonMark 4.5)."""
    return "`" * max(3, longest_run(text) + 1)


def longest_run(text: str) -> int:
    """How many backticks stand side by side at most."""
    longest = run = 0
    for mark in text:
        run = run + 1 if mark == "`" else 0
        longest = max(longest, run)
    return longest
