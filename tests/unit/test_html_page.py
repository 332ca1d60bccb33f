from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft
from feeder.parse.html import PARSER, Html
from feeder.parse.page import document
from linear import in_linear_time

HEAD = '<html><head><title>Bridge shut</title><meta name="date" content="2020-01-01"></head><body>'


def draft(raw: bytes, name: str = "a.html") -> Draft:
    (found,) = PARSER.parse(name, io.BytesIO(raw))
    assert isinstance(found, Draft)
    return found


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("<!DOCTYPE html>", "a"),
        ("\ufeff\n <!-- saved by hand --><html>", "a.txt"),
        ('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "x">', "a.xml"),
        ("<head><title>x</title>", "a"),
        ("<BODY>", "a"),
        ("<h1>x</h1>", "a.htm"),
        ("Shut <b>at</b> noon", "a.html"),
    ],
)
def test_claims(head: str, name: str) -> None:
    assert PARSER.claims(head.encode(), name)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("<h1>x</h1>", "a.md"),
        ("---\ntitle: x\n---\n<p>x</p>", "a.html"),
        ("<?xml version='1.0'?><rss><channel>", "a.xml"),
        ("<nitf><body>", "a.xml"),
        ("nothing marked up", "a.html"),
        ("1 < 2", "a.html"),
        ("", "a.html"),
    ],
)
def test_what_is_left_to_others(head: str, name: str) -> None:
    assert not PARSER.claims(head.encode(), name)


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ("<meta http-equiv='Content-Type' content='text/html; charset=koi8-r'>", "koi8-r"),
        ("<meta content='text/html; CHARSET=iso-8859-5' http-equiv=Content-Type>", "iso8859-5"),
    ],
)
def test_the_declared_encoding_is_believed(head: str, encoding: str) -> None:
    found = document.read(f"<html><head>{head}<title>Мост закрыт</title>".encode(encoding))
    assert (found.encoding, found.title, found.warnings) == (encoding, "Мост закрыт", ())


def test_a_guess_is_told() -> None:
    found = document.read("<html><head><title>Мост в порту закрыт до конца недели</title>".encode("cp1251"))
    assert found.warnings == ("encoding guessed: cp1251",)


def test_names_of_metas_are_folded() -> None:
    found = document.read(
        b'<meta name="DC.date-issued" content="a &amp;amp; b"><meta property="og:x"><meta name="OG:X" content="c">'
    )
    assert found.metas == {"dcdateissued": ["a & b"], "ogx": ["c"]}


def test_a_property_may_have_several_names_and_stand_in_the_body() -> None:
    found = document.read(
        b'<meta property="dc:title og:title" content="a">'
        b'<p property="schema:author" content="b"><p property="dc:date" content="c">'
    )
    assert found.metas == {"dctitle": ["a"], "ogtitle": ["a"], "author": ["b"]}


def test_unclosed_formatting_is_left_out_and_other_depth_is_refused() -> None:
    found = document.read(b"<font><b>" * 200 + b"<p>a <i>b</i> c</p>")
    assert document.content_of(found.tree) == "a b c"
    assert found.tree.find(".//font") is None
    with pytest.raises(SeedError, match="more than 256 elements"):
        document.read(b"<font>" * 200 + b"<div>" * 300 + b"x")


def test_a_base_is_what_links_are_relative_to() -> None:
    head = '<link rel="canonical" href="https://e.example.org/a"><base href="https://e.example.org/b/">'
    assert document.read(head.encode()).base == "https://e.example.org/b/"
    assert document.read(b"<base href='/b/'><p>x").base is None


def test_xhtml_ends_its_empty_elements() -> None:
    raw = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><p>a&nbsp;b</p></body></html>'
    assert document.content_of(document.read(raw.encode()).tree.find("body")) == "a\xa0b"


def test_entities_of_its_own_are_not_expanded() -> None:
    raw = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><html><body><p>&a;&b;</p></body></html>'
    found = document.content_of(document.read(raw.encode()).tree)
    assert "aaaa" not in found
    assert "root" not in found


@pytest.mark.parametrize(
    "tail", ["<p>text</p><a href='x", "<p>text</p><", "<script>a = '<b>'", "<style>p {", "<p>x</p></bo"]
)
def test_an_unfinished_page(tail: str) -> None:
    with pytest.raises(UnfinishedError):
        draft(f"{HEAD}{tail}".encode())


@pytest.mark.parametrize(
    "tail", ["<p>text", "<p>1 < 2", "<!-- <script> --><p>text", "<script>'<style>'</script><p>text"]
)
def test_a_page_without_its_last_tags_is_finished(tail: str) -> None:
    assert draft(f"{HEAD}{tail}".encode()).title == "Bridge shut"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<html>" + b"<div>" * 300, "256 elements"),
        (b"<html>" + b"<br>" * 60_001, "more than 60000 elements"),
        (b"<html>" + b" " * 5_000_000, "no single article"),
        (b"<html><body><p>x</p>", "no title"),
        (b"<html><head><title>x</title></head><body>", "no body"),
        (b"<html><head><title>x</title></head><body><p>y</p>", "no date"),
    ],
)
def test_refusals(raw: bytes, reason: str) -> None:
    with pytest.raises(SeedError, match=reason):
        draft(raw)


def test_a_date_in_the_file_name_is_enough() -> None:
    assert draft(b"<title>x</title><p>Shut at noon.</p>", "2019-04-30-a.html").published is None


def test_without_the_extra_the_page_is_read_all_the_same() -> None:
    raw = f"{HEAD}<div><p>{'Shut at noon, said the harbour office. ' * 8}</p></div>".encode()
    (found,) = Html(second=lambda _tree: None).parse("a.html", io.BytesIO(raw))
    assert isinstance(found, Draft)
    assert found.where is not None
    assert found.where["html"] == "page"
    assert "Shut at noon" in (found.html or "")


@pytest.mark.parametrize(
    "markup",
    [
        "<img src=a.jpg>" * 20_000,
        "<figure>" + "<img src=a.jpg>" * 20_000,
        "<div itemscope itemtype='http://schema.org/Article'>" + "<b itemprop=author>Ann Lee</b>" * 20_000,
        "<div class=byline>By Ann Lee</div>" * 20_000,
        "<time datetime=2020-01-01>x</time>" * 20_000,
        "<a href=x>link</a> " * 20_000,
        "&#" * 300_000,
        "<p title='" + "a" * 1_000_000 + "'>x</p>",
        "<p>" + "word " * 200_000,
        "text<br>" * 20_000,
        "<div class=article-body>" * 200 + "<p>Words of a paragraph that count.</p>" * 8_000,
        "<div class='published author'>" * 200 + "<p>Words of a paragraph that count.</p>" * 8_000,
        "<div class=comment>" * 200 + "<p>Words of a paragraph that count.</p>" * 8_000,
    ],
)
def test_hostile_pages_take_linear_time(markup: str) -> None:
    def read() -> None:
        with suppress(SeedError):
            draft(f"{HEAD}{markup}".encode())

    in_linear_time(read)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.text(alphabet=st.sampled_from("<>/abdhimpt1 =\"'-!&;"), max_size=200))
def test_nothing_but_seed_errors_is_raised(raw: bytes, markup: str) -> None:
    for content in (raw, f"{HEAD}{markup}".encode(), b"<html><body>" + raw):
        try:
            draft(content, "2020-01-01-a.html")
        except SeedError:
            continue
