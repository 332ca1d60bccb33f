"""What a search found, as its page shows it: a page at a time, each article with the places that matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.query import extract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Event
    from feeder.query import Extract, Query

PAGE_ARTICLES: Final = 30
"""How many articles a page lists."""
MOST_PAGES: Final = 10
"""How many pages there are of what a query finds; who wants older articles asks more exactly."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article by its latest event, and where it says what was searched for."""

    event: Event
    extract: Extract


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, newest first: its number from 1, and whether there is more behind it."""

    hits: tuple[Hit, ...]
    page: int
    has_more: bool

    @property
    def newer(self) -> int | None:
        """The number of the page of newer articles."""
        return self.page - 1 if self.page > 1 else None

    @property
    def older(self) -> int | None:
        """The number of the page of older articles."""
        return self.page + 1 if self.has_more and self.page < MOST_PAGES else None

    @property
    def first(self) -> int:
        """The place of its first article among all."""
        return (self.page - 1) * PAGE_ARTICLES + 1


def wanted(page: int) -> int:
    """How many articles to search for to show a page: one more tells that there are more."""
    return page * PAGE_ARTICLES + 1


def found_of(query: Query, events: Sequence[Event], page: int = 1) -> Found:
    """A page of all the articles that were searched for it."""
    end = page * PAGE_ARTICLES
    shown = events[end - PAGE_ARTICLES : end]
    hits = tuple(Hit(event, extract(query, event.article)) for event in shown if event.article)
    return Found(hits, page, has_more=len(events) > end)
