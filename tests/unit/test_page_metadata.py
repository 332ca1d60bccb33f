"""What an article's page says to machines: read back by a reader of such pages, and by the rules of who asks for it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import telling
from feeder.model import Article, Enclosure, Event, Person
from feeder.pages import body, kindred_query, metas, nearest, standfirst, structured
from feeder.parse.structured_data import json_ld, schema_org
from feeder.render import Site

SITE = Site(title="The Gazette", base_url="https://news.example/site", language="en", icon="https://news.example/i.png")
KOLKATA = timezone(timedelta(hours=5, minutes=30))
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PICTURE = f"/media/{'a' * 64}.jpg"
FULL = replace(
    telling.PLAIN,
    title='The <b>storm</b> & "the sea" </script><script>alert(1)</script>',
    summary="It rained.\u2028",
    published=datetime(2026, 3, 1, 9, 30, tzinfo=KOLKATA),
    published_precision="minute",
    modified=datetime(2026, 3, 2, 9, 30, tzinfo=KOLKATA),
    language="en-GB",
    section="World/Harbours",
    keywords=("rain", "wind"),
    authors=(Person("Ann Lee", uri="https://people.example/ann"), Person("Bo Ray", email="bo@people.example")),
    images=(Enclosure(PICTURE, "image/jpeg", 9, "The mole"), Enclosure("https://cdn.example/b.png")),
    correction="It was Tuesday.",
    source="A Wire",
    rights="© A Wire",
    link="https://wire.example/1",
    dateline="PORTO",
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
TYPES = {"author": {"Person", "Organization"}, "image": {"ImageObject"}, "encoding": {"MediaObject"}}


def assert_keeps_the_rules(found: dict[str, Any]) -> None:
    """https://developers.google.com/search/docs/appearance/structured-data/article, and the types of schema.org."""
    assert (found["@context"], found["@type"]) == ("https://schema.org", "NewsArticle")
    assert all(MOMENT.fullmatch(found[name]) for name in ("datePublished", "dateModified"))
    assert found["headline"]
    assert found["author"]
    assert found["publisher"]["name"]
    for name, types in TYPES.items():
        assert {one["@type"] for one in found.get(name, [])} <= types
        addresses = [one[key] for one in found.get(name, []) for key in ("url", "contentUrl") if key in one]
        assert all(address.startswith("https://") for address in addresses)
    assert not [name for name, value in found.items() if value in (None, "", [])]


def said(article: Article) -> dict[str, Any]:
    block = str(structured(telling.tell(article, AT), article, SITE))
    assert not set(block) & set("<>&\u2028\u2029")
    found: dict[str, Any] = json.loads(block)
    return found


def test_the_data_block_keeps_the_rules_and_says_all() -> None:
    assert_keeps_the_rules(found := said(FULL))
    page = "https://news.example/site/articles/2019-04-30-one"
    assert found["headline"] == FULL.title
    assert (found["datePublished"], found["dateModified"]) == ("2026-03-01T09:30:00+05:30", "2026-03-02T09:30:00+05:30")
    assert [one["url"] for one in found["image"]] == [
        f"https://news.example/site{PICTURE}",
        "https://cdn.example/b.png",
    ]
    assert found["author"] == [
        {"@type": "Person", "name": "Ann Lee", "url": "https://people.example/ann"},
        {"@type": "Person", "name": "Bo Ray", "email": "bo@people.example"},
    ]
    assert (found["url"], found["mainEntityOfPage"]) == (page, page)
    assert found["encoding"][1] == {
        "@type": "MediaObject",
        "encodingFormat": "text/markdown",
        "contentUrl": f"{page}.md",
    }


def test_a_bare_article_says_nothing_empty_and_a_day_is_its_midnight() -> None:
    assert_keeps_the_rules(found := said(telling.PLAIN))
    assert found["datePublished"] == found["dateModified"] == "2019-04-30T00:00:00+00:00"
    assert not {"image", "keywords", "articleSection", "correction", "provider", "isBasedOn"} & found.keys()


def test_our_own_reader_of_pages_reads_it_back() -> None:
    plain = replace(FULL, title="The storm & the sea")
    (node,) = schema_org.articles(json_ld.read(str(structured(telling.tell(plain, AT), plain, SITE))))
    fields = schema_org.fields(node)
    read = {name: fields[name] for name in ("title", "published", "modified", "section", "keywords", "id", "language")}
    assert read == {
        "title": plain.title,
        "published": "2026-03-01T09:30:00+05:30",
        "modified": "2026-03-02T09:30:00+05:30",
        "section": "World/Harbours",
        "keywords": ("rain", "wind"),
        "id": FULL.id,
        "language": "en-GB",
    }
    assert [(person.name, person.uri) for person in fields["authors"]] == [
        ("Ann Lee", "https://people.example/ann"),
        ("Bo Ray", None),
    ]


def test_previews_have_their_words() -> None:
    found = {(one.key, one.name): one.content for one in metas(telling.tell(FULL, AT), FULL, SITE)}
    assert found["property", "og:url"] == "https://news.example/site/articles/2019-04-30-one"
    assert found["property", "og:locale"] == "en_GB"
    assert found["property", "og:image"] == f"https://news.example/site{PICTURE}"
    assert found["property", "og:image:alt"] == "The mole"
    assert found["property", "article:tag"] == "wind"
    assert found["property", "article:modified_time"] == "2026-03-02T09:30:00+05:30"
    assert found["name", "twitter:card"] == "summary_large_image"
    assert found["name", "robots"] == "max-image-preview:large"
    bare = {one.name for one in metas(telling.tell(telling.PLAIN, AT), telling.PLAIN, SITE)}
    assert not bare & {"og:image", "og:locale", "article:modified_time", "article:section", "author"}


@pytest.mark.parametrize(
    ("summary", "text", "shown"),
    [
        ("A storm closed the harbour.", "A storm closed the harbour. Nobody was hurt.", False),
        ("A storm  closed the harbour…", "A storm\nclosed the harbour. Nobody was hurt.", False),
        ("Porto: a storm closed the harbour", "Porto: A storm closed the harbour.", False),
        ("What three days without a harbour cost the city.", "A storm closed the harbour.", True),
        ("One", "A storm.", False),
    ],
)
def test_a_summary_stands_above_the_text_if_it_says_something_else(summary: str, text: str, *, shown: bool) -> None:
    assert bool(standfirst(replace(telling.PLAIN, summary=summary, text=text))) is shown


def test_the_body_has_no_headline_and_scrolls_what_is_wide() -> None:
    table = '<table><tbody><tr><td><img src="/a.png"></td></tr></tbody></table>'
    html = f'<h1>A</h1><p title="<table>&quot; x=">b</p>{table}<pre>c</pre>'
    found = body(replace(telling.PLAIN, html=html), "")
    assert found == (
        '<h2>A</h2><p title="<table>&quot; x=">b</p><div class="wide" tabindex="0" role="group" aria-label="Table">'
        '<table><tbody><tr><td><img loading="lazy" decoding="async" src="/a.png"></td></tr></tbody></table></div>'
        '<pre tabindex="0">c</pre>'
    )


def story(name: str, **fields: Any) -> Event:
    return telling.tell(replace(telling.PLAIN, id=f"urn:{name}", **fields), AT)


def test_stories_on_the_same_subject_are_near() -> None:
    here = replace(FULL, title="Ferry strike closes harbour", keywords=("ferries",))
    found = [
        story("other", title="A quiet day"),
        story("section", title="A quiet day", section=FULL.section),
        story("words", title="Harbour waits for ferry", section=FULL.section),
        story("tags", title="Night boats", keywords=("Ferries",)),
        story("both", title="Harbour strike ends", keywords=("ferries",)),
        story("foreign", title="Harbour strike ends", keywords=("ferries",), language="de"),
        story("known", title="Harbour strike ends", keywords=("ferries",)),
    ]
    near = nearest(here, found, {"urn:known"})
    assert [event.article_id for event in near] == ["urn:both", "urn:words", "urn:tags"]
    assert str(kindred_query(here)) == "tag:ferries OR title:harbour OR title:closes OR title:strike OR title:ferry"


def test_what_cannot_be_searched_for_is_not() -> None:
    assert kindred_query(telling.PLAIN) is None
    assert kindred_query(replace(telling.PLAIN, title="港", keywords=("…", '"'))) is None
    assert (
        str(kindred_query(replace(telling.PLAIN, keywords=('public "money"', "港")))) == 'tag:"public money" OR tag:港'
    )
