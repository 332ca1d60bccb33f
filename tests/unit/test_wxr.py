"""WordPress exports: bodies as WordPress shows them, and pictures that come after their posts."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeder import safe_html
from feeder.errors import SeedError
from feeder.model import Draft, Enclosure
from feeder.parse.syndication.wordpress_body import html_of
from feeder.parse.syndication.wordpress_site import Pictures, Site
from feeder.parse.wxr import PARSER
from linear import in_linear_time

START = '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel>'


def test_a_feed_about_exports_is_none() -> None:
    feed = b"<rss><channel><item><description>See http://wordpress.org/export/1.2/</description></item></channel></rss>"
    assert not PARSER.claims(feed, "export.xml")
    assert PARSER.claims(START.encode(), "feed.xml")


def shown(content: str) -> list[str]:
    return list(safe_html.paragraphs(html_of(content)[0]))


@pytest.mark.parametrize(
    ("content", "paragraphs"),
    [
        ("One.\n\nTwo.", ["One.", "Two."]),
        ("One.\r\n\r\nTwo.", ["One.", "Two."]),
        ("One\nstill one.\n \nTwo.", ["One\nstill one.", "Two."]),
        ("One<br>\nstill one.", ["One\nstill one."]),
        ("One<br /><br />Two", ["One", "Two"]),
        ("<p>One</p>\n<p>Two</p>", ["One", "Two"]),
        ("<p>One\n\nTwo</p>", ["One", "Two"]),
        ("One\n<h2>Head</h2>\nTwo", ["One", "Head", "Two"]),
        ("<blockquote>One\n\nTwo</blockquote>Three", ["One", "Two", "Three"]),
        ("<ul>\n<li>One</li>\n<li>Two\n\nThree</li>\n</ul>", ["One", "Two", "Three"]),
        ("<pre>a\n\nb</pre>", ["a", "b"]),
        ("<!-- wp:paragraph -->\n<p>One\nstill one.</p>\n<!-- /wp:paragraph -->", ["One still one."]),
        ("One<!--more-->\n\nTwo", ["One", "Two"]),
        ("</div></p>One\n\nTwo", ["One", "Two"]),
        ("", []),
    ],
)
def test_blank_lines_make_paragraphs(content: str, paragraphs: list[str]) -> None:
    assert shown(content) == paragraphs


def test_a_line_break_within_a_tag_is_not_one_of_the_text() -> None:
    assert html_of("see <a\nhref='x'>this</a>\nthen")[0] == "<p>see <a\nhref='x'>this</a><br>\nthen</p>"


def test_preformatted_text_stays_as_it_is() -> None:
    assert html_of("<pre>a\n\n[gallery] b</pre>") == ("<pre>a\n\n[gallery] b</pre>", ())
    assert html_of("x <code>[gallery]</code>") == ("<p>x <code>[gallery]</code></p>", ())


def test_an_address_alone_is_a_link() -> None:
    assert (
        html_of("https://a.example/?b=1&c")[0]
        == '<p><a href="https://a.example/?b=1&amp;c">https://a.example/?b=1&amp;c</a></p>'
    )


@pytest.mark.parametrize(
    ("content", "html", "left_out"),
    [
        ("a [sic] and [the minister] and [1]", "<p>a [sic] and [the minister] and [1]</p>", ()),
        ("a [[gallery]] b", "<p>a [gallery] b</p>", ()),
        ("[dropcap]M[/dropcap]y", "<p>My</p>", ("dropcap",)),
        ("[contact_form] x", "<p>x</p>", ("contact_form",)),
        ('[poll id="3"]x', "<p>x</p>", ("poll",)),
        ("[youtube=https://a.example/v]x", "<p>x</p>", ("youtube",)),
        ("[embed]https://a.example/v[/embed]", '<p><a href="https://a.example/v">https://a.example/v</a></p>', ()),
        ('<a title="[gallery]">x</a>', '<p><a title="[gallery]">x</a></p>', ()),
        (
            '[caption width="9"]<a href="u"><img src="b"></a> The <b>bridge</b>[/caption]',
            '<figure><a href="u"><img src="b"></a><figcaption>The <b>bridge</b></figcaption></figure>',
            (),
        ),
        (
            '[caption caption="Old"]<img src="b">[/caption]',
            '<figure><img src="b"><figcaption>Old</figcaption></figure>',
            (),
        ),
        ("[caption]no picture[/caption]", "<p>no picture</p>", ()),
        ("[caption]<img src='b'> never ended", "<p><img src='b'> never ended</p>", ("caption",)),
    ],
)
def test_shortcodes_are_resolved_or_left_out(content: str, html: str, left_out: tuple[str, ...]) -> None:
    assert html_of(content) == (html, left_out)


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<pre>",
                "</pre>",
                "<li>",
                "</div>",
                "[caption]",
                "[/caption]",
                "[a_b]",
                "[[x]]",
                "\n",
                "\n\n",
                "word ",
                "<!--",
                "-->",
                "<br>",
                "<img src=x>",
                "[embed]",
                "[/embed]",
                "<",
                "]",
                "<!-- wp:x -->",
            ]
        ),
        max_size=40,
    )
)
def test_no_word_is_lost(pieces: list[str]) -> None:
    content = "".join(pieces)
    html, _ = html_of(content)
    kept = content if "<!--" not in content else ""
    assert html.count("word") >= kept.count("word")


@pytest.mark.parametrize(
    "hostile",
    [
        "<!--" * 50_000,
        "[caption]" * 40_000,
        "<p>" * 40_000 + "</div>" * 40_000,
        "<br>" + " " * 200_000,
        "\n " * 100_000,
        "[a " * 90_000,
        "<pre" * 90_000,
        "[caption]<img " + "x" * 200_000 + "[/caption]",
    ],
    ids=lambda hostile: hostile[:12],
)
def test_a_hostile_body_takes_linear_time(hostile: str) -> None:
    in_linear_time(lambda: html_of(hostile))


# The site.


def test_categories_know_their_parents_and_go_in_no_circle() -> None:
    pairs = [("a", "b"), ("b", "c"), ("c", ""), ("x", "y"), ("y", "x")]
    categories = "".join(
        f"<category><category_nicename>{name}</category_nicename><category_parent>{parent}</category_parent>"
        f"<cat_name>{name.upper()}</cat_name></category>"
        for name, parent in pairs
    )
    site = Site(etree.fromstring(f"<rss><channel><link>https://a.example/</link>{categories}</channel></rss>"))
    assert site.section("a", "ignored") == "C/B/A"
    assert site.section("unknown", "Fish &amp; chips") == "Fish & chips"
    assert site.section("x", "").count("/") == 7
    assert site.address == "https://a.example"


def test_writers_are_shown_by_the_name_that_they_chose() -> None:
    authors = (
        "<author><author_login>Ann</author_login><author_display_name>Ann Example</author_display_name></author>"
        "<author><author_login>bob</author_login><author_first_name>Bob</author_first_name></author>"
        "<author><author_login>cora</author_login></author>"
    )
    site = Site(etree.fromstring(f"<rss><channel>{authors}</channel></rss>"))
    assert [site.author(login) for login in ("ann", "bob", "cora", "dan")] == ["Ann Example", "Bob", "cora", None]


# Pictures.


def test_posts_keep_their_order_while_one_waits_for_its_picture() -> None:
    pictures, picture = Pictures(), Enclosure("https://a.example/1.jpg")
    assert list(pictures.after(Draft(title="a"), "1")) == []
    assert list(pictures.after(SeedError("b"))) == []
    assert list(pictures.seen("2", picture)) == []
    first, second = pictures.seen("1", picture)
    assert isinstance(first, Draft)
    assert first.images == (picture,)
    assert isinstance(second, SeedError)
    (third,) = pictures.after(Draft(title="c"), "2")
    assert isinstance(third, Draft)
    assert third.images == (picture,)


def test_nobody_waits_for_ever() -> None:
    pictures = Pictures()
    given_back = [found for number in range(1000) for found in pictures.after(Draft(title=str(number)), "9")]
    assert 700 < len(given_back) < 1000
    assert all("not in the file" in found.warnings[0] for found in given_back if isinstance(found, Draft))
    assert len(given_back) + len(list(pictures.rest())) == 1000


def test_few_large_posts_wait_for_no_picture() -> None:
    pictures = Pictures()
    given_back = [found for _ in range(40) for found in pictures.after(Draft(html="x" * 1_000_000), "9")]
    assert len(given_back) >= 30


def test_attachments_alone_are_no_articles() -> None:
    item = "<item><title>x</title><wp:post_type>attachment</wp:post_type></item>"
    assert list(PARSER.parse("a", io.BytesIO(f"{START}{item}</channel></rss>".encode()))) == []
