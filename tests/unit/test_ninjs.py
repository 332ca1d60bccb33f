from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.model import Draft, Usage
from feeder.parse.ninjs import PARSER
from feeder.parse.objects import ninjs_item

ITEM = {
    "uri": "urn:newsml:port.example:1",
    "type": "text",
    "versioncreated": "2019-04-30T09:30:00Z",
    "headline": "Ferry stops",
    "body_html": "<p>The ferry stopped at noon.</p>",
}


def draft(**members: Any) -> Draft:
    given = {**ITEM, **members}
    (found,) = PARSER.parse("a.json", io.BytesIO(json.dumps(given).encode()))
    if isinstance(found, SeedError):
        raise found
    return found


def authors(**members: Any) -> list[str]:
    return [person.name for person in draft(**members).authors]


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ann Lee", ["Ann Lee"]),
        ("BY ANN LEE", ["Ann Lee"]),
        ("Ann Lee and Luc d'Arnaud", ["Ann Lee", "Luc d'Arnaud"]),
        ("Von Anna Lehn und Otto Beck, dpa", ["Anna Lehn", "Otto Beck"]),
        ("Av Anna Lind/TT", ["Anna Lind"]),
        ("Ann J. Lee, Ekholm State University", ["Ann J. Lee"]),
        ("NTB", []),
        ("Reuters", []),
        ("Our correspondent in Ekholm", []),
    ],
)
def test_the_people_of_a_byline_are_its_authors(byline: str, names: list[str]) -> None:
    assert authors(byline=byline) == names
    assert draft(byline=byline).byline == byline


def test_named_authors_come_before_those_of_the_byline_and_editors_are_none() -> None:
    given = [{"name": "Bob Ray", "role": "editor"}, {"name": "Ann Lee", "role": "writer"}, {"user": "x"}]
    assert authors(byline="By Otto Beck", authors=given) == ["Ann Lee"]
    assert authors(byline="By Otto Beck", authors=given[:1]) == ["Otto Beck"]


def test_people_who_are_only_mentioned_are_no_authors() -> None:
    assert authors(people=[{"name": "Otto Beck", "rel": "about"}, {"name": "Eva Holm"}]) == []
    assert authors(people=[{"name": "Otto Beck", "rel": "creator"}]) == ["Otto Beck"]


@pytest.mark.parametrize(
    ("members", "published", "modified"),
    [
        ({}, "2019-04-30T09:30:00Z", None),
        ({"firstcreated": "2019-04-29T01:00:00Z"}, "2019-04-29T01:00:00Z", "2019-04-30T09:30:00Z"),
        ({"firstCreated": "2019-04-30T09:30:00Z"}, "2019-04-30T09:30:00Z", None),
        (
            {"firstcreated": "2019-04-29T01:00:00Z", "firstpublished": "2019-04-30T01:00:00Z"},
            "2019-04-30T01:00:00Z",
            "2019-04-30T09:30:00Z",
        ),
        ({"versioncreated": None, "contentCreated": "2019-04-28"}, "2019-04-28", None),
    ],
)
def test_the_first_date_is_that_of_publication(members: dict[str, Any], published: str, modified: str | None) -> None:
    found = draft(**members)
    assert (found.published, found.modified) == (published, modified)


@pytest.mark.parametrize(
    ("members", "usage"),
    [
        ({}, Usage.USABLE),
        ({"pubStatus": "usable"}, Usage.USABLE),
        ({"pubstatus": "stat:canceled"}, Usage.WITHDRAWN),
        ({"pubstatus": "withheld"}, Usage.WITHDRAWN),
        ({"state": "killed"}, Usage.WITHDRAWN),
        ({"state": "in_progress"}, Usage.DRAFT),
        ({"state": "ingested"}, Usage.USABLE),
        ({"pubstatus": "soon"}, Usage.DRAFT),
    ],
)
def test_what_is_not_usable_is_not_published(members: dict[str, Any], usage: Usage) -> None:
    assert draft(**members).usage is usage


@pytest.mark.parametrize("kind", ["picture", "photo", "graphic", "video", "audio", "event", "planning", "composite"])
def test_what_is_no_article_says_what_it_is(kind: str) -> None:
    members: dict[str, Any] = {"type": kind} | ({"body_html": None} if kind == "composite" else {})
    with pytest.raises(SeedError, match=f"no article \\(type {kind}\\)"):
        draft(**members)


def test_a_composite_with_a_text_of_its_own_is_an_article() -> None:
    assert draft(type="composite").title == "Ferry stops"


@pytest.mark.parametrize(
    ("uri", "altids", "identity"),
    [
        ("https://api.example/v/5ee9?qt=Hy&et=0a", {"itemid": "5ee9"}, "https://api.example/v/5ee9"),
        ("https://api.example/v/5ee9?qt=Hy&et=0a", None, "https://api.example/v/5ee9"),
        ("https://news.example/?p=5", {"itemid": "x"}, "https://news.example/?p=5"),
        ("urn:newsml:x:1?a", None, "urn:newsml:x:1?a"),
    ],
)
def test_the_token_of_a_reader_is_no_part_of_an_id(uri: str, altids: Any, identity: str) -> None:
    assert draft(uri=uri, altids=altids).id == identity


def test_an_image_is_as_large_as_is_useful() -> None:
    def image(*sizes: int) -> str:
        renditions = {f"r{size}": {"href": f"https://x.example/{size}.jpg", "width": size} for size in sizes}
        return draft(associations={"a": {"type": "picture", "renditions": renditions}}).images[0].url

    assert image(100, 1400, 6000) == "https://x.example/1400.jpg"
    assert image(4000, 6000) == "https://x.example/4000.jpg"


def test_an_image_knows_its_type_length_and_caption_and_a_withdrawn_one_is_left_out() -> None:
    rendition = {"href": "p/b.jpg", "contentType": "image/jpeg", "sizeInBytes": 12}
    given = {
        "type": "picture",
        "descriptions": [{"role": "caption", "value": "The <b>pier</b>"}],
        "renditions": [rendition],
    }
    found = draft(associations=[{"name": "x", **given}, {"name": "y", **given, "pubStatus": "canceled"}])
    (image,) = found.images
    assert (image.url, image.type, image.length, image.title) == ("p/b.jpg", "image/jpeg", 12, "The pier")


def test_the_feature_image_is_the_first() -> None:
    def picture(name: str) -> dict[str, Any]:
        return {"type": "picture", "renditions": {"original": {"href": f"https://x.example/{name}.jpg"}}}

    found = draft(associations={"editor_0": picture("a"), "featuremedia": picture("b")})
    assert [image.url for image in found.images] == ["https://x.example/b.jpg", "https://x.example/a.jpg"]


def test_a_text_as_a_rendition_is_no_image() -> None:
    assert draft(renditions={"nitf": {"href": "https://x.example/a", "mimetype": "text/xml"}}).images == ()


@pytest.mark.parametrize(
    ("subject", "keywords", "codes"),
    [
        ([{"code": "04005004", "name": "shipping"}], ("shipping",), ("04005004",)),
        (
            [{"qcode": "medtop:1", "name": "a"}, {"uri": "http://x.example/2"}],
            ("a",),
            ("medtop:1", "http://x.example/2"),
        ),
        ([{"code": "1", "scheme": "http://x.example/", "name": "a"}], ("a",), ("http://x.example/1",)),
        ([{"code": "1", "name": "a", "rels": ["ancestor"]}], (), ("1",)),
        ("shipping", (), ()),
        ([None, 7, {"name": 3}], ("3",), ()),
    ],
)
def test_subjects_are_keywords_by_name_and_subjects_by_code(subject: Any, keywords: Any, codes: Any) -> None:
    found = draft(subject=subject)
    assert (found.keywords, found.subjects) == (keywords, codes)


@pytest.mark.parametrize(
    ("members", "html"),
    [
        ({"body_html": None, "body_xhtml": "<p>x</p>"}, "<p>x</p>"),
        ({"body_footer": "<p>call us</p>"}, ITEM["body_html"]),
        ({"body_html": None, "body_footer": "<p>call us</p>"}, None),
        ({"body_html": None, "body_lead_xhtml": "<p>l</p>"}, "<p>l</p>"),
        (
            {"body_html": "<html><head><title>t</title></head><body><h1>Ferry  stops</h1><p>x</p></body></html>"},
            "<body><p>x</p></body></html>",
        ),
        ({"body_html": "<h1>Another</h1><p>x</p>"}, "<h1>Another</h1><p>x</p>"),
    ],
)
def test_the_body_is_the_text_and_nothing_around_it(members: dict[str, Any], html: str | None) -> None:
    assert draft(**members).html == html


@pytest.mark.parametrize("note", ["CORRECTION: it is three days", "Berichtigung im 2. Absatz", "RETTELSE"])
def test_a_note_that_corrects_is_a_correction(note: str) -> None:
    assert draft(ednote=note).correction == note
    assert draft(ednote="Slightly longer.").correction is None


@pytest.mark.parametrize(
    ("value", "is_item"),
    [
        (ITEM, True),
        ({"$standard": {"name": "ninjs"}}, True),
        ({"version_created": "x", "urn": "y"}, True),
        ({"headline": "a", "body_html": "b", "byline": "c"}, False),
        ({**ITEM, "@type": "NewsArticle"}, False),
        ({"title": "a", "renditions": [], "slugline": "x"}, False),
        ([ITEM], False),
        ("x", False),
    ],
)
def test_an_item_is_told_by_its_keys(value: Any, is_item: bool) -> None:
    assert ninjs_item.is_item(value) is is_item


def test_a_list_of_items_is_several_articles() -> None:
    raw = json.dumps({"_items": [ITEM, {**ITEM, "type": "picture"}, {**ITEM, "headline": "Ferry is back"}]}).encode()
    assert PARSER.claims(raw, "a.json")
    first, picture, third = PARSER.parse("a.json", io.BytesIO(raw))
    assert isinstance(picture, SeedError)
    assert isinstance(first, Draft)
    assert isinstance(third, Draft)
    assert (first.title, third.title) == ("Ferry stops", "Ferry is back")


KEYS = re.findall(
    r"\w+",
    """headline headlines body_html bodies body descriptions description_text byline by authors people subject subjects
    place places located dateline language version urgency uri altids associations renditions pubstatus type ednote
    embargoed expires versioncreated service genres keywords source infosources usageterms evolvedfrom name value role
    contentType href width rel code""",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["text", "<p>x</p>", "usable"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(members=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
@settings(max_examples=200, deadline=None)
def test_wrong_types_refuse_or_are_left_out_and_never_fail(members: dict[str, Any]) -> None:
    try:
        found = draft(**members)
    except SeedError:
        return
    assert found.title is None or isinstance(found.title, str)
    assert all(isinstance(keyword, str) for keyword in (*found.keywords, *found.subjects, *found.places))
    assert found.version is None or isinstance(found.version, int)
