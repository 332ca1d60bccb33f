from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.uris import own_id, web


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        (" https://example.org/\n\ta b\x00 ", "https://example.org/ab"),
        ("HTTPS://Example.org/ü", "HTTPS://Example.org/%C3%BC"),
        ("https://example.org/%C3%BC", "https://example.org/%C3%BC"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("data:text/html,x", None),
        ("mailto:a@example.org", None),
        ("/local.png", None),
        ("//example.org/", None),
        ("http://", None),
        ("http://[::1", None),
        ("http://example.org:99999/", None),
        ("https://example.org/" + "a" * 3000, None),
        ("", None),
    ],
)
def test_only_addresses_of_the_web_are_passed_on(address: str, expected: str | None) -> None:
    assert web(address) == expected


@pytest.mark.parametrize(
    ("given_id", "source", "expected"),
    [
        ("urn:newsml:example.org:20190430:1", None, "urn:newsml:example.org:20190430:1"),
        ("https://example.org/1", "The Herald", "https://example.org/1"),
        ("1234", "The Bridge Herald", "tag:the-bridge-herald,2000:1234"),
        ("a b/ü", "https://Herald.example/feed", "tag:herald.example,2000:a%20b%2F%C3%BC"),
        ("1234", None, "tag:feeder,2000:1234"),
        ("javascript:alert(1)", None, "tag:feeder,2000:javascript%3Aalert%281%29"),
        ("urn:a<b", None, "tag:feeder,2000:urn%3Aa%3Cb"),
        ("1", "新闻", "tag:e696b0e997bb,2000:1"),
        (" ", "x", None),
        (None, "x", None),
    ],
)
def test_an_id_of_the_authors_becomes_a_uri(given_id: str | None, source: str | None, expected: str | None) -> None:
    assert own_id(given_id, source) == expected


@given(st.text(min_size=1), st.none() | st.text())
def test_an_id_is_always_an_absolute_uri(given_id: str, source: str | None) -> None:
    found = own_id(given_id, source)
    assert found is None or re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]+", found)
    assert found == own_id(given_id, source)


@given(st.text())
def test_an_address_is_ascii_without_blanks(address: str) -> None:
    assert re.fullmatch(r"https?://[!-~]+", web(f"https://example.org/{address}") or "https://x", re.IGNORECASE)
