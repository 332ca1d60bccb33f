"""What is wrong with a setting: where it was written, which one it is, and what to write instead."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from feeder.config import values
from feeder.config.settings import ConfiguredFeed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

_PREFIX = "Value error, "


def complaint(error: ErrorDetails, given: Mapping[str, object], origins: Mapping[str, str]) -> str:
    """One sentence on one error; ``given`` and ``origins`` are by key (``section.key``, or ``feed``)."""
    what = error["msg"].removeprefix(_PREFIX)
    section = str(error["loc"][0]) if error["loc"] else "feed"  # only feeds have rules that join several settings
    if section in origins:
        return f"{origins[section]}: {_of_feeds(error, what, given[section])}"
    key = ".".join(str(part) for part in error["loc"][:2])
    return f"{origins[key]}: {key} = {given[key]!r}: {what}"


def _of_feeds(error: ErrorDetails, what: str, given: object) -> str:
    if not error["loc"]:
        return what
    if len(error["loc"]) == 1:
        return f"feed = {given!r}: {what}"
    number, *path = error["loc"][1:]
    table = values.tables(given)[int(number)]  # type: ignore[index] # else nobody would have looked into it
    place = f"[[feed]] {int(number) + 1}"
    place += f" ({table['name']!r})" if isinstance(table, dict) and "name" in table else ""
    return f"{place}: {_of_key(error, what, str(path[0])) if path else what}"


def _of_key(error: ErrorDetails, what: str, key: str) -> str:
    known = list(ConfiguredFeed.model_fields)
    match error["type"]:
        case "extra_forbidden":
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
            return f"there is no key {key!r}; the nearest is {nearest!r} (of {', '.join(known)})"
        case "missing":
            return f'it has no {key}; write for example {key} = "harbour"'
        case _:
            return f"{key} = {error['input']!r}: {what}"
