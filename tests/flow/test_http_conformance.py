"""HTTP to the letter, on the wire: codings, conditions, HEAD and ranges of every document (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conforming import DOCUMENTS, METADATA, OTHERS, REDIRECTS, TYPES, UNPACK, VARY, ask, small_site
from feeder.web.headers.conditional import parse_date
from live import SITE, Live, Plan, article, serving
from wire import Said


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with small_site(tmp_path) as found:
        yield found


# One document, four codings


@pytest.mark.parametrize("target", DOCUMENTS)
async def test_a_coding_is_the_same_document_with_a_tag_of_its_own(live: Live, target: str) -> None:
    plain = await ask(live, "GET", target)
    for coding in UNPACK:
        is_the_same(await ask(live, "GET", target, f"Accept-Encoding: {coding}"), plain, target, coding)


def is_the_same(said: Said, plain: Said, target: str, coding: str) -> None:
    assert (said.status, UNPACK[coding](said.body)) == (200, plain.body)
    assert said.all("Content-Encoding") == ([] if coding == "identity" else [coding])
    assert said["ETag"] == (plain["ETag"] if coding == "identity" else f'{plain["ETag"][:-1]}-{coding}"')
    assert re.fullmatch(r'"[0-9]+-[0-9A-Za-z]+-[0-9a-f]{16}(-[a-z]+)?"', said["ETag"])
    assert {name: said[name] for name in METADATA} == {name: plain[name] for name in METADATA} | {"ETag": said["ETag"]}
    assert said["Vary"] == VARY[target.rpartition(".")[2]]
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


@pytest.mark.parametrize("target", [*DOCUMENTS, *OTHERS, *REDIRECTS, "/feeds/none.rss", "/nothing"])
async def test_head_is_get_without_the_body(live: Live, target: str) -> None:
    for lines in ([], ["Accept-Encoding: gzip"], ["Accept-Encoding: br", "X-Other: y"]):
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


@pytest.mark.parametrize("target", OTHERS)
async def test_what_is_made_when_asked_for_is_not_sent_twice_either(live: Live, target: str) -> None:
    whole = await ask(live, "GET", target)
    assert (whole.status, whole["X-Content-Type-Options"]) == (200, "nosniff")
    for field in (whole["ETag"], f'"a", W/{whole["ETag"]}', "*"):
        said = await ask(live, "GET", target, f"If-None-Match: {field}")
        assert (said.status, said.body) == (304, b"")
        kept = [name for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin") if name in whole]
        assert {name: said[name] for name in kept} == {name: whole[name] for name in kept}
        assert ("Content-Length" in said, "Content-Type" in said) == (False, False)
    assert (await ask(live, "GET", target, 'If-None-Match: "other"')).status == 200


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


# Links


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
