"""Text from templates: the one jinja2 environment, and the place of the data files that ship with the program."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> tuple[Path, ...]:
    """Where data files of a kind (`templates`, `pages`) may lie, best first: in the wheel, then in a checkout."""
    in_checkout = {"pages": "golden"}.get(name, name)
    return _PACKAGE / "_data" / name, _PACKAGE.parent / in_checkout


def render(template: str, **values: object) -> str:
    """Fill in one template, named by its path below `templates/`.

    Raises jinja2.TemplateNotFound for a name that does not ship and jinja2.UndefinedError for a value not given: both
    are mistakes in this program, never of the user.
    """
    return _environment().get_template(template).render(**values)


def fill(template: str, **values: str) -> str:
    """Fill in a template of `templates/` that has nothing but `$name` in it. A dry run can afford this one.

    Raises KeyError for a value not given, and FileNotFoundError for a name that does not ship.
    """
    places = [directory / template for directory in shipped("templates")]
    found = next((place for place in places if place.is_file()), places[-1])
    return Template(found.read_text(encoding="utf-8")).substitute(values)


@cache
def _environment() -> Environment:
    # Imported late: a run that renders nothing does not pay for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(shipped("templates")),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html", "html.j2")),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
