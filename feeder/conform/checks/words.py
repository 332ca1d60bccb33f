"""What feeder's contract writes into the stream as JSON, and what it takes in a query. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.conform.answer import Answer
    from feeder.conform.text import Block

ID: Final = re.compile(r"[0-9A-Za-z._-]{1,64}")
_PARTS: Final = re.compile(r"([0-9A-Za-z_-]{1,45})\.(0|[1-9][0-9]*)")


def query(**values: str) -> str:
    """A query, its values escaped whole."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())


def parts(cursor: str) -> tuple[str, int] | None:
    """Epoch and number of an id, if it has our form."""
    found = _PARTS.fullmatch(cursor)
    return (found[1], int(found[2])) if found else None


def number(block: Block) -> int:
    """The number in a block's id; -1 if it has none."""
    found = parts(block.id or "")
    return found[1] if found else -1


def said(block: Block) -> dict[str, Any]:
    """The object in a block's data; an empty one if there is none."""
    try:
        found = orjson.loads(block.data or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def ours(block: Block) -> dict[str, Any]:
    """The member ``_feeder`` of an event's item."""
    found = said(block).get("_feeder")
    return found if isinstance(found, dict) else {}


def named(answer: Answer, name: str) -> list[Block]:
    """The blocks of a name."""
    return [block for block in answer.blocks if block.name == name]


def names(blocks: Sequence[Block]) -> str:
    """The names of blocks, for evidence."""
    shown = [block.name for block in blocks[:6]]
    return ", ".join(shown) + (" …" if len(blocks) > len(shown) else "") if shown else "nothing"


def few(values: Sequence[str]) -> str:
    """A few of many ids, for evidence."""
    shown = ", ".join(values[:4])
    return f"{shown} … {values[-1]}" if len(values) > 4 else shown or "none"  # noqa: PLR2004 (a few)


def difference(got: Sequence[str], wanted: Sequence[str]) -> str | None:
    """One sentence about the first place where a row of ids is not what it should be."""
    if list(got) == list(wanted):
        return None
    lost = [one for one in wanted if one not in set(got)]
    if lost:
        return f"{len(lost)} of {len(wanted)} events are missing: {few(lost)}"
    doubled = {one for one in got if list(got).count(one) > 1}
    if doubled:
        return f"these came more than once: {few(sorted(doubled))}"
    extra = [one for one in got if one not in set(wanted)]
    return f"these should not be there: {few(extra)}" if extra else f"the order is {few(got)} and not {few(wanted)}"
