from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.parse.page import promotion

TEXT = "<p>The harbour bridge was closed at noon on Monday after an inspector found a crack.</p>"
MORE = "<p>Buses will run over the old crossing, the city said.</p>"


@pytest.mark.parametrize(
    "block",
    [
        "<p>Advertisement</p>",
        "<p>Anzeige</p>",
        "<p>Publicidad</p>",
        "<p>广告</p>",
        "<p>Share this article</p>",
        "<p>Text Size</p>",
        "<p>Loading weather data ...</p>",
        "<p>(Photo: Ann Lee)</p>",
        '<p>Read also: <a href="/2">Fish is dear in Northport</a></p>',
        '<p><strong>À lire aussi : <a href="/2">Le poisson est cher</a></strong></p>',
        '<ul><li><a href="/2">Read more: fish is dear</a></li></ul>',
        "<p>* * *</p>",
        "<p>____</p>",
    ],
)
def test_what_is_no_part_of_an_article_wherever_it_stands(block: str) -> None:
    assert promotion.without([TEXT, block, MORE]) == [TEXT, MORE]


@pytest.mark.parametrize(
    "block",
    [
        "<p>Print is not dead, said the printer, and showed his hands.</p>",
        '<p>See <a href="/map">the map</a> of the diversion, which the harbour office has drawn.</p>',
        "<p>More than a hundred people came.</p>",
        '<p><a href="/2">Fish is dear</a></p>',
        "<h2>See you on Monday</h2>",
        "<p>Ann Lee</p>",
        '<p><img src="https://example.org/a.png"></p>',
        "<pre>* * *</pre>",
        "<hr>",
        "<table><tr><td>-</td></tr></table>",
        "<ul><li>one crane</li><li>two cranes</li><li>three cranes</li></ul>",
    ],
)
def test_what_stays_between_two_paragraphs(block: str) -> None:
    assert promotion.without([TEXT, block, MORE]) == [TEXT, block, MORE]


def test_menus_and_labels_before_the_text_go() -> None:
    menu = "<ul><li>Jobs</li><li>Cars</li><li>Homes</li></ul>"
    link = '<p><a href="/app">Download the app</a></p>'
    assert promotion.without([menu, "<p>Northport</p>", "<p>Topics:</p>", link, TEXT]) == [
        "<p>Northport</p>",
        TEXT,
    ]


def test_headings_and_links_behind_the_text_go() -> None:
    end = ["<h3>Most read</h3>", '<p><a href="/2">A fish as long as a boat</a></p>', "<p>Contact:</p>"]
    assert promotion.without([TEXT, *end]) == [TEXT]
    assert promotion.without([TEXT, *end, "<p>Ann Lee</p>"]) == [TEXT, *end, "<p>Ann Lee</p>"]


def test_a_text_of_short_lines_stays_as_it_is() -> None:
    poem = ["<p>The bridge</p>", '<p><a href="/2">The tide</a></p>', "<p>Both wait</p>"]
    assert promotion.without(poem) == poem


@pytest.mark.parametrize("block", ["<p>" + "<a>" * 50_000, "<ul>" + "<li><" * 50_000, "<p>" + "share " * 50_000])
def test_it_takes_linear_time(block: str) -> None:
    began = time.perf_counter()
    promotion.without([block] * 20)
    assert time.perf_counter() - began < 2


@given(st.lists(st.text(alphabet="<>/a plih2:.é广 ", max_size=200), max_size=8))
def test_nothing_is_added_and_the_order_is_kept(blocks: list[str]) -> None:
    rest = iter(blocks)
    assert all(block in rest for block in promotion.without(blocks))
