"""What editors ask, and what they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from feeder.store import Articles, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from feeder.pages import Followed
    from feeder.render import Site
    from feeder.store import Bounds


class Catalogue(Articles, Listing, Protocol):
    """The articles as pages show them, one at a time and in lists."""

    async def bounds(self) -> Bounds:
        """The range of the log that they come from."""
        ...


@dataclass(frozen=True, slots=True)
class Contents:
    """A page before it is laid out: the template that makes it (``NAME.html``), and what that is filled with.

    ``shows`` are the ids of the articles, besides the one that the page is of, whose state it shows: when one of them
    changes, the page does.
    """

    template: str
    values: Mapping[str, Any]
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What every page is made of: the articles, who publishes them, and the feeds that have documents now.

    ``listed`` is asked for each page anew, as feeds come and go with articles.
    """

    articles: Catalogue
    site: Site
    listed: Callable[[], Sequence[Followed]]

    def followed(self, names: Iterable[str]) -> list[Followed]:
        """Those of these feeds that there are, in this order, with the addresses of their documents."""
        there = {one.feed.name: one for one in self.listed()}
        return [there[name] for name in names if name in there]
