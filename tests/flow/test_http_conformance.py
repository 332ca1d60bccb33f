"""HTTP to the letter, on the wire: RFC 9110 to 9112 for every public address, RFC 3229 for the feeds."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
import zstandard

from feeder.web.conditional import parse_date
from live import NOON, SITE, Live, Plan, article, serving
from wire import Said, request, wired

FEEDS = [f"/feeds/{name}.{suffix}" for name in ("all", "world") for suffix in ("rss", "atom", "json")]
PAGES = [f"/feeds/all/archive/1.{suffix}" for suffix in ("rss", "atom", "json")]
DOCUMENTS = [*FEEDS, *PAGES, "/feeds.opml"]
OTHERS = [
    "/",
    "/feeds/",
    "/articles/a-storm",
    "/articles/a-storm.json",
    "/robots.txt",
    "/static/style.css",
    "/favicon.svg",
]
REDIRECTS = ["/feed", "/rss.xml", "/atom.xml", "/feed.json", "/feeds"]
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstandard.decompress,
    "identity": bytes,
}
METADATA = ("ETag", "Last-Modified", "Cache-Control", "Vary", "Link", "Access-Control-Allow-Origin")
SUFFIXES = ["rss", "atom", "json"]
TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "opml": "text/x-opml",
}


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path, page_size=2)) as found:
        body = "It rained. " * 150
        await found.accept(*(article(one, body, section="World", sections=("world",)) for one in ("A storm", "Rain")))
        found.clock.now += timedelta(hours=1)
        yield found


async def ask(live: Live, method: str, target: str, *lines: str, version: str = "HTTP/1.1") -> Said:
    async with wired(live.port) as wire:
        return await wire.ask(request(method, target, *lines, version=version))


# One document, four codings


@pytest.mark.parametrize("coding", UNPACK)
@pytest.mark.parametrize("target", DOCUMENTS)
async def test_a_coding_is_the_same_document_with_a_tag_of_its_own(live: Live, target: str, coding: str) -> None:
    plain = await ask(live, "GET", target)
    said = await ask(live, "GET", target, f"Accept-Encoding: {coding}")
    assert (said.status, UNPACK[coding](said.body)) == (200, plain.body)
    assert said.all("Content-Encoding") == ([] if coding == "identity" else [coding])
    assert said["ETag"] == (plain["ETag"] if coding == "identity" else f'{plain["ETag"][:-1]}-{coding}"')
    assert re.fullmatch(r'"[0-9]+-[0-9A-Za-z]+-[0-9a-f]{16}(-[a-z]+)?"', said["ETag"])
    assert {name: said[name] for name in METADATA} == {name: plain[name] for name in METADATA} | {"ETag": said["ETag"]}
    assert said["Vary"] == "Accept-Encoding"
    assert said["Content-Type"] == f"{TYPES[target.rpartition('.')[2]]}; charset=utf-8"
    assert int(said["Content-Length"]) == len(said.body)
    assert (said["X-Content-Type-Options"], said["Server"]) == ("nosniff", "feeder")
    assert "sandbox" in said["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("field", "coding"),
    [
        ("gzip;q=0", "identity"),
        ("gzip;q=0, br;q=0, *", "zstd"),
        ("x-gzip", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("gzip;q=0.5, br;q=0.4", "gzip"),
        ("deflate", "identity"),
        ("gzip;q=nonsense", "identity"),
        ("", "identity"),
    ],
)
async def test_the_coding_is_the_one_that_is_liked_best(live: Live, field: str, coding: str) -> None:
    for target in ("/feeds/all.rss", "/feeds/all/archive/1.rss"):
        said = await ask(live, "GET", target, f"Accept-Encoding: {field}")
        assert said.all("Content-Encoding") == ([] if coding == "identity" else [coding])


async def test_of_codings_that_are_liked_alike_the_smallest_is_sent(live: Live) -> None:
    sizes = [len((await ask(live, "GET", "/feeds/all.rss", f"Accept-Encoding: {coding}")).body) for coding in UNPACK]
    said = await ask(live, "GET", "/feeds/all.rss", "Accept-Encoding: gzip, br, zstd")
    assert len(said.body) == min(sizes)


@pytest.mark.parametrize("field", ["identity;q=0", "*;q=0", "gzip;q=0, br;q=0, zstd;q=0, identity;q=0"])
@pytest.mark.parametrize("target", ["/feeds/all.rss", "/feeds/all/archive/1.json"])
async def test_who_takes_no_coding_is_told_so(live: Live, target: str, field: str) -> None:
    said = await ask(live, "GET", target, f"Accept-Encoding: {field}")
    assert (said.status, said["Content-Type"]) == (406, "application/problem+json")


async def test_several_lines_of_codings_are_one_list(live: Live) -> None:
    said = await ask(live, "GET", "/feeds/all.rss", "Accept-Encoding: br;q=0.1", "Accept-Encoding: gzip")
    assert said["Content-Encoding"] == "gzip"


# HEAD


@pytest.mark.parametrize("lines", [(), ("Accept-Encoding: gzip",), ("Accept-Encoding: br", "X-Other: y")])
@pytest.mark.parametrize("target", [*DOCUMENTS, *OTHERS, *REDIRECTS, "/feeds/none.rss", "/nothing"])
async def test_head_is_get_without_the_body(live: Live, target: str, lines: tuple[str, ...]) -> None:
    whole, head = await ask(live, "GET", target, *lines), await ask(live, "HEAD", target, *lines)
    assert (head.line, head.but("Date"), head.body) == (whole.line, whole.but("Date"), b"")


async def test_head_of_what_is_known_is_304_as_well(live: Live) -> None:
    tag = (await ask(live, "GET", "/feeds/all.rss"))["ETag"]
    whole = await ask(live, "GET", "/feeds/all.rss", f"If-None-Match: {tag}")
    head = await ask(live, "HEAD", "/feeds/all.rss", f"If-None-Match: {tag}")
    assert (head.status, head.but("Date")) == (304, whole.but("Date"))


# 304


@pytest.mark.parametrize("coding", UNPACK)
@pytest.mark.parametrize("target", DOCUMENTS)
async def test_a_304_says_what_the_200_said_and_nothing_of_a_body(live: Live, target: str, coding: str) -> None:
    accept = f"Accept-Encoding: {coding}"
    whole = await ask(live, "GET", target, accept)
    tag = whole["ETag"]
    for field in (tag, f"W/{tag}", "*", f'"a", {tag}', f' "a,b" ,, W/{tag} ,', f"nonsense, {tag}"):
        said = await ask(live, "GET", target, accept, f"If-None-Match: {field}")
        assert (said.status, said.body) == (304, b""), field
        assert {name: said[name] for name in (*METADATA, "Server")} == {
            name: whole[name] for name in (*METADATA, "Server")
        }
        assert "Date" in said
        for name in ("Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding"):
            assert name not in said


@pytest.mark.parametrize("target", ["/feeds/all.rss", "/feeds/all/archive/1.rss"])
async def test_a_tag_is_that_of_one_coding(live: Live, target: str) -> None:
    tags = {coding: (await ask(live, "GET", target, f"Accept-Encoding: {coding}"))["ETag"] for coding in UNPACK}
    assert len(set(tags.values())) == len(tags)
    for mine in UNPACK:
        for theirs, tag in tags.items():
            said = await ask(live, "GET", target, f"Accept-Encoding: {mine}", f"If-None-Match: {tag}")
            assert (said.status, said["ETag"]) == (304 if mine == theirs else 200, tags[mine])


@pytest.mark.parametrize("field", ['"other"', "", '"', "W/", "nonsense", 'w/"x"', ", ,", '"a" "b"'])
async def test_what_is_no_tag_of_ours_gets_it_all(live: Live, field: str) -> None:
    since = "If-Modified-Since: Mon, 02 Mar 2026 12:00:00 GMT"
    for lines in ((), (since,)):  # a date does not count beside If-None-Match
        said = await ask(live, "GET", "/feeds/all.rss", f"If-None-Match: {field}", *lines)
        assert said.status == 200


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("Mon, 02 Mar 2026 12:00:00 GMT", 304),
        ("Monday, 02-Mar-26 12:00:00 GMT", 304),
        ("Mon Mar  2 12:00:00 2026", 304),
        ("Mon, 02 Mar 2026 12:00:01 GMT", 304),
        ("Mon, 02 Mar 2026 11:59:59 GMT", 200),
        ("2026-03-02T12:00:00Z", 200),
        ("yesterday", 200),
    ],
)
@pytest.mark.parametrize("target", ["/feeds/all.atom", "/feeds/all/archive/1.atom"])
async def test_a_date_alone_counts_in_each_of_its_forms(live: Live, target: str, date: str, status: int) -> None:
    assert (await ask(live, "GET", target, f"If-Modified-Since: {date}")).status == status


async def test_last_modified_is_never_in_the_future_and_never_goes_back(live: Live) -> None:
    seen = []
    for _ in range(3):
        said = await ask(live, "GET", "/feeds/all.rss")
        seen.append(parse_date(said["Last-Modified"], live.clock.now))
        live.clock.now += timedelta(seconds=2)
        await live.retract(article(f"Rain {_}").id) if _ else await live.accept(article("Rain 1"), article("Rain 2"))
    assert all(moment is not None and moment <= live.clock.now for moment in seen)
    assert seen == sorted(seen, key=str)
    assert seen[0] != seen[-1]


# 412


@pytest.mark.parametrize("target", ["/feeds/all.json", "/feeds/all/archive/1.json"])
async def test_who_wants_another_state_is_told_that_it_is_gone(live: Live, target: str) -> None:
    tag = (await ask(live, "GET", target, "Accept-Encoding: gzip"))["ETag"]
    for lines, status in (
        ([f"If-Match: {tag}"], 200),
        ([f'If-Match: "a", {tag}'], 200),
        (["If-Match: *"], 200),
        ([f"If-Match: W/{tag}"], 412),
        (['If-Match: "a"'], 412),
        (['If-Match: "a"', f"If-None-Match: {tag}"], 412),  # the first condition is asked first
        ([f"If-Match: {tag}", f"If-None-Match: {tag}"], 304),
        (["If-Unmodified-Since: Mon, 02 Mar 2026 11:59:59 GMT"], 412),
        (["If-Unmodified-Since: Mon, 02 Mar 2026 12:00:00 GMT"], 200),
        (["If-Unmodified-Since: nonsense"], 200),
        ([f"If-Match: {tag}", "If-Unmodified-Since: Mon, 02 Mar 2026 11:59:59 GMT"], 200),
    ):
        for method in ("GET", "HEAD"):
            said = await ask(live, method, target, "Accept-Encoding: gzip", *lines)
            assert said.status == status, lines


# Ranges


@pytest.mark.parametrize("target", DOCUMENTS)
async def test_there_are_no_ranges(live: Live, target: str) -> None:
    whole = await ask(live, "GET", target)
    for lines in (
        ["Range: bytes=0-9"],
        ["Range: bytes=999999-"],
        ["Range: bytes=0-9", f"If-Range: {whole['ETag']}"],
        ["Range: bytes=0-9", 'If-Range: "other"'],
        ["Range: lines=1-2"],
    ):
        said = await ask(live, "GET", target, *lines)
        assert (said.status, said.body) == (200, whole.body)
        assert "Content-Range" not in said
        assert said.all("Accept-Ranges") == []


# Methods

KNOWN = ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "QUERY", "M-SEARCH"]
ODD = ["FOO", "get", "Head", "CONNECT", "X-THING"]


@pytest.mark.parametrize("method", [*KNOWN, *ODD])
@pytest.mark.parametrize("target", ["/feeds/all.rss", "/feeds/all/archive/1.atom", *OTHERS, "/feed", "/feeds/none.rss"])
async def test_other_methods_are_refused_with_those_that_are_taken(live: Live, target: str, method: str) -> None:
    said = await ask(live, method, target)
    assert said.status == 405
    assert {"GET", "HEAD"} <= set(re.split(", *", said["Allow"])) <= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("target", DOCUMENTS)
async def test_options_says_what_is_taken(live: Live, target: str) -> None:
    said = await ask(live, "OPTIONS", target, "Origin: https://a.example", "Access-Control-Request-Method: GET")
    assert (said.status, said.body) == (204, b"")
    assert "Content-Length" not in said
    assert said["Allow"] == "GET, HEAD, OPTIONS"
    assert said["Access-Control-Allow-Origin"] == "*"
    assert "A-IM" in said["Access-Control-Allow-Headers"]


async def test_options_of_the_server_itself(live: Live) -> None:
    said = await ask(live, "OPTIONS", "*")
    assert (said.status, said["Allow"]) == (204, "GET, HEAD, OPTIONS")


async def test_a_body_that_is_not_wanted_does_not_become_the_next_request(live: Live) -> None:
    inner = request("GET", "/feeds/none.rss")
    async with wired(live.port) as wire:
        outer = request("POST", "/feeds/all.rss", f"Content-Length: {len(inner)}")
        assert (await wire.ask(outer + inner)).status == 405
        assert (await wire.ask(request("GET", "/feeds/all.rss"))).status == 200
    async with wired(live.port) as wire:
        odd = request("FOO", "/feeds/all.rss", f"Content-Length: {len(inner)}")
        assert (await wire.ask(odd + inner)).status == 405
        assert (await wire.ask(request("GET", "/feeds/all.rss"))).status == 200


# Names


@pytest.mark.parametrize(
    "target",
    [
        "/feeds/none.rss",
        "/feeds/all.xml",
        "/feeds/ALL.rss",
        "/feeds/all.RSS",
        "/feeds/all..rss",
        "/feeds/.rss",
        "/feeds/all.rss/",
        "/feeds//all.rss",
        "//feeds/all.rss",
        "/feeds/./../feeds.db",
        "/feeds/../data/feeder.db",
        "/feeds/%2e%2e/feeder.db",
        "/feeds/..%2f..%2fetc%2fpasswd",
        "/feeds/..%5c..%5cetc",
        "/feeds/all%00.rss",
        "/feeds/all.rss%00",
        "/feeds/all%0d%0aX:y.rss",
        "/feeds/%ff.rss",
        "/feeds/%zz.rss",
        "/feeds/all%",
        "/feeds/" + "a" * 64 + ".rss",
        "/feeds/" + "a" * 7000 + ".rss",
        "/feeds/all/archive/0.rss",
        "/feeds/all/archive/01.rss",
        "/feeds/all/archive/-1.rss",
        "/feeds/all/archive/2.rss",
        "/feeds/all/archive/" + "9" * 30 + ".rss",
        "/feeds/all/archive/1.xml",
        "/feeds/none/archive/1.rss",
        "/feeds/all/archive/",
        "/feeds/all/archive/..%2f..%2fall.rss",
        "/feeds/all/archive/1%00.rss",
    ],
)
async def test_nothing_else_is_a_feed(live: Live, target: str) -> None:
    said = await ask(live, "GET", target)
    assert said.status == 404
    assert said["X-Content-Type-Options"] == "nosniff"
    assert b"Traceback" not in said.body


# The protocol itself


async def test_a_client_of_http_1_0_is_answered_and_let_go(live: Live) -> None:
    for lines in ((), ("Accept-Encoding: gzip",)):
        async with wired(live.port) as wire:
            said = await wire.ask(request("GET", "/feeds/all.rss", *lines, version="HTTP/1.0", host=""))
            assert (said.status, "Transfer-Encoding" in said) == (200, False)
            assert await wire.ended()
    async with wired(live.port) as wire:
        kept = await wire.ask(request("GET", "/feeds/all.rss", "Connection: keep-alive", version="HTTP/1.0"))
        assert kept["Connection"] == "keep-alive"
        assert (await wire.ask(request("GET", "/feeds/all.rss", version="HTTP/1.0"))).status == 200


async def test_who_asks_to_be_let_go_is_told_and_let_go(live: Live) -> None:
    async with wired(live.port) as wire:
        assert (await wire.ask(request("GET", "/feeds/all.rss", "Connection: close")))["Connection"] == "close"
        assert await wire.ended()


@pytest.mark.parametrize("first", ["GET /feeds/all.rss HTTP/2.0", "GET /feeds/all.rss"])
async def test_other_versions_are_refused(live: Live, first: str) -> None:
    async with wired(live.port) as wire:
        assert (await wire.ask(f"{first}\r\nHost: x\r\n\r\n".encode())).status == 505


async def test_the_absolute_form_names_the_same_document(live: Live) -> None:
    whole = await ask(live, "GET", "/feeds/all.rss")
    said = await ask(live, "GET", "http://evil.example/feeds/all.rss", "X-Forwarded-Host: evil.example")
    assert (said.body, said["Link"]) == (whole.body, whole["Link"])


async def test_expectations(live: Live) -> None:
    async with wired(live.port) as wire:
        said = await wire.ask(request("GET", "/feeds/all.rss", "Expect: 100-continue"))
        if said.status == 100:  # it may be said, and need not
            said = await wire.hear()
        assert said.status == 200
    assert (await ask(live, "GET", "/feeds/all.rss", "Expect: a-miracle")).status == 417


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nEvil <script>: y\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET /feeds/all.rss HTTP/1.1\nHost: x\n\n",
        b"GET /feeds/" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
async def test_what_cannot_be_read_is_refused_without_repeating_it(live: Live, bad: bytes) -> None:
    async with wired(live.port) as wire:
        said = await wire.ask(bad)
        assert (said.status, said["Content-Type"]) == (400, "application/problem+json")
        assert (said["X-Content-Type-Options"], said["Server"]) == ("nosniff", "feeder")
        assert json.loads(said.body)["status"] == 400
        assert b"script" not in said.body
        assert await wire.ended()


# Deltas (RFC 3229)


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
    assert (said["Cache-Control"], said["Vary"]) == ("no-store, im", "A-IM, If-None-Match, Accept-Encoding")
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
    assert (said.status, said["Vary"], said["Cache-Control"]) == (200, "Accept-Encoding", "public, no-cache")


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
    async with serving(Plan(folder=tmp_path, page_size=2)) as again:
        again.clock.now = NOON + timedelta(hours=2)
        await again.accept(article("News", "It is new."))
        said = await ask(again, "GET", "/feeds/all.atom", "A-IM: feed", f"If-None-Match: {before['ETag']}")
        assert (said.status, b"It is new." in said.body, b"A storm" in said.body) == (226, True, False)


async def test_links_name_the_hub_and_where_a_page_stands(tmp_path: Path) -> None:
    site = replace(SITE, hub="https://news.example/hub")
    async with serving(Plan(folder=tmp_path, site=site, page_size=1)) as live:
        (first,) = await live.accept(article("A storm"))
        (second,) = await live.accept(article("A calm"))
        assert '<https://news.example/hub>; rel="hub"' in (await ask(live, "GET", "/feeds/all.rss"))["Link"]
        assert (await ask(live, "GET", "/feeds/all/archive/1.rss"))["Link"] == (
            '<https://news.example/feeds/all/archive/1.rss>; rel="self", '
            '<https://news.example/feeds/all.rss>; rel="current", '
            f'</events?feed=all&since={first.cursor}>; rel="alternate"; type="text/event-stream"'
        )
        assert (await ask(live, "GET", "/feeds/all/archive/2.rss"))["Link"] == (
            '<https://news.example/feeds/all/archive/2.rss>; rel="self", '
            '<https://news.example/feeds/all.rss>; rel="current", '
            '<https://news.example/feeds/all/archive/1.rss>; rel="prev-archive", '
            f'</events?feed=all&since={second.cursor}>; rel="alternate"; type="text/event-stream"'
        )
