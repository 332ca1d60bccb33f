"""What searches find, in every form that answers have.

Anyone may ask anything, and each question costs more than any other answer of the web; so what is understood to be the
same question is answered once (``prepared.py``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from feeder.web.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Event
    from feeder.query import Query
    from feeder.store import Bounds
    from feeder.web.prepared import Answer, Kept, Limits


class Searched(Protocol):
    """What is searched: ``store.Log.bounds`` and ``store.Articles.search``."""

    async def bounds(self) -> Bounds:
        """The range of the log."""
        ...

    async def search(self, query: Query, limit: int) -> list[Event]:
        """The shown articles that match, at most so many."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """A form that answers have: of how many articles at most, and how they are rendered, newest date first.

    ``render`` is called in a thread; ``query`` is as it was understood.
    """

    limit: int
    render: Callable[[str, Sequence[Event]], Answer]


class Searches:
    """The searches of a site.

    Args:
        articles: what is searched.
        forms: the forms that answers have, by their names.
        limits: how many at a time.
        kept: where answers are kept.
    """

    def __init__(
        self,
        articles: Searched,
        forms: Mapping[str, Form],
        *,
        limits: Limits | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._articles = articles
        self._forms = forms
        self._prepared = Prepared(limits=limits, kept=kept)

    @property
    def made(self) -> int:
        """How many answers were made."""
        return self._prepared.made

    async def answer(self, query: Query, form: str) -> Answer:
        """What a query finds now, in the form of that name.

        Raises:
            UnavailableError: too many searches are under way, or the store cannot search now.
        """
        head = (await self._articles.bounds()).newest  # before the search: what it finds is of this head or newer
        return await self._prepared.answer((str(query), form), head, partial(self._make, query, form))

    async def close(self) -> None:
        """End what is under way."""
        await self._prepared.close()

    async def _make(self, query: Query, name: str) -> Answer:
        form = self._forms[name]
        found = sorted(await self._articles.search(query, form.limit), key=_age, reverse=True)
        return await asyncio.to_thread(form.render, str(query), found)


def _age(event: Event) -> tuple[datetime, int]:
    """Newest date first; of the same date, the latest event first: the order of all feeds."""
    return (event.article.published if event.article else event.at), event.seq
