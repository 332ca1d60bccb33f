"""Who reads the feeds, as rows of JSON: thousands of pollers are told every few seconds. Pure.

What comes back is read strictly: it is summed up, and shown, by the service, which trusts no worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder.web.readership import FIELDS, Asked, Poller, Readers

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_TEXT: Final = 100
_MOST_HALVINGS: Final = 32
_MOST_SECONDS: Final = 1e11


def readers_in_rows(readers: Readers) -> dict[str, Any]:
    """Plain lists and numbers."""
    return {
        "asked": [[*name, one.whole, one.unchanged, one.deltas, one.bytes] for name, one in readers.asked.items()],
        "pollers": [[digest, *FIELDS(one)] for digest, one in readers.pollers.items()],
        "looked_at": readers.looked_at,
        "halvings": readers.halvings,
    }


def readers_of_rows(rows: dict[str, Any]) -> Readers:
    """What these rows say.

    Raises:
        ValueError, TypeError, KeyError, OverflowError: they say nothing of this kind.
    """
    return Readers(
        {(_text(feed), _text(suffix)): Asked(*map(int, counts)) for feed, suffix, *counts in rows["asked"]},
        {f"{int(digest, 16):016x}": _poller(row) for digest, *row in rows["pollers"]},
        int(rows["looked_at"]),
        max(0, min(int(rows["halvings"]), _MOST_HALVINGS)),
    )


def _poller(row: Sequence[Any]) -> Poller:
    feed, suffix, agent, network = (_text(value) for value in row[:4])
    many, first, last, *counts, is_sampled = row[4:]
    polls, bare, unchanged, wasted, wasted_bytes = map(int, counts)
    return Poller(
        *(feed, suffix, agent, network, int(many), _moment(first), _moment(last)),
        *(polls, bare, unchanged, wasted, wasted_bytes, is_sampled is True),
    )


def _moment(value: object) -> float:
    if not isinstance(value, float) or not 0 <= value < _MOST_SECONDS:
        raise ValueError("a moment is a number of seconds")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a name is text")
    return value[:_MOST_TEXT]
