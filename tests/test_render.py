"""Templates: strict about values, exact about white space."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from optimizer import render as rendering
from optimizer.render import fill, render, shipped


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(rendering, "shipped", lambda name: (tmp_path / "wheel", tmp_path / "checkout"))
    (tmp_path / "wheel").mkdir()
    (tmp_path / "checkout").mkdir()
    rendering._environment.cache_clear()
    yield tmp_path
    rendering._environment.cache_clear()


def test_blocks_leave_no_blank_lines_and_the_final_newline_stays(templates: Path) -> None:
    body = "{% for each in names %}\n  {% if each %}\n{{ each }}\n  {% endif %}\n{% endfor %}\n"
    (templates / "checkout" / "list.j2").write_text(body)
    assert render("list.j2", names=["a", "", "b"]) == "a\nb\n"


def test_the_wheel_comes_before_the_checkout(templates: Path) -> None:
    (templates / "wheel" / "x.j2").write_text("wheel")
    (templates / "checkout" / "x.j2").write_text("checkout")
    assert render("x.j2") == "wheel"


def test_a_value_that_was_not_given_is_an_error(templates: Path) -> None:
    (templates / "checkout" / "x.j2").write_text("{{ missing }}")
    with pytest.raises(UndefinedError):
        render("x.j2")


def test_a_template_that_does_not_ship_is_an_error() -> None:
    with pytest.raises(TemplateNotFound):
        render("no/such.j2")


def test_text_is_not_escaped_but_html_is(templates: Path) -> None:
    (templates / "checkout" / "x.md.j2").write_text("{{ it }}")
    (templates / "checkout" / "x.html.j2").write_text("{{ it }}")
    assert render("x.md.j2", it="<b>") == "<b>"
    assert render("x.html.j2", it="<b>") == "&lt;b&gt;"


def test_templates_lie_in_the_checkout() -> None:
    assert any(place.is_dir() for place in shipped("templates"))


def test_plain_templates_are_filled_in_without_jinja() -> None:
    text = fill("stages/python.txt", base="python:3.11-slim", workdir="/srv")
    assert "FROM python:3.11-slim\n" in text
    assert "COPY --from=build /srv /srv\n" in text


def test_a_plain_template_wants_every_value() -> None:
    with pytest.raises(KeyError):
        fill("stages/python.txt", base="x")
