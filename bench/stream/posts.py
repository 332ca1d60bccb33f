"""What is published in the benchmark of the stream: invented stories whose events are about 1 KB, each marked.

An event's title holds ``@NUMBER@NANOSECONDS@``: its number, from 1, and the moment at which it was given to the
server (``CLOCK_MONOTONIC``). feeder renders its own events; the other servers are given the same bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from stories import story

from feeder import registry
from feeder.model import Article, Event, Kind, Seed
from feeder.render import Site
from feeder.store import Take

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = 54
LONGER_IDS = 20
"""So many words less are in a file, as the id that it is given and its address are longer."""
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
HOLE = f"@{0:07}-{0:019}@"
SITE = Site(title="Bench", base_url="https://example.org", language="en")


def mark(number: int) -> str:
    """What an event is known by; it is made when the event is sent."""
    return f"@{number:07}@{time.monotonic_ns():019}@"


def seed(number: int) -> str:
    """The file of an article, with a hole for its mark."""
    made = story(number, words=WORDS - LONGER_IDS)
    return f" date {day(number):%Y-%m-%d} {HOLE} {made.title}\n\n" + "\n\n".join(made.paragraphs) + "\n"


def day(number: int) -> datetime:
    return FIRST_DAY + timedelta(minutes=number % 500_000)


def article(number: int, title: str, text: str) -> Article:
    """A candidate for the store, as the road in would make it."""
    digest = hashlib.sha256(title.encode()).hexdigest()
    return Article(
        id=f"urn:bench:{number}",
        own_id=True,
        slug="-".join(re.findall("[a-z0-9]+", title.lower()))[:60],
        title=title,
        summary=text.partition("\n\n")[0][:100],
        html="".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n")),
        text=text,
        published=day(number),
        language="en",
        content_key=digest,
        digest=digest,
        format="seed",
    )


def post(number: int, encode: Callable[[Event], bytes]) -> bytes:
    """What is POSTed to a server: the event's JSON as feeder renders it, with a hole for its mark."""
    made = story(number, words=WORDS)
    shown = article(number, f"{HOLE} {made.title}", "\n\n".join(made.paragraphs))
    event = Event(
        seq=number,
        epoch="benchben",
        at=day(number) + timedelta(microseconds=123_456),
        kind=Kind.PUBLISHED,
        article_id=shown.id,
        slug=shown.slug,
        version=1,
        article=shown,
    )
    return encode(event)


def posts(count: int) -> list[bytes]:
    """The first so many; the mark goes into the hole."""
    encode = registry.find("renderers", "json")(SITE).entry
    return [post(number, encode) for number in range(1, count + 1)]


def marked(template: bytes, number: int) -> bytes:
    """With its mark, made now."""
    return template.replace(HOLE.encode(), mark(number).encode(), 1)


def take(body: bytes) -> Take:
    """What feeder's store is given for a POST: a file of its own with that article."""
    item: dict[str, Any] = orjson.loads(body)
    number = int(item["title"].split("@")[1])
    text = "\n\n".join(re.findall("<p>(.*?)</p>", item["content_html"]))
    one = dataclasses.replace(article(number, item["title"], text), summary=item.get("summary", ""))
    seen = Seed(f"posted/{number}.txt", len(body), number, number, number)
    return Take(seed=seen, sha256=one.digest, format="seed", articles=(one,))
