"""Only what is new, for who asks for it, on the wire (RFC 3229)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard

from conforming import SUFFIXES, UNPACK, ask, small_site
from live import NOON, Live, Plan, article, serving
from wire import Said


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with small_site(tmp_path) as found:
        yield found


async def with_news(live: Live, target: str, *lines: str) -> Said:
    """What there was before another story came."""
    before = await ask(live, "GET", target, *lines)
    live.clock.now += timedelta(seconds=5)
    await live.accept(article("News", "It is new.", sections=("world",)))
    return before


@pytest.mark.parametrize("coding", UNPACK)
@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_who_takes_a_delta_gets_what_is_new(live: Live, suffix: str, coding: str) -> None:
    target, accept = f"/feeds/world.{suffix}", f"Accept-Encoding: {coding}"
    before = await with_news(live, target, accept)
    whole = await ask(live, "GET", target, accept)
    asked = (accept, "A-IM: vcdiff, feed;q=0.9, gzip", f"If-None-Match: {before['ETag']}")
    said = await ask(live, "GET", target, *asked)
    assert (said.status, said.line, said["IM"]) == (226, "HTTP/1.1 226 IM Used", "feed")
    text = UNPACK[coding](said.body)
    assert (b"It is new." in text, b"A storm" in text) == (True, False)
    assert said.all("Content-Encoding") == whole.all("Content-Encoding")
    assert (said["ETag"], said["Delta-Base"]) == (whole["ETag"], before["ETag"])
    assert (said["Cache-Control"], said["Vary"]) == ("no-store, im", f"A-IM, If-None-Match, {whole['Vary']}")
    assert [said[name] for name in ("Content-Type", "Link", "Last-Modified")] == [
        whole[name] for name in ("Content-Type", "Link", "Last-Modified")
    ]
    assert int(said["Content-Length"]) == len(said.body) < len(whole.body)
    head = await ask(live, "HEAD", target, *asked)
    assert (head.status, head.but("Date"), head.body) == (226, said.but("Date"), b"")
    again = await ask(live, "GET", target, accept, "A-IM: feed", f"If-None-Match: {said['ETag']}")
    assert (again.status, again["ETag"]) == (304, said["ETag"])


async def test_a_delta_is_from_the_newest_of_several_tags_in_any_coding(live: Live) -> None:
    first = await with_news(live, "/feeds/all.atom")
    second = await ask(live, "GET", "/feeds/all.atom", "Accept-Encoding: br")
    await live.accept(article("Later", "It is newer."))
    field = f'"foreign", W/{first["ETag"]}, {second["ETag"]}, "999999-zzz-0123456789abcdef"'
    said = await ask(live, "GET", "/feeds/all.atom", "A-IM: feed", f"If-None-Match: {field}")
    assert (said.status, said["Delta-Base"]) == (226, second["ETag"])
    assert (b"It is newer." in said.body, b"It is new." in said.body) == (True, False)


async def test_who_has_the_current_one_in_any_coding_gets_no_delta(live: Live) -> None:
    tag = (await ask(live, "GET", "/feeds/all.atom", "Accept-Encoding: gzip"))["ETag"]
    for accept in ("gzip", "br", "identity"):
        asked = (f"Accept-Encoding: {accept}", "A-IM: feed", f"If-None-Match: {tag}")
        said = await ask(live, "GET", "/feeds/all.atom", *asked)
        assert (said.status, said["ETag"]) == (304, tag)


@pytest.mark.parametrize(
    "im", ["A-IM: feed;q=0", "A-IM: gzip", "A-IM: feeds", "A-IM:", "X-Other: feed", "A-IM: feed;q=0.0, vcdiff"]
)
async def test_who_takes_no_delta_gets_it_all(live: Live, im: str) -> None:
    before = await with_news(live, "/feeds/all.json")
    said = await ask(live, "GET", "/feeds/all.json", im, f"If-None-Match: {before['ETag']}")
    assert (said.status, "IM" in said) == (200, False)


@pytest.mark.parametrize("tag", ['"other"', '"1-nowhere-0123456789abcdef"', '"0-x-0123456789abcdef"', ""])
async def test_from_what_is_not_known_there_is_no_delta(live: Live, tag: str) -> None:
    said = await ask(live, "GET", "/feeds/all.atom", "A-IM: feed", f"If-None-Match: {tag}")
    assert (said.status, said["Cache-Control"]) == (200, "public, no-cache")
    assert said["Vary"] == "Accept-Encoding, Sec-Fetch-Dest"


async def test_without_a_tag_or_of_a_page_there_is_no_delta(live: Live) -> None:
    before = await with_news(live, "/feeds/all/archive/1.atom")
    assert (await ask(live, "GET", "/feeds/all.atom", "A-IM: feed")).status == 200
    await live.accept(article("Rain", "It rained no more.", section="World", sections=("world",)))
    asked = ("A-IM: feed", f"If-None-Match: {before['ETag']}")
    assert (await ask(live, "GET", "/feeds/all/archive/1.atom", *asked)).status == 200


async def test_a_delta_that_is_the_whole_document_is_not_called_one(tmp_path: Path) -> None:
    """The whole is ready, and caches may keep it."""
    async with serving(Plan(folder=tmp_path)) as live:
        before = await with_news(live, "/feeds/all.atom")
        said = await ask(live, "GET", "/feeds/all.atom", "A-IM: feed", f"If-None-Match: {before['ETag']}")
        assert (said.status, b"It is new." in said.body) == (200, True)


async def test_of_a_retraction_rss_gives_the_whole_and_atom_the_tombstone(live: Live) -> None:
    before = {suffix: await ask(live, "GET", f"/feeds/all.{suffix}") for suffix in SUFFIXES}
    live.clock.now += timedelta(seconds=5)
    await live.retract(article("Rain").id)
    for suffix, status in (("rss", 200), ("atom", 226), ("json", 226)):
        asked = ("A-IM: feed", f"If-None-Match: {before[suffix]['ETag']}")
        said = await ask(live, "GET", f"/feeds/all.{suffix}", *asked)
        assert (said.status, b"It rained." in said.body) == (status, status == 200)


async def test_a_large_delta_is_packed_as_well(live: Live) -> None:
    before = await ask(live, "GET", "/feeds/all.json", "Accept-Encoding: zstd")
    await live.accept(article("Long", "It goes on and on. " * 2000))
    asked = ("Accept-Encoding: zstd", "A-IM: feed", f"If-None-Match: {before['ETag']}")
    said = await ask(live, "GET", "/feeds/all.json", *asked)
    items = json.loads(zstandard.decompress(said.body))["items"]
    assert (said.status, [item["title"] for item in items]) == (226, ["Long"])


async def test_a_delta_is_known_after_a_restart(live: Live, tmp_path: Path) -> None:
    before = await ask(live, "GET", "/feeds/all.atom")
    await live.store.close()
    async with serving(Plan(folder=tmp_path)) as again:
        again.clock.now = NOON + timedelta(hours=2)
        await again.accept(article("News", "It is new."))
        said = await ask(again, "GET", "/feeds/all.atom", "A-IM: feed", f"If-None-Match: {before['ETag']}")
        assert (said.status, b"It is new." in said.body, b"A storm" in said.body) == (226, True, False)
