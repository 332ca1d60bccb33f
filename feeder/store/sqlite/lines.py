"""Events as the stream tells them, kept ready: who reads history neither reads articles nor writes items.

A line is written in the transaction of its event. It goes with the event's content, or when the event is told in
another way from then on: triggers of the schema see to that, so that nothing that changes an event can forget it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.store.log import Line
from feeder.store.sqlite.connection import reading
from feeder.store.sqlite.rows import event_of

if TYPE_CHECKING:
    from feeder.model import Event
    from feeder.store.log import Form
    from feeder.store.sqlite.connection import Connection

_STRETCH: Final = (
    "SELECT events.seq, epoch, kind, line FROM events LEFT JOIN lines ON lines.seq = events.seq AND form = ? "
    "WHERE events.seq > max(?, (SELECT oldest - 1 FROM head)) ORDER BY events.seq LIMIT ?"
)
_OTHERS: Final = "SELECT * FROM log WHERE seq IN (SELECT value FROM json_each(?))"


def write(connection: Connection, event: Event, form: Form) -> None:
    """Keep the line of an event that has its content; none if it cannot be shown."""
    with suppress(ValueError):
        connection.execute("INSERT INTO lines VALUES (?, ?, ?)", (event.seq, form.name, form.write(event)))


def read(connection: Connection, after: int, limit: int, form: str) -> list[Line | Event]:
    """``Log.lines``."""
    with reading(connection):
        rows = connection.execute(_STRETCH, (form, after, limit)).fetchall()
        others = _others(connection, [row[0] for row in rows if row[3] is None])
    return [Line(*row) if row[3] is not None else others[row[0]] for row in rows]


def forget(connection: Connection, after: int, last: int) -> None:
    """Forget those behind one number, up to another: nobody reads that far back any more."""
    connection.execute("DELETE FROM lines WHERE seq > ? AND seq <= ?", (after, last))


def _others(connection: Connection, numbers: list[int]) -> dict[int, Event]:
    """The events of which no line is kept."""
    if not numbers:
        return {}
    rows: list[tuple[Any, ...]] = connection.execute(_OTHERS, (orjson.dumps(numbers).decode(),)).fetchall()
    return {row[0]: event_of(row) for row in rows}
