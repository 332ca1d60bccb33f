"""The contract of a store about files that articles show: which are shown, which are kept, and who shows them."""

from __future__ import annotations

from typing import Any

import pytest

from engines import DAY, MINUTE, NOON, article, take
from feeder import media
from feeder.model import Article, Enclosure, Event, Seed, Usage
from feeder.store import Status, Store, Take, open_store

PHOTO, CHART, SONG = (f"{digit * 64}.{suffix}" for digit, suffix in (("a", "jpg"), ("b", "png"), ("c", "mp3")))
LATER = NOON + MINUTE


def shows(*names: str, text: str = "It rained.", **fields: Any) -> Article:
    return article(text, images=tuple(Enclosure(f"/media/{name}") for name in names), **fields)


async def accept(store: Store, path: str, *articles: Article, **fields: Any) -> tuple[Event, ...]:
    return (await store.accept([take(path, *articles, **fields)], now=NOON)).events


async def shown(store: Store) -> set[str]:
    return {name for name in (PHOTO, CHART, SONG) if await store.shows_media(name)}


async def looks(store: Store) -> dict[str, int]:
    """How large each known file was when it was read; below zero, it is to be read again."""
    return {mark.seed.path: mark.seed.size for mark in await store.marks()}


async def test_images_enclosures_and_the_body_are_shown(store: Store) -> None:
    assert await shown(store) == await store.media() == set()
    one = shows(PHOTO, enclosures=(Enclosure(f"/media/{SONG}"), Enclosure("https://m.example/x.jpg")))
    html = f'<p><a href="/media/{CHART}">x</a></p>'
    given = take("a.txt", Article(**{field: getattr(one, field) for field in one.__slots__} | {"html": html}))
    await store.accept([given], now=NOON)
    assert await shown(store) == await store.media() == {PHOTO, CHART, SONG}


async def test_a_photo_goes_with_the_version_that_showed_it(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO))
    assert [event.kind for event in await accept(store, "a.txt", shows(CHART))] == ["updated"]
    assert await shown(store) == await store.media() == {CHART}


async def test_what_two_articles_show_is_shown_until_the_last_one_goes(store: Store) -> None:
    (first,) = await accept(store, "a.txt", shows(PHOTO, CHART))
    (second,) = await accept(store, "b.txt", shows(PHOTO, text="It snowed."))
    await store.retract(first.article_id, now=NOON, reason="killed")
    assert await shown(store) == {PHOTO}
    await store.retract(second.article_id, now=NOON, reason="killed")
    assert await shown(store) == await store.media() == set()


async def test_what_is_taken_back_shows_nothing_and_what_returns_shows_it_again(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO))
    await accept(store, "a.txt", shows(PHOTO, usage=Usage.DRAFT))
    assert await shown(store) == set()
    await accept(store, "a.txt", shows(PHOTO))
    assert await shown(store) == {PHOTO}
    assert await store.vanish(["a.txt"], now=NOON, withdraw=True)
    assert await shown(store) == set()


async def test_a_deletion_that_withdraws_nothing_takes_no_photo(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO))
    assert await store.vanish(["a.txt"], now=NOON, withdraw=False) == []
    assert await shown(store) == await store.media() == {PHOTO}


async def test_what_is_held_is_kept_and_not_shown_before_its_moment(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO, published=LATER))
    assert (await shown(store), await store.media()) == (set(), {PHOTO})
    await store.accept([], now=LATER)
    assert (await shown(store), await store.media()) == ({PHOTO}, {PHOTO})


async def test_an_update_that_is_held_leaves_the_old_photo_shown_and_keeps_the_new_one(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO))
    await accept(store, "a.txt", shows(CHART, embargoed=LATER))
    assert (await shown(store), await store.media()) == ({PHOTO}, {PHOTO, CHART})
    await store.accept([], now=LATER)
    assert (await shown(store), await store.media()) == ({CHART}, {CHART})


async def test_what_is_held_and_deleted_is_not_kept(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO, published=LATER))
    await store.vanish(["a.txt"], now=NOON, withdraw=False)
    assert await store.media() == set()


async def test_what_expires_is_shown_no_more(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO, expires=LATER))
    assert await shown(store) == {PHOTO}
    await store.expire(now=LATER)
    assert (await shown(store), await store.media()) == (set(), set())


async def test_what_is_on_its_way_in_is_kept(store: Store) -> None:
    parts = [shows(PHOTO, text="One"), shows(CHART, text="Two")], [shows(SONG, text="Three")]
    await store.stage([take("a.jsonl", *parts[0], last=False)], now=NOON)
    assert (await shown(store), await store.media()) == (set(), {PHOTO, CHART})
    await store.stage([take("a.jsonl", *parts[1], first=3)], now=NOON)
    assert (await shown(store), await store.media()) == (set(), {PHOTO, CHART, SONG})
    await store.accept([], now=NOON)
    assert await shown(store) == {PHOTO, CHART, SONG}


async def test_a_copy_keeps_what_it_may_show_one_day(store: Store) -> None:
    await accept(store, "a.txt", shows(PHOTO))
    await accept(store, "b.txt", shows(CHART))  # the same words, so it is a copy
    assert (await shown(store), await store.media()) == ({PHOTO}, {PHOTO, CHART})
    await accept(store, "a.txt", shows(PHOTO, text="It snowed."))
    await store.accept([], now=NOON)
    assert await shown(store) == {PHOTO, CHART}


async def test_a_whole_file_that_follows_half_of_a_long_one_leaves_nothing_on_its_way(store: Store) -> None:
    await store.stage([take("a.jsonl", shows(PHOTO, text="One"), shows(CHART, text="Two"), last=False)], now=NOON)
    await accept(store, "a.jsonl", shows(SONG, text="Three"))
    assert await store.media() == {SONG}


async def test_what_is_shown_survives_a_restart(store_url: str, tmp_path: Any) -> None:
    store = await open_store(store_url, data=tmp_path)
    await accept(store, "a.txt", shows(PHOTO), companions=("photo.jpg",))
    await store.close()
    store = await open_store(store_url, data=tmp_path)
    assert (await shown(store), await store.companions()) == ({PHOTO}, [("a.txt", "photo.jpg")])
    await store.close()


# Who shows what


async def test_companions_are_those_of_the_last_reading(store: Store) -> None:
    await accept(store, "b.txt", article("b"), companions=("x.jpg", "caf\udce9.jpg"))
    await accept(store, "a.txt", article("a"), companions=("x.jpg",))
    every = [("a.txt", "x.jpg"), ("b.txt", "caf\udce9.jpg"), ("b.txt", "x.jpg")]
    assert sorted(await store.companions()) == every
    await accept(store, "b.txt", article("b, edited"), companions=("y.jpg",))
    assert sorted(await store.companions()) == [("a.txt", "x.jpg"), ("b.txt", "y.jpg")]
    await store.vanish(["a.txt"], now=NOON, withdraw=False)
    assert await store.companions() == [("b.txt", "y.jpg")]


def picture(path: str, sha256: str = "1") -> Take:
    return Take(seed=Seed(path, 7, 1, 2, 3), sha256=sha256, ignored="it is shown by the articles that name it")


async def test_an_image_is_ignored_and_says_why(store: Store) -> None:
    (mark,) = (await store.accept([picture("photo.jpg")], now=NOON)).marks
    assert (mark.status, mark.reason, mark.format) == (
        Status.IGNORED,
        "it is shown by the articles that name it",
        None,
    )


@pytest.mark.parametrize("staged", [True, False])
async def test_who_shows_a_file_that_is_new_or_another_one_is_to_be_read_again(store: Store, *, staged: bool) -> None:
    async def keep(one: Take) -> None:
        await (store.stage([one], now=NOON) if staged else store.accept([one], now=NOON))

    await accept(store, "a.txt", article("a"), companions=("photo.jpg",))
    await accept(store, "b.txt", article("b"), companions=("other.jpg",))
    for sha256 in ("1", "2"):
        await keep(picture("photo.jpg", sha256))
        assert await looks(store) == {"a.txt": -1, "b.txt": 1, "photo.jpg": 7}
        await accept(store, "a.txt", article("a"), companions=("photo.jpg",))
        assert (await looks(store))["a.txt"] == 1
    await keep(picture("photo.jpg", "2"))  # the same bytes once more
    assert (await looks(store))["a.txt"] == 1


async def test_who_shows_a_file_that_is_gone_is_to_be_read_again(store: Store) -> None:
    await store.accept([picture("photo.jpg")], now=NOON)
    await accept(store, "a.txt", article("a"), companions=("photo.jpg",))
    await store.vanish(["photo.jpg"], now=NOON, withdraw=False)
    assert await looks(store) == {"a.txt": -1}
    await store.refresh([Seed("a.txt", 1, 1, 2, 3)])
    assert await looks(store) == {"a.txt": 1}


async def test_a_file_that_was_only_touched_leaves_others_on_their_way(store: Store) -> None:
    await accept(store, "touched.txt", article("a"))
    await store.stage([take("a.jsonl", article("One"), article("Two"), last=False)], now=NOON)
    await store.refresh([Seed("touched.txt", 1, 9, 9, 3)])
    await store.stage([take("a.jsonl", article("Three"), first=3)], now=NOON)
    assert len((await store.accept([], now=NOON)).events) == 3


async def test_an_article_with_another_photo_keeps_its_day_and_id(store: Store) -> None:
    (before,) = await accept(store, "a.txt", shows(PHOTO))
    (after,) = await accept(store, "a.txt", shows(CHART))
    assert after.article is not None
    assert (after.article_id, after.article.published) == (before.article_id, DAY)
    assert media.names(after.article) == {CHART}
