"""The contract of a store's way in: versions of the wire, texts that are almost the same, moves with an edit."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from engines import MINUTE, NOON, article, status_of, take
from feeder.limits import Limits
from feeder.model import Draft, Usage
from feeder.normalize import normalize
from feeder.store import Accepted, Status, Store

if TYPE_CHECKING:
    from feeder.model import Article

LONG = " ".join(f"word{number}" for number in range(200))
EDITED = LONG.replace("word100", "another")
OTHER = " ".join(f"other{number}" for number in range(200))


def told(accepted: Accepted) -> list[tuple[str, int, str]]:
    return [(event.kind, event.version, event.article.text if event.article else "") for event in accepted.events]


def wire(text: str, name: str, version: int | None = None, **fields: object) -> Article:
    return article(text, id=f"urn:wire:{name}", own_id=True, declared_version=version, version=version or 1, **fields)


async def accept(store: Store, path: str, one: Article, gone: tuple[str, ...] = ()) -> list[tuple[str, int, str]]:
    return told(await store.accept([take(path, one)], now=NOON, gone=gone))


async def test_a_version_under_a_new_id_that_names_the_one_it_replaces_is_the_same_article(store: Store) -> None:
    await accept(store, "a.xml", wire("first", "a"))
    assert await accept(store, "b.xml", wire("second", "b", supersedes="urn:wire:a")) == [("updated", 2, "second")]
    assert await accept(store, "c.xml", wire("third", "c", supersedes="urn:wire:b")) == [("updated", 3, "third")]
    shown = await store.newest(None, 10)
    assert [event.article_id for event in shown] == ["urn:wire:a"]


async def test_an_earlier_version_that_comes_late_is_kept_and_not_shown(store: Store) -> None:
    await accept(store, "b.xml", wire("second", "b", supersedes="urn:wire:a"))
    assert await accept(store, "a.xml", wire("first", "a")) == []
    assert await status_of(store, "a.xml") == (
        Status.IGNORED,
        "a later version has replaced it, which is urn:wire:b",
    )
    assert await accept(store, "b3.xml", wire("third", "b", 3)) == [("updated", 3, "third")]
    assert await accept(store, "b2.xml", wire("between", "b", 2)) == []
    assert await status_of(store, "b2.xml") == (
        Status.IGNORED,
        "its version 2 is older than 3, which was taken in before",
    )


async def test_a_kill_by_any_of_its_names_takes_the_article_back(store: Store) -> None:
    await accept(store, "a.xml", wire("first", "a"))
    await accept(store, "b.xml", wire("second", "b", supersedes="urn:wire:a"))
    assert await accept(store, "kill.xml", wire("kill", "b", usage=Usage.WITHDRAWN)) == [("retracted", 2, "")]
    assert await store.newest(None, 10) == []


async def test_what_was_withdrawn_before_it_came_stays_away_until_a_later_version(store: Store) -> None:
    assert await accept(store, "kill.xml", wire("kill", "a", 3, usage=Usage.WITHDRAWN)) == []
    assert await accept(store, "a2.xml", wire("second", "a", 2)) == []
    assert await status_of(store, "a2.xml") == (
        Status.IGNORED,
        "its version 2 is older than 3, by which its author withdrew it",
    )
    assert await accept(store, "a4.xml", wire("fourth", "a", 4)) == [("published", 4, "fourth")]


async def test_a_version_that_was_withdrawn_later_does_not_come_back_by_an_earlier_one(store: Store) -> None:
    assert await accept(store, "a3.xml", wire("third", "a", 3)) == [("published", 3, "third")]
    assert await accept(store, "kill.xml", wire("kill", "a", 4, usage=Usage.WITHDRAWN)) == [("retracted", 3, "")]
    assert await accept(store, "late.xml", wire("third", "a", 3)) == []
    assert await status_of(store, "late.xml") == (
        Status.IGNORED,
        "its version 3 is older than 4, which was taken in before",
    )
    assert await accept(store, "a5.xml", wire("fifth", "a", 5)) == [("published", 5, "fifth")]


async def test_what_names_something_unknown_as_replaced_is_published(store: Store) -> None:
    assert await accept(store, "b.xml", wire("second", "b", supersedes="urn:wire:a")) == [("published", 1, "second")]
    assert await accept(store, "b.xml", wire("second, mended", "b", supersedes="urn:wire:a")) == [
        ("updated", 2, "second, mended")
    ]


@pytest.mark.parametrize("own", [True, False])
async def test_an_article_that_says_almost_the_same_is_linked_to_the_first_one(store: Store, *, own: bool) -> None:
    def name(given: str) -> dict[str, Any]:
        return {"own_id": True, "id": f"urn:x:{given}"} if own else {}

    await accept(store, "a.txt", article(LONG, title="Storm", **name("a")))
    await accept(store, "o.txt", article(OTHER, title="Other", **name("o")))
    assert len(await accept(store, "b.txt", article(EDITED, title="The storm", **name("b")))) == 1
    first, _, second = reversed([event.article for event in await store.newest(None, 10)])
    assert first is not None
    assert second is not None
    assert (first.related, second.related) == ((), (first.id,))
    await accept(store, "b.txt", article(EDITED + " more", title="The storm", **name("b")))
    (latest, *_) = [event.article for event in await store.newest(None, 10)]
    assert latest is not None
    assert latest.related == (first.id,)
    assert latest.sketch == ""


async def test_short_texts_and_retracted_ones_are_not_compared(store: Store) -> None:
    await accept(store, "a.txt", article("It rained all day in the valley.", title="Weather"))
    await accept(store, "b.txt", article("It rained all day in the valley.", title="Weather again"))
    accepted = await store.accept([take("c.txt", article(LONG, title="Storm"))], now=NOON)
    await store.retract(accepted.events[0].article_id, now=NOON, reason="killed")
    await accept(store, "d.txt", article(EDITED, title="The storm"))
    assert all(event.article and not event.article.related for event in await store.newest(None, 10))


async def test_a_file_that_was_renamed_and_edited_in_one_look_keeps_its_article(store: Store) -> None:
    await accept(store, "a.txt", article(LONG, title="Storm"))
    renamed = await accept(store, "b.txt", article(EDITED, title="Storm over the bay"), gone=("a.txt",))
    assert renamed == [("updated", 2, EDITED)]
    other = await accept(store, "c.txt", article(OTHER, title="Other"), gone=("a.txt", "b.txt"))
    assert other == [("published", 1, OTHER)]


async def test_an_edited_record_of_many_is_the_article_that_it_was(store: Store) -> None:
    first = article(LONG, title="Storm")
    second = article(OTHER, title="Other")
    await store.accept([take("a.jsonl", first, second)], now=NOON)
    edited = take("a.jsonl", article("A new one", title="New"), article(EDITED, title="Storm"), second)
    assert told(await store.accept([edited], now=NOON)) == [("published", 1, "A new one"), ("updated", 2, EDITED)]
    assert len(await store.newest(None, 10)) == 3


async def test_a_kill_without_a_date_comes_after_its_story_in_one_look(store: Store) -> None:
    kill = normalize(
        Draft(id="urn:wire:a", usage=Usage.WITHDRAWN), name="a.json", format="ninjs", zone=UTC, limits=Limits()
    )
    takes = [take("a-kill.json", kill), take("b-story.json", wire("first", "a"))]
    assert told(await store.accept(takes, now=NOON)) == [("published", 1, "first"), ("retracted", 1, "")]


async def history(store: Store, name: str, limit: int = 50) -> list[tuple[int, str, str | None]]:
    found = await store.history(name, limit)
    assert [event.seq for event in found] == sorted(event.seq for event in found)
    return [(event.version, event.kind, event.article.text if event.article else None) for event in found]


async def test_the_history_of_an_article_is_its_events_in_order(store: Store) -> None:
    for text, minutes in (("first", 0), ("second", 1), ("third", 2)):
        await store.accept([take("a.xml", wire(text, "a"))], now=NOON + minutes * MINUTE)
        await store.accept([take("b.xml", wire(f"{text} of another", "b"))], now=NOON + minutes * MINUTE)
    versions = [(1, "published", "first"), (2, "updated", "second"), (3, "updated", "third")]
    assert await history(store, "urn:wire:a") == versions
    assert await history(store, "urn:wire:a", limit=2) == versions[1:]
    assert await history(store, "urn:wire:nobody") == []
    assert await store.history("urn:wire:a", 1) == [await store.by_id("urn:wire:a")]


async def test_the_history_goes_as_far_back_as_the_log_and_has_the_latest_at_any_rate(store: Store) -> None:
    for text, minutes in (("first", 0), ("second", 1), ("third", 2)):
        await store.accept([take("a.xml", wire(text, "a"))], now=NOON + minutes * MINUTE)
        await store.index(1 - minutes // 2)  # what a search has of it stays for longer
    await store.prune(NOON + MINUTE)
    assert await history(store, "urn:wire:a") == [(2, "updated", "second"), (3, "updated", "third")]
    await store.prune(NOON + 9 * MINUTE)
    assert await history(store, "urn:wire:a") == [(3, "updated", "third")]


async def test_the_history_of_a_retracted_article_has_no_content(store: Store) -> None:
    await accept(store, "a.xml", wire("first", "a"))
    await accept(store, "a.xml", wire("second", "a"))
    await store.retract("urn:wire:a", now=NOON, reason="withdrawn")
    assert await history(store, "urn:wire:a") == [(1, "published", None), (2, "updated", None), (2, "retracted", None)]
