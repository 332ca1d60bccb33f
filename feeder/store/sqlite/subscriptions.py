"""Who is told of feed documents over WebSub: ``feeder.store.Subscriptions`` in SQLite."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from feeder.store import Intent, Subscription
from feeder.store.sqlite.connection import writing
from feeder.store.sqlite.rows import micros, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from feeder.store.sqlite.connection import Confined, Connection

T = TypeVar("T")

_COLUMNS: Final = "num, callback, feed, suffix, secret, expires, seq, failing"


class SqliteSubscriptions:
    """The subscriptions of an open store; ``check`` refuses a writer that another one has overtaken."""

    def __init__(self, reader: Confined, writer: Confined | None, check: Callable[[Connection], None]) -> None:
        self._reader = reader
        self._writer = writer
        self._check = check

    async def subscriptions(self) -> list[Subscription]:
        """``Subscriptions.subscriptions``."""
        return await self._reader.run(_subscriptions)

    async def intents(self) -> list[Intent]:
        """``Subscriptions.intents``."""
        return await self._reader.run(_intents)

    async def keep_intent(self, intent: Intent) -> Intent:
        """``Subscriptions.keep_intent``."""
        return await self._write(partial(_keep, intent=intent))

    async def drop_intent(self, intent: Intent) -> None:
        """``Subscriptions.drop_intent``."""
        await self._write(partial(_drop, intent=intent))

    async def subscribe(self, intent: Intent, *, expires: datetime) -> Subscription | None:
        """``Subscriptions.subscribe``."""
        return await self._write(partial(_subscribe, intent=intent, expires=expires))

    async def unsubscribe(self, intent: Intent) -> bool:
        """``Subscriptions.unsubscribe``."""
        return await self._write(partial(_unsubscribe, intent=intent))

    async def end(self, subscriptions: Collection[Subscription]) -> None:
        """``Subscriptions.end``."""
        await self._write(partial(_end, subscriptions=subscriptions))

    async def note_delivered(self, subscriptions: Collection[Subscription]) -> None:
        """``Subscriptions.note_delivered``."""
        await self._write(partial(_note, subscriptions=subscriptions))

    async def follow(self, callback: str, documents: Collection[tuple[str, str]]) -> list[Subscription]:
        """``Subscriptions.follow``."""
        return await self._write(partial(_follow, callback=callback, documents=documents))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        if self._writer is None:
            raise RuntimeError("this store was opened for reading only")

        def transaction(connection: Connection) -> T:
            with writing(connection):
                self._check(connection)
                return work(connection)

        return await self._writer.run(transaction)


def _subscriptions(connection: Connection) -> list[Subscription]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM subscriptions ORDER BY num")  # noqa: S608 - our own text
    return [_subscription(row) for row in rows]


def _subscription(row: tuple[Any, ...]) -> Subscription:
    num, callback, feed, suffix, secret, expires, seq, failing = row
    return Subscription(
        num=num,
        callback=callback,
        feed=feed,
        suffix=suffix,
        secret=secret,
        expires=None if expires is None else moment_of(expires),
        seq=seq,
        is_failing=bool(failing),
    )


def _intents(connection: Connection) -> list[Intent]:
    rows = connection.execute(
        "SELECT num, callback, feed, suffix, lease_seconds, secret, seq FROM intents ORDER BY num"
    )
    return [
        Intent(num=num, callback=callback, feed=feed, suffix=suffix, lease_seconds=lease, secret=secret, seq=seq)
        for num, callback, feed, suffix, lease, secret, seq in rows
    ]


def _keep(connection: Connection, intent: Intent) -> Intent:
    key = intent.callback, intent.feed, intent.suffix
    connection.execute("DELETE FROM intents WHERE (callback, feed, suffix) = (?, ?, ?)", key)
    added = connection.execute(
        "INSERT INTO intents (callback, feed, suffix, lease_seconds, secret, seq) VALUES (?, ?, ?, ?, ?, ?)",
        (*key, intent.lease_seconds, intent.secret, intent.seq),
    )
    return Intent(
        num=added.lastrowid or 0,
        callback=intent.callback,
        feed=intent.feed,
        suffix=intent.suffix,
        lease_seconds=intent.lease_seconds,
        secret=intent.secret,
        seq=intent.seq,
    )


def _drop(connection: Connection, intent: Intent) -> bool:
    """Whether it was there."""
    return connection.execute("DELETE FROM intents WHERE num = ?", (intent.num,)).rowcount > 0


def _subscribe(connection: Connection, intent: Intent, expires: datetime) -> Subscription | None:
    if not _drop(connection, intent):
        return None
    row = connection.execute(
        "INSERT INTO subscriptions (callback, feed, suffix, secret, expires, seq, failing) "  # noqa: S608 - our own text
        "VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (callback, feed, suffix) DO UPDATE "
        f"SET secret = excluded.secret, expires = excluded.expires, failing = 0 RETURNING {_COLUMNS}",
        (intent.callback, intent.feed, intent.suffix, intent.secret, micros(expires), intent.seq),
    ).fetchone()
    return _subscription(row)


def _unsubscribe(connection: Connection, intent: Intent) -> bool:
    if not _drop(connection, intent):
        return False
    connection.execute(
        "DELETE FROM subscriptions WHERE (callback, feed, suffix) = (?, ?, ?)",
        (intent.callback, intent.feed, intent.suffix),
    )
    return True


def _end(connection: Connection, subscriptions: Collection[Subscription]) -> None:
    connection.executemany(
        "DELETE FROM subscriptions WHERE num = ? AND expires IS ?",
        [(one.num, None if one.expires is None else micros(one.expires)) for one in subscriptions],
    )


def _note(connection: Connection, subscriptions: Collection[Subscription]) -> None:
    connection.executemany(
        "UPDATE subscriptions SET seq = max(seq, ?), failing = ? WHERE num = ?",
        [(one.seq, one.is_failing, one.num) for one in subscriptions],
    )


def _follow(connection: Connection, callback: str, documents: Collection[tuple[str, str]]) -> list[Subscription]:
    """What somebody has subscribed at the same callback is turned into one without a lease."""
    connection.executemany(
        "INSERT INTO subscriptions (callback, feed, suffix, seq, failing) VALUES (?, ?, ?, 0, 0) "
        "ON CONFLICT (callback, feed, suffix) DO UPDATE SET expires = NULL, secret = NULL",
        [(callback, *document) for document in documents],
    )
    kept = []
    for one in _subscriptions(connection):
        if one.expires is None and one.callback == callback and (one.feed, one.suffix) in documents:
            kept.append(one)
        elif one.expires is None:
            connection.execute("DELETE FROM subscriptions WHERE num = ?", (one.num,))
    return kept
