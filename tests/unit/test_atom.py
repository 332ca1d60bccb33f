"""Atom: what is claimed, what is inherited, and text constructs in every dress."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft, Usage
from feeder.parse.atom import PARSER

ATOM = "http://www.w3.org/2005/Atom"


def drafts(entries: str, head: str = "") -> list[Draft]:
    document = f'<feed xmlns="{ATOM}">{head}{entries}</feed>'
    found = list(PARSER.parse("feed.atom", io.BytesIO(document.encode())))
    assert all(isinstance(draft, Draft) for draft in found)
    return [draft for draft in found if isinstance(draft, Draft)]


@pytest.mark.parametrize(
    ("document", "claimed"),
    [
        (f'<feed xmlns="{ATOM}"/>', True),
        (f'<entry xmlns="{ATOM}"/>', True),
        (f'<a:entry xmlns:a="{ATOM}"/>', True),
        ('<feed xmlns="http://purl.org/atom/ns#"/>', True),
        ('<deleted-entry xmlns="http://purl.org/atompub/tombstones/1.0"/>', True),
        ("<feed><entry/></feed>", True),
        ("<feed><animal/></feed>", False),
        ("<entry/>", False),
        ('<feed xmlns="https://cattle.example/"/>', False),
        (f'<service xmlns="{ATOM}"/>', False),
        ("feed", False),
    ],
)
def test_atom_is_known_by_its_root(document: str, claimed: bool) -> None:
    assert PARSER.claims(document.encode(), "a.xml") is claimed


def test_the_more_telling_content_counts() -> None:
    (draft,) = drafts(
        '<entry><content>plain</content><content type="html">&lt;b&gt;rich&lt;/b&gt;</content>'
        '<content type="image/png">AAAA</content></entry>'
    )
    assert draft.html == "<b>rich</b>"


@pytest.mark.parametrize(
    ("construct", "meant"),
    [
        ("<title>5 &lt; 6 &amp;amp; 7</title>", "5 < 6 &amp; 7"),
        ('<title type="text">&lt;b&gt;x&lt;/b&gt;</title>', "<b>x</b>"),
        ('<title type="html">5 &amp;lt; 6 &lt;b&gt;x&lt;/b&gt;</title>', "5 < 6 x"),
        ('<title type="TEXT/HTML">&amp;eacute;</title>', "é"),
        ('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b></div></title>', "A b"),
        ("<title>\n  two\n  lines </title>", "two lines"),
    ],
)
def test_a_title_is_read_by_its_type(construct: str, meant: str) -> None:
    (draft,) = drafts(f"<entry>{construct}<content>x</content></entry>")
    assert draft.title == meant


def test_an_entry_of_another_feed_keeps_that_feeds_author_first() -> None:
    head = "<author><name>Here</name></author><rights>ours</rights><title>Ours</title>"
    source = "<source><title>Theirs</title><author><name>There</name></author></source>"
    ours, theirs, silent = drafts(
        "<entry><content>x</content></entry>"
        f"<entry>{source}<content>x</content></entry>"
        "<entry><source><title>Theirs</title></source><content>x</content></entry>",
        head,
    )
    assert [person.name for person in (*ours.authors, *theirs.authors, *silent.authors)] == ["Here", "There", "Here"]
    assert (ours.source, theirs.source, theirs.rights) == ("Ours", "Theirs", "ours")
    assert theirs.where is not None
    assert theirs.where["authors"] == "source author"


def test_a_feed_that_is_its_own_author_is_nobody() -> None:
    (draft,) = drafts(
        "<entry><content>x</content></entry>", "<title>Gazette</title><author><name>Gazette</name></author>"
    )
    assert draft.authors == ()


def test_what_was_changed_when_it_was_published_was_not_changed() -> None:
    dates = "<published>2019-04-30T12:00:00Z</published><updated>2019-04-30T14:00:00+02:00</updated>"
    (same,) = drafts(f"<entry>{dates}<content>x</content></entry>")
    (later,) = drafts(f"<entry>{dates.replace('14:00', '14:01')}<content>x</content></entry>")
    assert (same.modified, later.modified) == (None, "2019-04-30T14:01:00+02:00")


def test_a_person_may_be_a_mail_address_alone_but_not_nothing() -> None:
    (draft,) = drafts(
        "<entry><author><email>desk@gazette.example</email></author><author/>"
        "<author>Ann Example</author><content>x</content></entry>"
    )
    assert [(person.name, person.email) for person in draft.authors] == [
        ("", "desk@gazette.example"),
        ("Ann Example", None),
    ]


def test_html_has_its_addresses_made_absolute_by_the_nearest_base() -> None:
    (draft,) = drafts(
        '<entry xml:base="https://a.example/b/"><link href="c"/>'
        '<content type="html" xml:base="d/">&lt;a href="e"&gt;x&lt;/a&gt;</content></entry>'
    )
    assert draft.link == "https://a.example/b/c"
    assert draft.html == '<a href="https://a.example/b/d/e">x</a>'


def test_a_tombstone_withdraws_by_its_reference() -> None:
    (draft,) = drafts(
        '<deleted-entry xmlns="http://purl.org/atompub/tombstones/1.0" ref="urn:x-a:1" when="2019-04-30T00:00:00Z"/>'
    )
    assert (draft.usage, draft.id, draft.published) == (Usage.WITHDRAWN, "urn:x-a:1", "2019-04-30T00:00:00Z")


def test_a_backup_of_comments_alone_has_no_article() -> None:
    kind = 'scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#comment"'
    assert drafts(f"<entry><category {kind}/><content>x</content></entry>") == []


def test_a_feed_that_breaks_off_is_unfinished() -> None:
    with pytest.raises(UnfinishedError):
        list(PARSER.parse("a", io.BytesIO(f'<feed xmlns="{ATOM}"><entry><title>x'.encode())))


@given(
    st.lists(
        st.sampled_from(
            [
                "<entry>",
                "</entry>",
                "<title>",
                "</title>",
                '<title type="html">',
                "<content>",
                "</content>",
                "<link/>",
                '<content type="xhtml">',
                "<summary/>",
                "<author><name/></author>",
                "<source>",
                "</source>",
                "&lt;b",
                "&",
                "x",
                '<category term=""/>',
                "<updated>2019</updated>",
                '<x:y xmlns:x="u:v"/>',
                '<link rel="enclosure" href="//["/>',
            ]
        ),
        max_size=25,
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_in_a_feed_is_read_or_refused(pieces: list[str]) -> None:
    document = f'<feed xmlns="{ATOM}">{"".join(pieces)}</feed>'
    with suppress(SeedError):
        assert all(isinstance(found, Draft | SeedError) for found in PARSER.parse("a", io.BytesIO(document.encode())))
