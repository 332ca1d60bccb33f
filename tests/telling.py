"""A plain article and the event that tells of it: what the tests of renderers change one thing in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from feeder.model import Article, Event, Kind

PLAIN: Final = Article(
    id="urn:uuid:0b5f0a6e-3a51-5c58-8c4f-2f6d3f0f5a11",
    slug="2019-04-30-one",
    title="One",
    summary="What happened.",
    html="<p>What happened.</p>",
    text="What happened.",
    published=datetime(2019, 4, 30, tzinfo=UTC),
    published_precision="day",
    content_key="c",
    digest="d",
    format="seed",
)


def tell(article: Article, at: datetime, **fields: Any) -> Event:
    """The first event of an article, published at a moment, in the epoch ``k3``."""
    given: dict[str, Any] = {"seq": 1, "version": 1, "shelves": article.sections, **fields}
    return Event(
        epoch="k3", at=at, kind=Kind.PUBLISHED, article_id=article.id, slug=article.slug, article=article, **given
    )
