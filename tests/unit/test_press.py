"""Printing documents: read back, with what is bad left out, each article rendered once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeder import registry
from feeder.model import Event, Feed, Tombstone
from feeder.publish.check import Contents, check, read_back
from feeder.publish.document import Edition, Known, Piece, Sheet, hash_of, known_to, newest_first
from feeder.publish.press import Press
from feeder.render import Head, Site
from feeder.render.rss_atom import Rss
from telling import PLAIN, tell

SITE = Site(title="The Paper", base_url="https://news.example", language="en")
AT = datetime(2026, 3, 2, 12, 0, 0, 250000, tzinfo=UTC)
KINDS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


def event(name: str, seq: int, **changes: Any) -> Event:
    from dataclasses import replace

    return tell(replace(PLAIN, id=f"urn:x:{name}", slug=name, **changes), AT, seq=seq)


def edition(
    *shown: Event | Known, gone: Sequence[Tombstone] = (), earlier: tuple[Sheet, ...] = (), **changes: Any
) -> Edition:
    head = Head(site=SITE, feed=Feed(name="all", title="The Paper"), updated=AT, cursor="k3.9", **changes)
    return Edition(head=head, shown=shown, gone=tuple(gone), date_is_unique=True, earlier=earlier)


def buried(name: str, seq: int) -> Tombstone:
    return Tombstone(article_id=f"urn:x:{name}", slug=name, seq=seq, at=AT, reason="killed")


def press_of(suffix: str) -> Press:
    return Press({suffix: registry.find("renderers", suffix)(SITE)})


def ids(body: bytes, suffix: str) -> tuple[str | None, ...]:
    found = read_back(body, KINDS[suffix])
    assert found is not None
    return found.entries


@pytest.mark.parametrize("suffix", KINDS)
def test_a_document_says_what_it_is(suffix: str) -> None:
    document = press_of(suffix).print(edition(event("a", 2), event("b", 1)), suffix).document
    assert (document.name, document.suffix, document.page) == ("all", suffix, None)
    assert (document.seq, document.epoch, document.cursor) == (9, "k3", "k3.9")
    assert document.etag == f'"9-k3-{hash_of(document.body)}"'
    assert document.etag_of("br") == f'"9-k3-{hash_of(document.body)}-br"'
    assert document.etag_of("identity") == document.etag
    assert document.last_modified == AT.replace(microsecond=0)
    assert document.media_type.startswith(KINDS[suffix])
    assert ids(document.body, suffix) == ("urn:x:a", "urn:x:b")


@pytest.mark.parametrize("suffix", ["atom", "json"])
def test_tombstones_are_read_back_too(suffix: str) -> None:
    body = press_of(suffix).print(edition(event("a", 2), gone=[buried("b", 3), buried("c", 1)]), suffix).document.body
    found = read_back(body, KINDS[suffix])
    assert found == Contents(("urn:x:a",), ("urn:x:b", "urn:x:c"))


class Odd(Rss):
    """Renders some articles badly, by their slugs."""

    def entry(self, event: Event) -> bytes:
        good = super().entry(event)
        bad = {
            "torn": good[:-9],
            "open": good.replace(b"</title>", b"</title><x>"),
            "two": good + good,
            "other": good.replace(b"urn:x:other", b"urn:x:good"),
            "none": b"<!-- nothing -->",
            "closing": good + b"</channel></rss><rss><channel>",
        }
        return bad.get(event.slug, good)


@pytest.mark.parametrize("slug", ["torn", "open", "two", "other", "none", "closing"])
def test_one_bad_entry_is_left_out_and_not_tried_again_while_it_is_shown(slug: str) -> None:
    press = Press({"rss": Odd(SITE)})
    made = edition(event("good", 3), event(slug, 2), event("fine", 1))
    sheet = press.print(made, "rss")
    assert ids(sheet.document.body, "rss") == ("urn:x:good", "urn:x:fine")
    assert press.left_out == 1
    again = press.print(made, "rss")
    assert again.document == sheet.document
    assert press.left_out == 1
    assert press.delta(sheet, 1) == press.delta(again, 1) is not None


def test_an_article_that_stands_there_twice_is_no_document() -> None:
    with pytest.raises(ValueError, match="twice"):
        press_of("json").print(edition(event("a", 2), event("a", 1)), "json")


class Headless(Rss):
    """Whose documents are never whole."""

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
        return super().document(head, entries, tombstones).replace(b"</channel>", b"")


def test_a_bad_head_is_no_entrys_fault() -> None:
    press = Press({"rss": Headless(SITE)})
    with pytest.raises(ValueError, match="mismatch"):
        press.print(edition(event("a", 1)), "rss")
    assert press.left_out == 0


def test_an_article_is_rendered_once_for_as_long_as_a_sheet_shows_it() -> None:
    rendered: list[str] = []

    class Counted(Rss):
        def entry(self, event: Event) -> bytes:
            rendered.append(event.slug)
            return super().entry(event)

    press = Press({"rss": Counted(SITE)})
    first = press.print(edition(event("a", 1), event("b", 2)), "rss")
    second = press.print(edition(event("b", 2), event("c", 3)), "rss")
    assert rendered == ["a", "b", "c"]
    del first
    third = press.print(edition(event("a", 1), event("b", 2)), "rss")
    assert rendered == ["a", "b", "c", "a"]
    assert second.pieces[0] is third.pieces[1]


def test_what_an_earlier_sheet_shows_need_not_be_told_again() -> None:
    press = press_of("atom")
    both = edition(event("a", 2), event("b", 1))
    first = press.print(both, "atom")
    told = edition(event("c", 3), *known_to([first]).values(), earlier=(first,))
    whole = press_of("atom").print(edition(event("c", 3), *both.shown), "atom")
    assert press.print(told, "atom").document == whole.document
    with pytest.raises(LookupError, match="urn:x:a"):
        press_of("atom").print(told, "atom")


def test_others_come_in_between_after_each_article() -> None:
    rendered: list[str] = []

    class Noted(Rss):
        def entry(self, event: Event) -> bytes:
            rendered.append(event.slug)
            return super().entry(event)

    made = edition(event("a", 2), event("b", 1))
    Press({"rss": Noted(SITE)}).print(made, "rss", lambda: rendered.append("-"))
    assert rendered == ["a", "-", "b", "-"]


def test_only_what_all_formats_show_is_known() -> None:
    press = Press({suffix: registry.find("renderers", suffix)(SITE) for suffix in ("rss", "atom")})
    rss = press.print(edition(event("a", 2), event("b", 1), gone=[buried("d", 4)]), "rss")
    atom = press.print(edition(event("b", 1), event("c", 3)), "atom")
    assert list(known_to([rss, atom]).items()) == [(1, Known("urn:x:b", 1, PLAIN.published))]
    assert known_to([]) == {}


@pytest.mark.parametrize("suffix", KINDS)
def test_an_entry_lies_in_a_document_that_shows_it_and_is_kept_once(suffix: str) -> None:
    press = press_of(suffix)
    both = edition(event("a", 2), event("b", 1), gone=[buried("c", 3)])
    first = press.print(both, suffix)
    bodies = [piece.body for piece in first.pieces]
    assert [lies_in(piece, first.document.body) for piece in first.pieces] == [bool(body) for body in bodies]
    second = press.print(edition(event("b", 1)), suffix)
    assert lies_in(second.pieces[0], second.document.body)
    assert [piece.body for piece in first.pieces] == bodies
    first.pieces[0].leave(first.document.body)
    second.pieces[0].leave(first.document.body)
    assert lies_in(second.pieces[0], second.document.body)
    assert not lies_in(first.pieces[0], first.document.body)
    assert [piece.body for piece in first.pieces] == bodies


class Changing(Rss):
    """Whose documents do not have their entries as they were given."""

    def document(self, head: Head, entries: Sequence[bytes], tombstones: Sequence[bytes] = ()) -> bytes:
        return super().document(head, [entry.replace(b"</item>", b"</item >") for entry in entries], tombstones)


def test_an_entry_that_is_not_found_in_its_document_keeps_its_bytes() -> None:
    made = edition(event("a", 2), event("b", 1))
    sheet = Press({"rss": Changing(SITE)}).print(made, "rss")
    assert [piece.body for piece in sheet.pieces] == [Rss(SITE).entry(event("a", 2)), Rss(SITE).entry(event("b", 1))]


def lies_in(piece: Piece, document: bytes) -> bool:
    return piece._place[0] is document


def test_who_has_left_by_the_event_that_brought_it_elsewhere_is_another_piece() -> None:
    press = press_of("json")
    here = press.print(edition(event("a", 7)), "json")
    there = press.print(edition(gone=[buried("a", 7)]), "json")
    assert not here.pieces[0].is_gone
    assert there.pieces[0].is_gone
    assert read_back(there.document.body, KINDS["json"]) == Contents((), ("urn:x:a",))


def test_a_feed_has_the_formats_that_it_names_in_the_order_of_all() -> None:
    press = Press({suffix: registry.find("renderers", suffix)(SITE) for suffix in ("rss", "atom", "json")})
    assert press.suffixes(Feed(name="all", title="A")) == ("rss", "atom", "json")
    assert press.suffixes(Feed(name="all", title="A", formats=("json", "rss", "txt"))) == ("rss", "json")


def test_an_edition_is_in_order_of_date_and_then_of_events() -> None:
    day = timedelta(days=1)
    events = (
        event("old", 9),
        event("b", 5, published=PLAIN.published + day),
        event("a", 6, published=PLAIN.published + day),
    )
    assert newest_first(events) == (events[2], events[1], events[0])
    known = Known("urn:x:c", 4, PLAIN.published + day)
    assert newest_first((*events, known)) == (events[2], events[1], known, events[0])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<rss><channel>", "application/rss+xml"),
        (b"<rss/>", "application/rss+xml"),
        (b"[]", "application/feed+json"),
        (b'{"items": [{}]}', "application/feed+json"),
        (b'{"items": [1]}', "application/feed+json"),
        (b"{", "application/json"),
        (b"<a>", "text/xml"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&z;</a>', "text/xml"),
    ],
)
def test_what_is_no_such_document_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is the parser's
        check(body, kind, Contents((), ()))


def test_what_nobody_here_can_read_is_taken_at_its_word() -> None:
    check(b"anything", "text/plain; charset=utf-8", Contents(("urn:x:a",), ()))
    check(b"<a/>", "text/xml; charset=utf-8", Contents(("urn:x:a",), ()))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Contents(("a", "b"), ()), "2 entries where"),
        (Contents(("b", "a", "c"), ()), "number 1 of its entries is 'a' where 'b' belongs"),
        (Contents(("a", "b", "c"), ("d",)), "0 tombstones where 1 belong"),
    ],
)
def test_the_reason_names_the_place(wanted: Contents, said: str) -> None:
    body = b'{"items": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}'
    with pytest.raises(ValueError, match=said.replace("2 entries", "3 entries")):
        check(body, "application/feed+json", wanted)
