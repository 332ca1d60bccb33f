"""The stores that the contract suite runs against, candidates for them, and what they say of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from feeder.likeness import sketch
from feeder.model import Article, Event, Seed
from feeder.store import Mark, Status, Store, Take

ENGINES: Final = {"sqlite": "sqlite:///{folder}/feeder.db"}
"""The URL of a store that does not exist yet; another engine joins the whole suite by a line here."""

_OWNED = "(SELECT content FROM events UNION ALL SELECT content FROM staged UNION ALL SELECT content FROM incoming)"
_NAMED = "(SELECT num, value AS shelf FROM articles, json_each({}))"
SQLITE_DISAGREEMENTS: Final = {
    "articles are numbered without a gap": "SELECT max(num) FROM articles HAVING max(num) != count(*)",
    "and so are the places of a shelf": "SELECT shelf FROM shelved GROUP BY shelf HAVING max(place) != count(*)",
    "an article has one place wherever it ever stood": (
        f"SELECT shelf, num FROM {_NAMED.format('ever')} EXCEPT SELECT shelf, article FROM shelved UNION ALL "  # noqa: S608 - our own text
        f"SELECT * FROM (SELECT shelf, article FROM shelved EXCEPT SELECT shelf, num FROM {_NAMED.format('ever')}) "
        "UNION ALL SELECT shelf, article FROM shelved GROUP BY shelf, article HAVING count(*) > 1"
    ),
    "it is shown where it stands, by its latest event": (
        "SELECT shelf, article FROM shelved JOIN articles ON num = article WHERE (gone IS NULL) != "
        "(state = 'shown' AND EXISTS (SELECT 1 FROM json_each(shelves) WHERE value = shelf)) "
        "OR (gone IS NULL AND shelved.seq != articles.seq)"
    ),
    "no event of a shelf is newer than its newest": (
        "SELECT name FROM shelves JOIN shelved ON shelf = name WHERE shelved.seq > shelves.seq"
    ),
    "each content belongs to one": (
        f"SELECT num FROM contents LEFT JOIN {_OWNED} ON content = num GROUP BY num HAVING count(content) != 1"  # noqa: S608 - our own text
    ),
    "and is there": f"SELECT content FROM {_OWNED} WHERE content IS NOT NULL EXCEPT SELECT num FROM contents",  # noqa: S608 - likewise
    "each event that is read with its content has a line, and no other": (
        "SELECT seq FROM events WHERE content IS NOT NULL AND seq >= (SELECT oldest FROM head) EXCEPT SELECT seq FROM "
        "lines UNION ALL SELECT * FROM (SELECT seq FROM lines EXCEPT SELECT seq FROM events WHERE content IS NOT NULL)"
    ),
    "what was taken back has left traces": (
        "SELECT num FROM articles LEFT JOIN traces ON article = num WHERE state != 'shown' AND article IS NULL"
    ),
    "what the index has can be taken out": (
        "SELECT indexed.article FROM indexed JOIN articles ON num = indexed.article LEFT JOIN events "
        "ON events.seq = indexed.seq WHERE state != 'shown' OR content IS NULL"
    ),
}
"""What finds rows in a SQLite store that do not belong together, after whatever was done to it."""

DAY = datetime(2026, 3, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def keyed(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "backslashreplace")).hexdigest()


def article(text: str = "It rained.", **fields: Any) -> Article:
    """A candidate; one that says the same has the same keys, as ``normalize`` would give them."""
    key = keyed(text, fields.get("title"), fields.get("published"))
    given: dict[str, Any] = {
        "id": f"urn:uuid:{key[:32]}",
        "slug": "2026-03-01-weather",
        "title": "Weather",
        "published": DAY,
        **fields,
    }
    shown = {name: value for name, value in fields.items() if name not in {"id", "own_id", "usage", "expires"}}
    digest = keyed(text, sorted(shown.items()))
    given.setdefault("sketch", sketch(text))
    return Article(
        **given, summary=text, html=f"<p>{text}</p>", text=text, content_key=key, digest=digest, format="seed"
    )


def disagreements(store: Path, questions: Mapping[str, str]) -> list[tuple[str, list[object]]]:
    """Which questions to a SQLite store have an answer, and the first of them."""
    with closing(sqlite3.connect(store)) as connection:
        answers = [(name, connection.execute(question).fetchmany(3)) for name, question in questions.items()]
    return [(name, rows) for name, rows in answers if rows]


def take(path: str, *articles: Article, **fields: Any) -> Take:
    """A file as it was read."""
    sha256 = keyed(path, articles, fields.get("refusal"))
    return Take(seed=Seed(path, len(articles), 1, 2, 3), sha256=sha256, format="seed", articles=articles, **fields)


async def mark_of(store: Store, path: str) -> Mark:
    (mark,) = [mark for mark in await store.marks() if mark.seed.path == path]
    return mark


async def status_of(store: Store, path: str) -> tuple[Status, str | None]:
    mark = await mark_of(store, path)
    return mark.status, mark.reason


def told(events: Sequence[Event]) -> list[tuple[str, int]]:
    """What the events say, without where they stand in the log."""
    return [(event.kind, event.version) for event in events]
