"""Media: what a file is, what a reference may mean, and where addresses stand in HTML."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import media
from feeder.limits import Limits
from feeder.model import Article, Enclosure
from feeder.safe_html import sanitise

SHA = "0123456789abcdef" * 4
OURS = f"/media/{SHA}.jpg"
BASE = "https://news.example/paper"


def box(*brands: bytes) -> bytes:
    body = b"ftyp" + brands[0] + b"\0\0\0\1" + b"".join(brands[1:])
    return (len(body) + 4).to_bytes(4, "big") + body + b"\0\0\0\x08free"


def ogg(start: bytes) -> bytes:
    return b"OggS\0\x02" + bytes(20) + b"\x01\x1e" + start + bytes(20)


# What a file is


@pytest.mark.parametrize(
    ("head", "extension", "media_type"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "jpg", "image/jpeg"),
        (b"\xff\xd8\xff\xe1..Exif", "jpg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png", "image/png"),
        (b"GIF87a...", "gif", "image/gif"),
        (b"GIF89a...", "gif", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "webp", "image/webp"),
        (box(b"avif", b"mif1", b"miaf"), "avif", "image/avif"),
        (box(b"mif1", b"miaf", b"avif"), "avif", "image/avif"),
        (box(b"heic", b"mif1"), "heic", "image/heic"),
        (box(b"mif1", b"heic"), "heic", "image/heic"),
        (box(b"M4A ", b"isom", b"mp42"), "m4a", "audio/mp4"),
        (box(b"isom", b"iso2", b"avc1", b"mp41"), "mp4", "video/mp4"),
        (box(b"XAVC", b"mp42"), "mp4", "video/mp4"),
        (box(b"qt  "), "mov", "video/quicktime"),
        (b"ID3\x04\0\0", "mp3", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "mp3", "audio/mpeg"),
        (b"\xff\xf3\x84\xc4", "mp3", "audio/mpeg"),
        (b"fLaC\0\0\0\x22", "flac", "audio/flac"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "wav", "audio/wav"),
        (ogg(b"OpusHead"), "opus", "audio/ogg"),
        (ogg(b"\x01vorbis"), "ogg", "audio/ogg"),
        (ogg(b"\x80theora"), "ogv", "video/ogg"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\x82\x84webmB\x87", "webm", "video/webm"),
        (b"%PDF-1.7\n", "pdf", "application/pdf"),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_first_bytes(head: bytes, extension: str, media_type: str) -> None:
    assert media.kind_of(head) == (extension, media_type)
    assert media.kind_of(head + bytes(5000)) == (extension, media_type)
    assert media.parse(media.address(SHA, extension)) == (SHA, extension)


@pytest.mark.parametrize(
    "head",
    [
        b"", b"RIFF", b"RIFF\x24\0\0\0AVI LIST", b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"<?xml version='1.0'?><svg>", b"<html><script>", b"PK\x03\x04", b"MZ\x90", b"\xff\xfeH\0i\0", b"\xff\xd8",
        b"\xff\xfb\xf0\x64", b"\xff\xfb\x9c\x64", b"\xff\xeb\x90\x64", b"\xff\xfd\x90\x64", b"\xff\xfb",
        box(b"crx "), b"\0\0\0\x08ftyp", b"\0\0\0\0ftypxxxx", ogg(b"unknown!"), b"OggS",
        b"OggS\0\x02" + bytes(20) + b"\xff",
        b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska", b"II*\0", b"%!PS-Adobe", b"plain text", b"12:30 \xc3\xa9",
        b"%PDX-", b"GIF88a",
    ],
)  # fmt: skip
def test_anything_else_is_not_shown(head: bytes) -> None:
    assert media.kind_of(head) is None
    assert media.why_not(head)


def test_a_brand_counts_only_within_its_box() -> None:
    assert media.kind_of(box(b"crx ")[:-4] + b"isom" * 10) is None


def test_an_author_is_told_why_a_drawing_is_not_shown() -> None:
    assert "scripts" in media.why_not(b"<?xml version='1.0'?>\n<!-- x -->\n<svg:svg >")
    assert "scripts" not in media.why_not(b"<html>")
    assert media.why_not(b"") == "there is nothing in it"


@given(st.binary(max_size=300))
def test_any_bytes_are_something_or_nothing(head: bytes) -> None:
    kind = media.kind_of(head)
    assert kind is None or media.TYPES[kind.extension] == kind.type


# What a reference may mean


@pytest.mark.parametrize(
    "reference",
    ["photo.jpg", "./a b.jpg", "../x.png", "/images/x.jpg", "images\\x.jpg", "12:30.jpg", "{{ site.baseurl }}/x.jpg",
     "a#b", "www.news.example/x.jpg", " padded.jpg "],
)  # fmt: skip
def test_paths_are_local(reference: str) -> None:
    assert media.is_local(reference)


@pytest.mark.parametrize(
    "reference",
    ["", "  ", "#top", "?page=2", "//cdn.example/x.jpg", "\\\\server\\share\\x.jpg", "https://m.example/x.jpg",
     "HTTP:x.jpg", "mailto:a@b.example", "data:image/png;base64,AA", "javascript:x", "C:\\photo.jpg", "cid:part1",
     "a\0b.jpg", "a\nb.jpg", "x" * 3000],
)  # fmt: skip
def test_addresses_and_places_in_the_page_are_not(reference: str) -> None:
    assert not media.is_local(reference)
    assert media.candidates(reference, "world") == ()


@pytest.mark.parametrize(
    ("reference", "folder", "place"),
    [
        ("photo.jpg", "", "photo.jpg"),
        ("photo.jpg", "world/americas", "world/americas/photo.jpg"),
        ("./photo.jpg", "world", "world/photo.jpg"),
        ("../photo.jpg", "world/americas", "world/photo.jpg"),
        ("img/../photo.jpg", "world", "world/photo.jpg"),
        ("img//photo.jpg", "world", "world/img/photo.jpg"),
        ("/images/x.jpg", "world/americas", "images/x.jpg"),
        ("images\\x.jpg", "world", "world/images/x.jpg"),
        ("a%20b.jpg", "", "a b.jpg"),
        ("a%2520b.jpg", "", "a%20b.jpg"),
        ("caf%C3%A9.jpg", "", "café.jpg"),
        ("caf%E9.jpg", "", "caf\udce9.jpg"),
        ("x.jpg?v=3#top", "", "x.jpg"),
        ("{{ site.baseurl }}/images/x.jpg", "_posts", "images/x.jpg"),
        ("{{site.url}}{{site.baseurl}}/images/x.jpg", "_posts", "images/x.jpg"),
        ("{{- .Site.BaseURL -}}images/x.jpg", "posts", "images/x.jpg"),
        ("%7B%7B%20site.baseurl%20%7D%7D/images/x.jpg", "_posts", "images/x.jpg"),
        ("{{ '/images/x.jpg' | relative_url }}", "_posts", "images/x.jpg"),
        ('{{ "images/x.jpg" | absolute_url }}', "_posts", "images/x.jpg"),
        ("{static}/images/x.jpg", "blog", "images/x.jpg"),
        ("{attach}x.jpg", "blog", "blog/x.jpg"),
        ("|filename|/images/x.jpg", "blog", "images/x.jpg"),
        (" photo.jpg ", "", "photo.jpg"),
    ],
)
def test_the_likeliest_place_comes_first(reference: str, folder: str, place: str) -> None:
    assert media.candidates(reference, folder)[0] == place


@pytest.mark.parametrize(
    ("reference", "folder", "place"),
    [
        ("/images/x.jpg", "posts", "static/images/x.jpg"),
        ("images/x.jpg", "content/posts", "static/images/x.jpg"),
        ("images/x.jpg", "content/posts", "images/x.jpg"),
        ("/images/x.jpg", "blogs/mine/_posts", "blogs/mine/images/x.jpg"),
        ("/x.jpg", "site/content/posts", "site/static/x.jpg"),
        ("50%25.jpg", "", "50%25.jpg"),
        ("what?.jpg", "", "what?.jpg"),
        ("a#1.jpg", "", "a#1.jpg"),
        ("café.jpg", "", unicodedata.normalize("NFD", "café.jpg")),
        (unicodedata.normalize("NFD", "café.jpg"), "", "café.jpg"),
    ],
)
def test_other_places_follow(reference: str, folder: str, place: str) -> None:
    assert place in media.candidates(reference, folder)[1:]


@pytest.mark.parametrize(
    ("reference", "folder"),
    [
        ("../x.jpg", ""), ("../../x.jpg", "world"), ("..\\x.jpg", ""), ("/../x.jpg", "world"), ("a/../../x.jpg", ""),
        (".hidden/x.jpg", ""), ("x/.git/config", "world"), ("photo.jpg~", ""), ("__MACOSX/x.jpg", ""), ("x.part", ""),
        ("y" * 300, ""), ("\ud800.jpg", ""), ("..", "world"), (".", ""), ("/", "world"), ("/.", "world"),
    ],
)  # fmt: skip
def test_nothing_leads_out_or_to_what_is_hidden(reference: str, folder: str) -> None:
    assert media.candidates(reference, folder) == ()


def test_what_is_encoded_leads_out_no_further() -> None:
    assert media.candidates("%2e%2e/x.jpg", "world")[0] == "x.jpg"
    assert all(place.endswith("%2e%2e/x.jpg") for place in media.candidates("%2e%2e/x.jpg", ""))
    assert all(place.endswith("%2Eenv") for place in media.candidates("%2Eenv", ""))
    assert all(place.endswith("%00.jpg") for place in media.candidates("%00.jpg", ""))


def test_what_begins_above_the_article_is_looked_for_nowhere_else() -> None:
    assert media.candidates("../x.jpg", "a/b") == ("a/x.jpg",)
    assert media.candidates("./x.jpg", "a/b") == ("a/b/x.jpg",)
    assert "a/c/x.jpg" not in media.candidates("../c/x.jpg", "a/b/d")


paths = st.text(st.sampled_from("ab./\\%2e5cC{}|?#é\ud800\0 \n~"), max_size=40) | st.text(max_size=40)


@given(reference=paths, folder=st.text(st.sampled_from("ab/."), max_size=20))
def test_every_candidate_is_a_plain_path_below_the_folder(reference: str, folder: str) -> None:
    for place in media.candidates(reference, folder):
        parts = place.split("/")
        assert all(part and not part.startswith(".") for part in parts)
        assert "\0" not in place
        assert place.encode("utf-8", "surrogateescape")


# Addresses


@pytest.mark.parametrize(
    "other",
    ["", "/media/", f"/media/{SHA}", f"/media/{SHA}.", f"/media/{SHA.upper()}.jpg", f"/media/{SHA[1:]}.jpg",
     f"{OURS}x12345", f"{OURS}?x", f"{OURS}\n", f"https://news.example{OURS}", f"media/{SHA}.jpg",
     f"/media/x{SHA}.jpg", f"/media//media/{SHA}.jpg"],
)  # fmt: skip
def test_no_other_address_is_ours(other: str) -> None:
    assert media.parse(other) is None
    assert not media.is_ours(other)
    assert not media.is_name(other)


def test_an_address_is_read_back() -> None:
    assert media.address(SHA, "jpg") == OURS
    assert media.parse(OURS) == (SHA, "jpg")
    assert media.is_ours(OURS)
    assert media.is_name(f"{SHA}.jpg")


# References in HTML


def test_images_and_links_beside_the_article_are_found_in_their_order() -> None:
    html = (
        '<p><a href="b.pdf?a=1&amp;b=2">x</a><img src="a.jpg" alt="src=no.jpg"><img alt="" src="a.jpg">'
        '<a href="https://x.example/c.jpg">c</a><a href="#top">t</a>'
        '<blockquote cite="q.jpg">src="z.jpg"</blockquote></p>'
    )
    assert media.references(html) == ("b.pdf?a=1&b=2", "a.jpg")


def test_what_is_found_is_rewritten_and_the_rest_stays_byte_for_byte() -> None:
    html = (
        '<p title="a &lt;img src=&quot;a.jpg&quot;>">x '
        '<img alt="a &amp; b" src="a.jpg" width="5"><a href="b.jpg">b</a>&amp;</p>'
    )
    found = media.localise(html, {"a.jpg": OURS}.get)
    assert found == html.replace('src="a.jpg" width', f'src="{OURS}" width')


def test_links_to_other_articles_are_left_alone() -> None:
    html = '<a href="other.md">o</a><a href="/about/">a</a><a href="x">x</a><a href="a.html#b.jpg">f</a><img src="x">'
    assert media.references(html) == ("x",)
    assert media.localise(html, lambda _: OURS) == html.replace('src="x"', f'src="{OURS}"')


@pytest.mark.parametrize(
    "reference", ["a.jpg", "a.JPEG", "b/c.pdf?x=1.html", "a.png#top", " a.mp3 ", "{static}/a.webp", "a%20b.m4a"]
)
def test_what_is_named_like_a_file_of_the_media_is_a_reference_to_one(reference: str) -> None:
    assert media.is_of_media(reference)


@pytest.mark.parametrize("reference", ["", "a", "a.md", "jpg", "a.jpg/", "a.html?x=a.jpg", "#a.jpg", "a.svg"])
def test_other_references_are_none(reference: str) -> None:
    assert not media.is_of_media(reference)


def test_a_tag_within_an_attribute_is_no_tag() -> None:
    html = '<p title="<img " lang="x">src="a.jpg" <b title="<img src=">y</b></p>'
    assert media.references(html) == ()
    assert media.localise(html, lambda _: OURS) == html


def test_a_tag_ends_where_it_ends() -> None:
    assert media.references('<img alt="a > b" src="a.jpg"><img alt="<" src="b.jpg">') == ("a.jpg", "b.jpg")


def test_only_what_is_local_is_asked_for() -> None:
    html = '<img src="https://m.example/x.jpg"><a href="#top">t</a><a href="">e</a><img src="a.jpg">'
    asked: list[str] = []
    media.localise(html, asked.append)
    assert asked == ["a.jpg"]


def test_an_address_that_is_put_in_is_escaped() -> None:
    assert media.localise('<img src="a.jpg">', lambda _: '"><script>&') == '<img src="&quot;&gt;&lt;script&gt;&amp;">'


def test_our_addresses_are_made_absolute_and_no_others() -> None:
    html = f'<p><img src="{OURS}"><a href="{OURS}">x</a><a href="/media/x">y</a><img src="a.jpg">{OURS}</p>'
    found = media.absolute(html, BASE)
    assert found.count(BASE) == 2
    assert found == html.replace(f'="{OURS}"', f'="{BASE}{OURS}"')
    assert media.absolute(html, "") is html


words = st.text(st.sampled_from('ab.jpg/&<>"= \u00a0é\n'), max_size=12)
attributes = st.sampled_from(["src", "href", "alt", "title", "cite"])
tags = st.builds(
    lambda name, given: f"<{name} " + " ".join(f'{key}="{escape(value)}"' for key, value in given.items()) + ">",
    st.sampled_from(["img", "a", "p", "b", "IMG", "abbr"]),
    st.dictionaries(attributes, words | st.just(OURS)),
)
documents = st.lists(tags | words | words.map(escape), max_size=12).map("".join)


@given(documents)
def test_whatever_the_sanitiser_gives_is_rewritten_as_a_parser_would(given_html: str) -> None:
    html = sanitise(given_html, Limits())
    assert html is not None
    seen: list[str] = []

    def note(tag: str, name: str, value: str) -> str:
        if name == "src" or (name == "href" and media.is_of_media(value)):
            seen.append(value)
        return value

    nh3.Cleaner(attributes={"img": {"src", "alt"}, "a": {"href"}}, attribute_filter=note).clean(html)
    assert media.references(html) == tuple(dict.fromkeys(filter(media.is_local, seen)))
    assert media.localise(html, lambda _: None) == html
    assert media.references(media.localise(html, lambda _: "https://m.example/")) == ()


@given(documents, st.sampled_from(["/paper", BASE, "http://127.0.0.1:8000"]))
def test_absolute_is_undone_by_taking_the_base_away(given_html: str, base_url: str) -> None:
    html = sanitise(given_html, Limits())
    assert html is not None
    found = media.absolute(html, base_url)
    assert sanitise(found, Limits()) == found
    undone = found.replace(f'="{base_url}/media/', '="/media/')
    assert undone == html
    assert OURS not in media.references(found)


@given(st.text(st.sampled_from('<>a"= imgsrc/\n'), max_size=60))
def test_what_is_no_sanitised_html_does_no_harm(html: str) -> None:
    assert media.localise(html, lambda _: None) == html


@pytest.mark.parametrize("piece", ["<", "<a", '<a b="', '<a x="y"', '"', '<img src="', '<img x=" '])
def test_rewriting_is_linear(piece: str) -> None:
    html = piece * (400_000 // len(piece))
    assert media.localise(html, lambda _: None) == html


# An article

ARTICLE = Article(
    id="urn:x:1",
    slug="one",
    title="One",
    summary="",
    html="<p>x</p>",
    text="x",
    published=datetime(2026, 3, 1, tzinfo=UTC),
    content_key="c",
    digest="d",
    format="seed",
)
SONG = f"/media/{SHA[::-1]}.mp3"


def test_an_article_knows_the_files_that_it_shows() -> None:
    other = f"/media/{'f' * 64}.png"
    article = replace(
        ARTICLE,
        html=f'<img src="{other}"><a href="https://x.example{OURS}">x</a>',
        images=(Enclosure(OURS), Enclosure("https://m.example/x.jpg")),
        enclosures=(Enclosure(SONG),),
    )
    assert media.names(article) == {f"{SHA}.jpg", f"{SHA[::-1]}.mp3", f"{'f' * 64}.png"}
    assert media.names(ARTICLE) == frozenset()


def test_an_article_is_addressed_in_all_its_parts() -> None:
    article = replace(
        ARTICLE,
        html=f'<img src="{OURS}">',
        images=(Enclosure(OURS, "image/jpeg", 5, "A"), Enclosure("https://m.example/x.jpg")),
        enclosures=(Enclosure(SONG, "audio/mpeg", 6),),
    )
    found = media.addressed(article, BASE)
    assert found == replace(
        article,
        html=f'<img src="{BASE}{OURS}">',
        images=(Enclosure(BASE + OURS, "image/jpeg", 5, "A"), Enclosure("https://m.example/x.jpg")),
        enclosures=(Enclosure(BASE + SONG, "audio/mpeg", 6),),
    )
    assert media.addressed(found, BASE) is found


def test_an_article_without_kept_files_is_itself() -> None:
    article = replace(ARTICLE, html='<a href="/media/">x</a>', images=(Enclosure("https://m.example/media/x.jpg"),))
    assert media.addressed(article, BASE) is article
