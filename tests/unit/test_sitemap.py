"""Sitemaps as bytes, by the rules of sitemaps.org and of Google's schema for news."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeder.model import Headline, Precision
from feeder.render import Site, sitemap

SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
SITE = Site(title="The Morning & Evening", base_url="https://news.example/paper", language="en-GB")
AT = datetime(2026, 3, 2, 13, 4, 5, 678, tzinfo=UTC)


def told(body: bytes) -> list[dict[str, str]]:
    """What a sitemap says of each page, its elements in the order that the schemas demand."""
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    root = etree.fromstring(body)
    kind = {f"{SITEMAPS}urlset": "url", f"{SITEMAPS}sitemapindex": "sitemap"}[root.tag]
    assert {child.tag for child in root} == {SITEMAPS + kind}
    return [_said(child) for child in root]


def _said(url: etree._Element) -> dict[str, str]:
    tags = [child.tag for child in url]
    assert tags[0] == f"{SITEMAPS}loc"
    assert tags[1:] in ([], [f"{SITEMAPS}lastmod"], [f"{SITEMAPS}lastmod", f"{NEWS}news"])
    found = {etree.QName(child).localname: child.text or "" for child in url[:2]}
    assert 12 <= len(found["loc"]) <= 2048
    for story in url[2:]:
        assert [child.tag for child in story] == [f"{NEWS}publication", f"{NEWS}publication_date", f"{NEWS}title"]
        assert [child.tag for child in story[0]] == [f"{NEWS}name", f"{NEWS}language"]
        assert re.fullmatch("zh-cn|zh-tw|[a-z]{2,3}", story[0][1].text or "")
        found |= {etree.QName(child).localname: child.text or "" for child in (*story[0], *story[1:])}
    return found


def headline(title: str = "A storm", *, precision: Precision = "second", **fields: object) -> Headline:
    given: dict[str, object] = {"slug": "a-storm", "language": None, "published": AT, "at": AT, **fields}
    return Headline(title=title, published_precision=precision, **given)  # type: ignore[arg-type]


def news_of(*headlines: Headline, site: Site = SITE) -> list[dict[str, str]]:
    return told(sitemap.news(site, headlines))


def test_pages_stand_with_their_last_change_where_it_is_known() -> None:
    urls = [("https://news.example/?a=1&b=<2>", AT), ("https://news.example/feeds/", None)]
    assert told(sitemap.pages(urls)) == [
        {"loc": "https://news.example/?a=1&b=<2>", "lastmod": "2026-03-02T13:04:05+00:00"},
        {"loc": "https://news.example/feeds/"},
    ]


def test_an_index_names_sitemaps() -> None:
    body = sitemap.index([("https://news.example/sitemap/1.xml", AT)])
    assert etree.fromstring(body).tag == f"{SITEMAPS}sitemapindex"
    assert told(body) == [{"loc": "https://news.example/sitemap/1.xml", "lastmod": "2026-03-02T13:04:05+00:00"}]


def test_news_say_who_published_what_and_when() -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    written = datetime(2026, 3, 2, 9, 30, tzinfo=kolkata)
    assert news_of(headline("R&D <b>", published=written)) == [
        {
            "loc": "https://news.example/paper/articles/a-storm",
            "lastmod": "2026-03-02T13:04:05+00:00",
            "name": "The Morning & Evening",
            "language": "en",
            "publication_date": "2026-03-02T09:30:00+05:30",
            "title": "R&D <b>",
        }
    ]


def test_a_day_stays_a_day_and_no_date_is_after_the_event() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=9)))
    found = news_of(
        headline(published=midnight, precision="day"),
        headline(published=AT + timedelta(hours=1)),
        headline(published=midnight.replace(tzinfo=timezone(timedelta(minutes=19, seconds=32)))),
    )
    assert [one["publication_date"] for one in found] == [
        "2026-03-02",
        "2026-03-02T13:04:05+00:00",
        "2026-03-01T23:40:28+00:00",
    ]


@pytest.mark.parametrize(
    ("site", "article", "language"),
    [
        ("en-GB", "de", "en"),
        (None, "pt-BR", "pt"),
        ("", None, "en"),
        ("zh", None, "zh-cn"),
        ("zh-Hans-TW", None, "zh-cn"),
        ("zh-Hant", None, "zh-tw"),
        ("zh-HK", None, "zh-tw"),
        (None, "zh-TW", "zh-tw"),
        ("FIL", None, "fil"),
        ("x-klingon", "ast", "ast"),
    ],
)
def test_the_language_is_as_google_writes_it(site: str | None, article: str | None, language: str) -> None:
    (found,) = news_of(headline(language=article), site=Site(title="T", base_url="https://n.example", language=site))
    assert found["language"] == language


def test_without_news_there_is_the_front_page_and_no_news() -> None:
    assert news_of() == [{"loc": "https://news.example/paper/"}]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.datetimes(timezones=st.just(UTC)))
def test_any_title_and_date_is_well_formed(title: str, published: datetime) -> None:
    (found,) = news_of(headline(title, published=published, at=AT))
    assert found["title"].splitlines() in ([], [found["title"]])
    assert datetime.fromisoformat(found["publication_date"]) <= AT
    (day,) = news_of(headline(title, published=published, precision="day"))
    assert date.fromisoformat(day["publication_date"]) == published.date()
