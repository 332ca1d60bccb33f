"""What stands where on the front page: of the newest articles, each once. Pure.

The stories are in order of their own dates, so that an archive that was taken in today, or a correction of last year's
story, is not news. The one exception is the lead: of the few newest it is the most urgent, or one with a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from feeder.model import Kind
from feeder.pages.figures import picture_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Article, Event, Section, Tombstone

LOOKED_AT: Final = 100
"""Of how many articles the front page is made: those with the newest dates, and as many with the most recent events."""
SECTIONS: Final = 8
"""How many sections have a block."""
ASKED_SECTIONS: Final = 2 * SECTIONS
"""How many are asked: of some, all that there is stands above already."""
IN_SECTION: Final = 5
"""How many stories a section's block shows."""
ASKED_OF_SECTION: Final = IN_SECTION + 25
"""How many articles of a section are asked for: some stand above already, and not every event is news."""

_SOON: Final = timedelta(days=2)
_LEADING: Final = 5
_SECOND: Final = 4
_LATEST: Final = 11
_CORRECTED: Final = 4
_WITHDRAWN: Final = 3
_LATELY: Final = 50
"""Among how many of the last events a withdrawal is still told of."""
_NOT_URGENT: Final = 5
"""The middle of the scale of the wires (IPTC: 1 the most urgent, 8 the least)."""


@dataclass(frozen=True, slots=True)
class Block:
    """A section with its newest stories that stand nowhere else on the page."""

    section: Section
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """The page from its top: ``cursor`` is that of the last event it knows of, "" if there is none.

    ``day`` is the moment of the newest story. ``second`` are stories that stand out after the ``lead``, ``latest`` the
    others of the newest, and ``corrected`` those with a late correction that do not stand above.
    """

    cursor: str
    day: datetime | None = None
    lead: Event | None = None
    second: tuple[Event, ...] = ()
    latest: tuple[Event, ...] = ()
    blocks: tuple[Block, ...] = ()
    corrected: tuple[Event, ...] = ()
    withdrawn: tuple[Tombstone, ...] = ()


def together(latest: Iterable[Event], by_dates: Iterable[Event]) -> list[Event]:
    """The articles with the most recent events and those with the newest dates, each once, latest event first.

    An import of an archive is many events and no news, and a correction of last year's story is to be told of.
    """
    newest: dict[str, Event] = {}
    for event in sorted((*latest, *by_dates), key=lambda event: event.seq):
        newest[event.article_id] = event
    return sorted(newest.values(), key=lambda event: event.seq, reverse=True)


def sections_to_ask(shown: Iterable[Event], sections: Sequence[Section]) -> list[Section]:
    """The sections that may have a block, at most ``ASKED_SECTIONS``: those of the newest stories, else by name.

    A story counts for the outermost of its sections.
    """
    known = {section.name: section for section in sections}
    named = [event.article.sections[0] for event in by_date(shown) if event.article and event.article.sections]
    return [known[name] for name in dict.fromkeys((*named, *known)) if name in known][:ASKED_SECTIONS]


def front_page(
    shown: Sequence[Event],
    gone: Sequence[Tombstone],
    of_sections: Mapping[Section, Sequence[Event]],
    last: Event | None,
) -> FrontPage:
    """The page of these articles, latest event first, and of the newest of each section that has a block.

    ``last`` is the last event of the log that they come from.
    """
    newest = by_date(shown)
    top = newest[: 1 + _SECOND + _LATEST]
    lead = _lead(top[:_LEADING])
    second = _second([event for event in top if event is not lead])
    latest = [event for event in top if event is not lead and event not in second]
    used = {event.article_id for event in top}
    blocks = tuple(islice(_blocks(of_sections, used), SECTIONS))
    return FrontPage(
        cursor=last.cursor if last else "",
        day=_of(newest[0]).published if newest else None,
        lead=lead,
        second=tuple(second),
        latest=tuple(latest),
        blocks=blocks,
        corrected=tuple(_corrected(shown, used)),
        withdrawn=tuple(_withdrawn(gone, last.seq if last else 0)),
    )


def is_news(event: Event) -> bool:
    """Whether an article was taken in soon after its date; else it belongs to an archive, however new it is here."""
    return not event.backfill and event.at - _of(event).published < _SOON


def by_date(events: Iterable[Event]) -> list[Event]:
    """Articles that are shown, the newest date first; of a date, the latest event first."""
    return sorted((event for event in events if event.article), key=_age, reverse=True)


def _age(event: Event) -> tuple[datetime, int]:
    return _of(event).published, event.seq


def _lead(newest: Sequence[Event]) -> Event | None:
    return min(newest, key=_weight, default=None)


def _weight(event: Event) -> tuple[int, bool]:
    """The less, the more it stands out: how urgent it is, then whether it has no picture."""
    article = _of(event)
    return article.urgency or _NOT_URGENT, picture_of(article) is None


def _second(others: Sequence[Event]) -> list[Event]:
    """Few where there are few: most of the newest stand among the latest, in order."""
    chosen = sorted(others, key=_weight)[: min(_SECOND, len(others) // 3)]
    return by_date(chosen)


def _blocks(of_sections: Mapping[Section, Sequence[Event]], used: set[str]) -> Iterator[Block]:
    """The section with the newest story first; ``used`` are the articles that stand on the page, and grows."""
    for section, events in of_sections.items():
        fresh = [event for event in by_date(events) if event.article_id not in used][:IN_SECTION]
        used.update(event.article_id for event in fresh)
        if fresh:
            yield Block(section, tuple(fresh))


def _corrected(shown: Iterable[Event], used: set[str]) -> list[Event]:
    return [event for event in shown if event.kind is Kind.CORRECTED and event.article_id not in used][:_CORRECTED]


def _withdrawn(gone: Iterable[Tombstone], last: int) -> list[Tombstone]:
    """What ran out as it was meant to is no notice."""
    return [one for one in gone if one.seq > last - _LATELY and one.reason not in {None, "expired"}][:_WITHDRAWN]


def _of(event: Event) -> Article:
    if event.article is None:
        raise ValueError(f"event {event.seq} shows nothing")
    return event.article
