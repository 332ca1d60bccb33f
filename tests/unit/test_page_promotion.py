from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.parse.page import promotion
from linear import in_linear_time

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
        "<p>Read more:</p>",
        "<p>Log in to post comments</p>",
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
    in_linear_time(lambda: promotion.without([block] * 20))


@given(st.lists(st.text(alphabet="<>/a plih2:.é广 ", max_size=200), max_size=8))
def test_nothing_is_added_and_the_order_is_kept(blocks: list[str]) -> None:
    rest = iter(blocks)
    assert all(block in rest for block in promotion.without(blocks))


LINKS = '<ul><li><a href="/2">Fish is dear in Northport.</a></li><li><a href="/3">A long fish</a></li></ul>'


@pytest.mark.parametrize(
    "label",
    ["<h3>You may also like</h3>", "<p>La rédaction vous conseille</p>", "<h2>Das könnte Sie interessieren</h2>"],
)
def test_labels_and_links_of_other_stories_go_from_anywhere(label: str) -> None:
    link = '<p><a href="/4">The tide is high again</a></p>'
    assert promotion.without([TEXT, label, LINKS, link, MORE]) == [TEXT, MORE]
    assert promotion.without([TEXT, MORE, label]) == [TEXT, MORE]
    assert promotion.without([TEXT, label, MORE]) == [TEXT, label, MORE]


def test_links_under_another_heading_stay() -> None:
    assert promotion.without([TEXT, "<h3>Sources</h3>", LINKS, MORE]) == [TEXT, "<h3>Sources</h3>", LINKS, MORE]


@pytest.mark.parametrize(
    "heading",
    [
        "Get our newsletter",
        "Gefällt dir unser Blog?",
        "Support our work",
        "Follow us",
        "About the author",
        "Zur Person",
    ],
)
def test_a_last_heading_that_asks_for_something_goes_with_what_is_below(heading: str) -> None:
    plea = [f"<h2>{heading}</h2>", "<p>It costs you nothing, and it helps us a lot.</p>"]
    assert promotion.without([TEXT, MORE, *plea]) == [TEXT, MORE]
    assert promotion.without([*plea, TEXT, MORE]) == [*plea, TEXT, MORE]


def test_a_last_section_of_the_article_stays() -> None:
    end = ["<h2>Support for the ferries</h2>", MORE]
    assert promotion.without([TEXT, TEXT, *end]) == [TEXT, TEXT, *end]
    assert promotion.without([TEXT, TEXT, "<p>Follow us</p>", MORE]) == [TEXT, TEXT, "<p>Follow us</p>", MORE]


def test_a_call_to_follow_the_site_elsewhere_goes_if_it_links_there() -> None:
    call = '<p>Follow Northport on <a href="https://t.example">Twitter</a>.</p>'
    assert promotion.without([TEXT, call, MORE]) == [TEXT, MORE]
    said = "<p>Follow the money, he wrote on Twitter.</p>"
    assert promotion.without([TEXT, said, MORE]) == [TEXT, said, MORE]


@pytest.mark.parametrize("line", ["© 2020 Northport Times", "Northport Times. All rights reserved.", "(c) dpa"])
def test_a_last_line_of_whose_the_text_is_goes(line: str) -> None:
    assert promotion.without([TEXT, MORE, f"<p>{line}</p>"]) == [TEXT, MORE]
    assert promotion.without([TEXT, f"<p>{line}</p>", MORE]) == [TEXT, f"<p>{line}</p>", MORE]
