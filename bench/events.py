"""Invented articles as events of the log, for the benchmarks that need no service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from feeder.limits import Limits
from feeder.model import Draft, Event, Kind
from feeder.normalize import normalize
from feeder.render import Site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stories import Story

SITE = Site(title="The Morning", base_url="https://news.example", description="All of it", language="en")
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMITS, ZONE = Limits(), ZoneInfo("UTC")


def happened(number: int, story: Story, paragraphs: Sequence[str] | None = None) -> Event:
    """The event that brought a story, perhaps with other paragraphs than its own."""
    text = tuple(story.paragraphs if paragraphs is None else paragraphs)
    draft = Draft(title=story.title, published=story.date, paragraphs=text, keywords=story.tags)
    article = normalize(draft, name=f"world/{number}.txt", format="seed", zone=ZONE, limits=LIMITS)
    return Event(
        seq=number + 1,
        epoch="k3qW81zc",
        at=AT + timedelta(seconds=number),
        kind=Kind.PUBLISHED,
        article_id=article.id,
        slug=article.slug,
        version=1,
        shelves=article.sections,
        article=article,
    )
