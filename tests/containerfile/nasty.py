"""Hypothesis strategies: any text at all, and Containerfiles put together from what parsers stumble over."""

from __future__ import annotations

from hypothesis import strategies as st

any_text = st.text(
    st.one_of(
        st.sampled_from("\n\n\r\t #\\`<>'\"$[]{}=-,\ufeff\x00\x0b\x0c\x1c\x85\xa0\u2028\udc80\udcff"),
        st.sampled_from("FROMRUNCPYENVonbuildAS"),
        st.characters(),
    ),
    max_size=120,
)

_KEYWORDS = [
    "FROM", "RUN", "COPY", "ADD", "ENV", "ARG", "LABEL", "CMD", "ENTRYPOINT", "SHELL", "HEALTHCHECK", "EXPOSE",
    "VOLUME", "USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER", "ONBUILD", "run", "Copy", "FOO",
]  # fmt: skip
_keyword = st.one_of(
    st.sampled_from(_KEYWORDS), st.sampled_from(["ONBUILD RUN", "ONBUILD COPY", "HEALTHCHECK CMD", "RUN", "COPY"])
)
_WORDS = [
    "a", "b=c", "-x", "AS", "as", "NONE", "CMD", '"d e"', "'f g'", "h\\ i", "$J", "${K}", "${l:-m}", "=",
    "<<EOF", "<<-EOF", "<<'EOF'", '<<"EOF"', "<<X", "<<<y", "3<<EOF", "'", '"', "\\", "\\\\", "#", "# z", "`",
    "['a']", '["a",]', "[1]", '["a"', "|", "&&", "/x", "\x1c", "\x0b", ">",
]  # fmt: skip
_FLAGS = ["--from=x", "--", "--link", '--chown="a b"', "--a=b\\ c", "--mount=type=cache,target=/x"]
_NOT_ASCII = ["é", "\u00a0", "\x85", "\u2003", "♥"]
_ENDINGS = ["", "", "", '["a", "b"]', "[]", '["a b", "<<EOF"]']
_gap = st.sampled_from(
    [" ", " ", " ", "  ", "\t", "", " \\\n", " \\\n  ", "\\\n", " \\\n# c\n", " \\\n\n", " \\\r\n", " \\ \n"]
)
_newline = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", " \n", "\t\n", "\r\r\n"])
_between = st.sampled_from(
    ["", "", "", "\n", "# c\n", "  # c \\\n", "EOF\n", "\tEOF\n", "X\n", "EOF\r\n", "  ", "\\\n", "y\n"]
)
_head = st.sampled_from(
    ["", "", "\ufeff", "# escape=`\n", "# escape=\\\n", "# syntax=x\n", "#escape = ` \r\n", "# c\n"]
)


@st.composite
def _instruction(draw: st.DrawFn, more: list[str]) -> str:
    text = draw(_keyword)
    for _ in range(draw(st.integers(0, 4))):
        text += draw(_gap) + draw(st.sampled_from([*_WORDS, *more]))
    return text + draw(_gap) + draw(st.sampled_from(_ENDINGS)) + draw(_newline)


@st.composite
def _file(draw: st.DrawFn) -> str:
    text = draw(_head) + draw(st.sampled_from(["FROM base\n", ""]))
    # What the oracle is known to read otherwise is left out: flags where the escape character is a back-tick or with
    # characters beyond ASCII, words after a JSON array, a blank after `<<`.
    more = _NOT_ASCII if "`" in text else draw(st.sampled_from([_FLAGS, _NOT_ASCII]))
    for _ in range(draw(st.integers(1, 5))):
        text += draw(_between) + draw(_instruction(more))
    text += draw(_between)
    return text if draw(st.booleans()) else text.rstrip("\n")


nasty_file = _file()
