from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Enclosure, Person, Usage
from feeder.parse.structured_data import schema_org, values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*"@abc", "@id", "@type"]), inner),
    max_leaves=10,
)
PROPERTIES = ["@id", "@type", "headline", "articleBody", "description", "datePublished", "dateModified", "author"]
PROPERTIES += [
    "publisher",
    "inLanguage",
    "keywords",
    "articleSection",
    "image",
    "video",
    "associatedMedia",
    "identifier",
]
PROPERTIES += ["version", "correction", "url", "license", "copyrightHolder"]


def fields(**node: object) -> dict[str, Any]:
    return schema_org.fields({"@type": "Article", **node})


@pytest.mark.parametrize(
    "kind",
    [
        "NewsArticle",
        "https://schema.org/NewsArticle",
        "http://schema.org/BlogPosting/",
        "schema:Article",
        ["WebPage", "LiveBlogPosting"],
        "SocialMediaPosting",
        "Report",
    ],
)
def test_articles_are_known_by_their_type(kind: object) -> None:
    assert schema_org.is_article({"@type": kind})


@pytest.mark.parametrize("kind", ["WebPage", "Organization", "ItemList", None, 7, [], {"a": "Article"}, "Articles"])
def test_what_is_no_article(kind: object) -> None:
    assert not schema_org.is_article({"@type": kind})


def test_articles_are_found_wherever_they_stand_and_in_their_order() -> None:
    document = [
        {"@type": "WebPage", "mainEntity": {"@type": "Article", "headline": "1"}},
        {"@graph": [{"@type": "Person"}, {"@type": "NewsArticle", "headline": "2"}]},
        {
            "@type": "ItemList",
            "itemListElement": [{"@type": "ListItem", "item": {"@type": "Article", "headline": "3"}}],
        },
        {"@type": "Blog", "blogPost": [{"@type": "BlogPosting", "headline": "4"}]},
    ]
    assert [node["headline"] for node in schema_org.articles(document)] == ["1", "2", "3", "4"]


def test_an_article_within_an_article_is_part_of_it() -> None:
    node = {"@type": "Article", "headline": "1", "hasPart": {"@type": "Article", "headline": "2"}}
    assert [found["headline"] for found in schema_org.articles(node)] == ["1"]


def test_depth_is_bounded() -> None:
    document: object = {"@type": "Article", "headline": "1"}
    for _ in range(100_000):
        document = [document]
    assert list(schema_org.articles(document)) == []


def test_references_are_filled_in() -> None:
    document = {
        "@graph": [
            {"@type": "Article", "author": [{"@id": "#p"}], "publisher": {"@id": "#nobody"}},
            {"@type": "Person", "@id": "#p", "name": "Ann Lee"},
        ]
    }
    (node,) = schema_org.articles(document)
    assert schema_org.fields(node)["authors"] == (Person("Ann Lee"),)
    assert "source" not in schema_org.fields(node)


def test_every_field_tells_its_property() -> None:
    found = fields(headline="Bridge shut", name="B", dateCreated="2020-01-01", articleBody="One.\n\nTwo.")
    assert found["title"] == "Bridge shut"
    assert found["paragraphs"] == ("One.", "Two.")
    assert found["where"] == {
        "title": "schema.org headline",
        "published": "schema.org dateCreated",
        "paragraphs": "schema.org articleBody",
    }


def test_prefixed_properties() -> None:
    node = {"schema:headline": "Bridge shut", "https://schema.org/datePublished": "2020-01-01"}
    assert schema_org.fields(node)["title"] == "Bridge shut"
    assert schema_org.fields(node)["published"] == "2020-01-01"


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("The <i>Ann</i> sails", "The Ann sails"),
        ("&lt;b&gt;Loud&lt;/b&gt;", "Loud"),
        ("Why 3 < 4 and R&D", "Why 3 < 4 and R&D"),
        (["", "Second"], "Second"),
        ({"@value": "In a box", "@language": "en"}, "In a box"),
        (" \n ", None),
        ({}, None),
    ],
)
def test_titles_as_sites_write_them(given: object, title: str | None) -> None:
    assert fields(headline=given).get("title") == title


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ("One.\nTwo.", {"paragraphs": ("One.", "Two.")}),
        ("One line\nof two.\n\nTwo.", {"paragraphs": ("One line\nof two.", "Two.")}),
        ("<p>One.</p><p>Two.</p>", {"html": "<p>One.</p><p>Two.</p>"}),
        ("&lt;p&gt;One.&lt;/p&gt;", {"html": "<p>One.</p>"}),
        ("One <b>bold</b>.\n\nTwo.", {"html": "<p>One <b>bold</b>.</p>\n<p>Two.</p>"}),
        ("Fish &amp; chips", {"paragraphs": ("Fish & chips",)}),
        (["One.", {"text": "Two."}], {"paragraphs": ("One.", "Two.")}),
        ("  ", {}),
        (None, {}),
    ],
)
def test_bodies(given: object, body: dict[str, object]) -> None:
    assert values.body(given) == body


def test_a_live_blog_is_its_updates_unless_it_has_a_body() -> None:
    updates = [
        {"headline": "One & a half", "articleBody": "Ships < boats.\n\nEnd."},
        {"text": "<p>Two.</p>"},
        {"headline": "Alone"},
        "no update",
    ]
    found = fields(liveBlogUpdate=updates)
    assert found["html"] == "<h2>One &amp; a half</h2>\n<p>Ships &lt; boats.</p>\n<p>End.</p>\n<p>Two.</p>"
    assert found["where"]["html"] == "schema.org liveBlogUpdate"
    assert fields(liveBlogUpdate=updates, articleBody="Whole.")["paragraphs"] == ("Whole.",)
    assert "html" not in fields(liveBlogUpdate=[{"headline": "Alone"}])


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("By Ann Lee and Bob Ray", ["Ann Lee", "Bob Ray"]),
        (["Ann Lee", {"@type": "Person", "name": "Bob Ray"}], ["Ann Lee", "Bob Ray"]),
        ({"@type": "Person", "name": ["Ann Lee", "Bob Ray"]}, ["Ann Lee", "Bob Ray"]),
        ({"givenName": "Ann", "familyName": "Lee"}, ["Ann Lee"]),
        ([{"@type": "Organization", "name": "Town Desk"}, {"@type": "Person", "name": "Ann Lee"}], ["Ann Lee"]),
        ({"@type": "Organization", "name": "Town Council"}, ["Town Council"]),
        (
            {"@type": "Organization", "name": "Contributors to Town, Port and Pier"},
            ["Contributors to Town, Port and Pier"],
        ),
        ({"@type": "Organization", "name": "https://www.example.org/"}, []),
        ({"@type": "Organization", "name": "Example Times"}, []),
        ([{"name": "AFP"}, {"name": "Ann Lee"}], ["Ann Lee"]),
        ("https://www.facebook.com/ann", []),
        ({"name": ""}, []),
    ],
)
def test_authors(given: object, names: list[str]) -> None:
    found = fields(author=given, publisher={"name": "Example Times"})
    assert [person.name for person in found.get("authors", ())] == names


def test_an_author_keeps_address_and_mail() -> None:
    author = {"name": "Ann Lee", "url": "https://e.example.org/ann", "email": "mailto:ann@e.example.org"}
    assert fields(author=author)["authors"] == (Person("Ann Lee", "ann@e.example.org", "https://e.example.org/ann"),)


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        (1555555555, "2019-04-18T02:45:55+00:00"),
        ("1555555555000", "2019-04-18T02:45:55+00:00"),
        ("20160307081000", "2016-03-07T08:10:00"),
        ("2015-03-17T09:22-500", "2015-03-17T09:22-0500"),
        (" 2019-04-30 ", "2019-04-30"),
        ("next week", "next week"),
        (True, None),
        ([], None),
    ],
)
def test_moments(given: object, moment: str | None) -> None:
    assert values.moment(given) == moment


def test_the_first_readable_date_counts_and_an_unreadable_one_is_not_hidden() -> None:
    assert fields(datePublished="soon", dateCreated="2020-01-01")["published"] == "2020-01-01"
    assert fields(datePublished="soon")["published"] == "soon"


def test_labels() -> None:
    found = fields(
        articleSection=["World,Americas"],
        keywords="ferries; harbour",
        inLanguage={"name": "German", "alternateName": "de"},
    )
    assert (found["section"], found["keywords"], found["language"]) == (
        "World",
        ("ferries", "harbour", "Americas"),
        "de",
    )
    assert fields(keywords=["a, b", {"@type": "DefinedTerm", "name": "c"}])["keywords"] == ("a, b", "c")
    assert fields(keywords="港,桥、船")["keywords"] == ("港", "桥", "船")


def test_media() -> None:
    found = fields(
        image=[{"@type": "ImageObject", "url": "https://e.example.org/a.jpg", "caption": "The bridge"}, "b.jpg"],
        associatedMedia=[
            {"@type": "ImageObject", "contentUrl": "c.jpg"},
            {"@type": "AudioObject", "contentUrl": "d.mp3", "encodingFormat": "audio/mpeg", "contentSize": "123 B"},
        ],
        video={"@type": "VideoObject", "embedUrl": "https://e.example.org/player"},
    )
    assert found["images"] == (
        Enclosure("https://e.example.org/a.jpg", title="The bridge"),
        Enclosure("b.jpg"),
        Enclosure("c.jpg"),
    )
    assert found["enclosures"] == (Enclosure("d.mp3", "audio/mpeg", 123),)


@pytest.mark.parametrize(
    "address", ["data:image/png;base64,AA", "#picture", "javascript:x()", "a b.jpg", {"@id": "#i"}]
)
def test_what_is_no_picture(address: object) -> None:
    assert "images" not in fields(image=address)


@pytest.mark.parametrize(
    ("node", "found"),
    [
        ({"@id": "https://e.example.org/bridge"}, "https://e.example.org/bridge"),
        ({"@id": "urn:example:7"}, "urn:example:7"),
        ({"@id": "https://e.example.org/bridge#article"}, None),
        ({"@id": "#article"}, None),
        ({"@id": "https://e.example.org/"}, None),
        ({"@id": "_:b0"}, None),
        ({"identifier": {"@type": "PropertyValue", "name": "Example Times", "value": 71}}, "71"),
        ({"identifier": "urn:example:8", "@id": "urn:example:7"}, "urn:example:8"),
    ],
)
def test_ids(node: dict[str, object], found: str | None) -> None:
    assert schema_org.fields(node).get("id") == found


def test_rights() -> None:
    assert fields(copyrightHolder={"name": "Example Times"}, copyrightYear=2019)["rights"] == "© 2019 Example Times"
    assert fields(license="https://e.example.org/by")["rights"] == "https://e.example.org/by"
    assert fields(copyrightNotice="All mine", copyrightHolder="x")["rights"] == "All mine"


def test_states() -> None:
    assert fields(creativeWorkStatus="Retracted")["usage"] is Usage.WITHDRAWN
    assert fields(creativeWorkStatus={"name": "Draft"})["usage"] is Usage.DRAFT
    assert fields(creativeWorkStatus="Published")["usage"] is Usage.USABLE


def test_a_correction_is_its_text() -> None:
    assert fields(correction=[{"@type": "CorrectionComment", "text": "It was the ferry."}])["correction"] == (
        "It was the ferry."
    )


@given(st.dictionaries(st.sampled_from(PROPERTIES), JSON))
def test_nothing_raises(node: dict[str, object]) -> None:
    schema_org.fields(node)
    list(schema_org.articles([node]))
