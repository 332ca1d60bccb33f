"""What a store keeps of refused files, and of files of which records were refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from engines import MINUTE, NOON, article, mark_of, take
from feeder.store import Refusal, Status, Store, open_store

SOME = tuple(Refusal(f"record {number} has no date", line=number, record=number) for number in range(2, 5))


async def test_a_file_keeps_which_of_its_records_were_refused(store: Store, store_url: str, tmp_path: Path) -> None:
    dump = take("a.jsonl", article("one"), article("two"), refused=SOME, refused_count=7)
    (told,) = (await store.accept([dump], now=NOON)).marks
    assert (told.refused, told.refused_count, told.is_refused, told.status) == (SOME, 7, True, Status.PUBLISHED)
    assert told.reason == "record 2 was refused: record 2 has no date (line 2) (and 6 more)"
    again = await open_store(store_url, data=tmp_path, write=False)
    assert await again.marks() == [told]
    await again.close()
    mended = dataclasses.replace(dump, sha256="mended", refused=(), refused_count=0)
    (told,) = (await store.accept([mended], now=NOON + MINUTE)).marks
    assert (told.refused, told.refused_count, told.is_refused, told.reason) == ((), 0, False, None)


async def test_of_very_many_refused_records_the_first_are_kept_and_all_counted(store: Store) -> None:
    many = tuple(Refusal("no date \udcff", record=number) for number in range(1, 501))
    await store.accept([take("a.jsonl", article("one"), refused=many)], now=NOON)
    mark = await mark_of(store, "a.jsonl")
    assert mark.refused_count == 500
    assert 0 < len(mark.refused) < 500
    assert mark.refused[0] == Refusal(r"no date \udcff", record=1)


async def test_a_refused_file_is_refused_as_a_whole(store: Store) -> None:
    await store.accept([take("a.txt", refusal=Refusal("no date"))], now=NOON)
    mark = await mark_of(store, "a.txt")
    assert (mark.is_refused, mark.refused, mark.refused_count) == (True, (), 0)


async def test_a_file_that_is_no_article_is_not_refused(store: Store) -> None:
    await store.accept([take("photo.jpg", ignored="it is a picture")], now=NOON)
    mark = await mark_of(store, "photo.jpg")
    assert (mark.status, mark.reason, mark.is_refused) == (Status.IGNORED, "it is a picture", False)


async def test_staging_tells_of_those_that_no_accept_will_tell_of(store: Store) -> None:
    await store.accept([take("old.txt", article("old"))], now=NOON)
    told = await store.stage(
        [
            take("bad.txt", refusal=Refusal("no date")),
            take("photo.jpg", ignored="it is a picture"),
            take("new.txt", article("new")),
            take("old.txt", article("old, and edited")),
            take("several.json", article("three"), article("four"), refused=SOME),
            take("later.txt", article("later", embargoed=NOON + MINUTE)),
        ],
        now=NOON,
    )
    assert {mark.seed.path: mark.status for mark in told} == {
        "bad.txt": Status.QUARANTINED,
        "photo.jpg": Status.IGNORED,
        "later.txt": Status.SCHEDULED,
    }
    kept = {mark.seed.path: mark for mark in await store.marks()}
    assert [kept[mark.seed.path] for mark in told] == list(told)
    accepted = await store.accept([], now=NOON)
    assert {mark.seed.path for mark in accepted.marks} == {"new.txt", "old.txt", "several.json"}


async def test_staging_tells_of_a_dump_that_says_what_it_said(store: Store) -> None:
    dump = take("a.jsonl", article("one"), article("two"))
    await store.accept([dump], now=NOON)
    (told,) = await store.stage([dataclasses.replace(dump, sha256="other spaces")], now=NOON + MINUTE)
    assert (told.status, told.sha256) == (Status.PUBLISHED, "other spaces")
    assert (await store.accept([], now=NOON + MINUTE)).marks == ()
