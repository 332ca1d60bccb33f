"""The feed of fifty articles when one is added: feedgen by itself, and entries that are rendered once and joined.

feedgen writes each document from all of its entries, as any program that uses it does. feeder renders the new article
alone, and joins it with what it keeps of the others. Both sides take turns, and what tells is the ratio between them.
Usage: bench/rendering.py [rounds] [entries]
"""

# ruff: noqa: RUF001 (the sign for "times")

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

import orjson
from events import AT, SITE, happened
from feedgen.feed import FeedGenerator
from stories import fresh

from feeder import registry
from feeder.model import Event, Feed
from feeder.render import Head

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.render import Renderer

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
ENTRIES = int(sys.argv[2]) if len(sys.argv) > 2 else 50
LEAST_CHARACTERS = 4300


def told(number: int) -> Event:
    """An article of about 4.5 KB, and the event that brought it."""
    story = fresh(number)
    paragraphs = list(story.paragraphs)
    more = number
    while sum(map(len, paragraphs)) < LEAST_CHARACTERS:
        more += 100_000
        paragraphs += fresh(more).paragraphs
    while sum(map(len, paragraphs)) > LEAST_CHARACTERS + 400 and len(paragraphs) > 1:
        paragraphs.pop()
    return happened(number, story, paragraphs)


def head(last: Event) -> Head:
    return Head(site=SITE, feed=Feed(name="all", title="The Morning"), updated=last.at, cursor=last.cursor)


def by_feedgen(suffix: str, events: list[Event]) -> bytes:
    """The whole feed as feedgen's manual has it: title, link, dates, summary, full text, tags."""
    feed = FeedGenerator()
    feed.id(f"{SITE.base_url}/feeds/all.{suffix}")
    feed.title(SITE.title)
    feed.description(SITE.description)
    feed.author(name=SITE.title)
    feed.language(SITE.language)
    feed.updated(events[0].at)
    feed.lastBuildDate(events[0].at)
    feed.link(href=f"{SITE.base_url}/feeds/all.{suffix}", rel="self")
    feed.link(href=f"{SITE.base_url}/", rel="alternate")
    for event in events:
        article = event.article
        assert article is not None
        entry = feed.add_entry(order="append")
        entry.id(event.article_id)
        entry.title(article.title)
        entry.link(href=SITE.article_url(event.slug), rel="alternate")
        entry.published(article.published)
        entry.updated(article.published)
        entry.summary(escape(article.summary))
        entry.content(article.html, type="html")
        entry.category([{"term": term} for term in article.keywords])
    found: bytes = feed.atom_str(pretty=True) if suffix == "atom" else feed.rss_str(pretty=True)
    return found


def by_orjson(events: list[Event]) -> bytes:
    """A JSON Feed made anew: feedgen has none, and nothing in Python writes JSON faster."""
    items = [
        {
            "id": event.article_id,
            "url": SITE.article_url(event.slug),
            "title": event.article.title,
            "content_html": event.article.html,
            "summary": event.article.summary,
            "date_published": event.article.published.isoformat(),
            "tags": event.article.keywords,
        }
        for event in events
        if event.article
    ]
    return orjson.dumps({"version": "https://jsonfeed.org/version/1.1", "title": SITE.title, "items": items})


def milliseconds(call: Callable[[], bytes]) -> float:
    start = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - start) / 1e6


def measure(suffix: str, events: list[Event]) -> str:
    """A row: the document anew from all, the new entry alone, all ready and joined, and the ratio of all to the rest.

    The newest article is another one each time: nothing of it is kept from the round before.
    """
    renderer: Renderer = registry.find("renderers", suffix)(SITE)
    kept = [renderer.entry(event) for event in events[1:]]
    anew, alone, joined, ratios = [], [], [], []
    for number in range(ROUNDS):
        newest = replace(events[0], seq=ENTRIES + number, at=AT + timedelta(hours=1, seconds=number))
        now = [newest, *events[1:]]
        anew.append(milliseconds(lambda now=now: by_orjson(now) if suffix == "json" else by_feedgen(suffix, now)))
        alone.append(milliseconds(lambda newest=newest: renderer.entry(newest)))
        entry = renderer.entry(newest)
        joined.append(milliseconds(lambda entry=entry, newest=newest: renderer.document(head(newest), [entry, *kept])))
        ratios.append(anew[-1] / (alone[-1] + joined[-1]))
    size = len(renderer.document(head(events[0]), [renderer.entry(events[0]), *kept])) / 1000
    middle = [statistics.median(times) for times in (anew, alone, joined)]
    figures = " | ".join(f"{value:.3f}" for value in (*middle, middle[1] + middle[2]))
    return f"| {suffix} | {size:.0f} | {figures} | {statistics.median(ratios):.0f}× |"


def main() -> None:
    events = [told(number) for number in reversed(range(ENTRIES))]
    print(f"# The feed of {ENTRIES} articles when one is added ({ROUNDS} rounds, medians)\n")
    print("| format | KB | ms anew (feedgen; orjson) | ms new entry | ms joined | ms feeder | anew × feeder |")
    print("|---|---|---|---|---|---|---|")
    for suffix in ("rss", "atom", "json"):
        print(measure(suffix, events), flush=True)


if __name__ == "__main__":
    main()
