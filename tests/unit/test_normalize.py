from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.identity import mint
from feeder.limits import Limits
from feeder.model import Article, Draft, Enclosure, Person, Usage
from feeder.normalize import normalize

NEW_YORK = ZoneInfo("America/New_York")
DRAFT = Draft(
    title="Bridge closed",
    published="2019-04-30",
    paragraphs=("The harbour bridge was shut at noon on Tuesday.", "It opens again & soon."),
)


def made(draft: Draft = DRAFT, name: str = "a.txt", limits: Limits | None = None, **changed: Any) -> Article:
    limits = limits or Limits()
    return normalize(replace(draft, **changed), name=name, format="seed", zone=NEW_YORK, limits=limits)


def refusal(**changed: Any) -> str:
    with pytest.raises(SeedError) as refused:
        made(**changed)
    return refused.value.reason


def test_a_draft_becomes_a_whole_article() -> None:
    article = made()
    assert article.title == "Bridge closed"
    assert article.text == "The harbour bridge was shut at noon on Tuesday.\n\nIt opens again & soon."
    assert article.html == ("<p>The harbour bridge was shut at noon on Tuesday.</p>\n<p>It opens again &amp; soon.</p>")
    assert article.summary == "The harbour bridge was shut at noon on Tuesday."
    assert article.published.isoformat() == "2019-04-30T00:00:00-04:00"
    assert article.published_precision == "day"
    assert article.slug == "2019-04-30-bridge-closed"
    assert article.language == "en"
    assert article.id == mint(article.content_key)
    assert not article.own_id
    assert (article.version, article.declared_version, article.usage) == (1, None, Usage.USABLE)
    assert article.authors == ()
    assert article.warnings == ()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": None}, "no title"),
        ({"title": " \u200b\x07 "}, "no title"),
        ({"title": "x" * 4001}, "the title has 4001 characters"),
        ({"published": None}, "no date"),
        ({"published": "soon"}, "not a date"),
        ({"paragraphs": ()}, "no body"),
        ({"paragraphs": ("\x07", " ")}, "no body"),
        ({"paragraphs": None, "html": "<p> </p><script>x</script>"}, "no body"),
        ({"paragraphs": ("é" * 524_289,)}, "more than limits.article_bytes = 1048576"),
        ({"embargoed": "soon"}, "the date of embargo: 'soon'"),
        ({"expires": "2019-02-30"}, "the date of expiry: '2019-02-30'"),
    ],
)
def test_what_cannot_be_an_article_is_refused_with_the_reason(changed: dict[str, Any], reason: str) -> None:
    assert reason in refusal(**changed)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2019-05-01-bridge.txt", "2019-05-01"),
        ("news/2019-5-1 bridge.txt", "2019-05-01"),
        ("2019-05-01.md", "2019-05-01"),
        ("2019-05-01-bridge/index.md", "2019-05-01"),
        ("20190501-bridge.txt", "2019-05-01"),
        ("world/bridge-2019-05-01-shut.md", "2019-05-01"),
    ],
)
def test_the_file_name_gives_the_date_that_is_missing(name: str, day: str) -> None:
    article = made(name=name, published=None)
    assert f"{article.published:%Y-%m-%d}" == day
    assert article.where is not None
    assert article.where["published"] == "file name"
    assert made(name=name).published.day == 30


@pytest.mark.parametrize(
    "name", ["bridge-20190501.txt", "bridge2019-05-01.txt", "2019-05-01bridge.txt", "2019-05-01/bridge.txt"]
)
def test_no_other_part_of_a_path_is_a_date(name: str) -> None:
    assert "no date" in refusal(name=name, published=None)


@pytest.mark.parametrize(
    ("name", "own", "section", "sections"),
    [
        ("a.txt", None, None, ()),
        ("world/americas/a.txt", None, "world/americas", ("world", "world-americas")),
        ("world/a.txt", "Kultur & Medien", "Kultur & Medien", ("kultur-medien",)),
        ("world/2019-04-30-a/index.md", None, "world", ("world",)),
        ("all/a.txt", None, "all", ("all-section",)),
        ("wo\udcffrld/a.txt", None, "world", ("world",)),
        ("world/a.txt", " / ", "world", ("world",)),
    ],
)
def test_the_section_is_the_articles_own_or_its_folder(
    name: str, own: str | None, section: str | None, sections: tuple[str, ...]
) -> None:
    article = made(name=name, section=own)
    assert (article.section, article.sections) == (section, sections)


def test_html_is_sanitised_and_its_text_is_the_body() -> None:
    article = made(paragraphs=None, html="<p>a<br>b</p><script>c</script><p onclick=d>e</p>")
    assert article.html == "<p>a<br>b</p><p>e</p>"
    assert article.text == "a\nb\n\ne"


def test_html_above_the_limits_is_shown_as_its_text() -> None:
    article = made(paragraphs=None, html="<div>" * 300 + "a < b<script>c</script><p>d")
    assert article.html == "<p>a &lt; b</p>\n<p>d</p>"
    assert "more markup than the limits allow" in article.warnings[0]
    small = Limits(html_bytes=10)
    assert made(paragraphs=None, html="<p>abcdefghijk", limits=small).html == "<p>abcdefghijk</p>"


def test_a_byline_above_the_text_names_the_authors_and_leaves_the_body() -> None:
    article = made(paragraphs=("By ANN EXAMPLE, Associated Press", *(DRAFT.paragraphs or ())))
    assert article.authors == (Person("Ann Example"),)
    assert article.byline == "By ANN EXAMPLE, Associated Press"
    assert article.text == made().text
    assert made(paragraphs=("By Ann Example",)).authors == ()  # all that there is, is the body
    given_authors = made(paragraphs=("By Ann Example", "Text."), authors=(Person("Bob Sample"),))
    assert given_authors.authors == (Person("Bob Sample"),)
    assert given_authors.text == "By Ann Example\n\nText."


def test_a_printed_byline_names_the_authors_where_none_are_given() -> None:
    assert made(byline="By Ann Example and Bob Sample").authors == (Person("Ann Example"), Person("Bob Sample"))


def test_authors_are_cleaned_and_named_once() -> None:
    people = (
        Person(" Ann\u202e  Example ", "ann@example.org", "https://example.org/ann"),
        Person("ann example"),
        Person("", "desk@example.org"),
        Person(" "),
        Person("Bob", "not an address", "javascript:x"),
    )
    article = made(authors=people)
    assert article.authors == (
        Person("Ann Example", "ann@example.org", "https://example.org/ann"),
        Person("desk@example.org", "desk@example.org"),
        Person("Bob"),
    )
    assert len(article.warnings) == 2


@pytest.mark.parametrize(
    ("written", "email", "read"),
    [
        ("Zoë <zoe@example.org>", None, Person("Zoë", "zoe@example.org")),
        ('"Lee, Ann" <mailto:ann@example.org>', None, Person("Lee, Ann", "ann@example.org")),
        ("Ann Lee (ann@example.org)", None, Person("Ann Lee", "ann@example.org")),
        ("Ann Lee<ann@example.org>", "desk@example.org", Person("Ann Lee", "desk@example.org")),
        ("Ann <b> Lee", None, Person("Ann <b> Lee")),
        ("Ann Lee (Berlin)", None, Person("Ann Lee (Berlin)")),
        ("Ann @ Lee", None, Person("Ann @ Lee")),
    ],
)
def test_a_name_with_its_address_is_taken_apart(written: str, email: str | None, read: Person) -> None:
    assert made(authors=(Person(written, email),)).authors == (read,)


def test_a_summary_stands_for_a_missing_body() -> None:
    article = made(paragraphs=(), summary="Shut\n at noon.")
    assert (article.summary, article.text, article.html) == ("Shut at noon.", "Shut at noon.", "<p>Shut at noon.</p>")


def test_moments_keep_the_offset_they_were_written_with() -> None:
    article = made(
        published=datetime(2019, 4, 30, 23, 30, tzinfo=ZoneInfo("Asia/Tokyo")),
        modified="2019-05-01T10:00:00Z",
        embargoed="2019-05-02 06:00",
        expires=date(2020, 1, 1),
    )
    assert article.published.isoformat() == "2019-04-30T23:30:00+09:00"
    assert article.modified is not None
    assert article.modified.isoformat() == "2019-05-01T10:00:00+00:00"
    assert article.embargoed is not None
    assert article.embargoed.isoformat() == "2019-05-02T06:00:00-04:00"
    assert article.expires is not None
    assert article.expires.isoformat() == "2020-01-01T00:00:00-05:00"
    assert article.due == article.embargoed


@pytest.mark.parametrize(
    ("changed", "field", "kept", "warning"),
    [
        ({"modified": "soon"}, "modified", None, "'soon' is not a date"),
        ({"expires": "2019-01-01"}, "usage", Usage.USABLE, "expires before it is published"),
        ({"language": "klingon 1"}, "language", "en", "no language tag"),
        ({"urgency": 12}, "urgency", None, "urgency 12"),
        ({"link": "javascript:x"}, "link", None, "the link is no http or https address"),
        ({"title": "Bridge <b>"}, "title", "Bridge <b>", "markup"),
        ({"images": (Enclosure("/a.png"),)}, "images", (), "an image is left out: '/a.png': there is no such file"),
        ({"keywords": tuple(map(str, range(501)))}, "urgency", None, "there are 501 keywords"),
    ],
)
def test_what_is_odd_is_a_warning(changed: dict[str, Any], field: str, kept: object, warning: str) -> None:
    article = made(**changed)
    assert getattr(article, field) == kept
    assert len(article.warnings) == 1
    assert warning in article.warnings[0]


def test_labels_and_links_are_cleaned() -> None:
    article = made(
        keywords=(" Bridges", "harbour", "BRIDGES", ""),
        language="EN_gb",
        link=" https://example.org/a b",
        source="The\nHerald",
        correction="It was\nthe northern gate.",
        urgency=3,
        images=(Enclosure("https://example.org/a.png", "image/png", -1, " A\u202e "), Enclosure("https://example.org/a.png")),
        enclosures=(Enclosure("https://example.org/a.mp3", "<b>", 5),),
    )  # fmt: skip
    assert article.keywords == ("Bridges", "harbour")
    assert article.language == "en-GB"
    assert article.link == "https://example.org/ab"
    assert article.source == "The Herald"
    assert article.correction == "It was the northern gate."
    assert article.images == (Enclosure("https://example.org/a.png", "image/png", None, "A"),)
    assert article.enclosures == (Enclosure("https://example.org/a.mp3", None, 5),)
    assert article.warnings == ()


def test_an_own_id_stays_and_another_becomes_one_of_its_source() -> None:
    assert (made(id="urn:x:1").id, made(id="urn:x:1").own_id) == ("urn:x:1", True)
    assert made(id="1", source="The Herald").id == "tag:the-herald,2000:1"
    assert made(supersedes="1", source="The Herald").supersedes == "tag:the-herald,2000:1"
    assert made(version=3).version == 3
    assert made(version=-1).version == 1
    assert made(slug="The Bridge!").slug == "the-bridge"


def in_zone(zone: str, **changed: Any) -> Article:
    return normalize(replace(DRAFT, **changed), name="b/c.md", format="other", zone=ZoneInfo(zone), limits=Limits())


def test_the_minted_id_depends_on_title_day_and_text_alone() -> None:
    key = made().content_key
    assert in_zone("Asia/Tokyo", encoding="cp1252", keywords=("x",), section="y").content_key == key
    assert (
        made(paragraphs=("The  harbour bridge was shut at\nnoon on Tuesday.", "It opens again & soon.")).content_key
        == key
    )
    for changed in (
        {"title": "B"},
        {"published": "2019-05-01"},
        {"published": "2019-04-30 00:00"},
        {"paragraphs": ("c",)},
    ):
        assert made(**changed).content_key != key
    moments = {made(published=text).content_key for text in ("2019-04-30T12:00:00Z", "2019-04-30T14:00:00+02:00")}
    assert len(moments) == 1
    # Part of every minted id: if this changes, every article of every site is published anew.
    assert made().id == "urn:uuid:463ebbd4-58aa-5f2a-bb9e-df75bbad6f70"


SHOWN: dict[str, Any] = {
    "title": "B", "summary": "C", "paragraphs": ("d",), "published": "2019-05-01", "modified": "2019-05-02",
    "embargoed": "2019-05-02", "expires": "2030-01-01", "language": "de", "authors": (Person("E"),), "byline": "F G",
    "dateline": "H", "places": ("I",), "section": "J", "keywords": ("k",), "subjects": ("l",), "source": "M",
    "rights": "N", "link": "https://example.org/", "correction": "O", "urgency": 1, "usage": Usage.DRAFT,
    "images": (Enclosure("https://example.org/p.png"),), "enclosures": (Enclosure("https://example.org/q.mp3"),),
    "supersedes": "urn:x:0",
}  # fmt: skip
HIDDEN: dict[str, Any] = {
    "id": "urn:x:1", "version": 7, "slug": "r", "encoding": "cp1252", "where": {"title": "s"}, "warnings": ("t",),
    "member": None, "format": "other",
}  # fmt: skip


@pytest.mark.parametrize("field", SHOWN)
def test_another_value_of_what_is_shown_is_another_version(field: str) -> None:
    assert made(**{field: SHOWN[field]}).digest != made().digest


@pytest.mark.parametrize("field", HIDDEN)
def test_where_a_thing_came_from_makes_no_other_version(field: str) -> None:
    assert made(**{field: HIDDEN[field]}).digest == made().digest


def test_the_digest_stays_the_same_from_release_to_release() -> None:
    # If this changes, every article of every site is sent out once more as updated.
    assert made().digest == "a42f5f215897ae7156b746899df5bddc41d1ed5c756d071964340516d6c354dd"


def test_every_field_of_a_draft_is_said_to_be_shown_or_not() -> None:
    assert {field.name for field in dataclasses.fields(Draft)} == SHOWN.keys() | HIDDEN.keys() | {"html"}


def test_the_path_and_the_format_make_no_other_version() -> None:
    other = normalize(DRAFT, name="z.md", format="other", zone=NEW_YORK, limits=Limits())
    assert other.digest == made().digest


@given(
    st.builds(
        Draft,
        title=st.text(max_size=20),
        published=st.sampled_from(["2019-04-30", "x", None]),
        paragraphs=st.none() | st.lists(st.text(max_size=20), max_size=3).map(tuple),
        html=st.none() | st.text(max_size=30),
        authors=st.lists(st.builds(Person, st.text(max_size=9), st.none() | st.text(max_size=9)), max_size=2).map(
            tuple
        ),
        section=st.none() | st.text(max_size=9),
        link=st.none() | st.text(max_size=9),
        id=st.none() | st.text(max_size=9),
        language=st.sampled_from(["en", "", "\ud800"]),
        slug=st.none() | st.text(max_size=9),
    ),
    st.text(max_size=9),
)
def test_any_draft_is_an_article_or_refused(draft: Draft, name: str) -> None:
    try:
        article = made(draft, name=name)
    except SeedError:
        return
    assert article.title
    assert article.text
    assert article.html
    assert article.summary
    assert article.published.tzinfo is not None
    assert article.slug


def test_a_day_is_the_same_day_everywhere() -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Niue", "UTC"):
        assert in_zone(zone).published.isoformat().startswith("2019-04-30T00:00:00")
    assert in_zone("UTC").published == datetime(2019, 4, 30, tzinfo=UTC)


def test_a_date_in_other_digits_is_read_and_told() -> None:
    assert made(published="\u200e2019-04-30\u200f").warnings == ()
    article = made(published="2019\u201104\u201130")
    assert f"{article.published:%Y-%m-%d}" == "2019-04-30"
    assert any("full-width digits" in warning for warning in article.warnings)


def test_a_kill_needs_no_more_than_the_id_of_its_story() -> None:
    kill = normalize(Draft(id="urn:x:1", usage=Usage.WITHDRAWN), name="a.json", format="f", zone=UTC, limits=Limits())
    assert (kill.id, kill.title, kill.text, kill.published.year) == ("urn:x:1", "Withdrawn", "Withdrawn", 9998)
    dated = normalize(
        Draft(id="urn:x:1", usage=Usage.WITHDRAWN, modified="2026-01-02"),
        name="a",
        format="f",
        zone=UTC,
        limits=Limits(),
    )
    assert dated.published.date() == date(2026, 1, 2)
    with pytest.raises(SeedError, match="no title"):
        normalize(Draft(usage=Usage.WITHDRAWN), name="a.json", format="f", zone=UTC, limits=Limits())
