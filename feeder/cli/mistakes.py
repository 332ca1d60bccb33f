"""What a command line has wrong, in one line: where, what, and what to write instead."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import click
from click.exceptions import NoSuchCommand, NoSuchOption

from feeder.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALIKE: Final = 0.6
"""How alike a word must be to be named as the nearest (``difflib``)."""


def told(error: click.ClickException, program: str) -> str:
    """The line for an error of click; ``program`` is what was called, where the error does not know it."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context else program
    text = printable(" ".join(_said(error, context).split()).rstrip("."))
    hint = f"; see: {where} --help" if isinstance(error, click.UsageError) else ""
    return f"{where}: {text[:1].lower()}{text[1:]}{hint}"


def _said(error: click.ClickException, context: click.Context | None) -> str:
    if isinstance(error, NoSuchCommand):
        group = context.command if context else None
        known = group.list_commands(context) if isinstance(group, click.Group) and context else ()
        return f"there is no command {error.command_name!r}" + nearest(error.command_name, known)
    if isinstance(error, NoSuchOption):
        return f"there is no option {error.option_name!r}" + nearest(error.option_name, _options(context))
    return error.format_message()


def _options(context: click.Context | None) -> list[str]:
    parameters = context.command.get_params(context) if context else []
    return [name for one in parameters for name in one.opts if name.startswith("--")]


def nearest(word: str, known: Iterable[str]) -> str:
    """The tail of a sentence that names the known word that is most like this one; nothing where none is.

    The dashes of options are not compared, or they would make short ones alike.
    """
    names = {name.lstrip("-"): name for name in known}
    found = difflib.get_close_matches(word.lstrip("-"), names, n=1, cutoff=_ALIKE)
    return f"; the nearest is {names[found[0]]!r}" if found else ""
