"""What stands where on the front page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Enclosure, Event, Kind, Section, Tombstone
from feeder.pages.front import FrontPage, front_page, is_news, sections_to_ask
from live import NOON, article

PICTURE = Enclosure(f"/media/{'1' * 64}.jpg", "image/jpeg", 5)
WORLD, SPORT = Section("world", "World"), Section("sport", "Sport")


def event(seq: int, hours: int | None = None, kind: Kind = Kind.PUBLISHED, **fields: Any) -> Event:
    """An event whose article was published so many hours before noon; without any, the later the newer."""
    published = NOON - timedelta(hours=100 - seq if hours is None else hours)
    one = article(f"Story {seq}", published=published, **fields)
    return Event(
        seq=seq, epoch="e", at=NOON, kind=kind, article_id=one.id, slug=one.slug, version=1, shelves=one.sections,
        article=one,
    )  # fmt: skip


def page_of(
    *shown: Event, gone: Iterable[Tombstone] = (), of_sections: Mapping[str, list[Event]] | None = None
) -> FrontPage:
    latest_first = sorted(shown, key=lambda one: one.seq, reverse=True)
    blocks = {Section(name, name.title()): events for name, events in (of_sections or {}).items()}
    return front_page(latest_first, [*gone], blocks, latest_first[0] if latest_first else None)


def numbers(events: Iterable[Event]) -> list[int]:
    return [one.seq for one in events]


def test_an_empty_page_and_one_of_one_story() -> None:
    assert page_of() == FrontPage(cursor="")
    page = page_of(event(1))
    assert (page.cursor, page.lead and page.lead.seq, page.latest, page.second) == ("e.1", 1, (), ())


def test_the_lead_is_urgent_or_has_a_picture_or_is_the_newest_of_a_few() -> None:
    def lead(**fields: Any) -> int:
        page = page_of(*(event(seq, **(fields if seq == 7 else {})) for seq in range(1, 11)))
        assert page.lead is not None
        return page.lead.seq

    assert lead() == 10
    assert lead(images=(PICTURE,)) == lead(urgency=2) == 7
    assert lead(urgency=8, images=(PICTURE,)) == 10
    assert lead(hours=1000, images=(PICTURE,)) == 10
    assert lead(images=(replace(PICTURE, url="https://m.example/x.jpg"),)) == 10


def test_stories_stand_in_order_of_their_dates_and_the_newest_event_is_no_news() -> None:
    page = page_of(*(event(seq) for seq in range(1, 41)), event(41, hours=9999, kind=Kind.CORRECTED))
    assert numbers(page.second) == [39, 38, 37, 36]
    assert numbers(page.latest) == list(range(35, 24, -1))
    assert numbers(page.corrected) == [41]
    assert (page.day, page.cursor) == (NOON - timedelta(hours=60), "e.41")


def test_few_stories_are_mostly_the_latest() -> None:
    assert [len(page_of(*map(event, range(1, count + 1))).second) for count in range(1, 8)] == [0, 0, 0, 1, 1, 1, 2]


def test_withdrawals_are_told_of_for_a_while_and_what_ran_out_is_not() -> None:
    def gone(seq: int, reason: str | None) -> Tombstone:
        return Tombstone(article_id=f"a{seq}", slug=f"a{seq}", seq=seq, at=NOON, reason=reason)

    tombs = [gone(99, "expired"), gone(98, "killed"), gone(51, "withdrawn"), gone(50, "killed"), gone(1, "killed")]
    assert [one.seq for one in page_of(event(100), gone=tombs).withdrawn] == [98, 51]


def test_sections_of_the_newest_stories_come_first_and_others_fill_up() -> None:
    shown = [event(1, sections=("sport",)), event(2, sections=("world", "world-asia")), event(3)]
    known = [Section(name, name) for name in ("art", "sport", "world", "world-asia")]
    assert [one.name for one in sections_to_ask(shown, known)] == ["world", "sport", "art", "world-asia"]
    many = [Section(f"s{number:03}", "S") for number in range(500)]
    assert [one.name for one in sections_to_ask([], many)] == [f"s{number:03}" for number in range(16)]


def test_a_section_whose_stories_stand_above_leaves_its_block_to_another() -> None:
    shown = [event(seq) for seq in range(1, 17)]
    of_sections = {f"s{number:02}": [shown[number]] if number < 4 else [event(20 + number)] for number in range(14)}
    page = page_of(*shown, of_sections=of_sections)
    assert [block.section.name for block in page.blocks] == [f"s{number:02}" for number in range(4, 12)]


def test_what_was_taken_in_long_after_its_date_is_no_news() -> None:
    assert is_news(event(1, hours=47))
    assert not is_news(event(1, hours=48))
    assert not is_news(replace(event(1, hours=1), backfill=True))


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["world", "sport", ""]), st.sampled_from(Kind)), max_size=60)
)
def test_no_story_stands_twice_and_none_is_newer_than_one_above_it(drawn: list[tuple[int, str, Kind]]) -> None:
    shown = [
        event(seq, hours, kind if kind is not Kind.RETRACTED else Kind.UPDATED, sections=(name,) if name else ())
        for seq, (hours, name, kind) in enumerate(drawn, 1)
    ]
    blocks = {name: [one for one in shown if name in one.shelves] for name in ("world", "sport")}
    page = page_of(*shown, of_sections=blocks)
    groups = [[page.lead] if page.lead else [], page.second, page.latest, *(block.events for block in page.blocks)]
    placed = [one.seq for group in [*groups, page.corrected] for one in group]
    assert len(placed) == len(set(placed))
    top = [one for group in groups[:3] for one in group]
    rest = [one for group in groups[3:] for one in group]
    assert all(
        one.article.published <= other.article.published
        for one in rest
        for other in top
        if one.article and other.article
    )
