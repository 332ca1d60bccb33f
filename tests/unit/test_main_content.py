from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeder.parse.page import container, document, main_content, plain_html, trafilatura
from feeder.parse.page.main_content import Known

ONE = "The harbour bridge was closed at noon on Monday after an inspector found a crack in one of its four piers."
TWO = "Buses will run over the old crossing until the engineers have finished their work, the city said in a statement."
THREE = (
    "Nobody likes to close a bridge on a market day, said the head of the harbour office, but it was right to do so."
)
TEXT = f"<p>{ONE}</p><p>{TWO}</p><p>{THREE}</p>"


def page(body: str) -> document.Page:
    return document.read(f"<!doctype html><html><head><title>x</title></head><body>{body}</body></html>".encode())


def nobody(_tree: Any) -> None:
    return None


def body(markup: str, known: Known | None = None, second: Any = nobody) -> str:
    found = main_content.read(page(markup), known or Known(), second)
    return found.html if found else ""


def blocks(markup: str, base: str | None = None) -> list[str]:
    return plain_html.blocks(page(markup).tree.find("body"), base)


CLEAN = "\n".join(f"<p>{paragraph}</p>" for paragraph in (ONE, TWO, THREE))


@pytest.mark.parametrize(
    "markup",
    [
        f"<div itemprop='articleBody'>{TEXT}</div><div class='entry-content'><p>{'Another. ' * 40}</p></div>",
        f"<div class='post-content'>{TEXT}</div><div><p>{'Small print of all kinds. ' * 4}</p></div>",
        f"<article>{TEXT}</article><p>{'Small print of all kinds. ' * 4}</p>",
        f"<div id='a'><div><p>{'Menus have words too. ' * 3}</p></div><div id='b'>{TEXT}</div></div>",
        f"<article>{TEXT}<div class='related-posts'><p>Ferry sails again, and so on.</p></div></article>",
        f"<article>{TEXT}<p style='display: none'>{ONE}</p><p hidden>{TWO}</p></article>",
        f"<article><nav><p>Menu.</p></nav>{TEXT}<footer><p>All rights reserved.</p></footer></article>",
        f"<div class='has-sidebar'><div class='entry-content'>{TEXT}</div></div><div class='sidebar'><p>x</p></div>",
    ],
)
def test_the_article_is_found_and_nothing_else(markup: str) -> None:
    assert body(markup) == CLEAN


def test_names_that_text_has_too_are_junk_only_where_there_is_little_text() -> None:
    part = f"<div class='elementor-widget elementor-widget-text'>{TEXT}</div>"
    button = "<div class='elementor-widget'><p>Call the harbour office today!</p></div>"
    assert body(f"<div>{part}{button}{part * 3}</div>") == "\n".join([CLEAN] * 4)


def test_words_in_capitals_part_names() -> None:
    junk = "<div class='visitorsComments'><p>I never liked it, and now look at all of that, will you.</p></div>"
    assert body(f"<div class='leftColumn'>{TEXT}{junk}</div>") == CLEAN
    assert body(f"<section><p>{ONE}</p><div class='theArticleBody'>{TEXT}</div></section>") == CLEAN


def test_the_innermost_of_the_marked_elements_is_the_article() -> None:
    inner = f"<div class='article_body'>{TEXT}</div>"
    assert body(f"<div class='article-body'><p>Topics that are read</p>{inner}</div>") == CLEAN


def test_a_small_page_is_its_body() -> None:
    assert body("Shut <b>at</b> noon.") == "<p>Shut <b>at</b> noon.</p>"
    assert body("<script>render()</script>") == ""


def test_a_wrapper_is_not_thrown_away_for_its_name() -> None:
    assert body(f"<div class='social-layout'><div class='entry-content'>{TEXT}</div></div>") == CLEAN


def test_the_title_the_byline_and_the_date_are_no_part_of_it() -> None:
    markup = f"<article><h1>Bridge shut</h1><p>By Ann Lee</p><p>30 April 2019</p>{TEXT}<p>Ann Lee</p></article>"
    assert body(markup, Known({"bridgeshut"}, ["Ann Lee"])) == CLEAN
    assert "Ann Lee" in body(markup)


def test_a_second_opinion_is_taken_where_the_page_has_no_marks() -> None:
    def other(_tree: Any) -> Any:
        return page(f"<p>{ONE}</p><p>{TWO}</p>").tree.find("body")

    assert body(f"<div>{TEXT}</div>", second=other) == f"<p>{ONE}</p>\n<p>{TWO}</p>"
    assert body(f"<div class='entry-content'>{TEXT}</div>", second=other) == CLEAN


def test_a_second_opinion_takes_out_what_is_short_and_foreign() -> None:
    def other(_tree: Any) -> Any:
        return page(TEXT).tree.find("body")

    markup = f"<div class='entry-content'><p>{ONE}</p><p>SUPPORT US NOW</p><p>{TWO}</p><p>{THREE}</p></div>"
    assert body(markup, second=other) == CLEAN
    assert "SUPPORT" in body(markup)


def test_what_the_publisher_tells_decides() -> None:
    wrong = f"<article><p>{'Another story altogether, of a ferry. ' * 20}</p></article>"

    def other(_tree: Any) -> Any:
        return page(TEXT).tree.find("body")

    assert body(wrong, Known(told=f"{ONE} {TWO} {THREE}"), second=other) == CLEAN
    found = main_content.read(page(wrong), Known(told=f"{ONE} {TWO} {THREE}"), nobody)
    assert found is not None
    assert main_content.lacks(found, f"{ONE} {TWO} {THREE}")
    assert not main_content.lacks(found, "A teaser.")


def test_a_text_that_stops_in_a_sentence_takes_nothing_out() -> None:
    markup = f"<article>{TEXT}<p>{ONE} Again.</p></article>"
    assert body(markup, Known(told=f"{ONE} {TWO} {THREE} {ONE[:50]}")) == f"{CLEAN}\n<p>{ONE} Again.</p>"


@pytest.mark.parametrize(
    ("markup", "written"),
    [
        ("a<br>b<br><br>c<br>", ["<p>a<br>b</p>", "<p>c</p>"]),
        ("<div>a<div>b</div>c</div>", ["<p>a</p>", "<p>b</p>", "<p>c</p>"]),
        ("<span>a <font>b</font></span>", ["<p>a b</p>"]),
        ("<h2><span>Head</span></h2><p></p>", ["<h2>Head</h2>"]),
        ("<ul><li>a</li><li><p>b</p></li><li></li></ul>", ["<ul><li>a</li><li>b</li></ul>"]),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", ["<ul><li><p>a</p>\n<ul><li>b</li></ul></li></ul>"]),
        ("<blockquote>a<p>b</p></blockquote>", ["<blockquote><p>a</p>\n<p>b</p></blockquote>"]),
        ("<pre>a\n  b &lt; c</pre>", ["<pre>a\n  b &lt; c</pre>"]),
        ("<p>1 &lt; 2 &amp; <i class='x' onclick='y'>c</i></p>", ["<p>1 &lt; 2 &amp; <i>c</i></p>"]),
        (
            "<table><tr><th>a<th>b<tr><td>1<td colspan=2>2</table>",
            ['<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td colspan="2">2</td></tr></table>'],
        ),
        ("<table><tr><td><p>a</p></td></tr></table>", ["<p>a</p>"]),
        ("<b><p>a</p></b>", ["<p>a</p>"]),
        (
            "<a href='https://e.example.org/?a=1&amp;b=2'>x</a>",
            ['<p><a href="https://e.example.org/?a=1&amp;b=2">x</a></p>'],
        ),
        ("<img src='a.jpg' alt='An &quot;x&quot;'>", ['<p><img src="a.jpg" alt="An &quot;x&quot;"></p>']),
        ("<img src='data:x' srcset='b.jpg 2x, c.jpg'>", ['<p><img src="b.jpg" alt=""></p>']),
        ("<img src='/img/spacer.gif'><img width=1 src=a.gif>", []),
        (
            "<figure><img src=a.jpg><figcaption>Who</figcaption></figure>",
            ['<p><img src="a.jpg" alt="" title="Who"></p>'],
        ),
        ("a<hr>b", ["<p>a</p>", "<hr>", "<p>b</p>"]),
    ],
)
def test_markup_as_it_is_written(markup: str, written: list[str]) -> None:
    assert blocks(markup) == written


def test_links_are_made_absolute() -> None:
    base = "https://e.example.org/a/b"
    assert blocks("<a href='../c'>x</a>", base) == ['<p><a href="https://e.example.org/c">x</a></p>']
    assert blocks("<a href='#n'>x</a>", base) == ["<p><a>x</a></p>"]
    assert blocks("<img src='/i.jpg'><img src='i.jpg'>", base) == [
        '<p><img src="https://e.example.org/i.jpg" alt=""><img src="i.jpg" alt=""></p>'
    ]


def test_what_is_nested_too_deep_is_text() -> None:
    assert blocks("<div>" * 200 + "a <b>b</b>" + "</div>" * 200) == ["<p>a b</p>"]


@given(st.text(alphabet=st.sampled_from("<>/ abpdivulitrh1&;=\"'\n"), max_size=300))
def test_whatever_is_written_is_well_formed(markup: str) -> None:
    written = "".join(blocks(f"<p>x{markup}"))
    plain = written.replace("<br>", "").replace("<hr>", "").replace("<img", "<i")
    etree.fromstring(f"<x>{plain}</x>")


def test_trafilatura_is_asked_for_a_body_only() -> None:
    pytest.importorskip("trafilatura")
    tree = page(f"<article><h1>Bridge shut</h1>{TEXT * 3}</article>").tree
    found = trafilatura.body(tree)
    assert found is not None
    assert ONE in "".join(found.itertext())


def test_trafilatura_is_not_asked_about_a_page_without_end() -> None:
    assert trafilatura.body(page("<p>" * (trafilatura.MOST_ELEMENTS + 1)).tree) is None


def test_standfirst_is_what_stands_before_the_body() -> None:
    tree = page(f"<h1>x</h1><p class='lead'>{ONE}</p><div class='entry-content'>{TEXT}</div><p class='lead'>y</p>").tree
    (content,) = tree.xpath("//div")
    found = container.standfirst(tree, content)
    assert found is not None
    assert document.content_of(found) == ONE


def second(markup: str) -> Any:
    """A second opinion that says this markup."""
    return lambda _tree: page(markup).tree.find("body")


def test_a_second_opinion_that_mixes_up_the_order_does_not_count() -> None:
    markup = f"<main><h2>Roads</h2><p>{ONE}</p><h2>Ferries</h2><p>{TWO}</p><h2>Buses</h2><p>{THREE}</p></main>"
    written = f"<h2>Roads</h2>\n<p>{ONE}</p>\n<h2>Ferries</h2>\n<p>{TWO}</p>\n<h2>Buses</h2>\n<p>{THREE}</p>"
    assert body(markup, second=second(f"<p>{TWO}</p><p>{ONE}</p><p>{THREE}</p>")) == written
    assert "Ferries" not in body(markup, second=second(f"<h2>Roads</h2><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p>"))


def test_a_second_opinion_that_only_adds_short_lines_does_not_count() -> None:
    markup = f"<div><p>Home</p><div>{TEXT}</div></div>"
    assert body(markup, second=second(f"<p>Home</p>{TEXT}")) == CLEAN
    longer = f"{ONE} Nobody knows how long it will take until it can be opened again, he said."
    assert longer in body(markup, second=second(f"<p>{longer}</p>{TEXT}"))


def test_comments_do_not_make_a_second_opinion_better() -> None:
    comments = f"<div class='comments'>{f'<p>{THREE} And so on, says a reader of ours.</p>' * 6}</div>"
    markup = f"<article>{TEXT}{comments}</article>"
    seen: list[str] = []
    body(markup, second=lambda tree: seen.append("".join(tree.itertext())))
    assert "says a reader" not in seen[0]
    assert ONE in seen[0]


@pytest.mark.parametrize(
    ("line", "is_left_out"),
    [
        ("Monday 3 February 2020 by Ann Lee", True),
        ("By ann lee - Published 03/02/2020 at 07:19 - Updated 04/02/2020", True),
        ("Written by Ann Lee", True),
        ("Ann Lee was born on 4 May 1960 in Northport.", False),
        ("Ann Lee says that the bridge is not safe", False),
    ],
)
def test_a_line_of_the_author_and_the_date_is_no_text(line: str, *, is_left_out: bool) -> None:
    markup = f"<div class='entry-content'><p>{line}</p>{TEXT}</div>"
    assert (line not in body(markup, Known(authors=["Ann Lee"]))) is is_left_out


def test_a_text_in_several_boxes_is_whole() -> None:
    boxes = [
        f"<div class='item'><div class='article-text'>{part}</div></div>" for part in (f"<p>{ONE} {TWO}</p>", TEXT)
    ]
    text = f"<p>{ONE} {TWO}</p>\n{CLEAN}"
    assert body(f"<article><div>{''.join(boxes)}</div><p>{THREE}</p></article>") == text
    parts = "".join(f"<p itemprop='articleBody'>{part} {part}</p>" for part in (ONE, TWO))
    assert body(f"<article>{parts}</article>") == f"<p>{ONE} {ONE}</p>\n<p>{TWO} {TWO}</p>"


def test_boxes_with_much_between_them_are_not_one_text() -> None:
    box = f"<div class='article-text'>{TEXT * 3}</div>"
    other = f"<div><p>{'Small print of all kinds. ' * 16}</p></div>"
    teaser = f"<div class='article-text'><p>{ONE}</p></div>"
    assert body(f"<div>{box}{other}{teaser}</div>") == "\n".join([CLEAN] * 3)
