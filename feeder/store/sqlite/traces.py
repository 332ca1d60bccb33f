"""What is kept of versions whose content goes, by article; the events of a retracted one carry it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from feeder.model import Traces
from feeder.query import Searchable, traces_of
from feeder.record import decode
from feeder.store.sqlite.rows import event_of, names_column, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from feeder.model import Event
    from feeder.store.sqlite.connection import Connection


def keep(connection: Connection, article: int, records: Iterable[bytes]) -> Traces:
    """Some versions of an article are about to go: keep their traces, beside those of the ones that went before."""
    row = connection.execute(
        "SELECT languages, sections, facets, words FROM traces WHERE article = ?", (article,)
    ).fetchone()
    left = traces_of(map(Searchable, map(decode, records)), _read(*row) if row else None)
    connection.execute(
        "INSERT OR REPLACE INTO traces VALUES (?, ?, ?, ?, ?)",
        (article, names_column(left.languages), names_column(left.sections), left.facets, left.words),
    )
    return left


def told(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> list[Event]:
    """The events of rows of the view ``log``; one more look, if any of them was retracted."""
    events = [event_of(row) for row in rows]
    gone = {event.article_id for event in events if event.article is None}
    if not gone:
        return events
    left = _of(connection, gone)
    return [event if event.article else replace(event, traces=left.get(event.article_id)) for event in events]


def _of(connection: Connection, ids: Iterable[str]) -> dict[str, Traces]:
    """Those of some articles, each read once: the events of one share them."""
    rows = connection.execute(
        "SELECT id, languages, sections, facets, words FROM articles JOIN traces ON article = num "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (orjson.dumps(list(ids)).decode(),),
    )
    return {article_id: _read(*columns) for article_id, *columns in rows}


def _read(languages: str, sections: str, facets: bytes, words: bytes) -> Traces:
    return Traces(languages=names_of(languages), sections=names_of(sections), facets=facets, words=words)
