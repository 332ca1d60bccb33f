from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeder.limits import Limits
from feeder.safe_html import paragraphs, sanitise

LIMITS = Limits()


class Found(HTMLParser):
    """Every tag, attribute and address of a document, seen by another parser than the one that made it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in {"href", "src", "cite"}:
                self.addresses.add(value or "")


def assert_harmless(html: str) -> None:
    found = Found(html)
    assert not found.tags & {
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "base",
        "meta",
        "svg",
        "math",
    }
    assert not {name for name in found.attributes if name.startswith("on") or name in {"style", "srcdoc", "srcset"}}
    for address in found.addresses:
        scheme = re.match(r"[\s\x00-\x20]*([a-zA-Z][a-zA-Z0-9+.-]*):", address)
        assert scheme is None or scheme[1].lower() in {"http", "https", "mailto"}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ("<p onclick=x style=y id=z class=w>a</p>", "<p>a</p>"),
        ('<a href="javascript:x">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href=" java&#x09;script:x">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="mailto:a@example.org">a</a>', '<a href="mailto:a@example.org" rel="noopener noreferrer">a</a>'),
        ('<img src="data:image/png,x" alt="b">', '<img alt="b">'),
        ('<img src="mailto:a@example.org">', "<img>"),
        ('<img src="/b.png" onerror=x alt="b">', '<img src="/b.png" alt="b">'),
        ('<img src="https://example.org/b.png" srcset="x 2x">', '<img src="https://example.org/b.png">'),
        ("<iframe src=x>a</iframe><form><button>b</button></form>", "b"),
        ("<svg><script>x</script></svg>c", "c"),
        ("<math><mtext><style><img src=x onerror=y></style></mtext></math>d", "d"),
        ("<ol start=3><li>b</ol>", '<ol start="3"><li>b</li></ol>'),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("<!-- a --><p lang=fr dir=rtl>b", '<p lang="fr" dir="rtl">b</p>'),
    ],
)  # fmt: skip
def test_what_is_active_goes_and_what_is_text_stays(html: str, expected: str) -> None:
    assert sanitise(html, LIMITS) == expected


NASTY = st.sampled_from(
    [
        *(
            "<script>",
            "</script>",
            "<style>",
            "<svg>",
            "<math>",
            "<mtext>",
            "<img src=x onerror=alert(1)>",
            "<a href='",
        ),
        *(
            "javascript:alert(1)",
            "data:text/html,",
            "' onclick=x>",
            '" style="x:expression(1)"',
            "<noscript>",
            "<p title='",
        ),
        *(
            "</noscript>",
            "<iframe srcdoc='",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<template>",
            "</p>",
            "<b",
            ">",
            "/",
            "\x00",
        ),
        *(
            "&lt;script&gt;",
            "&#106;avascript:",
            "<a href=//x>",
            "<table><td>",
            "<select>",
            "<title>",
            "\t",
            "é",
            "text ",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(NASTY, max_size=30).map("".join))
@example("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>")
@example("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>")
def test_nothing_active_survives(html: str) -> None:
    safe = sanitise(html, LIMITS)
    assert safe is not None
    assert_harmless(safe)
    assert_harmless(sanitise(safe, LIMITS) or "")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 300,
        "<div><table><td></div>" * 300,  # an end tag that a table hides
        "<b><div></b>" * 300,  # formatting that is moved, not ended
        "<li><ul></li>" * 300,
        "<b a=1><p>" * 5000,
        "<p>" + "<b>" * 200 + "</p>" + "<p>x</p>" * 9000,  # formatting opened anew in every paragraph
        "<br>" * 20_001,
        "</p>" * 20_001,
        "x" * 262_145,
        "é" * 131_073,
    ],
)
def test_more_than_the_limits_is_not_sanitised(html: str) -> None:
    assert sanitise(html, LIMITS) is None


@pytest.mark.parametrize(
    "html",
    [
        "<p>text" * 5000,
        "<ul>" + "<li><p>x" * 3000 + "</ul>",
        "<table>" + "<tr><td>a<th>b" * 3000 + "</table>",
        "<dl>" + "<dt>a<dd>b" * 3000 + "</dl>",
        "<p><b>x</b></p>" * 6000,
        "<div>" * 250 + "</div>" * 250,
        "x" * 262_144,
    ],
)
def test_long_and_careless_but_flat_html_is_sanitised(html: str) -> None:
    assert sanitise(html, LIMITS)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<br>b<br> <br>c</p>d", ("a\nb", "c", "d")),
        ("<ul><li>a<li>b <b>c</b></ul>", ("a", "b c")),
        ("<table><tr><td>a</td> <th>b</th></tr><tr><td>c</td></tr></table>", ("a\tb", "c")),
        ("<pre>a\n  b\n\nc</pre>", ("a\n  b", "c")),
        ("<blockquote>a<p>b</p></blockquote>", ("a", "b")),
        ("a\n  b\tc", ("a b c",)),
        ("a<script>b</script><style>c</style><!-- <p>d -->e", ("ae",)),
        ("<script>never ended", ()),
        ("<!-- never ended", ()),
        ('<a title="x>y">a</a>', ("a",)),
        ("<p title='never ended>a<p>b", ("a", "b")),
        ("1 < 2 &amp;&lt; 3 > 2", ("1 < 2 &< 3 > 2",)),
        ("<!DOCTYPE html><?php x ?>a</p >b", ("a", "b")),
        ("a <b", ("a <b",)),
        ("<a b c <!-- d", ("<a b c",)),
        ("", ()),
    ],
)
def test_the_text_of_the_blocks(html: str, expected: tuple[str, ...]) -> None:
    assert paragraphs(html) == expected


@given(st.lists(NASTY, max_size=30).map("".join))
def test_any_html_has_its_text(html: str) -> None:
    assert all(part.strip() and "\n\n" not in part for part in paragraphs(html))


@pytest.mark.parametrize(
    "piece", ["<a ", '<a "', "<!--", "<object>", "</script", "<", "<td>", "<br> ", "<a '>", " ", "&"]
)
def test_repetition_is_read_in_one_pass(piece: str) -> None:
    # Quadratic reading of these 200,000 pieces takes minutes; one pass takes less than a second.
    assert len("".join(paragraphs(piece * 200_000))) <= len(piece) * 200_000
