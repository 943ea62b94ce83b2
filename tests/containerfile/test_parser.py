"""Typed instructions: what is read, where it stands, and what is refused."""

from __future__ import annotations

import pytest

from optimizer.containerfile.nodes import (
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    ExecForm,
    From,
    Healthcheck,
    Instruction,
    Label,
    ListForm,
    Onbuild,
    Run,
    Shell,
    ShellForm,
    Unknown,
    Volume,
    Word,
)
from optimizer.containerfile.parser import parse


def only(text: str) -> Instruction:
    (instruction,) = parse(text).instructions
    return instruction


def raws(words: tuple[Word, ...]) -> list[str]:
    return [word.raw for word in words]


def test_from_with_platform_and_alias() -> None:
    text = "FROM --platform=$P golang:1 as Build\n"
    instruction = only(text)
    assert isinstance(instruction, From)
    assert instruction.image.span.of(text) == instruction.image.raw == "golang:1"
    assert instruction.alias is not None
    assert instruction.alias.span.of(text) == instruction.alias.raw == "Build"
    flag = instruction.flag("platform")
    assert flag is not None
    assert (flag.value, flag.span.of(text)) == ("$P", "--platform=$P")


def test_run_body_maps_back_over_continuations() -> None:
    text = "RUN --network=none a \\\n  # c\n\n  b\n"
    run = only(text)
    assert isinstance(run, Run)
    assert isinstance(run.command, ShellForm)
    body = run.command.body
    assert body.text == "a   b"
    assert body.at(0) == text.index("a \\")
    assert body.at(4) == text.rindex("b")


def test_exec_form_decodes_json() -> None:
    command = only('ENTRYPOINT ["a", "\\u00e9 \\"b\\""]\n')
    assert isinstance(command, Entrypoint)
    assert isinstance(command.command, ExecForm)
    assert command.command.argv == ("a", 'é "b"')


@pytest.mark.parametrize("arguments", ['["a",]', '["a"] # c', "['a']", '["a"', 'x ["a"]'])
def test_what_is_not_quite_json_is_shell_form(arguments: str) -> None:
    command = only(f"CMD {arguments}\n")
    assert isinstance(command, Cmd)
    assert isinstance(command.command, ShellForm)
    assert command.command.body.text == arguments


def test_empty_json_resets() -> None:
    command = only("CMD []\n")
    assert isinstance(command, Cmd)
    assert isinstance(command.command, ExecForm)
    assert command.command.argv == ()


@pytest.mark.parametrize(
    ("text", "sources", "destination", "form"),
    [
        ("COPY a b c/\n", ["a", "b"], "c/", ListForm.PLAIN),
        ("COPY --from=x a b\n", ["a"], "b", ListForm.PLAIN),
        ('COPY ["a b", "c"]\n', ["a b"], "c", ListForm.JSON),
        ('COPY ["a b", "c"\n', ['["a', 'b",'], '"c"', ListForm.PLAIN),
        ("COPY <<A <<B /x\n1\nA\n2\nB\n", ["<<A", "<<B"], "/x", ListForm.PLAIN),
    ],
)
def test_copy(text: str, sources: list[str], destination: str, form: ListForm) -> None:
    copy = only(text)
    assert isinstance(copy, Copy)
    assert (raws(copy.sources), copy.destination.raw, copy.form) == (sources, destination, form)


def test_json_words_know_their_place_quotes_included() -> None:
    text = 'COPY ["a\\tb", \\\n  "c"]\n'
    copy = only(text)
    assert isinstance(copy, Copy)
    assert copy.sources[0].raw == "a\tb"
    assert copy.sources[0].span.of(text) == '"a\\tb"'
    assert copy.destination.span.of(text) == '"c"'


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ('ENV a=b c="d e" f=g\\ h\n', [("a", "b"), ("c", '"d e"'), ("f", "g\\ h")]),
        ("ENV a b  c\n", [("a", "b  c")]),
        ("ENV a b=c\n", [("a", "b=c")]),
        ("ENV a= b==\n", [("a", ""), ("b", "=")]),
        ("ENV a='b \\\n  c' d=e\n", [("a", "'b   c'"), ("d", "e")]),
        ("LABEL a.b='c'\n", [("a.b", "'c'")]),
        ("ARG a\n", [("a", None)]),
        ("ARG a=b c d=\n", [("a", "b"), ("c", None), ("d", "")]),
    ],
)
def test_pairs(text: str, pairs: list[tuple[str, str | None]]) -> None:
    instruction = only(text)
    assert isinstance(instruction, Env | Label | Arg)
    assert [(pair.key.raw, pair.value.raw if pair.value else None) for pair in instruction.pairs] == pairs
    if "\\\n" not in text:
        for pair in instruction.pairs:
            assert pair.key.span.of(text) == pair.key.raw
            assert pair.value is None or pair.value.span.of(text) == pair.value.raw
            assert pair.span.start == pair.key.span.start


def test_volume_in_both_forms() -> None:
    plain, json = only("VOLUME /a /b\n"), only('VOLUME ["/a", "/b c"]\n')
    assert isinstance(plain, Volume)
    assert isinstance(json, Volume)
    assert (raws(plain.paths), plain.form) == (["/a", "/b"], ListForm.PLAIN)
    assert (raws(json.paths), json.form) == (["/a", "/b c"], ListForm.JSON)


def test_healthcheck() -> None:
    none, shell, exec_ = (only(f"HEALTHCHECK {rest}\n") for rest in ("none", "--retries=2 CMD a b", 'CMD ["a"]'))
    assert isinstance(none, Healthcheck)
    assert none.command is None
    assert isinstance(shell, Healthcheck)
    assert isinstance(shell.command, ShellForm)
    assert shell.command.body.text == "a b"
    assert isinstance(exec_, Healthcheck)
    assert isinstance(exec_.command, ExecForm)


def test_shell() -> None:
    shell = only('SHELL ["/bin/bash", "-c"]\n')
    assert isinstance(shell, Shell)
    assert isinstance(shell.command, ExecForm)


def test_onbuild_holds_an_instruction_with_its_own_span() -> None:
    text = "FROM a\nONBUILD  copy --from=x b c\n"
    onbuild = parse(text).instructions[1]
    assert isinstance(onbuild, Onbuild)
    inner = onbuild.inner
    assert isinstance(inner, Copy)
    assert inner.span.of(text) == "copy --from=x b c"
    assert inner.flag("from") is not None
    assert onbuild.flags == ()


def test_heredocs() -> None:
    text = "RUN <<-A cat && <<'B C' tee\n\t\tone\n\tA\n$two\nB C\n"
    run = only(text)
    first, second = run.heredocs
    assert (first.name, first.body.of(text), first.text, first.expands, first.strips_tabs) == (
        "A",
        "\t\tone\n",
        "one\n",
        True,
        True,
    )
    assert (second.name, second.body.of(text), second.expands, second.strips_tabs) == ("B C", "$two\n", False, False)
    assert run.span.of(text) == text.removesuffix("\n")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("RUN cat << 'EOF'\nx\nEOF\n", ["EOF"]),
        ("RUN echo $(( 1 << 2 ))\nx\n2\n", ["2"]),
        ("RUN cat <<EOF;\nx\nEOF;\n", ["EOF;"]),
        ("RUN echo ${x#y} ${z//a/b} <<EOF\nx\nEOF\n", ["EOF"]),
        ("RUN <<A <<B\nA\nB\n", ["A", "B"]),
    ],
)
def test_heredoc_quirks(text: str, names: list[str]) -> None:
    assert [heredoc.name for heredoc in only(text).heredocs] == names


@pytest.mark.parametrize(
    "line",
    [
        "RUN echo it's <<EOF",
        "RUN echo '<<EOF'",
        "CMD cat <<EOF",
        'RUN ["a", "<<EOF"]',
        "RUN cat <<<x",
        "RUN a ${b^^} <<EOF",
    ],
)
def test_no_heredoc(line: str) -> None:
    file = parse(f"{line}\nUSER x\n")
    assert len(file.instructions) == 2
    assert file.instructions[0].heredocs == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("FOO bar", "unknown instruction FOO"),
        ("RUN", "RUN: a command is missing"),
        ("FROM", "FROM: not of the form image or image AS name"),
        ("FROM a b", "FROM: not of the form image or image AS name"),
        ("FROM a AS b # c", "FROM: not of the form image or image AS name"),
        ("COPY a", "COPY: a source or the destination is missing"),
        ("COPY a <<EOF\nEOF", "COPY: a heredoc cannot be the destination"),
        ("CMD [1]", "CMD: a JSON array may hold only strings"),
        ("SHELL bash", "SHELL: not a JSON array of at least one string"),
        ("ENV a", "ENV: a has no value"),
        ("ENV a=b c", "ENV: no = in c"),
        ("ENV =b", "ENV: a name is empty"),
        ("ARG", "ARG: a name is missing"),
        ("EXPOSE", "EXPOSE: a port is missing"),
        ("VOLUME []", "VOLUME: a path is missing"),
        ("USER", "USER: an argument is missing"),
        ("HEALTHCHECK NONE x", "HEALTHCHECK: neither NONE nor CMD and a command"),
        ("HEALTHCHECK CMD", "HEALTHCHECK: a command is missing"),
        ("ONBUILD FROM a", "ONBUILD: FROM cannot be a trigger"),
        ("ONBUILD", "ONBUILD: an instruction is missing"),
        ("CMD --x a", "CMD takes no flags"),
        ("RUN <<EOF\nx", "the heredoc EOF has no end"),
        ("\\", "an empty continuation"),
    ],
)
def test_what_cannot_be_read_is_unknown_and_says_why(line: str, problem: str) -> None:
    instruction = only(line)
    assert isinstance(instruction, Unknown)
    assert instruction.problem == problem


@pytest.mark.parametrize(
    ("head", "escape"),
    [
        ("# escape=`\n", "`"),
        ("# syntax=x\n#ESCAPE = ` \r\n", "`"),
        ("\ufeff# escape=`\n", "`"),
        ("# check=skip=all\n# escape=`\n", "`"),
        ("# c\n# escape=`\n", "\\"),
        ("\n# escape=`\n", "\\"),
        ("# escape=x\n", "\\"),
        ("# escape=`\n# escape=\\\n", "`"),
        ("#!/bin/x\n# escape=`\n", "\\"),
    ],
)
def test_directives_count_only_before_any_other_line(head: str, escape: str) -> None:
    file = parse(f"{head}FROM a\n")
    assert file.escape == escape
    assert len(file.instructions) == 1


def test_syntax_counts_below_a_shebang() -> None:
    file = parse("#!/usr/bin/env x\n# syntax=y\nFROM a\n")
    assert file.head.of(file.text) == "#!/usr/bin/env x\n# syntax=y\n"


def test_a_comment_as_last_line_pulls_in_the_next_instruction() -> None:
    run = only("RUN a \\\n# c\nRUN b\n")
    assert run.logical.text == "a RUN b"


def test_positions_are_lines_and_columns() -> None:
    file = parse("FROM a\n\n  RUN b\n")
    assert str(file.position(file.instructions[1].span.start)) == "3:3"
