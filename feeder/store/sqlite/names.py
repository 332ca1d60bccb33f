"""What authors call articles besides the id that each was published with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from feeder.model import Article
    from feeder.store.sqlite.connection import Connection


NOBODY: Final = (None, False, None)


def find(connection: Connection, name: str) -> tuple[int | None, bool, int | None]:
    """The number of the article that has a name, whether it is an earlier version's, which version was withdrawn."""
    row = connection.execute("SELECT article, superseded, version FROM names WHERE id = ?", (name,)).fetchone()
    return (row[0], bool(row[1]), row[2]) if row else NOBODY


def remember(connection: Connection, num: int, candidate: Article, article_id: str) -> None:
    """Keep the name that the author gave this version, and that of the version it replaces."""
    if candidate.own_id and candidate.id != article_id:
        _keep(connection, candidate.id, num, superseded=False)
    if candidate.supersedes and candidate.supersedes != candidate.id:
        _keep(connection, candidate.supersedes, num, superseded=True)


def note_withdrawn(connection: Connection, name: str, version: int | None) -> None:
    """An article was withdrawn that has not come yet."""
    connection.execute(
        "INSERT INTO names VALUES (?, NULL, 0, ?) ON CONFLICT DO UPDATE SET "
        "version = max(coalesce(version, excluded.version), excluded.version)",
        (name, version),
    )


def _keep(connection: Connection, name: str, num: int, *, superseded: bool) -> None:
    connection.execute(
        "INSERT INTO names VALUES (?, ?, ?, NULL) ON CONFLICT DO UPDATE SET article = excluded.article, "
        "superseded = max(superseded, excluded.superseded)",
        (name, num, superseded),
    )
