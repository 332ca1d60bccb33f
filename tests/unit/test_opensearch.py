"""The description of the search, as browsers read it (OpenSearch 1.1)."""

from __future__ import annotations

import dataclasses

import pytest
from lxml import etree

from feeder.render import Site, opensearch_document

SITE = Site(title="News & Views", base_url="https://news.example/daily")
NAMESPACE = "{http://a9.com/-/spec/opensearch/1.1/}"


def told(site: Site, name: str) -> str:
    element = etree.fromstring(opensearch_document(site, {})).find(f"{NAMESPACE}{name}")
    return "" if element is None else str(element.text)


def test_the_page_and_each_format_have_an_address_with_a_place_for_the_words() -> None:
    root = etree.fromstring(opensearch_document(SITE, {"atom": "application/atom+xml"}))
    assert root.tag == f"{NAMESPACE}OpenSearchDescription"
    assert [(url.get("type"), url.get("rel"), url.get("template")) for url in root.iter(f"{NAMESPACE}Url")] == [
        ("text/html", "results", "https://news.example/daily/search?q={searchTerms}"),
        ("application/atom+xml", "results", "https://news.example/daily/feeds/search.atom?q={searchTerms}"),
        ("application/opensearchdescription+xml", "self", "https://news.example/daily/opensearch.xml"),
    ]
    assert (told(SITE, "ShortName"), told(SITE, "InputEncoding")) == ("News & Views", "UTF-8")
    assert told(SITE, "Description") == "Search the articles of News & Views"


@pytest.mark.parametrize(
    ("title", "short", "long"),
    [
        ("The Daily Herald of Lisbon", "The Daily Herald", "The Daily Herald of Lisbon"),
        ("The Daily Heralds of Lisbon", "The Daily", "The Daily Heralds of Lisbon"),
        ("a" * 60, "a" * 16, "a" * 48),
        ("日本" * 30, "日本" * 8, "日本" * 24),
        ("A  title\nof two lines", "A title of two", "A title of two lines"),
    ],
)
def test_names_are_no_longer_than_allowed(title: str, short: str, long: str) -> None:
    site = dataclasses.replace(SITE, title=title)
    assert (told(site, "ShortName"), told(site, "LongName")) == (short, long)


def test_a_very_long_title_leaves_a_description_that_is_allowed() -> None:
    assert len(told(dataclasses.replace(SITE, title="a & b" * 300), "Description")) == 1024
