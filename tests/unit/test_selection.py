"""Selections: each choice once, its verdicts on texts kept when the texts are gone, nothing kept for nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feeder.model import Article, Event, Kind
from feeder.query import parse
from feeder.stream import Choice, frames, selection
from feeder.stream.choice import EVERYTHING, seen
from feeder.stream.ring import Shared, bare
from feeder.stream.selection import Selection, Selections

AT = datetime(2026, 11, 22, tzinfo=UTC)
FERRY = Choice(queries=frozenset({parse("ferry")}))
CHESS = Choice(sections=frozenset({"chess"}))


def shared(seq: int, text: str, *sections: str) -> Shared:
    article = Article(
        id="x", slug="x", title="A title", summary="", html=f"<p>{text}</p>", text=text, published=AT, content_key="k",
        digest="d", format="seed",
    )  # fmt: skip
    event = Event(
        seq=seq, epoch="e", at=AT, kind=Kind.PUBLISHED, article_id="x", slug="x", version=1, shelves=sections,
        article=article,
    )  # fmt: skip
    return Shared(bare(event), frames.event(event, b"{}"), seen(event, None), has_texts=True)


def test_a_verdict_outlives_the_text() -> None:
    found = [shared(1, "The ferry is late."), shared(2, "Nothing happened.")]
    chosen = Selection(FERRY)
    assert [chosen.takes(one) for one in found] == [True, False]
    assert [chosen.takes(one.light()) for one in found] == [None, None]  # nobody asked while it was there
    chosen.note(found)
    assert [chosen.takes(one.light()) for one in found] == [True, False]
    assert [chosen.takes(replace(one.light(), seen=None)) for one in found] == [None, None]


def test_what_is_kept_of_verdicts_is_bounded_and_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "KEPT", 3)
    chosen, found = Selection(FERRY), [shared(seq, "The ferry is late.") for seq in range(1, 8)]
    chosen.note(found[:2])
    chosen.note(found[2:])
    assert [chosen.takes(one.light()) for one in found] == [None] * 4 + [True] * 3


def test_what_came_without_being_seen_is_not_judged() -> None:
    chosen = Selection(FERRY)
    chosen.note([replace(shared(1, "The ferry is late."), seen=None)])
    assert chosen.takes(shared(1, "").light()) is None


def test_everything_takes_what_nobody_has_seen() -> None:
    assert Selection(EVERYTHING).takes(replace(shared(1, ""), seen=None)) is True
    assert Selection(EVERYTHING).is_everything
    assert not Selection(CHESS).is_everything


def test_equal_choices_are_one_until_the_last_has_gone() -> None:
    kept = Selections()
    first, second = kept.take(CHESS), kept.take(Choice(sections=frozenset({"chess"})))
    assert first is second
    assert kept.are_asked()
    kept.drop(first)
    assert kept.take(CHESS) is first
    kept.drop(first)
    kept.drop(second)
    assert kept.take(CHESS) is not first


def test_only_those_who_read_texts_are_asked_while_texts_are_there() -> None:
    kept = Selections()
    assert not kept.are_asked()
    everything = kept.take(EVERYTHING)
    assert not kept.are_asked()
    chess, ferry = kept.take(CHESS), kept.take(FERRY)
    assert kept.are_asked()
    assert kept.reading() == [ferry]
    for one in (everything, chess, ferry):
        kept.drop(one)
    assert (kept.are_asked(), kept.reading()) == (False, [])
