"""An article over HTTP: its page for machines, its Markdown, its history, and what stands where it was."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from feeder.model import Draft
from feeder.parse.markdown import PARSER
from live import Live, Plan, article, serving
from shown_page import page

BODY = "A storm closed the harbour on Tuesday. Nobody was hurt."


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield found


def texts(document: html.HtmlElement, path: str) -> list[str]:
    return [" ".join(found.text_content().split()) for found in document.xpath(path)]


async def versions(live: Live) -> str:
    """An article in three versions; gives its id."""
    wrong = BODY.replace("Tuesday", "Monday")
    (event,) = await live.accept(article("A storm", BODY, text=f"{BODY}\n\nMore."))
    live.clock.now += timedelta(hours=1)
    await live.accept(article("A storm", wrong, text=f"{wrong}\n\nMore."))
    live.clock.now += timedelta(hours=1)
    await live.accept(article("A storm", BODY, text=f"{BODY}\n\nMore.", correction="It was Tuesday."))
    return event.article_id


async def test_the_history_tells_what_changed_newest_first(live: Live) -> None:
    await versions(live)
    story = await page(live, "/articles/a-storm")
    assert story.xpath("//article/@data-version") == ["3"]
    assert story.xpath("//article/@data-article-id") == [(await live.store.newest(None, 1))[0].article_id]
    assert story.xpath("//p[@role='status' and @hidden]")
    assert set(story.xpath("//article//a[contains(@href, 'history')]/@href")) == {"/articles/a-storm/history"}
    told = await page(live, "/articles/a-storm/history")
    heads = ["Corrected version 3 · 2 March 2026, 14:00 UTC", "Updated version 2 · 2 March 2026, 13:00 UTC"]
    assert texts(told, "//li/h2") == [*heads, "Published version 1 · 2 March 2026, 12:00 UTC"]
    first, second, _ = told.xpath("//ol/li")
    assert texts(first, ".//dt") == ["Correction"]
    changed = ".//div[@class='changed']"
    assert (texts(first, f"{changed}//del"), texts(first, f"{changed}//ins")) == (["Monday"], ["Tuesday"])
    assert texts(second, f"{changed}/p") == [
        "A storm closed the harbour on TuesdayMonday. Nobody was hurt.",
        "1 unchanged paragraph",
    ]
    assert told.xpath("//meta[@name='robots']/@content") == ["noindex"]


async def test_the_history_of_a_retracted_article_is_gone_with_it(live: Live) -> None:
    name = await versions(live)
    await live.accept(article("Another story"))
    await live.retract(name, "withdrawn")
    for path in ("/articles/a-storm", "/articles/a-storm/history"):
        gone = await page(live, path, 410)
        assert "Monday" not in gone.text_content()
        assert texts(gone, "//nav[@class='beside']//a") == ["Another story"]
    status, body, _ = await live.get("/articles/a-storm.md")
    assert (status, body) == (410, b"This article was withdrawn: <https://news.example/articles/a-storm>\n")
    assert (await live.get("/articles/nothing/history"))[0] == (await live.get("/articles/nothing.md"))[0] == 404


async def test_an_article_of_one_version_speaks_of_no_others(live: Live) -> None:
    await live.accept(article("A storm"))
    assert not (await page(live, "/articles/a-storm")).xpath("//a[contains(@href, 'history')]")
    assert texts(await page(live, "/articles/a-storm/history"), "//li/h2") == [
        "Published version 1 · 2 March 2026, 12:00 UTC"
    ]


async def test_an_article_as_markdown_is_read_back_and_asked_for_conditionally(live: Live) -> None:
    await live.accept(article("A storm", "It *rained*.", keywords=("rain",)))
    status, body, headers = await live.get("/articles/a-storm.md", **{"Accept-Encoding": "identity"})
    assert (status, headers["Content-Type"]) == (200, "text/markdown; charset=utf-8; variant=CommonMark")
    assert headers["Access-Control-Allow-Origin"] == "*"
    kept = {"If-None-Match": headers["ETag"], "Accept-Encoding": "identity"}
    assert headers["Link"] == '<https://news.example/articles/a-storm>; rel="canonical"'
    coded = await live.get("/articles/a-storm.md", **{"Accept-Encoding": "gzip"})
    assert (coded[1], coded[2]["Content-Encoding"]) == (body, "gzip")
    (draft,) = PARSER.parse("a.md", io.BytesIO(body))
    assert isinstance(draft, Draft)
    assert (draft.title, draft.published, draft.keywords) == ("A storm", "2026-03-01", ("rain",))
    assert draft.html == "<p>It *rained*.</p>\n"
    assert (await live.get("/articles/a-storm.md", **kept))[0] == 304
    await live.accept(article("A storm", "It snowed."))
    status, body, _ = await live.get("/articles/a-storm.md", **kept)
    assert (status, b"It snowed." in body) == (200, True)
    story = await page(live, "/articles/a-storm")
    assert "https://news.example/articles/a-storm.md" in story.xpath("//link[@rel='alternate']/@href")


async def test_machines_are_told_what_the_page_says(live: Live) -> None:
    title = '</script><script>alert("1")</script>'
    await live.accept(article(title, slug="a-storm"))
    story = await page(live, "/articles/a-storm")
    (block,) = story.xpath("//script[@type='application/ld+json']/text()")
    assert json.loads(block)["headline"] == title
    assert story.xpath("//meta[@property='og:title']/@content") == [title]
    assert len(story.xpath("//script[not(@src)]")) == 1


async def test_stories_on_the_same_subject_stand_below(live: Live) -> None:
    await live.accept(
        article("A storm", keywords=("weather",)), article("Rain", keywords=("Weather",)), article("Vote")
    )
    story = await page(live, "/articles/a-storm")
    assert texts(story, "//nav[contains(@class, 'kindred')]//a") == ["Rain"]
    (rain,) = [event for event in await live.store.newest(None, 9) if event.slug == "rain"]
    await live.retract(rain.article_id)
    assert not (await page(live, "/articles/a-storm")).xpath("//nav[contains(@class, 'kindred')]")
