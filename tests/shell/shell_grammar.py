"""A strategy for valid shell: the grammar of POSIX.1-2017, 2.10, with quoting, expansions and redirections."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "apt-get", "echo", "x1", "./run", "/bin/ls", "foo_bar"])
VARIABLES = st.sampled_from(["A", "PATH", "x_1", "_"])
PLAIN = st.sampled_from(["a", "-y", "--x=y", "b#c", "1", "22", "a:b", "x,y", "é", "a=b", "%s", "@", "x!", "]", "a}"])
QUOTED = st.sampled_from(
    [
        *("'a b'", "''", "'#'", "'$x'", "'\"'", "')'", "'&&'", "'`'"),
        *('"a b"', '""', '"#"', '"\\"x\\""', '"a\\$"', '"it\'s"', '")"', '"a;b|c"'),
        *("\\ ", "\\;", "\\&x", "\\#"),
    ]
)
EXPANDED = st.sampled_from(
    [
        *("$A", "${A}", "${A:-b c}", "${A#*/}", '"$A"', '"${A:-"b"}"', '"$@"', "$?", "$1", "$"),
        *("$((1 + 2))", "$(( (A) * 2 ))", "*.c", "[ab]?", "~/x", "{a,b}"),
    ]
)
BLANK = st.sampled_from([" ", "  ", "\t", " \\\n "])


def _parts(commands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    substitution = st.one_of(
        commands.map(lambda body: f"$({body})".replace("$((", "$( (")),
        commands.map(lambda body: f'"$( {body} )"'),
        st.sampled_from(["`a b`", '"`a | b`"', "`a $(b)`"]),
    )
    return st.one_of(PLAIN, PLAIN, QUOTED, EXPANDED, substitution)


def _words(commands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    # A lone `$` before `$( … )` is the process number, and then a parenthesis that nothing opens.
    joined = st.lists(_parts(commands), min_size=1, max_size=2).map("".join)
    return joined.filter(lambda word: "$(" not in word[-2:] and not word.startswith("$$("))


def _redirections(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from(["2>&1", ">&2", "<&-", "3>&-"]),
        st.builds(
            lambda fd, operator, gap, word: f"{fd}{operator}{gap}{word}",
            st.sampled_from(["", "1", "2"]),
            st.sampled_from([">", ">>", "<", ">|", "<>"]),
            st.sampled_from(["", " "]),
            words.filter(lambda word: word[0] not in "&>(|"),
        ),
    )


@st.composite
def _simple(draw: st.DrawFn, commands: st.SearchStrategy[str]) -> str:
    words = _words(commands)
    assignments = draw(st.lists(st.builds(lambda name, word: f"{name}={word}", VARIABLES, words), max_size=1))
    arguments = draw(st.lists(st.one_of(words, words, _redirections(words)), max_size=4))
    parts = [*assignments, draw(NAMES), *arguments]
    text = parts[0]
    for part in parts[1:]:
        text += draw(BLANK) + part
    return text


def _compound(commands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    end = st.sampled_from([";", "\n", " ;\n"])
    after = st.sampled_from(["", "", " >out", " 2>&1", " < in"])
    return st.one_of(
        st.builds("( {}){}".format, commands, after),
        st.builds("{{ {}{} }}{}".format, commands, end, after),
        st.builds("if {}{} then {}{} fi{}".format, commands, end, commands, end, after),
        st.builds("if {}{} then {}{} else {}{} fi".format, commands, end, commands, end, commands, end),
        st.builds("while {}{} do {}{} done{}".format, commands, end, commands, end, after),
        st.builds("for i in a $b 'c'{} do {}{} done{}".format, end, commands, end, after),
        st.builds("case $x in a|b) {};; *) {}{} esac{}".format, commands, commands, end, after),
        st.builds("f() {{ {}{} }}".format, commands, end),
    )


def _joined(commands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joint = st.sampled_from(
        [" && ", " || ", "; ", "&&", "||", ";", " | ", "|", "\n", " &\n", " && \n ", " # c\n", " & "]
    )
    return st.builds("{}{}{}".format, commands, joint, commands)


def scripts() -> st.SearchStrategy[str]:
    """Valid shell of moderate size."""
    base = st.builds("{} {}".format, NAMES, PLAIN)
    return st.recursive(base, lambda inner: st.one_of(_simple(inner), _joined(inner), _compound(inner)), max_leaves=8)
