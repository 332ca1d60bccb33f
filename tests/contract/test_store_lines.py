"""Lines of the stream that a store keeps: always what the form makes of the event as it is now, or the event itself."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from engines import MINUTE, NOON, article, take
from feeder.model import Event, Feed, Filter, Kind
from feeder.render import Site
from feeder.store import Form, Line, Store, open_store
from feeder.stream import form_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SITE = Site(title="Harbour News", base_url="https://news.example")


def told(found: Sequence[Line | Event], form: Form) -> list[tuple[int, str, str, bytes]]:
    """What a stream makes of what it reads."""
    return [(one.seq, one.cursor, one.kind, one.data if isinstance(one, Line) else form.write(one)) for one in found]


async def are_true(store: Store, form: Form) -> bool:
    """Whether the lines say what the events say."""
    return told(await store.lines(0, 1000, form.name), form) == told(await store.read(0, 1000), form)


async def kept(store: Store, form: Form) -> list[int]:
    """The numbers of the events that come as lines."""
    return [one.seq for one in await store.lines(0, 1000, form.name) if isinstance(one, Line)]


async def mend(store: Store) -> int:
    """Have all lines written anew, by three; gives after how many steps there were no more."""
    for steps in itertools.count(1):
        if not await store.mend_lines(3):
            return steps
    raise AssertionError


async def publish(store: Store, *numbers: int, minutes: int = 0, **fields: object) -> None:
    takes = [
        take(f"{n}.txt", article(f"Storm {n} “\u2028”", id=f"urn:{n}", own_id=True, sections=("harbour",), **fields))
        for n in numbers
    ]
    await store.accept(takes, now=NOON + minutes * MINUTE)


async def test_events_come_as_the_lines_that_were_written_with_them(store: Store) -> None:
    form = form_of(SITE)
    store.keep_lines(form)
    await publish(store, 1, 2, 3)
    await publish(store, 2, minutes=1, correction="It was Tuesday.")
    assert await kept(store, form) == [1, 2, 3, 4]
    assert await are_true(store, form)
    assert [one.kind for one in await store.lines(0, 9, form.name)][-1] == Kind.CORRECTED
    assert [one.seq for one in await store.lines(1, 2, form.name)] == [2, 3]
    assert await store.lines(4, 9, form.name) == []


async def test_without_a_form_and_in_another_one_events_come(store: Store) -> None:
    form = form_of(SITE)
    await publish(store, 1)
    assert await store.mend_lines(3) is False
    store.keep_lines(form)
    await publish(store, 2)
    assert await kept(store, form) == [2]
    assert await are_true(store, form)
    other = form_of(Site(title="Harbour News", base_url="https://moved.example"))
    assert other.name != form.name
    assert await kept(store, other) == []
    assert await are_true(store, other)


async def test_a_retraction_takes_the_lines_with_the_content(store: Store) -> None:
    form = form_of(SITE)
    store.keep_lines(form)
    await publish(store, 1, 2)
    await publish(store, 1, minutes=1, dateline="KIEL")
    await store.retract("urn:1", now=NOON + 2 * MINUTE, reason="withdrawn")
    assert await kept(store, form) == [2]
    assert await are_true(store, form)
    assert await mend(store) == 1
    assert await kept(store, form) == [2]


async def test_an_event_that_tells_of_other_feeds_is_no_line_until_it_is_mended(store: Store) -> None:
    feed = Feed(name="storms", title="Storms", shelf="=storms", wanted=Filter(query="storm"))
    form = form_of(Site(title="Harbour News", base_url="https://news.example", feeds=(feed,)))
    store.keep_lines(form)
    await publish(store, 1, 2, 3, 4)
    assert await kept(store, form) == [1, 2, 3, 4]
    await store.define([feed])
    assert await kept(store, form) == []
    assert b'"storms"' in told(await store.lines(0, 1, form.name), form)[0][3]
    assert await are_true(store, form)
    assert await mend(store) == 2
    assert await kept(store, form) == [1, 2, 3, 4]
    assert await are_true(store, form)
    await store.define([])
    assert await kept(store, form) == []
    assert await are_true(store, form)


async def test_mending_brings_all_lines_to_the_form(store: Store) -> None:
    await publish(store, 1, 2, 3)
    store.keep_lines(form_of(SITE))
    await publish(store, 4, 5)
    form = form_of(Site(title="Harbour News", base_url="https://moved.example"))
    store.keep_lines(form)
    assert await mend(store) == 2
    assert await kept(store, form) == [1, 2, 3, 4, 5]
    assert await are_true(store, form)
    assert await store.mend_lines(3) is False


async def test_what_cannot_be_written_comes_as_an_event_and_is_not_tried_again(store: Store) -> None:
    asked = []

    def write(event: Event) -> bytes:
        asked.append(event.seq)
        if event.seq == 2:
            raise ValueError("it cannot be shown")
        return b"{}"

    form = Form("picky", write)
    store.keep_lines(form)
    await publish(store, 1, 2, 3)
    assert await kept(store, form) == [1, 3]
    assert [one.seq for one in await store.lines(0, 9, form.name)] == [1, 2, 3]
    assert await mend(store) == 1
    assert asked == [1, 2, 3]


async def test_what_is_forgotten_is_no_line_either(store: Store) -> None:
    form = form_of(SITE)
    store.keep_lines(form)
    await publish(store, 1, 2)
    await publish(store, 3, minutes=10)
    assert await store.prune(NOON + 5 * MINUTE) == 2
    assert await kept(store, form) == [3]
    store.keep_lines(form_of(Site(title="Harbour News", base_url="https://moved.example")))
    assert await mend(store) == 1


async def test_who_only_reads_finds_the_lines_of_who_wrote(store_url: str, tmp_path: Path) -> None:
    form = form_of(SITE)
    writer = await open_store(store_url, data=tmp_path)
    writer.keep_lines(form)
    await publish(writer, 1, 2)
    reader = await open_store(store_url, data=tmp_path, write=False)
    assert await kept(reader, form_of(SITE)) == [1, 2]
    assert await reader.lines(0, 9, form.name) == await writer.lines(0, 9, form.name)
    await reader.close()
    await writer.close()


async def test_an_article_that_came_and_went_at_once_leaves_no_line(store: Store) -> None:
    form = form_of(SITE)
    store.keep_lines(form)
    held = article("Storm", id="urn:1", own_id=True, expires=NOON + timedelta(minutes=1))
    await store.accept([take("1.txt", held)], now=NOON)
    await store.expire(now=NOON + timedelta(minutes=2))
    assert await kept(store, form) == []
    assert await are_true(store, form)
