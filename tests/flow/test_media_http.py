"""Images and enclosures over HTTP: the bytes, a part of them, and nothing that no published article shows."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import socket
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from lxml import etree, html

from feeder import media
from feeder.media_folder import Kept
from feeder.model import Enclosure
from feeder.store import Store
from live import SITE, Live, Plan, article, serving, until

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SOUND = b"ID3\x04" + random.Random(7).randbytes(200_000)
PAPER = b"%PDF-1.7\n" + b"x" * 500


async def shows(store: Store, name: str) -> bool:
    """Whether one of the newest articles shows a file, read from the articles themselves."""
    return any(event.article and name in media.names(event.article) for event in await store.newest(None, 1000))


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        yield watched(found)


def watched(found: Live) -> Live:
    if not hasattr(found.store, "shows_media"):
        setattr(found.store, "shows_media", partial(shows, found.store))  # noqa: B010 (the store may have its own)
    return found


def photo(colour: tuple[int, int, int] = (180, 60, 40), size: tuple[int, int] = (640, 360)) -> bytes:
    """A picture of one colour, as PNG."""
    width, height = size
    rows = (b"\0" + bytes(colour) * width) * height
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def keep(live: Live, body: bytes) -> Kept:
    file = Path(live.media.path("0" * 64 + ".png")).parent.with_name("seed")
    file.write_bytes(body)
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return live.media.keep(descriptor)
    finally:
        os.close(descriptor)


def enclosed(kept: Kept, title: str | None = None) -> Enclosure:
    return Enclosure(kept.address, kept.type, kept.length, title)


async def sound(live: Live) -> str:
    kept = keep(live, SOUND)
    await live.accept(article("A song", enclosures=(enclosed(kept),)))
    return kept.address


async def test_a_file_of_a_published_article_is_there(live: Live) -> None:
    status, body, headers = await live.get(await sound(live))
    assert (status, body) == (200, SOUND)
    assert headers["Content-Type"] == "audio/mpeg"
    assert headers["Content-Length"] == str(len(SOUND))
    assert headers["ETag"] == f'"{hashlib.sha256(SOUND).hexdigest()}"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "public, max-age=3600"


async def test_a_file_that_no_published_article_shows_is_not_there_whoever_knows_its_name(live: Live) -> None:
    kept = keep(live, photo())
    assert (await live.get(kept.address))[0] == 404
    [event] = await live.accept(article("A photo", images=(enclosed(kept),)))
    assert (await live.get(kept.address))[0] == 200
    await live.retract(event.article_id)
    for headers in ({}, {"If-None-Match": f'"{kept.sha256}"'}, {"If-None-Match": "*"}, {"Range": "bytes=0-9"}):
        status, body, answered = await live.get(kept.address, **headers)
        assert status == 404
        assert b"PNG" not in body
        assert answered["Cache-Control"] == "no-store"


async def test_a_file_goes_with_the_version_that_showed_it(live: Live) -> None:
    old, new = keep(live, photo()), keep(live, photo((20, 60, 160)))
    await live.accept(article("A photo", images=(enclosed(old),)))
    await live.accept(article("A photo", images=(enclosed(new),)))
    assert (await live.get(old.address))[0] == 404
    assert (await live.get(new.address))[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/media/", "/media/x.png", "/media/../feeder.db", "/media/%2e%2e%2ffeeder.db",
        "/media/" + "0" * 64 + ".png", "/media/" + "0" * 64, "/media/" + "A" * 64 + ".png",
        "/media/" + "0" * 64 + ".png/x", "/media/" + "0" * 64 + "..png",
    ],
)  # fmt: skip
async def test_other_names_lead_nowhere(live: Live, path: str) -> None:
    await sound(live)
    assert (await live.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())).startswith(
        b"HTTP/1.1 404 "
    )


async def test_who_has_it_is_told_so(live: Live) -> None:
    path = await sound(live)
    etag = f'"{hashlib.sha256(SOUND).hexdigest()}"'
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        status, body, headers = await live.get(path, **{"If-None-Match": known})
        assert (status, body, headers["ETag"]) == (304, b"", etag)
        assert headers["Cache-Control"] == "public, max-age=3600"
    assert (await live.get(path, **{"If-None-Match": '"other"'}))[0] == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(SOUND)),
        ("bytes=-5", len(SOUND) - 5, len(SOUND)),
        ("bytes=0-0", 0, 1),
        ("bytes=65530-65545", 65530, 65546),
        ("bytes=0-9999999999999999999999999", 0, len(SOUND)),
        ("BYTES = 5-9", 5, 10),
    ],
)
async def test_a_part_is_that_part(live: Live, asked: str, start: int, stop: int) -> None:
    status, body, headers = await live.get(await sound(live), Range=asked)
    assert (status, body) == (206, SOUND[start:stop])
    assert headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(SOUND)}"
    assert headers["Content-Length"] == str(stop - start)
    assert headers["Content-Type"] == "audio/mpeg"


@pytest.mark.parametrize("asked", [f"bytes={len(SOUND)}-", "bytes=-0", "bytes=999999999-1000000000"])
async def test_a_part_that_there_is_not_is_416(live: Live, asked: str) -> None:
    status, body, headers = await live.get(await sound(live), Range=asked)
    assert (status, body, headers["Content-Range"]) == (416, b"", f"bytes */{len(SOUND)}")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=-", "bytes=9-3", "x", "bytes=1-2-3"])
async def test_what_is_no_range_or_several_gets_the_whole(live: Live, asked: str) -> None:
    status, body, _ = await live.get(await sound(live), Range=asked)
    assert (status, body) == (200, SOUND)


async def test_a_part_is_given_only_to_who_has_the_rest_of_the_same(live: Live) -> None:
    path = await sound(live)
    etag = f'"{hashlib.sha256(SOUND).hexdigest()}"'
    assert (await live.get(path, **{"Range": "bytes=0-9", "If-Range": etag}))[0] == 206
    for other in ('"other"', f"W/{etag}", "Sun, 06 Nov 1994 08:49:37 GMT"):
        status, body, _ = await live.get(path, **{"Range": "bytes=0-9", "If-Range": other})
        assert (status, body) == (200, SOUND)


async def test_head_says_what_get_would_and_knows_no_parts(live: Live) -> None:
    path = await sound(live)
    _, _, expected = await live.get(path)
    status, body, headers = await live.ask("HEAD", path, {"Range": "bytes=0-9"})
    assert (status, body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control", "Accept-Ranges"):
        assert headers[name] == expected[name]
    assert "Content-Range" not in headers


async def test_other_methods_are_refused_and_any_page_may_read(live: Live) -> None:
    path = await sound(live)
    status, _, headers = await live.ask("DELETE", path)
    assert status == 405
    assert {"GET", "HEAD"} <= set(headers["Allow"].split(","))
    assert (await live.ask("OPTIONS", path))[0] == 204


async def test_a_pdf_is_not_put_in_a_sandbox_that_browsers_do_not_show_it_in(live: Live) -> None:
    kept = keep(live, PAPER)
    await live.accept(article("A report", enclosures=(enclosed(kept),)))
    status, body, headers = await live.get(kept.address)
    assert (status, body, headers["Content-Type"]) == (200, PAPER, "application/pdf")
    assert "Content-Security-Policy" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_that_somebody_removed_is_not_there(live: Live) -> None:
    path = await sound(live)
    live.media.path(path.rpartition("/")[2]).unlink()
    assert (await live.get(path, **BROWSER))[0] == 404


async def test_a_file_that_became_shorter_ends_the_connection_and_is_never_taken_for_whole(live: Live) -> None:
    path = await sound(live)
    file = live.media.path(path.rpartition("/")[2])
    answering = asyncio.Event()
    stat = type(file).stat

    class Shrinking(type(file)):  # type: ignore[misc]
        """Cut short between the look at it and the reading."""

        def stat(self, **how: bool) -> os.stat_result:
            found = stat(self, **how)
            os.truncate(self, 100_000)
            answering.set()
            return found

    live.media.path = lambda name: Shrinking(file)  # type: ignore[method-assign]
    answer = await live.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert answering.is_set()
    assert f"Content-Length: {len(SOUND)}".encode() in head
    assert len(body) < len(SOUND)
    assert SOUND.startswith(body)
    assert (await live.get("/"))[0] == 200


async def test_who_takes_nothing_for_too_long_is_left(tmp_path: Path) -> None:
    async with serving(Plan(folder=tmp_path, write_deadline_seconds=0.1)) as live:
        kept = keep(watched(live), b"ID3" + bytes(12_000_000))
        await live.accept(article("A song", enclosures=(enclosed(kept),)))
        with socket.create_connection(("127.0.0.1", live.port)) as lazy:
            lazy.sendall(f"GET {kept.address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            server = live.runner.server
            assert server is not None
            await until(lambda: len(server.connections) == 1)
            await until(lambda: not server.connections)


async def test_many_read_at_once(live: Live) -> None:
    path = await sound(live)
    answers = await asyncio.gather(*(live.get(path) for _ in range(40)))
    assert all(body == SOUND for _, body, _ in answers)


# Where addresses stand


async def test_feeds_and_stream_say_addresses_in_full_and_they_lead_to_the_bytes(tmp_path: Path) -> None:
    site = replace(SITE, base_url="https://news.example/paper")
    async with serving(Plan(folder=tmp_path, site=site)) as live:
        kept, within = keep(watched(live), photo()), keep(live, SOUND)
        body = f'<p><a href="{within.address}">Hear it</a> at /media/ and <img src="{kept.address}" alt=""></p>'
        await live.accept(article("A photo", images=(enclosed(kept, "At dawn"),), html=body))
        full = f"https://news.example/paper{kept.address}"
        for suffix in ("rss", "atom", "json"):
            text = (await live.get(f"/feeds/all.{suffix}"))[1].decode()
            assert full in text
            assert text.count("/media/" + kept.sha256) == text.count(full)
            assert f"https://news.example/paper{within.address}" in text
        item = orjson.loads((await live.get("/articles/a-photo.json"))[1])
        assert item["image"] == full
        assert item["attachments"] == [
            {"url": full, "mime_type": "image/png", "title": "At dawn", "size_in_bytes": kept.length}
        ]
        log = (await live.get("/events?since=earliest&poll=1"))[1].decode()
        assert f'"image":"{full}"' in log
        rss = etree.fromstring((await live.get("/feeds/all.rss"))[1])
        assert dict(rss.find("channel/item/enclosure").attrib) == {
            "url": full, "type": "image/png", "length": str(kept.length),
        }  # fmt: skip
        assert (await live.get(urlsplit(full).path.removeprefix("/paper")))[1] == photo()


async def test_a_page_shows_the_pictures_and_offers_the_files(live: Live) -> None:
    first, second, third = (keep(live, photo((shade, 60, 40))) for shade in (1, 2, 3))
    song, paper = keep(live, SOUND), keep(live, PAPER)
    elsewhere = Enclosure("https://m.example/x.jpg", "image/jpeg", 5, "Elsewhere")
    body = f'<p>Look: <img src="{second.address}" alt="two"></p>'
    pictures = (enclosed(first, "At <dawn>"), enclosed(second), elsewhere, enclosed(third))
    files = (enclosed(song, "The song"), enclosed(paper))
    await live.accept(article("All of it", html=body, images=pictures, enclosures=files))
    _, answer, headers = await live.get("/articles/all-of-it", **BROWSER)
    document = html.fromstring(answer)
    shown = [(image.get("src"), image.get("alt")) for image in document.xpath("//article//img")]
    assert shown == [(first.address, "At <dawn>"), (second.address, "two"), (third.address, "")]
    assert [found.text_content() for found in document.xpath("//figcaption")] == ["At <dawn>"]
    assert document.xpath("//audio/@src") == [song.address]
    links = [(link.get("href"), link.text_content()) for link in document.xpath("//ul[@class='files']//a")]
    assert links == [(song.address, "The song"), (paper.address, "Document")]
    assert document.xpath("//ul[@class='files']//span[@class='facts']/text()") == ["MP3, 200 kB", "PDF, 509 bytes"]
    assert "media-src 'self'" in headers["Content-Security-Policy"]


async def test_a_page_of_a_site_below_a_path_links_within_it(tmp_path: Path) -> None:
    site = replace(SITE, base_url="https://news.example/paper")
    async with serving(Plan(folder=tmp_path, site=site)) as live:
        kept, other = keep(watched(live), photo()), keep(live, photo((0, 0, 0)))
        body = f'<p><img src="{other.address}" alt=""></p>'
        await live.accept(article("A photo", images=(enclosed(kept),), html=body))
        document = html.fromstring((await live.get("/articles/a-photo", **BROWSER))[1])
        assert document.xpath("//article//img/@src") == [f"/paper{kept.address}", f"/paper{other.address}"]


async def test_a_page_without_media_has_no_empty_frames(live: Live) -> None:
    await live.accept(article("Only words", images=(Enclosure("https://m.example/x.jpg"),)))
    document = html.fromstring((await live.get("/articles/only-words", **BROWSER))[1])
    assert not document.xpath("//figure | //ul[@class='files'] | //img")
