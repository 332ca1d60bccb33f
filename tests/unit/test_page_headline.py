from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.parse.page import document, headline
from linear import in_linear_time


def elements(body: str) -> list[Any]:
    source = f"<!doctype html><html><head><title>x</title></head><body>{body}</body></html>"
    return list(document.read(source.encode()).tree.find("body").iter())


def chosen(body: str, *titles: str) -> str | None:
    found = headline.headline(elements(body), titles)
    return None if found is None else headline.line(found)


@pytest.mark.parametrize(
    ("body", "title", "line"),
    [
        ("<h1>Bridge shut</h1>", "", "Bridge shut"),
        ("<h1>Harbour notes</h1><h1>Bridge shut</h1>", "Bridge shut", "Bridge shut"),
        ("<h1>Notes</h1><h2>Bridge shut</h2>", "Bridge shut - Notes", "Bridge shut"),
        ("<h1>Notes</h1><h2>Bridge shut</h2>", "Notes » Bridge shut", "Bridge shut"),
        ("<h1>Bridge shut</h1><h3>Local</h3>", "Bridge shut after a crack - Local", "Bridge shut"),
        ("<h1><a href='/'>Harbour notes</a></h1><h2>Bridge shut</h2>", "Harbour notes: Bridge shut", "Bridge shut"),
        ("<a rel='home' href='/en/'><h1>Notes</h1></a><h3>Bridge shut</h3>", "Notes | Bridge shut", "Bridge shut"),
        ("<h1 class='site-title'>Notes</h1><h2>Bridge shut</h2>", "Bridge shut « Notes", "Bridge shut"),
        ("<div id='logo'><h1>Notes</h1></div><h1>Bridge shut</h1>", "", "Bridge shut"),
        ("<h1>Bridge shut<a href='/'>Notes</a></h1><h3>Bridge shut</h3>", "Bridge shut", "Bridge shut"),
        ("<h1>Bridge shut after a crack</h1>", "Bridge shut", "Bridge shut after a crack"),
        ("<h1>Bridge shut</h1>", "Bridge shut after a crack", "Bridge shut"),
        ("<h2 class='entry-title'>A bridge</h2><h1>Notes of the harbour</h1>", "", "A bridge"),
        ("<h1>Notes of the harbour</h1><main><h1>A bridge</h1></main>", "", "A bridge"),
        ("<td><b>港口大桥关闭</b></td>", "港口大桥关闭_新闻频道_北港网", "港口大桥关闭"),
        ("<p><a href='/'>Notes</a></p><font><b>Bridge shut</b></font>", "Notes: Bridge shut", "Bridge shut"),
        ("<h1><a href='https://notes.example/'>Notes</a></h1>", "Notes", None),
        ("<p>Bridge shut on Monday</p>", "Bridge shut", None),
        ("", "Bridge shut", None),
    ],
)
def test_which_heading_is_the_article_s(body: str, title: str, line: str | None) -> None:
    assert chosen(body, title) == line


@pytest.mark.parametrize(
    ("address", "is_front"),
    [("/", True), ("https://notes.example", True), ("/index.html", True), ("/2020/bridge", False), ("#top", False)],
)
def test_a_heading_that_leads_to_the_front_page_is_the_site_s(address: str, *, is_front: bool) -> None:
    (heading,) = (each for each in elements(f"<h1><a href='{address}'>Notes</a></h1>") if each.tag == "h1")
    assert headline.is_site(heading) is is_front


def test_lines_of_their_own_are_parted() -> None:
    (cell,) = (each for each in elements("<div id=c>By Ann Lee<br>Reporter<p>3 May</p></div>") if each.get("id") == "c")
    assert headline.line(cell) == "By Ann Lee Reporter 3 May"
    assert headline.line(cell, " | ").strip(" |") == "By Ann Lee | Reporter | 3 May"


@pytest.mark.parametrize("body", ["<h1>" + "a<i>b</i>" * 20_000, "<h2>a</h2>" * 20_000, "<b>a</b>" * 20_000])
def test_it_takes_linear_time(body: str) -> None:
    found = elements(body)
    in_linear_time(lambda: headline.headline(found, ["Bridge shut"]))


@given(st.text(alphabet='<>/h1b a=":-|_é广', max_size=300), st.text(max_size=40))
def test_what_is_found_is_one_of_the_elements(body: str, title: str) -> None:
    found = elements(f"<p>x</p>{body}")
    heading = headline.headline(found, [title])
    assert heading is None or heading in found
