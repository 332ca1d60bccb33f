"""The contract of a store's subscriptions: what was confirmed stays, what was not changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engines import NOON
from feeder.errors import OccupiedError
from feeder.store import Intent, Store, Subscription, open_store

DAY = timedelta(days=1)


def intent(callback: str = "https://reader.example/a", **fields: Any) -> Intent:
    given: dict[str, Any] = {"feed": "all", "suffix": "atom", "lease_seconds": 3600, "seq": 7}
    return Intent(callback=callback, **given | fields)


async def subscribed(store: Store, callback: str = "https://reader.example/a", **fields: Any) -> Subscription:
    kept = await store.subscribers.keep_intent(intent(callback, **fields))
    found = await store.subscribers.subscribe(kept, expires=NOON + DAY)
    assert found is not None
    return found


async def test_an_intent_is_kept_with_a_number_until_it_is_confirmed(store: Store) -> None:
    asked = [intent(), intent("https://reader.example/b", secret=b"\xffx", seq=0), intent(feed="world", suffix="json")]
    kept = [await store.subscribers.keep_intent(one) for one in asked]
    assert [replace(one, num=0) for one in kept] == asked
    assert len({one.num for one in kept}) == 3
    assert await store.subscribers.intents() == kept
    found = await store.subscribers.subscribe(kept[1], expires=NOON + DAY)
    assert found == Subscription(
        num=found.num if found else 0,
        callback="https://reader.example/b",
        feed="all",
        suffix="atom",
        secret=b"\xffx",
        expires=NOON + DAY,
        seq=0,
    )
    assert await store.subscribers.subscriptions() == [found]
    assert await store.subscribers.intents() == [kept[0], kept[2]]


async def test_what_is_not_confirmed_changes_nothing(store: Store) -> None:
    first = await subscribed(store, secret=b"first")
    again = await store.subscribers.keep_intent(intent(secret=b"second"))
    assert await store.subscribers.subscriptions() == [first]
    await store.subscribers.drop_intent(again)
    await store.subscribers.drop_intent(again)
    assert await store.subscribers.intents() == []
    assert await store.subscribers.subscriptions() == [first]


async def test_a_renewal_keeps_number_and_cursor(store: Store) -> None:
    first = await subscribed(store, secret=b"first")
    failing = replace(first, seq=12, is_failing=True)
    await store.subscribers.note_delivered([failing])
    assert await store.subscribers.subscriptions() == [failing]
    kept = await store.subscribers.keep_intent(intent(seq=99))
    renewed = await store.subscribers.subscribe(kept, expires=NOON + 3 * DAY)
    assert renewed == replace(first, secret=None, expires=NOON + 3 * DAY, seq=12)
    assert await store.subscribers.subscriptions() == [renewed]


async def test_a_newer_intent_takes_an_earlier_ones_place(store: Store) -> None:
    earlier = await store.subscribers.keep_intent(intent())
    later = await store.subscribers.keep_intent(intent(lease_seconds=None))
    assert await store.subscribers.intents() == [later]
    assert await store.subscribers.subscribe(earlier, expires=NOON) is None
    assert not await store.subscribers.unsubscribe(earlier)
    assert await store.subscribers.subscriptions() == []
    await store.subscribers.drop_intent(earlier)
    assert await store.subscribers.intents() == [later]


async def test_who_leaves_is_forgotten_and_nobody_else(store: Store) -> None:
    await subscribed(store)
    others = [
        await subscribed(store, "https://reader.example/b"),
        await subscribed(store, suffix="rss"),
        await subscribed(store, feed="world"),
    ]
    leaving = await store.subscribers.keep_intent(intent(lease_seconds=None))
    assert await store.subscribers.unsubscribe(leaving)
    assert not await store.subscribers.unsubscribe(leaving)
    assert await store.subscribers.subscriptions() == others
    never = await store.subscribers.keep_intent(intent("https://reader.example/never", lease_seconds=None))
    assert await store.subscribers.unsubscribe(never)


async def test_cursors_never_go_back_and_bring_nobody_back(store: Store) -> None:
    first, second = await subscribed(store), await subscribed(store, "https://reader.example/b")
    await store.subscribers.note_delivered([replace(first, seq=9), replace(second, seq=8)])
    await store.subscribers.note_delivered([replace(first, seq=8)])
    assert [one.seq for one in await store.subscribers.subscriptions()] == [9, 8]
    await store.subscribers.end([first])
    await store.subscribers.note_delivered([replace(first, seq=10)])
    assert [one.num for one in await store.subscribers.subscriptions()] == [second.num]


async def test_what_ended_is_forgotten_unless_it_was_renewed(store: Store) -> None:
    first, second = await subscribed(store), await subscribed(store, "https://reader.example/b")
    kept = await store.subscribers.keep_intent(intent())
    renewed = await store.subscribers.subscribe(kept, expires=NOON + 9 * DAY)
    await store.subscribers.end([first, second])
    assert await store.subscribers.subscriptions() == [renewed]


async def test_a_number_is_never_given_twice(store: Store) -> None:
    first = await subscribed(store)
    await store.subscribers.end([first])
    assert (await subscribed(store)).num > first.num
    kept = await store.subscribers.keep_intent(intent())
    await store.subscribers.drop_intent(kept)
    assert (await store.subscribers.keep_intent(intent())).num > kept.num


async def test_another_hub_is_told_of_what_is_followed_and_no_more(store: Store) -> None:
    leased = await subscribed(store)
    await subscribed(store, "https://hub.example/", suffix="rss", secret=b"x")
    both = [("all", "atom"), ("all", "rss")]
    followed = await store.subscribers.follow("https://hub.example/", both)
    assert {(one.feed, one.suffix, one.expires, one.secret) for one in followed} == {
        ("all", "atom", None, None),
        ("all", "rss", None, None),
    }
    (atom,) = [one for one in followed if one.suffix == "atom"]
    assert atom.seq == 0
    await store.subscribers.note_delivered([replace(atom, seq=4)])
    more = await store.subscribers.follow("https://hub.example/", [*both, ("world", "atom")])
    assert {(one.feed, one.suffix): one.seq for one in more}[("all", "atom")] == 4
    assert len(more) == 3
    (fewer,) = await store.subscribers.follow("https://hub.example/", [("all", "atom")])
    assert fewer == replace(atom, seq=4)
    (other,) = await store.subscribers.follow("https://other.example/", [("all", "atom")])
    assert await store.subscribers.subscriptions() == [leased, other]
    await store.subscribers.end([other])
    assert await store.subscribers.subscriptions() == [leased]


async def test_all_of_it_survives_a_restart(store_url: str, tmp_path: Path) -> None:
    first = await open_store(store_url, data=tmp_path)
    found = await subscribed(first, secret=b"kept")
    kept = await first.subscribers.keep_intent(intent(lease_seconds=None))
    await first.close()
    second = await open_store(store_url, data=tmp_path)
    assert await second.subscribers.subscriptions() == [found]
    assert await second.subscribers.intents() == [kept]
    await second.close()
    reading = await open_store(store_url, data=tmp_path, write=False)
    assert await reading.subscribers.subscriptions() == [found]
    await reading.close()


async def test_an_overtaken_writer_keeps_nothing_more(store_url: str, tmp_path: Path) -> None:
    first = await open_store(store_url, data=tmp_path)
    second = await open_store(store_url, data=tmp_path)
    with pytest.raises(OccupiedError):
        await first.subscribers.keep_intent(intent())
    assert await second.subscribers.intents() == []
    await first.close()
    await second.close()


def test_what_is_secret_is_not_in_a_line_of_a_log() -> None:
    one = intent("https://reader.example/capability", secret=b"hush")
    assert "capability" not in repr(one)
    assert "hush" not in repr(one)
