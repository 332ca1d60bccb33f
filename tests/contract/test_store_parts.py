"""The contract of a store's way in: files of many articles, whole and in parts, and what an edit of one touches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines import MINUTE, NOON, article, status_of, take
from feeder.model import Seed
from feeder.store import Accepted, Refusal, Status, Store, Take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Article


def some(*texts: str) -> tuple[Article, ...]:
    return tuple(article(text, title=text) for text in texts)


NUMBERS = ("One", "Two", "Three", "Four", "Five", "Six")


async def in_parts(store: Store, path: str, articles: Sequence[Article], size: int = 2) -> None:
    """Stage a file part by part."""
    for start in range(0, len(articles), size):
        part = articles[start : start + size]
        last = start + size >= len(articles)
        await store.stage([take(path, *part, first=start + 1, last=last)], now=NOON)


def titles(accepted: Accepted) -> list[tuple[str, str]]:
    return [(event.kind, event.article.title if event.article else event.slug) for event in accepted.events]


async def test_nothing_of_a_file_counts_before_its_last_part(store: Store) -> None:
    await store.stage([take("a.jsonl", *some("One", "Two"), last=False)], now=NOON)
    assert (await store.accept([], now=NOON)).events == ()
    assert await status_of(store, "a.jsonl") == (Status.SCHEDULED, "it is being read")
    await store.stage([take("a.jsonl", *some("Three"), first=3)], now=NOON)
    assert titles(await store.accept([], now=NOON)) == [("published", title) for title in NUMBERS[:3]]
    assert await status_of(store, "a.jsonl") == (Status.PUBLISHED, None)


async def test_a_file_that_is_begun_again_forgets_its_first_beginning(store: Store) -> None:
    await store.stage([take("a.jsonl", *some("Wrong", "Two"), last=False)], now=NOON)
    await in_parts(store, "a.jsonl", some(*NUMBERS))
    assert titles(await store.accept([], now=NOON)) == [("published", title) for title in NUMBERS]


async def test_a_file_whose_reading_broke_off_is_as_it_was(store: Store) -> None:
    await in_parts(store, "a.jsonl", some(*NUMBERS))
    await store.accept([], now=NOON)
    await store.stage([take("a.jsonl", *some("Other"), last=False)], now=NOON)
    assert (await store.accept([], now=NOON)).events == ()
    assert await status_of(store, "a.jsonl") == (Status.PUBLISHED, None)
    assert len(await store.newest(None, 50)) == 6


@pytest.mark.parametrize("parts", [True, False])
async def test_an_edit_of_the_file_touches_only_the_records_that_changed(store: Store, *, parts: bool) -> None:
    async def read(*texts: str) -> Accepted:
        if parts:
            await in_parts(store, "a.jsonl", some(*texts))
            return await store.accept([], now=NOON)
        return await store.accept([take("a.jsonl", *some(*texts))], now=NOON)

    assert len((await read(*NUMBERS)).events) == 6
    assert titles(await read("New", *NUMBERS)) == [("published", "New")]
    assert titles(await read(*NUMBERS[3:], *NUMBERS[:3], "New")) == []
    assert titles(await read(*NUMBERS[:2], *NUMBERS[3:])) == []  # what left a list is not withdrawn by that
    assert titles(await read(*NUMBERS)) == []
    assert await status_of(store, "a.jsonl") == (Status.PUBLISHED, None)


async def test_a_record_that_stands_twice_is_published_once_and_comes_back_as_itself(store: Store) -> None:
    first = await store.accept([take("a.jsonl", *some("One", "Two", "One"))], now=NOON)
    assert titles(first) == [("published", "One"), ("published", "Two")]
    again = await store.accept([take("a.jsonl", *some("One", "One", "Two", "Three"))], now=NOON)
    assert titles(again) == [("published", "Three")]


async def test_a_list_that_becomes_one_article_and_a_list_again(store: Store) -> None:
    await store.accept([take("a.jsonl", *some("One", "Two"))], now=NOON)
    assert titles(await store.accept([take("a.jsonl", *some("One"))], now=NOON)) == []
    assert titles(await store.accept([take("a.jsonl", *some("Two", "One"))], now=NOON)) == []


async def test_records_that_wait_for_their_moment_are_read_anew(store: Store) -> None:
    later = article("Later", published=NOON + MINUTE)
    await store.accept([take("a.jsonl", *some("One"), later)], now=NOON)
    await store.accept([take("a.jsonl", *some("One", "Two"), later)], now=NOON)
    await store.accept([take("a.jsonl", later, *some("Two", "One"))], now=NOON)
    assert len(await store.newest(None, 50)) == 2
    assert len((await store.accept([], now=NOON + MINUTE)).events) == 1
    assert await status_of(store, "a.jsonl") == (Status.PUBLISHED, None)


async def test_a_file_that_breaks_keeps_what_it_held_and_goes_on_from_there(store: Store) -> None:
    await store.accept([take("a.jsonl", *some(*NUMBERS))], now=NOON)
    await store.accept([take("a.jsonl", refusal=Refusal("no JSON"))], now=NOON)
    assert len(await store.newest(None, 50)) == 6
    assert titles(await store.accept([take("a.jsonl", *some(*NUMBERS, "New"))], now=NOON)) == [("published", "New")]


async def test_refused_records_are_told_with_their_number(store: Store) -> None:
    refused = (Refusal("no title", line=3, record=3),)
    await store.accept([take("a.jsonl", *some("One", "Two"), refused=refused, refused_count=2000)], now=NOON)
    assert await status_of(store, "a.jsonl") == (
        Status.PUBLISHED,
        "record 3 was refused: no title (line 3) (and 1999 more)",
    )


async def test_the_same_bytes_again_leave_nothing_behind(store: Store) -> None:
    await in_parts(store, "a.jsonl", some(*NUMBERS))
    await store.accept([], now=NOON)
    await store.stage([take("a.jsonl", *some("One", "Two"), last=False)], now=NOON)
    await store.refresh([Seed("a.jsonl", 9, 9, 9, 9)])
    await store.stage([Take(seed=Seed("a.jsonl", 1, 1, 1, 1), sha256="x", articles=some("Seven"), first=3)], now=NOON)
    assert titles(await store.accept([], now=NOON)) == [("published", "Seven")]


async def test_what_is_retracted_stays_so_when_its_record_comes_again(store: Store) -> None:
    accepted = await store.accept([take("a.jsonl", *some("One", "Two"))], now=NOON)
    await store.retract(accepted.events[0].article_id, now=NOON, reason="killed")
    assert titles(await store.accept([take("a.jsonl", *some("Zero", "One", "Two"))], now=NOON)) == [
        ("published", "Zero")
    ]
    assert (await status_of(store, "a.jsonl"))[1] == "record 2: it was retracted for good"
