"""What every format shows of an article alike."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.model import Enclosure, Person
from feeder.render import shown
from linear import in_linear_time
from telling import PLAIN

PAGE = "https://news.example/paper/articles/one"


def full(html: str, link: str | None = None) -> str:
    return shown.in_full(dataclasses.replace(PLAIN, html=html, link=link), "https://news.example/paper", PAGE).html


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("two", "https://news.example/paper/articles/two"),
        ("../about?a=1&amp;b=2", "https://news.example/paper/about?a=1&amp;b=2"),
        ("/about", "https://news.example/about"),
        ("//cdn.example/x.png", "https://cdn.example/x.png"),
        ("#top", f"{PAGE}#top"),
        ("", PAGE),
        ("?q=a b", f"{PAGE}?q=ab"),
        ("/Übersicht", "https://news.example/%C3%9Cbersicht"),
        ("https://elsewhere.example/?a=1&amp;b=2", "https://elsewhere.example/?a=1&amp;b=2"),
        ("mailto:a@news.example", "mailto:a@news.example"),
        ("//[", "//["),
        ("a:b/c", "a:b/c"),
        ("1:2", "https://news.example/paper/articles/1:2"),
    ],
)
def test_every_reference_is_one_in_full(given: str, expected: str) -> None:
    for tag, name in (("a", "href"), ("img", "src"), ("blockquote", "cite"), ("q", "cite"), ("ins", "cite")):
        assert full(f'<{tag} title="x" {name}="{given}">y') == f'<{tag} title="x" {name}="{expected}">y'


def test_references_were_written_for_the_page_that_the_article_comes_from() -> None:
    html = '<a href="two">2</a>'
    assert full(html, "https://elsewhere.example/a/one") == '<a href="https://elsewhere.example/a/two">2</a>'


@pytest.mark.parametrize(
    "html",
    [
        "<p>No attribute.</p>",
        '<p> href="two"</p>',
        '<p title=" href=&quot;two&quot;">x</p>',
        '<a href="https://x.example/">x</a> src="y"',
        '<td headers="a" title="x > src=">x</td>',
    ],
)
def test_what_is_no_reference_stays(html: str) -> None:
    assert full(html) == html


def test_an_article_with_nothing_to_complete_is_given_as_it_is() -> None:
    assert shown.in_full(PLAIN, "https://news.example", PAGE) is PLAIN


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='<>"=/ ahrefsrc:&;#.?[]', max_size=60))
def test_whatever_the_html_is_completing_it_twice_changes_nothing(html: str) -> None:
    once = full(html)
    assert full(once) == once


@pytest.mark.parametrize("piece", ['<a href="', '<a href="x" ', "<a ", '<a href="x">', ' href="x'])
def test_completing_takes_linear_time(piece: str) -> None:
    in_linear_time(lambda: full(piece * (1_000_000 // len(piece))))


def test_categories_are_the_section_and_the_keywords_once_each() -> None:
    article = dataclasses.replace(PLAIN, section="World", keywords=("a", "World", "b"))
    assert shown.categories(article) == ["World", "a", "b"]
    assert shown.categories(PLAIN) == []


def test_the_byline_is_the_author_where_nobody_is_known() -> None:
    assert shown.authors(dataclasses.replace(PLAIN, byline="By Ann")) == (Person("By Ann"),)
    assert shown.authors(dataclasses.replace(PLAIN, byline="By Ann", authors=(Person("Ann"),))) == (Person("Ann"),)
    assert shown.authors(PLAIN) == ()


@pytest.mark.parametrize("email", ["ann@news.example", "a.b+c-d_e'f@x-y.news.example"])
def test_an_address_that_atom_allows_is_passed_on(email: str) -> None:
    assert shown.addr_spec(email) == email


@pytest.mark.parametrize(
    "email", [None, "", "ann", "ann@localhost", "jürgen@news.example", "ann@müller.example", "a @x.y"]
)
def test_another_address_is_left_out(email: str | None) -> None:
    assert shown.addr_spec(email) is None


KNOWN = Enclosure("https://m.example/known.mp3", "audio/mpeg", 7)
TAPE = Enclosure("https://m.example/tape.mp3", "audio/mpeg")
PHOTO = Enclosure("https://m.example/p.png", "image/png", 9)
BARE = Enclosure("https://m.example/bare")


@pytest.mark.parametrize(
    ("enclosures", "images", "main"),
    [
        ((), (), None),
        ((TAPE, KNOWN), (PHOTO,), KNOWN),
        ((TAPE,), (BARE, PHOTO), PHOTO),
        ((BARE, TAPE), (BARE,), BARE),
        ((), (BARE,), None),
    ],
)
def test_the_main_enclosure_is_the_first_that_is_known_or_the_first_of_all(
    enclosures: tuple[Enclosure, ...], images: tuple[Enclosure, ...], main: Enclosure | None
) -> None:
    article = dataclasses.replace(PLAIN, enclosures=enclosures, images=images)
    assert shown.main_enclosure(article) == main
    assert shown.enclosed(article) == (*enclosures, *images)
