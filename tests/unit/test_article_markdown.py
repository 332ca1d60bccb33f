"""Articles as Markdown: what is written is read back as the same article, by feeder's own reader."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.common.normalize_url import normalizeLink

import telling
from feeder import safe_html
from feeder.errors import SeedError
from feeder.limits import Limits
from feeder.model import Article, Draft, Enclosure, Event, Kind, Person
from feeder.normalize import normalize
from feeder.parse import HEAD_BYTES, parser_for
from feeder.parse.markdown import PARSER
from feeder.render import markdown, shown
from feeder.render.markdown import blocks
from feeder.render.markdown.tree import Element, Text, read

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent.parent / "cases"
LIMITS = Limits()
BASE = "https://news.example"
PAGE = f"{BASE}/articles/a-storm"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHITE = re.compile(r"[ \t\n\r\f]+")
SAME = {"b": "strong", "i": "em", "strike": "s", "del": "s"}
"""What Markdown does not tell apart."""
BOXES = {"div", "section", "article", "main", "header", "footer", "center", "hgroup", "nav"}


def safe(html: str) -> str:
    found = safe_html.sanitise(html, LIMITS)
    assert found is not None
    return found


def again(written: str, title: str = "T") -> str:
    """The HTML of some Markdown below front matter, as an article has it."""
    (draft,) = PARSER.parse("a.md", io.BytesIO(f"---\ntitle: '{title}'\n---\n\n{written}\n".encode()))
    assert isinstance(draft, Draft), draft
    return safe(draft.html or "")


def shape(element: Element) -> list[Any]:
    """The blocks below an element, as lists; text without white space, which ``safe_html.paragraphs`` compares."""
    found: list[Any] = []
    line: list[Any] = []
    for child in [*element.children, None]:
        if child is not None and (isinstance(child, Text) or child.is_inline):
            line += inline(child)
            continue
        found, line = found + (["p", *joined(line)] if joined(line) else []), []
        if child is not None:
            found += block(child)
    return found


def block(element: Element) -> list[Any]:
    if element.name in BOXES | {"thead", "tbody"} and not element.attributes:
        return shape(element)
    if element.name == "p" and not element.attributes and not element.has_block:
        return ["p", *line] if (line := joined([one for child in element.children for one in inline(child)])) else []
    return [(element.name, attributes(element), shape(element))]


def inline(node: Element | Text) -> list[Any]:
    if isinstance(node, Text):
        return [WHITE.sub("", node.text)]
    name = node.name if node.attributes else SAME.get(node.name, node.name)
    inner = [one for child in node.children for one in inline(child)]
    return [(name, attributes(node), joined(inner))]


def attributes(element: Element) -> list[tuple[str, str]]:
    """What an element is given; addresses as every browser asks for them."""
    addresses = {"href", "src"} & element.attributes.keys()
    given = {
        name: normalizeLink(value) if name in addresses else WHITE.sub("", value)
        for name, value in element.attributes.items()
    }
    return sorted(pair for pair in given.items() if pair != ("alt", ""))


def joined(line: list[Any]) -> list[Any]:
    """A line whose neighbouring texts are one."""
    found: list[Any] = []
    for one in filter(None, line):
        if isinstance(one, str) and found and isinstance(found[-1], str):
            found[-1] += one
        else:
            found.append(one)
    return found


def words(html: str) -> list[str]:
    return ["".join(paragraph.split()) for paragraph in safe_html.paragraphs(html)]


def assert_same(html: str) -> None:
    """What is written of some HTML is read back with the same structure and the same paragraphs."""
    first = safe(html)
    written = blocks.written(first, "T")
    if not written.strip():
        assert words(first) == []
        return
    second = again(written)
    assert shape(read(second)) == shape(read(first)), written
    assert words(second) == words(first), written


TEXT = st.text(
    alphabet=st.sampled_from("aB1 .,-+*_#>|~`!&;:=[](){}<\\\"'\n$€«»（「」。中文אבé\u00a0\u3000%/^"), max_size=14
)
WORDS = st.sampled_from(
    (
        *(
            "1. a",
            "- a",
            "# a",
            "---",
            "===",
            "~~~",
            "```",
            ":::",
            ":--",
            "[^1]",
            "[^1]: a",
            "[TOC]",
            "{% a %}",
            "{{< a >}}",
        ),
        *(
            "{:toc}",
            "a {#b}",
            "&amp;",
            "&#42;",
            "<b>",
            "http://a.example/?a=1&copy=2",
            "a_b_c",
            "2 * 3",
            "**a**",
            "| a |",
        ),
        *(
            "    a",
            "`a`",
            "import a from 'b'",
            "\\",
            "!",
            "a\n\nb",
            "> a",
            "+ a",
            "1) a",
            "[a]: /b",
            "<!-- a -->",
            "___",
        ),
    )
)


def escaped(found: str) -> str:
    return found.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


PHRASE = (TEXT | WORDS).map(escaped)
URL = st.sampled_from(("/a", "http://a.example/b_c_(d)", "http://a.example/e%20f?g=1&amp;h=*i*", "#j", "k(l"))


def tagged(names: str, inner: st.SearchStrategy[str], attributes: str = "") -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names.split()), inner).map(
        lambda two: f"<{two[0]}{attributes}>{two[1]}</{two[0]}>"
    )


def inlines(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, max_size=4).map("".join)
    return st.one_of(
        some,
        tagged("em strong b i s del code sup kbd q", some),
        tagged("span em", some, ' lang="ar" dir="rtl"'),
        st.tuples(URL, some).map(lambda two: f'<a href="{two[0]}">{two[1]}</a>'),
        st.tuples(URL, PHRASE).map(lambda two: f'<img src="{two[0]}" alt="{two[1]}" title="{two[1]}">'),
        st.just("<br>"),
    )


LINE = st.recursive(PHRASE, inlines, max_leaves=8)


def items(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner.map(lambda item: f"<li>{item}</li>"), min_size=1, max_size=3).map("".join)


def cells(name: str) -> st.SearchStrategy[str]:
    return st.lists(LINE.map(lambda cell: f"<{name}>{cell}</{name}>"), min_size=2, max_size=2).map(
        lambda row: f"<tr>{''.join(row)}</tr>"
    )


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, min_size=1, max_size=3).map("".join)
    return st.one_of(
        tagged("blockquote div aside figure dl", some),
        tagged("ul ol", items(some | LINE)),
        tagged("ol", items(LINE), ' start="7"'),
        tagged("div blockquote", some, ' dir="rtl"'),
    )


LEAF = st.one_of(
    tagged("p h1 h2 h4", LINE),
    LINE,
    PHRASE.map(lambda text: f"<pre><code>{text}</code></pre>"),
    PHRASE.map(lambda text: f"<pre>{text}</pre>"),
    st.tuples(cells("th"), cells("td")).map(
        lambda rows: f"<table><thead>{rows[0]}</thead><tbody>{rows[1]}</tbody></table>"
    ),
    st.just("<hr>"),
    st.just("<p>T</p>"),
    st.just("<h2>T</h2>"),
)
BODY = st.lists(st.recursive(LEAF, containers, max_leaves=6), min_size=1, max_size=4).map("".join)


@settings(max_examples=60, deadline=None)
@given(BODY)
def test_any_body_is_read_back_as_it_was(html: str) -> None:
    assert_same(html)


def test_text_that_looks_like_markup_is_text() -> None:
    lines = (
        "1. a",
        "# a",
        "- a",
        "***",
        "[^1]: a",
        "{% if a %}",
        ":::tip",
        "snake_case",
        "a *b* _c_ `d` ~~e~~",
        "| a |",
    )
    written = blocks.written(safe("".join(f"<p>{escaped(line)}</p>" for line in lines)), "T")
    assert safe_html.paragraphs(again(written)) == lines
    assert "snake_case" in written  # what cannot be taken for markup stays as it is


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<p>Some <em>word</em> and <b>more</b>.</p>", "Some *word* and **more**."),
        ("<p>これは<strong>「重要」</strong>です。</p>", "これは<strong>「重要」</strong>です。"),
        ("<p>这是<strong>重要</strong>的。</p>", "这是**重要**的。"),
        ("<p>one<br>two</p>", "one\\\ntwo"),
        ("<p>Hello! <a href='/a'>more</a></p>", "Hello! [more](/a)"),
        ("<p>Hello!<a href='/a'>more</a></p>", "Hello\\![more](/a)"),
        ('<p><a href="http://a.example/b (c)?d=1&amp;e=2">x</a></p>', "[x](http://a.example/b%20\\(c\\)?d=1\\&e=2)"),
        ("<p>H<sub>2</sub>O</p>", "H<sub>2</sub>O"),
        ("<h2>Costs</h2>", "## Costs"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol start='9'><li><p>a</p><p>b</p></li><li><p>c</p></li></ol>", "9. a\n\n   b\n\n10. c"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre><code>a = `b`\n\n  c\n</code></pre>", "```\na = `b`\n\n  c\n```"),
        ("<pre><code>```\na\n```</code></pre>", "````\n```\na\n```\n````"),
        (
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>x|y</td></tr></tbody></table>",
            "| a | b |\n| --- | --- |\n| 1 | x&#124;y |",
        ),
        (
            "<table><tr><td colspan=2>a</td></tr></table>",
            '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
        ),
        (
            "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td><code>p|q</code></td></tr></tbody></table>",
            "| a |\n| --- |\n| <code>p&#124;q</code> |",
        ),
        (
            "<ul><li><pre><code>[^1]: a\n{% b %}</code></pre></li></ul>",
            "- <pre><code>&#91;^1]: a\n  &#123;% b %}</code></pre>",
        ),
        ("<p>~a~ ~~b~~</p>", "\\~a\\~ \\~\\~b\\~\\~"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("<hr>", "___"),
        ('<p dir="rtl">אב</p>', '<p dir="rtl">אב</p>'),
        ('<img src="/a.jpg" alt="A [b]" title="c &quot;d&quot;">', '![A \\[b\\]](/a.jpg "c \\"d\\"")'),
    ],
)
def test_what_is_written(html: str, written: str) -> None:
    assert blocks.written(safe(html), "T") == written
    assert_same(html)


def test_nesting_without_sense_is_read_back_too() -> None:
    for name in ("em", "ul><li", "blockquote", "div", 'div dir="rtl"'):
        end = "".join(f"</{one.split()[0]}>" for one in reversed(name.split("><")))
        assert_same(f"<{name}>" * 120 + "a*b*" + end * 120)


def articles_of_cases() -> Iterator[Article]:
    for path in sorted(path for path in CASES.glob("*/*") if path.suffix != ".json"):
        raw = path.read_bytes()
        try:
            parser = parser_for(raw[:HEAD_BYTES], path.name)
            found = list(parser.parse(path.name, io.BytesIO(raw)))
            drafts = [draft for draft in found if isinstance(draft, Draft) and draft.title]
            for draft in drafts[:2]:
                yield normalize(draft, name=path.name, format=parser.name, zone=UTC, limits=LIMITS)
        except SeedError:
            continue


def tell(article: Article) -> Event:
    return Event(
        seq=1, epoch="e", at=AT, kind=Kind.PUBLISHED, article_id=article.id, slug="a-storm", version=3, article=article
    )


def read_back(article: Article) -> tuple[Article, Article]:
    """An article as feeds show it, and what a file of it gives when it is taken in."""
    written = markdown.document(tell(article), article, base_url=BASE, page=PAGE)
    (draft,) = PARSER.parse("a.md", io.BytesIO(written))
    assert isinstance(draft, Draft), written.decode()
    zone = article.published.tzinfo or UTC
    return shown.in_full(article, BASE, PAGE), normalize(
        draft, name="a.md", format="markdown", zone=zone, limits=LIMITS
    )


FIELDS = (
    *("id", "title", "summary", "published", "published_precision", "modified", "expires", "language", "authors"),
    *("byline", "dateline", "places", "section", "keywords", "subjects", "source", "rights", "link", "correction"),
    *("urgency", "images", "enclosures"),
)


def assert_read_back(article: Article) -> None:
    first, second = read_back(article)
    assert {name: getattr(second, name) for name in FIELDS} == {name: getattr(first, name) for name in FIELDS}
    assert shape(read(second.html)) == shape(read(first.html)), article.title
    assert words(second.html) == words(first.html)


def test_every_article_of_the_cases_is_read_back_as_it_was() -> None:
    found = list(articles_of_cases())
    assert len(found) > 300
    for article in found:
        assert_read_back(article)


@pytest.mark.parametrize(
    "given",
    [
        {"section": "Arts, Culture", "keywords": ("a, b", "c; d"), "places": ("Porto, Portugal",)},
        {"summary": "2 * 3 is <b>6</b>, [or] a_b & so on | `c` \\"},
        {"summary": "<b> is a tag"},
        {"title": "yes", "byline": "null", "dateline": "~"},
        {"title": "1:30 # - 'a' \"b\": c", "source": "@a, %b", "rights": "© {c}"},
        {"published": datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))},
        {"published": datetime(2026, 3, 1, 9, 30, 15, 250000, tzinfo=UTC), "published_precision": "second"},
        {"published": datetime(2026, 3, 1, tzinfo=UTC), "published_precision": "day"},
        {"modified": datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC), "expires": datetime(2030, 1, 1, tzinfo=UTC)},
        {"authors": (Person("A. B.", "a@b.example"), Person("C <d>", None, "https://c.example/"), Person("E, F"))},
        {"images": (Enclosure("https://a.example/b.jpg", "image/jpeg", 12, "The mole: a view"),), "urgency": 3},
        {
            "id": "tag:news.example,2026:1",
            "own_id": True,
            "link": "https://a.example/?b=1&c",
            "correction": "It was - no",
        },
    ],
    ids=str,
)
def test_what_stands_above_the_text_is_read_back(given: dict[str, Any]) -> None:
    plain = replace(telling.PLAIN, published_precision="minute", language="en")
    assert_read_back(replace(plain, **given))
