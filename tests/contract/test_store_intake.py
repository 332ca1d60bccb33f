"""The contract of a store's way in: which article a file's records are, and what becomes of the file."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engines import DAY, MINUTE, NOON, article, mark_of, status_of, take, told
from feeder.model import Usage
from feeder.store import Status, Store, open_store

if TYPE_CHECKING:
    from pathlib import Path


# One file and its article.


async def test_a_new_file_is_published_and_marked(store: Store) -> None:
    one = take("news/a.txt", article())
    accepted = await store.accept([one], now=NOON)
    assert told(accepted.events) == [("published", 1)]
    (mark,) = await store.marks()
    assert accepted.marks == (mark,)
    assert (mark.seed, mark.sha256, mark.format, mark.first_seen) == (one.seed, one.sha256, "seed", NOON)
    assert (mark.status, mark.reason, mark.tries) == (Status.PUBLISHED, None, 0)
    assert not accepted.more


async def test_the_same_content_again_is_no_event(store: Store) -> None:
    await store.accept([take("a.txt", article())], now=NOON)
    accepted = await store.accept([take("a.txt", article())], now=NOON + MINUTE)
    assert accepted.events == ()
    assert [mark.status for mark in accepted.marks] == [Status.PUBLISHED]


async def test_an_edit_is_the_next_version_and_a_correction_is_called_one(store: Store) -> None:
    edits: list[dict[str, Any]] = [{}, {"title": "Rain"}, {"correction": "It was snow."}]
    edits.append({"correction": "It was snow.", "urgency": 1})
    for minute, fields in enumerate(edits):
        await store.accept([take("a.txt", article(**fields))], now=NOON + minute * MINUTE)
    events = await store.read(0, 9)
    assert told(events) == [("published", 1), ("updated", 2), ("corrected", 3), ("updated", 4)]
    assert {event.article_id for event in events} == {article().id}
    assert {event.slug for event in events} == {"2026-03-01-weather"}
    assert [event.article and event.article.version for event in events] == [1, 2, 3, 4]


async def test_a_revision_is_modified_when_its_author_says_but_never_later_than_now(store: Store) -> None:
    for minute, modified in enumerate([None, None, NOON - MINUTE, NOON + 99 * MINUTE]):
        await store.accept([take("a.txt", article(f"edit {minute}", modified=modified))], now=NOON + minute * MINUTE)
    moments = [event.article and event.article.modified for event in await store.read(0, 9)]
    assert moments == [None, NOON + MINUTE, NOON - MINUTE, NOON + 3 * MINUTE]


async def test_a_declared_version_is_kept_where_it_moves_on_and_an_older_one_is_not_shown(store: Store) -> None:
    for declared in (3, 7, None, 5):
        numbers = {"version": declared or 1, "declared_version": declared}
        edit = article(f"edit {declared}", id="urn:x:1", own_id=True, **numbers)
        accepted = await store.accept([take(f"{declared}.txt", edit)], now=NOON)
        assert len(accepted.events) == (declared != 5)
    assert told(await store.read(0, 9)) == [("published", 3), ("updated", 7), ("updated", 8)]
    status, reason = await status_of(store, "5.txt")
    assert status is Status.IGNORED
    assert reason is not None
    assert "older" in reason


async def test_an_author_who_adds_an_id_later_makes_no_new_article(store: Store) -> None:
    await store.accept([take("a.txt", article("first"))], now=NOON)
    for text in ("second", "third"):
        await store.accept([take("a.txt", article(text, id="urn:x:1", own_id=True))], now=NOON)
    events = await store.read(0, 9)
    assert told(events) == [("published", 1), ("updated", 2), ("updated", 3)]
    assert {event.article and (event.article.id, event.article.own_id) for event in events} == {
        (article("first").id, False)
    }


async def test_a_changed_expiry_counts_though_nothing_shown_changed(store: Store) -> None:
    await store.accept([take("a.txt", article(expires=NOON + MINUTE))], now=NOON)
    accepted = await store.accept([take("a.txt", article(expires=NOON + 9 * MINUTE))], now=NOON)
    assert accepted.events == ()
    assert await store.next_due() == NOON + 9 * MINUTE


async def test_slugs_are_minted_once_and_a_clash_gets_a_number(store: Store) -> None:
    long = "x" * 80
    for wish in ("rain", long):
        await store.accept([take(f"{wish}{n}", article(f"{wish} {n}", slug=wish)) for n in range(12)], now=NOON)
    slugs = {event.slug for event in await store.read(0, 99)}
    expected = {"rain", long} | {f"rain-{n}" for n in range(2, 13)}
    assert slugs == expected | {"x" * 78 + f"-{n}" for n in range(2, 10)} | {"x" * 77 + f"-{n}" for n in range(10, 13)}


async def test_a_minted_id_that_another_article_has_is_made_different(store: Store) -> None:
    await store.accept([take("a.txt", article("first"))], now=NOON)
    await store.accept([take("a.txt", article("second"))], now=NOON)
    await store.accept([take("b.txt", article("first"))], now=NOON)
    first, _, third = await store.read(0, 9)
    assert third.kind == "published"
    assert third.article_id != first.article_id
    assert third.article_id.startswith("urn:uuid:")


# Order.


async def test_what_one_look_finds_is_numbered_in_order_of_date_then_of_path(store: Store) -> None:
    days = {"b.txt": 2, "a.txt": 2, "z.txt": 1, "c.txt": 0}
    files = [take(path, article(path, published=DAY - timedelta(days=day))) for path, day in days.items()]
    await store.stage(files[:2], now=NOON)
    accepted = await store.accept(files[2:], now=NOON, limit=3)
    assert accepted.more
    rest = await store.accept([], now=NOON, limit=3)
    assert not rest.more
    texts = [event.article and event.article.text for event in (*accepted.events, *rest.events)]
    assert texts == ["a.txt", "b.txt", "z.txt", "c.txt"]
    assert [event.seq for event in await store.read(0, 9)] == [1, 2, 3, 4]


async def test_the_instant_orders_and_not_its_zone(store: Store) -> None:
    tokyo, london = "2026-03-01T08:00:00+09:00", "2026-03-01T00:00:00+00:00"
    moments = {"london": datetime.fromisoformat(london), "tokyo": datetime.fromisoformat(tokyo)}
    accepted = await store.accept([take(name, article(name, published=moments[name])) for name in moments], now=NOON)
    assert [event.article and event.article.text for event in accepted.events] == ["tokyo", "london"]
    assert accepted.events[0].article is not None
    assert accepted.events[0].article.published.isoformat() == tokyo


# What waits.


async def test_who_stages_what_is_held_for_later_is_told_at_once_as_nothing_else_will(store: Store) -> None:
    now, later = take("now.txt", article("now")), take("later.txt", article("later", published=NOON + MINUTE))
    (mark,) = await store.stage([now, later], now=NOON)
    assert (mark.seed, mark.status) == (later.seed, Status.SCHEDULED)
    assert [mark.seed for mark in (await store.accept([], now=NOON)).marks] == [now.seed]
    part = take("long.jsonl", article("one", published=NOON + MINUTE), last=False)
    assert await store.stage([part], now=NOON) == ()  # it is being read
    assert [mark.seed for mark in (await store.accept([], now=NOON + MINUTE)).marks] == [later.seed]


async def test_what_is_staged_waits_over_a_restart(store_url: str, tmp_path: Path) -> None:
    store = await open_store(store_url, data=tmp_path)
    await store.stage([take("a.txt", article(), backfill=True)], now=NOON)
    assert await store.read(0, 9) == []
    assert await status_of(store, "a.txt") == (Status.SCHEDULED, "it waits for its turn")
    await store.close()
    store = await open_store(store_url, data=tmp_path)
    accepted = await store.accept([], now=NOON + MINUTE)
    assert [event.backfill for event in accepted.events] == [True]
    assert (await mark_of(store, "a.txt")).first_seen == NOON
    await store.close()


async def test_staging_a_file_again_replaces_what_waits_of_it(store: Store) -> None:
    await store.stage([take("a.txt", article("first"), article("other"))], now=NOON)
    await store.stage([take("a.txt", article("second"))], now=NOON)
    accepted = await store.accept([], now=NOON)
    assert [event.article and event.article.text for event in accepted.events] == ["second"]


async def test_an_embargo_holds_an_article_until_its_moment(store: Store) -> None:
    accepted = await store.accept([take("a.txt", article(embargoed=NOON + MINUTE))], now=NOON)
    assert accepted.events == ()
    assert not accepted.more
    status, reason = await status_of(store, "a.txt")
    assert status is Status.SCHEDULED
    assert reason is not None
    assert (NOON + MINUTE).isoformat() in reason
    assert (await store.accept([], now=NOON + MINUTE - timedelta(microseconds=1))).events == ()
    released = await store.accept([], now=NOON + MINUTE)
    assert told(released.events) == [("published", 1)]
    assert [mark.status for mark in released.marks] == [Status.PUBLISHED]


async def test_an_embargoed_edit_leaves_the_old_version_in_view(store: Store) -> None:
    await store.accept([take("a.txt", article("old"))], now=NOON)
    await store.accept([take("a.txt", article("new", embargoed=NOON + MINUTE))], now=NOON)
    status, reason = await status_of(store, "a.txt")
    assert status is Status.PUBLISHED
    assert reason is not None
    assert "held until" in reason
    released = await store.accept([], now=NOON + MINUTE)
    assert told(released.events) == [("updated", 2)]
    assert await status_of(store, "a.txt") == (Status.PUBLISHED, None)


async def test_a_held_article_is_not_released_without_its_file(store: Store) -> None:
    await store.accept([take("a.txt", article(embargoed=NOON + MINUTE))], now=NOON)
    assert await store.vanish(["a.txt"], now=NOON, withdraw=False) == []
    assert (await store.accept([], now=NOON + MINUTE)).events == ()
    assert await store.next_due() is None


# Taking back.


@pytest.mark.parametrize("usage", [Usage.DRAFT, Usage.WITHDRAWN])
async def test_an_author_takes_back_and_brings_back(store: Store, usage: Usage) -> None:
    await store.accept([take("a.txt", article())], now=NOON)
    taken_back = await store.accept([take("a.txt", article(usage=usage, published=NOON + MINUTE))], now=NOON)
    assert [(event.kind, event.reason) for event in taken_back.events] == [("retracted", "withdrawn")]
    assert (await mark_of(store, "a.txt")).status == Status(usage)
    returned = await store.accept([take("a.txt", article())], now=NOON)
    assert told(returned.events) == [("published", 2)]
    assert {event.article_id for event in await store.read(0, 9)} == {article().id}


async def test_a_draft_that_was_never_shown_is_no_event(store: Store) -> None:
    accepted = await store.accept([take("a.txt", article(usage=Usage.DRAFT))], now=NOON)
    assert accepted.events == ()
    assert [mark.status for mark in accepted.marks] == [Status.DRAFT]
    assert await store.by_id(article().id) is None


async def test_a_withdrawal_in_a_file_of_its_own_counts_and_a_draft_of_it_does_not(store: Store) -> None:
    own: dict[str, Any] = {"id": "urn:x:1", "own_id": True}
    await store.accept([take("a.txt", article(**own))], now=NOON)
    draft = await store.accept([take("b.txt", article("better", usage=Usage.DRAFT, **own))], now=NOON)
    assert draft.events == ()
    kill = await store.accept([take("c.txt", article("gone", usage=Usage.WITHDRAWN, **own))], now=NOON)
    assert told(kill.events) == [("retracted", 1)]
    assert (await mark_of(store, "a.txt")).status is Status.WITHDRAWN


async def test_what_has_expired_is_not_published_and_takes_back_what_was(store: Store) -> None:
    early = await store.accept([take("a.txt", article(expires=NOON))], now=NOON)
    assert early.events == ()
    assert [mark.status for mark in early.marks] == [Status.EXPIRED]
    await store.accept([take("a.txt", article(expires=NOON + MINUTE))], now=NOON)
    late = await store.accept([take("a.txt", article("edited", expires=NOON + MINUTE))], now=NOON + MINUTE)
    assert [(event.kind, event.reason) for event in late.events] == [("retracted", "expired")]
    longer = await store.accept([take("a.txt", article("edited", expires=NOON + 9 * MINUTE))], now=NOON + MINUTE)
    assert told(longer.events) == [("published", 2)]


async def test_a_killed_article_stays_killed_whatever_comes(store: Store) -> None:
    await store.accept([take("a.txt", article())], now=NOON)
    (event,) = await store.retract(article().id, now=NOON, reason="libel \udcff")
    assert (event.kind, event.reason, event.version) == ("retracted", r"libel \udcff", 1)
    files = [take("a.txt", article("edited")), take("b.txt", article()), take("a.txt", article())]
    for file in files:
        accepted = await store.accept([file], now=NOON, gone=["a.txt"])
        assert accepted.events == ()
        assert [mark.status for mark in accepted.marks] == [Status.WITHDRAWN]
    assert await store.newest(None, 9) == []
    assert await store.retract(article().id, now=NOON, reason="libel") == []


async def test_an_article_that_was_withdrawn_can_still_be_killed(store: Store) -> None:
    await store.accept([take("a.txt", article())], now=NOON)
    await store.accept([take("a.txt", article(usage=Usage.WITHDRAWN))], now=NOON)
    assert await store.retract(article().id, now=NOON, reason="libel") == []
    assert (await store.accept([take("a.txt", article())], now=NOON)).events == ()


async def test_an_unknown_article_cannot_be_retracted(store: Store) -> None:
    with pytest.raises(KeyError):
        await store.retract("urn:nobody", now=NOON, reason="libel")
