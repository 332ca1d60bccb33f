"""The newest articles as the stream would tell them, for who wants to begin with something: ``snapshot=N``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from feeder.stream.choice import standing
from feeder.stream.cursor import Known
from feeder.stream.walk import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.model import Event
    from feeder.stream.choice import Choice
    from feeder.stream.frames import Codec
    from feeder.stream.ring import Shared
    from feeder.stream.told import Told

MOST_IN_SNAPSHOT: Final = 200
"""So many articles are given at most."""
_MOST_ASKED: Final = 4096
"""So many of the newest articles are looked through for those that a filter takes."""
_PIECE_BYTES: Final = 64 * 1024


async def snapshot(
    log: Told, choice: Choice, count: int, codec: Codec, share: Callable[[Event], Shared]
) -> tuple[Place, list[bytes]]:
    """The place of the log that it shows, and its frames in pieces: each article by its newest event, these rising.

    An event that came after that place is left out, as it is the first thing to be heard live.

    Raises:
        UnavailableError: the log cannot be read now.
    """
    bounds, epochs = await log.bounds(), await log.epochs()
    found = [event for event in await _chosen(log, choice, count) if event.seq <= bounds.newest]
    pieces = await asyncio.to_thread(_pieces, sorted(found, key=lambda event: event.seq), codec, share)
    return Place(bounds.newest, Known(bounds, epochs).id_of(bounds.newest)), pieces


async def _chosen(articles: Told, choice: Choice, count: int) -> Sequence[Event]:
    """The newest that a choice takes by what they are now, among a bounded number of them."""
    if choice.is_everything:
        return await articles.newest(None, count)
    asked = count
    while True:
        asked = min(asked * 4, _MOST_ASKED)
        events = await articles.newest(None, asked)
        taken = await asyncio.to_thread(_taken, choice, events)
        if len(taken) >= count or len(events) < asked or asked == _MOST_ASKED:
            return taken[:count]


def _taken(choice: Choice, events: Sequence[Event]) -> list[Event]:
    return [event for event in events if choice.matches(standing(event))]


def _pieces(events: Sequence[Event], codec: Codec, share: Callable[[Event], Shared]) -> list[bytes]:
    pieces, held = [], bytearray()
    for event in events:
        held += share(event).frame.written(codec)
        if len(held) >= _PIECE_BYTES:
            pieces.append(bytes(held))
            held.clear()
    return [*pieces, bytes(held)] if held else pieces
