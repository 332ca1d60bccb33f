"""Events as the stream tells them, kept ready: who reads history neither reads articles nor writes items.

A line is written in the transaction of its event, and goes with the event's content. Where its event is told in another
way from then on, or what the form depends on has changed, it is not believed any more, and written anew when it is calm
(``mend``). Triggers of the schema see to the former, so that nothing that changes an event can forget it.
"""

from __future__ import annotations

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
_SOME: Final = "SELECT * FROM log WHERE seq IN (SELECT value FROM json_each(?))"
_OUTDATED: Final = (
    "SELECT seq FROM lines WHERE form < :form UNION ALL SELECT seq FROM lines WHERE form > :form LIMIT :limit"
)
_NO_FORM: Final = ""
_NO_LINE: Final = b""


def write(connection: Connection, event: Event, form: Form | None) -> None:
    """Keep the line of an event that has its content; without a form, note that there is none yet."""
    name, line = (form.name, _line(event, form)) if form else (_NO_FORM, _NO_LINE)
    connection.execute("INSERT INTO lines VALUES (?, ?, ?)", (event.seq, name, line))


def mend(connection: Connection, form: Form, limit: int) -> bool:
    """Write lines anew that are not of this form, at most so many; says whether there may be more."""
    outdated = [seq for (seq,) in connection.execute(_OUTDATED, {"form": form.name, "limit": limit})]
    written = [(form.name, _line(event, form), event.seq) for event in _events(connection, outdated).values()]
    connection.executemany("UPDATE lines SET form = ?, line = ? WHERE seq = ?", written)
    return len(outdated) == limit


def read(connection: Connection, after: int, limit: int, form: str) -> list[Line | Event]:
    """``Log.lines``."""
    with reading(connection):
        rows = connection.execute(_STRETCH, (form, after, limit)).fetchall()
        others = _events(connection, [seq for seq, _, _, line in rows if not line])
    return [Line(*row) if row[3] else others[row[0]] for row in rows]


def forget(connection: Connection, after: int, last: int) -> None:
    """Forget those behind one number, up to another: nobody reads that far back any more."""
    connection.execute("DELETE FROM lines WHERE seq > ? AND seq <= ?", (after, last))


def _events(connection: Connection, numbers: list[int]) -> dict[int, Event]:
    """Some events by their numbers, without traces."""
    if not numbers:
        return {}
    rows: list[tuple[Any, ...]] = connection.execute(_SOME, (orjson.dumps(numbers).decode(),)).fetchall()
    return {row[0]: event_of(row) for row in rows}


def _line(event: Event, form: Form) -> bytes:
    try:
        return form.write(event)
    except ValueError:
        return _NO_LINE
