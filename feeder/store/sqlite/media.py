"""Which kept files are shown, and which must be kept for what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.media import names
from feeder.record import decode

if TYPE_CHECKING:
    from feeder.model import Article
    from feeder.store.sqlite.connection import Connection


def show(connection: Connection, num: int, article: Article | None, *, is_new: bool = False) -> None:
    """An article shows these files now and no others; None: it is not shown any more."""
    if not is_new:
        connection.execute("DELETE FROM media WHERE article = ?", (num,))
    for name in sorted(names(article)) if article else ():
        connection.execute("INSERT INTO media VALUES (?, ?)", (name, num))


def is_shown(connection: Connection, name: str) -> bool:
    """``Articles.shows_media``."""
    return connection.execute("SELECT 1 FROM media WHERE name = ?", (name,)).fetchone() is not None


def in_use(connection: Connection) -> set[str]:
    """``Intake.media``."""
    shown = {name for (name,) in connection.execute("SELECT DISTINCT name FROM media")}
    waiting = connection.execute(
        "SELECT article FROM contents WHERE instr(article, '/media/') AND num IN "
        "(SELECT content FROM staged UNION ALL SELECT content FROM incoming)"
    )
    return shown.union(*(names(decode(article)) for (article,) in waiting))
