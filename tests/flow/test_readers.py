"""Real feed readers, as child processes: each shows what was written, and asking again costs a 304."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import email.utils
import os
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from mailbox import Maildir
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import html

from program import PATIENCE_SECONDS, Place, Running, Serve, require

STORM = "date 2019-04-30 Storm over Tuléar; the mayor decries ‘late warnings’\n\nIt came at night.\n\nThe roofs flew.\n"
ARTICLES: dict[str, str | bytes] = {
    "world/storm.txt": STORM,
    "markup.txt": 'date 2021-01-03 Q&A: is 1 < 2 > 0 & is <b> bold? ]]>\n\nAT&amp;T says <p> & "so" &lt; ]]>\n',
    "arabic.txt": "date 2021-01-06 عاجل: زلزال يضرب المدينة\n\nقال شهود عيان إن المباني اهتزت.\n",
    "japanese.txt": "date 2021-01-08 速報:日本語の見出し・地震\n\n東京で地震がありました。\n",
    "emoji.txt": "date 2021-01-09 👩‍👩‍👧 family 🇻🇪 flags\n\nBody 😀.\n",
    "far.txt": "date 2021-01-17 12:00:00 +1400 Far east\n\nKiritimati.\n",
    "control.txt": "date 2021-01-18 A bell\x07 and a shift\x0e\n\nRed \x1b[31malarm.\n",
    "enclosed.md": """---
title: Two recordings
date: 2021-01-13T12:00:00Z
authors: [Ann Example, Bo & Co]
tags: [harbour, a&b]
enclosure: [one.mp3, two.mp3]
---

Listen to [both](https://sound.example/?a=1&b=2).
""",
    "one.mp3": b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 9,
    "two.mp3": b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 8,
}
COUNT = 8


@dataclass(frozen=True)
class Shown:
    """An article as a reader shows it; ``published`` in seconds since 1970, ``text`` without markup and white space."""

    title: str
    published: int
    text: str
    link: str


Library = dict[str, Shown]
Reader = Callable[[str, Path], Awaitable[Library]]


def _seen(markup: str) -> str:
    return "".join(html.fromstring(f"<div>{markup}</div>").text_content().split())


async def _child(*command: str | Path, home: Path, given: bytes | None = None) -> bytes:
    """A child process to its end, with a home of its own."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_SECONDS):
        told, complaints = await process.communicate(given)
    assert process.returncode == 0, (command, complaints.decode(errors="replace"))
    return told


async def newsboat(url: str, home: Path) -> Library:
    """One poll. Its cache keeps what it would show."""
    cache = home / "cache.db"
    (home / "urls").write_text(f"{url}\n")
    (home / "config").write_text("max-items 0\n")
    await _child("newsboat", "-u", home / "urls", "-c", cache, "-C", home / "config", "-x", "reload", home=home)
    with contextlib.closing(sqlite3.connect(cache)) as database:
        rows = database.execute("SELECT guid, title, pubDate, content, url FROM rss_item").fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: Shown(row[1], row[2], _seen(row[3]), row[4]) for row in rows}


async def sfeed(url: str, home: Path) -> Library:
    """One poll, as ``sfeed_update`` makes it: fetched by curl, and parsed to a line an article."""
    lines = await _child("sfeed", home=home, given=await _child("curl", "-fsS", url, home=home))

    def plain(field: str) -> str:
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), field)

    rows = [line.split("\t") for line in lines.decode().splitlines()]
    return {plain(row[5]): Shown(plain(row[1]), int(row[0]), _seen(plain(row[3])), row[2]) for row in rows}


async def rss2email(url: str, home: Path) -> Library:
    """One poll; what it sends goes to a mailbox in the home."""
    settings, state = home / "rss2email.cfg", home / "rss2email.json"
    base = ("r2e", "-c", settings, "-d", state)
    if not settings.exists():
        await _child(*base, "new", "reader@paper.example", home=home)
        wanted = {"email-protocol": "maildir", "maildir-path": home, "html-mail": "True", "date-header": "True"}
        text = settings.read_text()
        for key, value in wanted.items():
            text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        settings.write_text(text)
        await _child(*base, "add", "paper", url, home=home)
    await _child(*base, "run", home=home)
    mails = [
        email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
        for mail in Maildir(str(home / "INBOX"), create=False)
    ]
    return {str(mail["X-RSS-ID"]): _mailed(mail) for mail in mails}


def _mailed(mail: Any) -> Shown:
    body = mail.get_body(("html",)).get_content()
    post = re.search(r'<div id="body">(.*?)</div>', body, re.DOTALL)
    assert post, body
    sent = int(email.utils.parsedate_to_datetime(str(mail["Date"])).timestamp())
    subject = " ".join(str(mail["Subject"]).split())  # a folded header begins with a blank
    return Shown(subject, sent, _seen(post[1]), str(mail["X-RSS-URL"]).strip())


READERS: dict[str, Reader] = {"newsboat": newsboat, "sfeed": sfeed, "rss2email": rss2email}
PROGRAMS = {"newsboat": ("newsboat",), "sfeed": ("sfeed", "curl"), "rss2email": ("r2e",)}


def _has(reader: str) -> None:
    for program in PROGRAMS[reader]:
        require(shutil.which(program), f"{program} is not here (Debian packages newsboat, sfeed, curl, rss2email)")


@dataclass
class Wire:
    """What stands between a reader and the service, and hears what they say."""

    url: str
    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", self.answered)]


@contextlib.asynccontextmanager
async def tapped(running: Running) -> AsyncIterator[Wire]:
    address = urlsplit(running.url)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray) -> None:
        while block := await reader.read(65536):
            heard += block
            writer.write(block)
        writer.close()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(address.hostname, address.port)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(pump(reader, back, wire.asked), pump(there, writer, wire.answered))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield wire


@pytest.fixture
async def paper(place: Place, serve: Serve) -> Running:
    """The service, with all articles published."""
    for name, text in ARTICLES.items():
        place.drop(name, text)
    running = await serve()
    await _until_event(running, COUNT)
    return running


async def _until_event(running: Running, number: int) -> None:
    """Until every format shows the event; an ETag begins with the number of the last one."""

    async def shown() -> bool:
        tags = [(await running.get(f"/feeds/all.{suffix}"))[2].get("ETag", "") for suffix in ("rss", "atom", "json")]
        return all(tag.startswith(f'"{number}-') for tag in tags)

    await running.until(shown)


async def _published(running: Running) -> Library:
    """What every reader should show: what JSON Feed says."""
    return {
        item["id"]: Shown(
            " ".join(item["title"].split()),
            int(datetime.fromisoformat(item["date_published"]).timestamp()),
            _seen(item["content_html"]),
            item["url"],
        )
        for item in (await running.feed())["items"]
    }


@pytest.mark.parametrize("suffix", ["rss", "atom"])
@pytest.mark.parametrize("reader", READERS)
async def test_a_reader_shows_what_was_written(paper: Running, tmp_path: Path, reader: str, suffix: str) -> None:
    """And asking again ends in 304: newsboat sends what it knows from the third poll on, sfeed never does."""
    _has(reader)
    home = tmp_path / "home"
    home.mkdir()
    async with tapped(paper) as wire:
        polls = [await READERS[reader](f"{wire.url}/feeds/all.{suffix}", home) for _ in range(4)]
    assert polls[0] == polls[-1] == await _published(paper)
    assert wire.statuses[2:] == ([200, 200] if reader == "sfeed" else [304, 304])


@pytest.mark.parametrize("suffix", ["rss", "atom"])
@pytest.mark.parametrize("reader", ["newsboat", "rss2email"])
async def test_an_edit_is_no_second_article(paper: Running, tmp_path: Path, reader: str, suffix: str) -> None:
    """Neither shows the new text (both keep what they have under an id), but neither shows the story twice."""
    _has(reader)
    home = tmp_path / "home"
    home.mkdir()
    async with tapped(paper) as wire:
        url = f"{wire.url}/feeds/all.{suffix}"
        before = [await READERS[reader](url, home) for _ in range(2)][-1]
        paper.place.drop("world/storm.txt", STORM.replace("at night", "in the early morning"))
        await _until_event(paper, COUNT + 1)
        after = [await READERS[reader](url, home) for _ in range(2)][-1]
    # newsboat asks for what is new alone, and so does rss2email without knowing it.
    assert wire.statuses[2:] == [226 if reader == "newsboat" else 200, 304]
    assert after.keys() == before.keys()


@pytest.mark.parametrize("suffix", ["rss", "atom"])
async def test_feedparser_reads_all_of_it_and_then_nothing(paper: Running, suffix: str) -> None:
    """The library under rss2email, as others use it: by its ``etag`` alone, and by its ``modified`` alone."""
    url = f"{paper.url}/feeds/all.{suffix}"

    async def poll(**known: str) -> Any:
        return await asyncio.to_thread(feedparser.parse, url, **known)

    found = await poll()
    assert (found.status, found.bozo, found.encoding) == (200, False, "utf-8")
    assert [entry.id for entry in found.entries] == list(await _published(paper))
    people = {entry.title: [person.name for person in entry.get("authors", ())] for entry in found.entries}
    assert people["Two recordings"] == ["Ann Example", "Bo & Co"]

    async def is_past() -> bool:
        return bool((await poll(modified=found.modified)).status == 304)

    assert (await poll(etag=found.etag)).status == 304
    assert (await poll(etag=found.etag, modified=found.modified)).status == 304
    await paper.until(is_past)  # a date alone proves nothing while its second lasts
