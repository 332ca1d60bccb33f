"""The page of all feeds: which stand together, and where somebody finds one of several hundred."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.pages.addresses import Followed
    from feeder.render import Site

EVERYTHING: Final = "all"
MOST_TOGETHER: Final = 40
"""How many sections stand in one list; more stand under the first letters of their names."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Sections whose names begin alike: with a Latin letter, as names in addresses do, or with a digit."""

    name: str
    sections: tuple[Followed, ...]


@dataclass(frozen=True, slots=True)
class FeedIndex:
    """All feeds: that of everything, those that were chosen by hand, and those of sections, by letters if many."""

    everything: Followed | None
    chosen: tuple[Followed, ...]
    sections: tuple[Followed, ...]
    letters: tuple[Letter, ...]


def feed_index(site: Site, listed: Sequence[Followed]) -> FeedIndex:
    """The feeds of a site in their groups, each in the order in which they are listed."""
    configured = {feed.name for feed in site.feeds}
    others = [one for one in listed if one.feed.name != EVERYTHING]
    sections = tuple(one for one in others if one.feed.name not in configured)
    return FeedIndex(
        everything=next((one for one in listed if one.feed.name == EVERYTHING), None),
        chosen=tuple(one for one in others if one.feed.name in configured),
        sections=sections,
        letters=_letters(sections) if len(sections) > MOST_TOGETHER else (),
    )


def _letters(sections: Sequence[Followed]) -> tuple[Letter, ...]:
    ordered = sorted(sections, key=lambda one: one.feed.name)
    groups = groupby(ordered, lambda one: _letter(one.feed.name))
    return tuple(Letter(letter, tuple(found)) for letter, found in groups)


def _letter(name: str) -> str:
    return name[0].upper() if name[0].isalpha() else "0–9"  # noqa: RUF001 - a range
