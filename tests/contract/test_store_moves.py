"""The contract of a store's way in: files that change places between two looks, and files that are away."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from engines import MINUTE, NOON, article, take
from feeder.model import Article, Usage
from feeder.store import Refusal, Status, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from feeder.model import Event
    from feeder.store import Accepted, Mark

HOUR = timedelta(hours=1)
BRIDGE = "A lorry hit the north gate of the harbour bridge at noon and the bridge is shut until the evening."


def story(number: int, **fields: Any) -> Article:
    return article(f"story {number}", title=f"Story {number}", **fields)


def told(events: Sequence[Event]) -> list[tuple[str, str]]:
    return [(event.kind, event.article.text if event.article else "") for event in events]


async def marks_of(store: Store) -> dict[str, Mark]:
    return {mark.seed.path: mark for mark in await store.marks()}


async def statuses(store: Store) -> dict[str, Status]:
    return {path: mark.status for path, mark in (await marks_of(store)).items()}


async def ids(store: Store) -> dict[str, str]:
    """The shown articles' ids by their texts."""
    return {event.article.text: event.article_id for event in await store.newest(None, 99) if event.article}


# Changing places.


@pytest.mark.parametrize("minutes", [(0, 0), (0, 1), (1, 0)])
async def test_files_that_swap_their_names_keep_their_articles(store: Store, minutes: tuple[int, int]) -> None:
    one, two = (story(n, published=NOON - minute * MINUTE) for n, minute in enumerate(minutes))
    await store.accept([take("a.txt", one), take("b.txt", two)], now=NOON)
    before = await ids(store)
    assert (await store.accept([take("a.txt", two), take("b.txt", one)], now=NOON, withdraw=True)).events == ()
    assert await ids(store) == before
    edited = await store.accept([take("b.txt", story(9))], now=NOON)
    assert [event.article_id for event in edited.events] == [one.id]


async def test_stories_alike_swap_too(store: Store) -> None:
    one, two = article(BRIDGE), article(f"{BRIDGE} Nobody was hurt.")
    await store.accept([take("a.txt", one), take("b.txt", two)], now=NOON)
    assert (await store.accept([take("a.txt", two), take("b.txt", one)], now=NOON)).events == ()
    assert set((await statuses(store)).values()) == {Status.PUBLISHED}


async def test_what_swaps_may_change_on_the_way(store: Store) -> None:
    one, two = BRIDGE, f"{BRIDGE} Nobody was hurt."
    await store.accept([take("a.txt", article(one)), take("b.txt", article(two))], now=NOON)
    before = await ids(store)
    takes = [take("a.txt", article(two, urgency=1)), take("b.txt", article(one, urgency=1))]
    assert told((await store.accept(takes, now=NOON)).events) == [("updated", two), ("updated", one)]
    assert await ids(store) == before


@pytest.mark.parametrize("withdraw", [True, False])
async def test_a_copy_over_another_story_is_a_copy(store: Store, *, withdraw: bool) -> None:
    """And no revision of the story that it was written over, which would be published twice then."""
    await store.accept([take("a.txt", story(1)), take("b.txt", story(2))], now=NOON)
    events = (await store.accept([take("b.txt", story(1))], now=NOON, withdraw=withdraw)).events
    assert told(events) == [("retracted", "")] * withdraw
    assert await statuses(store) == {"a.txt": Status.PUBLISHED, "b.txt": Status.DUPLICATE}
    if not withdraw:  # one after the other, they change places
        assert (await store.accept([take("a.txt", story(2))], now=NOON)).events == ()
        assert await statuses(store) == {"a.txt": Status.PUBLISHED, "b.txt": Status.PUBLISHED}


async def test_a_copy_holds_the_story_from_when_its_file_holds_another_one(store: Store) -> None:
    """``cp latest previous``, and later a new ``latest``: as if both had been seen in one look."""
    await store.accept([take("latest.txt", story(1))], now=NOON)
    await store.accept([take("previous.txt", story(1))], now=NOON)
    events = (await store.accept([take("latest.txt", story(2))], now=NOON, withdraw=True)).events
    assert told(events) == [("published", "story 2")]
    assert set((await statuses(store)).values()) == {Status.PUBLISHED}
    edited = await store.accept([take("previous.txt", article("story 1, once more", title="Story 1"))], now=NOON)
    assert [(event.kind, event.article_id) for event in edited.events] == [("updated", story(1).id)]


async def test_a_copy_is_an_earlier_version_where_its_file_holds_an_edit(store: Store) -> None:
    await store.accept([take("a.txt", article(BRIDGE))], now=NOON)
    await store.accept([take("backup.txt", article(BRIDGE))], now=NOON)
    edited = (
        await store.accept([take("a.txt", article(f"{BRIDGE} Nobody was hurt.", title="Bridge"))], now=NOON)
    ).events
    assert [(event.kind, event.article_id) for event in edited] == [("updated", article(BRIDGE).id)]


async def test_a_correction_that_was_made_in_a_copy_and_copied_back_corrects_the_story(store: Store) -> None:
    await store.accept([take("a.txt", article(BRIDGE))], now=NOON)
    await store.accept([take("corrected.txt", article(f"{BRIDGE} Nobody was hurt."))], now=NOON)
    edited = await store.accept([take("a.txt", article(f"{BRIDGE} Nobody was hurt."))], now=NOON)
    assert [event.article_id for event in edited.events] == [article(BRIDGE).id]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("staged", [False, True])
async def test_three_files_rotate_without_an_event(store: Store, order: tuple[int, ...], *, staged: bool) -> None:
    stories = [story(n, published=NOON - order[n] * MINUTE) for n in range(3)]
    await store.accept([take(f"{n}.txt", one) for n, one in enumerate(stories)], now=NOON)
    before = await ids(store)
    takes = [take(f"{n}.txt", stories[n - 1]) for n in range(3)]
    if staged:
        await store.stage(takes, now=NOON)
        takes = []
    more = True
    while more:
        accepted = await store.accept(takes, now=NOON, limit=1, withdraw=True)
        assert accepted.events == ()
        takes, more = [], accepted.more
    assert await ids(store) == before
    assert set((await statuses(store)).values()) == {Status.PUBLISHED}


@pytest.mark.parametrize("path", ["a-former.txt", "z-former.txt"])
@pytest.mark.parametrize("hours", [-1, 0, 1])
@pytest.mark.parametrize("limit", [1, 500])
async def test_a_renamed_file_with_a_new_one_in_its_place_is_one_new_story(
    store: Store, path: str, hours: int, limit: int
) -> None:
    await store.accept([take("latest.txt", story(1, published=NOON - 2 * HOUR))], now=NOON)
    new = story(2, published=NOON - (2 - hours) * HOUR)
    takes = [take("latest.txt", new), take(path, story(1, published=NOON - 2 * HOUR))]
    events = list((await store.accept(takes, now=NOON, limit=limit)).events)
    events += (await store.accept([], now=NOON)).events
    assert told(events) == [("published", "story 2")]
    assert await statuses(store) == {"latest.txt": Status.PUBLISHED, path: Status.PUBLISHED}


@pytest.mark.parametrize("backup", ["a-backup.txt", "z-backup.txt"])
@pytest.mark.parametrize("hours", [-1, 0, 1])
@pytest.mark.parametrize("limit", [1, 500])
async def test_a_copy_kept_before_an_edit_is_an_earlier_version(
    store: Store, backup: str, hours: int, limit: int
) -> None:
    old = article(BRIDGE, title="Bridge shut", published=NOON - 2 * HOUR)
    new = article(f"{BRIDGE} It opens at six.", title="Bridge opens", published=NOON - (2 - hours) * HOUR)
    await store.accept([take("m.txt", old)], now=NOON)
    events = list((await store.accept([take(backup, old), take("m.txt", new)], now=NOON, limit=limit)).events)
    events += (await store.accept([], now=NOON)).events
    assert [(event.kind, event.article_id) for event in events] == [("updated", old.id)]
    mark = (await marks_of(store))[backup]
    assert (mark.status, mark.reason) == (Status.DUPLICATE, "it is an earlier version of m.txt")
    again = await store.accept([take("m.txt", article(f"{BRIDGE} It opened."))], now=NOON)
    assert not again.more
    assert (await store.accept([], now=NOON)).events == ()
    assert (await marks_of(store))[backup].status is Status.DUPLICATE


async def test_an_earlier_version_stands_in_once_its_article_says_the_same_again(store: Store) -> None:
    old, new = article(BRIDGE), article(f"{BRIDGE} It opens at six.")
    await store.accept([take("m.txt", old)], now=NOON)
    await store.accept([take("backup.txt", old), take("m.txt", new)], now=NOON)
    await store.accept([take("m.txt", old)], now=NOON)
    assert await store.vanish(["m.txt"], now=NOON, withdraw=True) == []
    assert await statuses(store) == {"backup.txt": Status.PUBLISHED}


async def test_a_copy_of_a_file_that_only_looks_different_is_a_copy(store: Store) -> None:
    await store.accept([take("m.txt", story(1))], now=NOON)
    accepted = await store.accept([take("a.txt", story(1)), take("m.txt", story(1, urgency=1))], now=NOON)
    assert [event.kind for event in accepted.events] == ["updated"]
    assert (await marks_of(store))["a.txt"].reason == "it is the same article as m.txt"


async def test_a_file_that_replaces_another_takes_its_article_along(store: Store) -> None:
    await store.accept([take("a.txt", story(1)), take("b.txt", story(2))], now=NOON)
    moved = await store.accept([take("b.txt", story(1))], now=NOON, gone=["a.txt"], withdraw=True)
    assert [(event.kind, event.article_id, event.reason) for event in moved.events] == [
        ("retracted", story(2).id, "withdrawn")
    ]
    assert await store.vanish(["a.txt"], now=NOON, withdraw=True) == []
    assert await ids(store) == {"story 1": story(1).id}


async def test_an_editors_scratch_file_that_replaces_its_original_is_an_edit(store: Store) -> None:
    old, new = article(BRIDGE), article(f"{BRIDGE} It opens at six.")
    await store.accept([take("a.txt", old), take("a.tmp.txt", new)], now=NOON)
    moved = await store.accept([take("a.txt", new)], now=NOON, gone=["a.tmp.txt"])
    assert [(event.kind, event.article_id) for event in moved.events] == [("updated", old.id)]


async def test_an_article_with_an_id_of_its_own_stays_with_it(store: Store) -> None:
    own: dict[str, Any] = {"id": "urn:x:1", "own_id": True}
    await store.accept([take("m.txt", story(1, **own))], now=NOON)
    accepted = await store.accept([take("a.txt", story(1)), take("m.txt", story(2, **own))], now=NOON)
    assert [(event.kind, event.article_id) for event in accepted.events] == [("updated", "urn:x:1")]
    assert (await statuses(store))["a.txt"] is Status.DUPLICATE


async def test_a_draft_in_the_place_of_a_story_that_moved_takes_nothing_back(store: Store) -> None:
    await store.accept([take("m.txt", story(1))], now=NOON)
    draft = story(1, usage=Usage.DRAFT, urgency=1)
    assert (await store.accept([take("z.txt", story(1)), take("m.txt", draft)], now=NOON)).events == ()
    assert await statuses(store) == {"m.txt": Status.DRAFT, "z.txt": Status.PUBLISHED}


async def test_a_story_moves_away_from_an_embargoed_one(store: Store) -> None:
    await store.accept([take("latest.txt", story(1))], now=NOON)
    takes = [take("latest.txt", story(2, embargoed=NOON + MINUTE)), take("former.txt", story(1))]
    assert (await store.accept(takes, now=NOON)).events == ()
    assert told((await store.accept([], now=NOON + MINUTE)).events) == [("published", "story 2")]


@pytest.mark.parametrize(("withdraw", "kinds"), [(False, ["published"]), (True, ["published", "retracted"])])
async def test_a_file_that_holds_another_article_withdraws_the_former_only_if_told(
    store: Store, kinds: list[str], *, withdraw: bool
) -> None:
    await store.accept([take("a.txt", story(1, id="urn:x:1", own_id=True))], now=NOON)
    other = take("a.txt", story(2, id="urn:x:2", own_id=True))
    accepted = await store.accept([other], now=NOON, withdraw=withdraw)
    assert [event.kind for event in accepted.events] == kinds
    assert {event.article_id for event in accepted.events[1:]} <= {"urn:x:1"}


async def test_an_article_is_withdrawn_whichever_record_it_was(store: Store) -> None:
    one, other = (story(n, id=f"urn:x:{n}", own_id=True) for n in (1, 2))
    await store.accept([take("a.txt", story(3, usage=Usage.DRAFT), one)], now=NOON)
    accepted = await store.accept([take("a.txt", other)], now=NOON, withdraw=True)
    assert [(event.kind, event.article_id) for event in accepted.events] == [
        ("published", "urn:x:2"),
        ("retracted", "urn:x:1"),
    ]


async def test_an_article_that_another_file_copies_is_not_withdrawn(store: Store) -> None:
    own: dict[str, Any] = {"id": "urn:x:1", "own_id": True}
    await store.accept([take("a.txt", story(1, **own)), take("b.txt", story(1))], now=NOON)
    other = story(2, id="urn:x:2", own_id=True)
    accepted = await store.accept([take("a.txt", other)], now=NOON, withdraw=True)
    assert told(accepted.events) == [("published", "story 2")]
    assert set((await statuses(store)).values()) == {Status.PUBLISHED}


# Without a file, because its own holds something else.


@pytest.mark.parametrize("comes_back", [True, False])
async def test_a_story_that_was_written_over_has_the_grace_time_to_turn_up_elsewhere(
    store_url: str, tmp_path: Path, *, comes_back: bool
) -> None:
    """Names that are exchanged by hand, one after the other, are no news; a story that is gone is withdrawn."""

    async def accept(number: int, path: str) -> Accepted:
        return await store.accept([take(path, story(number))], now=NOON, withdraw=True, grace_seconds=60)

    store = await open_store(store_url, data=tmp_path)
    await store.accept([take("a.txt", story(1)), take("b.txt", story(2))], now=NOON)
    assert (await accept(1, "b.txt")).events == ()
    assert await store.next_due() == NOON + MINUTE
    if comes_back:
        assert (await accept(2, "a.txt")).events == ()
    await store.close()
    store = await open_store(store_url, data=tmp_path)
    assert await store.expire(now=NOON + MINUTE - timedelta(seconds=1)) == []
    gone = await store.expire(now=NOON + MINUTE)
    assert [(event.kind, event.reason) for event in gone] == ([] if comes_back else [("retracted", "withdrawn")])
    assert await store.next_due() is None
    assert (await store.expire(now=NOON + HOUR)) == []
    await store.close()


# Away.


async def test_a_held_article_waits_while_its_file_is_gone(store: Store) -> None:
    await store.accept([take("a.txt", story(1, embargoed=NOON + MINUTE)), take("b.txt", story(2))], now=NOON)
    await store.stage([take("c.txt", story(3))], now=NOON)
    late = NOON + HOUR
    away = await store.accept([], now=late, gone=["a.txt"], limit=1)
    assert told(away.events) == [("published", "story 3")]
    assert not away.more
    assert (await store.accept([], now=late, gone=["a.txt"])).events == ()
    assert (await statuses(store))["a.txt"] is Status.SCHEDULED
    assert told((await store.accept([], now=late)).events) == [("published", "story 1")]


async def test_a_file_that_was_just_read_is_not_gone(store: Store) -> None:
    await store.stage([take("a.txt", story(1))], now=NOON)
    accepted = await store.accept([take("a.txt", story(2), story(3))], now=NOON, gone=["a.txt"], limit=1)
    assert told(accepted.events) == [("published", "story 2")]
    assert accepted.more


async def test_a_held_article_whose_file_was_renamed_is_released_once(store: Store) -> None:
    await store.accept([take("a.txt", story(1, embargoed=NOON + MINUTE))], now=NOON)
    await store.accept([take("b.txt", story(1, embargoed=NOON + MINUTE))], now=NOON, gone=["a.txt"])
    released = await store.accept([], now=NOON + MINUTE, gone=["a.txt"])
    assert told(released.events) == [("published", "story 1")]
    await store.vanish(["a.txt"], now=NOON + MINUTE, withdraw=True)
    assert (await store.accept([], now=NOON + HOUR)).events == ()
    assert await statuses(store) == {"b.txt": Status.PUBLISHED}


async def test_an_absence_is_known_after_a_restart(store_url: str, tmp_path: Path) -> None:
    store = await open_store(store_url, data=tmp_path)
    await store.accept([take(f"{n}\udce9.txt", story(n)) for n in range(3)], now=NOON)
    await store.note_missing(["0\udce9.txt", "1\udce9.txt", "unknown.txt"], NOON)
    await store.note_missing(["1\udce9.txt"], None)
    await store.close()
    store = await open_store(store_url, data=tmp_path)
    since = [mark.missing_since for mark in await store.marks()]
    await store.close()
    assert since == [NOON, None, None]


async def test_a_file_that_is_read_again_is_not_missing(store: Store) -> None:
    taken, touched, refused = (take(f"{name}.txt", story(n)) for n, name in enumerate("abc"))
    await store.accept([taken, touched, refused], now=NOON)
    await store.note_missing(["a.txt", "b.txt", "c.txt"], NOON)
    assert {mark.missing_since for mark in await store.marks()} == {NOON}
    accepted = await store.accept([taken], now=NOON)
    await store.stage([take("c.txt", refusal=Refusal("no date"))], now=NOON)
    await store.refresh([touched.seed])
    assert [mark.missing_since for mark in (*accepted.marks, *await store.marks())] == [None] * 4


async def test_what_is_held_for_a_missing_file_is_not_due(store: Store) -> None:
    for number, days in (("a", 1), ("b", 2)):
        await store.accept([take(f"{number}.txt", article(number, published=NOON + days * 24 * HOUR))], now=NOON)
    await store.note_missing(["a.txt"], NOON)
    assert await store.next_due() == NOON + 48 * HOUR
    await store.note_missing(["a.txt"], None)
    assert await store.next_due() == NOON + 24 * HOUR
