"""The contract of a store's way in: what becomes of files that move, copy, vanish, hold much or are refused."""

from __future__ import annotations

import dataclasses

from engines import MINUTE, NOON, article, mark_of, status_of, take, told
from feeder.model import Seed
from feeder.store import Refusal, Status, Store


async def test_a_renamed_file_keeps_its_article(store: Store) -> None:
    await store.accept([take("a.txt", article())], now=NOON)
    moved = await store.accept([take("b.txt", article())], now=NOON, gone=["a.txt"])
    assert moved.events == ()
    assert await status_of(store, "b.txt") == (Status.PUBLISHED, None)
    assert await store.vanish(["a.txt"], now=NOON, withdraw=True) == []
    edited = await store.accept([take("b.txt", article("edited"))], now=NOON)
    assert told(edited.events) == [("updated", 2)]


async def test_a_copy_is_a_duplicate_and_names_the_other_file(store: Store) -> None:
    await store.accept([take("caf\udce9.txt", article())], now=NOON)
    accepted = await store.accept([take("copy.txt", article())], now=NOON)
    assert accepted.events == ()
    assert await status_of(store, "copy.txt") == (Status.DUPLICATE, r"it is the same article as caf\xe9.txt")
    assert await store.next_due() is None


async def test_a_copy_takes_over_when_the_original_is_deleted(store: Store) -> None:
    await store.accept([take("a.txt", article()), take("b.txt", article())], now=NOON)
    assert await store.vanish(["a.txt"], now=NOON, withdraw=True) == []
    assert await status_of(store, "b.txt") == (Status.PUBLISHED, None)
    assert told(await store.vanish(["b.txt"], now=NOON, withdraw=True)) == [("retracted", 1)]


async def test_a_copy_becomes_an_article_of_its_own_when_the_original_says_something_else(store: Store) -> None:
    await store.accept([take("a.txt", article()), take("b.txt", article())], now=NOON)
    edited = await store.accept([take("a.txt", article("edited"))], now=NOON)
    assert edited.more
    assert await store.next_due() is not None
    woken = await store.accept([], now=NOON)
    assert told(woken.events) == [("published", 1)]
    assert await status_of(store, "b.txt") == (Status.PUBLISHED, None)
    assert not woken.more
    assert await store.next_due() is None
    assert {event.article and event.article.text for event in await store.newest(None, 9)} == {"It rained.", "edited"}


async def test_a_story_that_moved_keeps_its_article_when_another_is_written_in_its_place(store: Store) -> None:
    await store.accept([take("today.txt", article())], now=NOON)
    rewritten = take("today.txt", article("a new day", published=NOON))
    accepted = await store.accept([rewritten, take("archive.txt", article())], now=NOON)
    assert told(accepted.events) == [("published", 1)]
    assert {event.article_id for event in await store.newest(None, 9)} == {
        article().id,
        article("a new day", published=NOON).id,
    }
    assert [mark.status for mark in await store.marks()] == [Status.PUBLISHED] * 2


async def test_deleted_files_are_forgotten_and_their_articles_kept_unless_told(store: Store) -> None:
    await store.accept([take(f"{n}.txt", article(f"story {n}")) for n in range(3)], now=NOON)
    assert await store.vanish(["0.txt", "unknown.txt"], now=NOON, withdraw=False) == []
    events = await store.vanish(["2.txt", "1.txt"], now=NOON, withdraw=True)
    assert [(event.article_id, event.reason) for event in events] == [
        (article(f"story {n}").id, "withdrawn") for n in (1, 2)
    ]
    assert await store.marks() == []
    assert [event.article_id for event in await store.newest(None, 9)] == [article("story 0").id]
    returned = await store.accept([take("other.txt", article("story 1"))], now=NOON)
    assert told(returned.events) == [("published", 2)]


async def test_a_path_that_holds_another_article_lets_go_of_the_former(store: Store) -> None:
    for number in (1, 2):
        one = article(f"story {number}", id=f"urn:x:{number}", own_id=True)
        await store.accept([take("a.txt", one)], now=NOON)
    moved = await store.accept([take("b.txt", article("story 1"))], now=NOON)
    assert moved.events == ()
    assert await status_of(store, "b.txt") == (Status.PUBLISHED, None)


# Files with many records.


async def test_records_of_a_file_keep_their_articles_when_they_change_places(store: Store) -> None:
    stories = [article(f"story {n}") for n in range(3)]
    await store.accept([take("all.json", *stories)], now=NOON)
    shuffled = await store.accept([take("all.json", stories[2], article("new"), stories[0])], now=NOON)
    assert [event.article and event.article.text for event in shuffled.events] == ["new"]
    freed = await store.accept([take("1.txt", stories[1])], now=NOON)
    assert [mark.status for mark in freed.marks] == [Status.PUBLISHED]
    taken = await store.accept([take("2.txt", stories[2])], now=NOON)
    assert [mark.status for mark in taken.marks] == [Status.DUPLICATE]


async def test_the_only_record_of_a_file_is_a_revision_of_what_was_the_only_one(store: Store) -> None:
    await store.accept([take("a.json", article("one"), article("two"))], now=NOON)
    fewer = await store.accept([take("a.json", article("one, edited"))], now=NOON)
    assert told(fewer.events) == [("published", 1)]
    edited = await store.accept([take("a.json", article("one, edited again"))], now=NOON)
    assert told(edited.events) == [("updated", 2)]


async def test_a_file_says_which_of_its_records_are_not_published(store: Store) -> None:
    refused = (Refusal("it has no title", line=7, record=4),)
    late = article("late", embargoed=NOON + MINUTE)
    await store.accept(
        [take("a.txt", article("known")), take("b.json", article("known"), late, refused=refused)], now=NOON
    )
    status, reason = await status_of(store, "b.json")
    assert status is Status.SCHEDULED
    assert reason == (
        "record 1: it is the same article as a.txt; record 2: it is held until 2026-03-02T12:01:00+00:00; "
        "record 4 was refused: it has no title (line 7)"
    )


async def test_the_same_story_twice_in_one_file_is_one_article(store: Store) -> None:
    twice = take("a.json", article(), article(urgency=1))
    assert told((await store.accept([twice], now=NOON)).events) == [("published", 1)]
    again = dataclasses.replace(twice, sha256="touched")
    assert (await store.accept([again], now=NOON)).events == ()


# Refused files.


async def test_a_refused_file_is_quarantined_with_its_reason(store: Store) -> None:
    refusal = Refusal("the date \udcff is none", line=3)
    accepted = await store.accept([take("bad.txt", refusal=refusal)], now=NOON)
    assert accepted.events == ()
    (mark,) = await store.marks()
    assert accepted.marks == (mark,)
    assert mark.status is Status.QUARANTINED
    assert mark.refusal == Refusal(r"the date \udcff is none", line=3)
    assert mark.reason == r"the date \udcff is none (line 3)"


async def test_tries_count_different_contents_and_end_with_the_first_good_one(store: Store) -> None:
    tries = []
    for minute, sha256 in enumerate(["one", "one", "two", "three"]):
        bad = dataclasses.replace(take("a.txt", refusal=Refusal("no date")), sha256=sha256)
        await store.accept([bad], now=NOON + minute * MINUTE)
        tries.append((await mark_of(store, "a.txt")).tries)
    assert tries == [1, 1, 2, 3]
    await store.accept([take("a.txt", article())], now=NOON + 9 * MINUTE)
    mark = await mark_of(store, "a.txt")
    assert (mark.tries, mark.refusal, mark.first_seen) == (0, None, NOON)


async def test_a_broken_edit_keeps_the_article_and_the_repaired_file_revises_it(store: Store) -> None:
    await store.accept([take("a.txt", article())], now=NOON)
    broken = await store.accept([take("a.txt", refusal=Refusal("no date"))], now=NOON)
    assert broken.events == ()
    assert [mark.status for mark in broken.marks] == [Status.QUARANTINED]
    repaired = await store.accept([take("a.txt", article("repaired"))], now=NOON)
    assert told(repaired.events) == [("updated", 2)]


async def test_a_touched_file_keeps_its_mark_with_the_new_look(store: Store) -> None:
    one = take("caf\udce9.txt", article())
    await store.accept([one], now=NOON)
    touched = dataclasses.replace(one.seed, mtime_ns=99, inode=2**64 - 1)
    await store.refresh([touched, Seed("unknown.txt", 1, 2, 3, 4)])
    (mark,) = await store.marks()
    assert (mark.seed, mark.sha256, mark.status) == (touched, one.sha256, Status.PUBLISHED)
