"""What the configured feeds want, as it lies in the table of shelves.

With the number of the rules by which that is judged (``query.RULES``): with other rules a feed wants something else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson

from feeder import query
from feeder.model import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.model import Feed
    from feeder.query import Searchable
    from feeder.store.sqlite.connection import Connection

FORGOTTEN: Final = ""
"""What a feed wants that is being forgotten."""
_MARK: Final = "="
_RULES: Final = "rules"
_MATCHERS_CACHED: Final = 1024


@dataclass(frozen=True, slots=True)
class Wanting:
    """A configured feed: its shelf, what it wants, and the last article that it was asked about (None: all were)."""

    shelf: str
    wants: Callable[[Searchable], bool]
    asked: int | None

    def has_asked(self, num: int | None) -> bool:
        """Whether it was asked about an article already, so that its next version is put in its place at once."""
        return self.asked is None or (num is not None and num <= self.asked)


def feeds(connection: Connection) -> tuple[Wanting, ...]:
    """The configured feeds, by name."""
    rows = connection.execute(
        "SELECT name, wanted, filled FROM shelves WHERE name >= '=' AND name < '>' AND wanted != '' ORDER BY name"
    )
    return tuple(Wanting(name, _matcher(wanted), filled) for name, wanted, filled in rows)


def definitions(feeds: Sequence[Feed]) -> dict[str, str]:
    """What each configured feed wants, by its shelf, as a column.

    Raises:
        QueryError: a query cannot be read.
    """
    found = {feed.shelf: _column(feed.wanted) for feed in feeds if feed.shelf and feed.shelf.startswith(_MARK)}
    for column in found.values():
        _matcher(column)
    return found


def _column(wanted: Filter) -> str:
    said = {name: value for name, value in asdict(wanted).items() if value is not None}
    return orjson.dumps(said | {_RULES: query.RULES}, option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=_MATCHERS_CACHED)
def _matcher(column: str) -> Callable[[Searchable], bool]:
    said = orjson.loads(column)
    del said[_RULES]
    return query.of_filter(Filter(**said)).matches
