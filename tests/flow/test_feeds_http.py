"""Feed documents over HTTP: the bytes of the files, and nothing sent twice."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feeder.model import Feed
from live import SITE, Live, Plan, article, serving

TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(Plan(folder=tmp_path)) as found:
        await found.accept(article("A storm", section="World", sections=("world",)))
        yield found


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", ["all", "world"])
async def test_a_feed_is_the_file_with_its_headers(live: Live, tmp_path: Path, name: str, suffix: str) -> None:
    status, body, headers = await live.get(f"/feeds/{name}.{suffix}")
    assert status == 200
    assert body == (tmp_path / "feeds" / f"{name}.{suffix}").read_bytes()
    assert headers["Content-Type"].startswith(TYPES[suffix])
    assert "charset=utf-8" in headers["Content-Type"]
    assert headers["ETag"].startswith('"')
    assert headers["Last-Modified"] == "Mon, 02 Mar 2026 12:00:00 GMT"
    assert headers["Vary"] == ("Accept-Encoding" if suffix == "json" else "Accept-Encoding, Sec-Fetch-Dest")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "feeder"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Access-Control-Allow-Origin"] == "*"
    cursor = (await live.store.read(0, 1))[0].cursor
    assert headers["Link"] == (
        f'<https://news.example/feeds/{name}.{suffix}>; rel="self", '
        f'</events?feed={name}&since={cursor}>; rel="alternate"; type="text/event-stream", '
        f'<https://news.example/feeds/{name}/>; rel="alternate"; type="text/html"'
    )


@pytest.mark.parametrize("suffix", ["rss", "atom"])
async def test_a_browser_that_opens_it_gets_the_same_bytes_as_xml_that_it_shows(live: Live, suffix: str) -> None:
    target = f"/feeds/all.{suffix}"
    _, body, read = await live.get(target)
    status, same, opened = await live.get(target, **{"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"})
    assert (status, same) == (200, body)
    assert {name for name in opened if opened[name] != read[name]} <= {
        *("Content-Type", "Content-Security-Policy", "Date"),
    }
    assert opened["Content-Type"] == "application/xml; charset=utf-8"
    assert opened["Content-Security-Policy"] == "default-src 'none'; style-src 'self'; sandbox"
    found = re.search(rb'<\?xml-stylesheet type="text/css" href="([^"]+)"\?>\n<', body)
    assert found is not None
    status, _, style = await live.get(found[1].decode())
    assert (status, style["Content-Type"]) == (200, "text/css; charset=utf-8")
    status, _, script = await live.get(target, **{"Sec-Fetch-Dest": "empty"})
    assert (status, script["Content-Type"]) == (200, read["Content-Type"])
    etag = read["ETag"]
    again = await live.get(target, **{"Sec-Fetch-Dest": "document", "If-None-Match": etag})
    assert (again[0], again[2]["Vary"]) == (304, "Accept-Encoding, Sec-Fetch-Dest")


async def test_a_feed_of_json_is_opened_as_it_is(live: Live) -> None:
    _, body, read = await live.get("/feeds/all.json")
    _, same, opened = await live.get("/feeds/all.json", **{"Sec-Fetch-Dest": "document"})
    assert (same, opened["Content-Type"]) == (body, read["Content-Type"])


async def test_head_says_the_same_without_the_body(live: Live) -> None:
    plain = {"Accept-Encoding": "identity"}
    _, body, headers = await live.get("/feeds/all.rss", **plain)
    status, nothing, said = await live.ask("HEAD", "/feeds/all.rss", plain)
    assert (status, nothing, said["Content-Length"]) == (200, b"", str(len(body)))
    assert (said["ETag"], said["Link"]) == (headers["ETag"], headers["Link"])


async def test_who_has_it_already_is_told_so(live: Live) -> None:
    _, _, headers = await live.get("/feeds/all.atom")
    etag = headers["ETag"]
    for known in (etag, f"W/{etag}", "*", f'"other", {etag}', f'"a,b" ,W/{etag},'):
        status, body, said = await live.get("/feeds/all.atom", **{"If-None-Match": known})
        assert (status, body) == (304, b""), known
        assert {name: said[name] for name in ("ETag", "Last-Modified", "Vary", "Cache-Control")} == {
            name: headers[name] for name in ("ETag", "Last-Modified", "Vary", "Cache-Control")
        }
        assert "Content-Length" not in said
    for unknown in ('"other"', etag.strip('"'), "", '"'):
        assert (await live.get("/feeds/all.atom", **{"If-None-Match": unknown}))[0] == 200, unknown


async def test_several_lines_of_if_none_match_are_one_list(live: Live) -> None:
    etag = (await live.get("/feeds/all.atom", **{"Accept-Encoding": "identity"}))[2]["ETag"]
    request = f'GET /feeds/all.atom HTTP/1.1\r\nHost: x\r\nIf-None-Match: "a"\r\nIf-None-Match: {etag}\r\n'
    answer = await live.raw(f"{request}Connection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 304 ")
    assert answer.endswith(b"\r\n\r\n")


async def test_a_tag_counts_before_a_date(live: Live) -> None:
    live.clock.now += timedelta(hours=1)
    since = {"If-Modified-Since": "Mon, 02 Mar 2026 12:00:00 GMT"}
    assert (await live.get("/feeds/all.rss", **since))[0] == 304
    assert (await live.get("/feeds/all.rss", **since, **{"If-None-Match": '"other"'}))[0] == 200


async def test_a_date_proves_nothing_while_its_second_lasts(live: Live) -> None:
    since = {"If-Modified-Since": "Mon, 02 Mar 2026 12:00:00 GMT"}
    live.clock.now += timedelta(milliseconds=999)
    assert (await live.get("/feeds/all.rss", **since))[0] == 200
    live.clock.now += timedelta(milliseconds=1)
    assert (await live.get("/feeds/all.rss", **since))[0] == 304
    await live.accept(article("Another storm"))
    assert (await live.get("/feeds/all.rss", **since))[0] == 200


async def test_a_story_of_the_same_second_is_not_missed_by_who_knows_only_the_date(live: Live, tmp_path: Path) -> None:
    """A look between two moments of one second gives a date that both states have."""
    live.clock.now += timedelta(milliseconds=300)
    await live.accept(article("Later in that second"))
    since = {"If-Modified-Since": (await live.get("/feeds/all.rss"))[2]["Last-Modified"]}
    live.clock.now += timedelta(hours=1)
    status, body, headers = await live.get("/feeds/all.rss", **since)
    assert (status, b"Later in that second" in body) == (200, True)
    assert (await live.get("/feeds/all.rss", **since, **{"If-None-Match": headers["ETag"]}))[0] == 304
    assert (await live.get("/feeds/world.rss", **since))[0] == 304  # it has had one state in that second
    await live.store.close()
    async with serving(Plan(folder=tmp_path)) as again:
        again.clock.now = live.clock.now
        assert (await again.get("/feeds/all.rss", **since))[0] == 200
        await again.accept(article("An hour later"))
        since = {"If-Modified-Since": (await again.get("/feeds/all.rss"))[2]["Last-Modified"]}
        again.clock.now += timedelta(seconds=1)
        assert (await again.get("/feeds/all.rss", **since))[0] == 304


async def test_a_change_of_the_settings_is_not_missed_by_who_knows_only_the_date(live: Live, tmp_path: Path) -> None:
    """It is no event, so the date stays; and nobody may take it for that of what was said before."""
    since = {"If-Modified-Since": (await live.get("/feeds/all.rss"))[2]["Last-Modified"]}
    live.clock.now += timedelta(hours=1)
    assert (await live.get("/feeds/all.rss", **since))[0] == 304
    await live.store.close()
    renamed = replace(Plan(folder=tmp_path), site=replace(SITE, title="The Evening"))
    for _ in range(2):
        async with serving(renamed) as again:
            again.clock.now = live.clock.now
            status, body, headers = await again.get("/feeds/all.rss", **since)
            assert (status, b"The Evening" in body) == (200, True)
            assert headers["Last-Modified"] == since["If-Modified-Since"]
    async with serving(renamed) as again:
        again.clock.now = live.clock.now
        await again.accept(article("An hour later"))
        since = {"If-Modified-Since": (await again.get("/feeds/all.rss"))[2]["Last-Modified"]}
        again.clock.now += timedelta(seconds=1)
        assert (await again.get("/feeds/all.rss", **since))[0] == 200  # the disk's clock is far beyond the test's
    for file in (tmp_path / "feeds").glob("all.*"):
        file.unlink()
    async with serving(renamed) as again:
        again.clock.now = live.clock.now + timedelta(seconds=1)
        assert (await again.get("/feeds/all.rss", **since))[0] == 304


async def test_two_takes_of_one_look_are_two_states(live: Live) -> None:
    """A long look is several transactions with the same clock, and a poller may come between them."""
    live.clock.now += timedelta(seconds=5)
    await live.accept(article("First take"))
    since = {"If-Modified-Since": (await live.get("/feeds/all.rss"))[2]["Last-Modified"]}
    await live.accept(article("Second take"))
    live.clock.now += timedelta(hours=1)
    assert b"Second take" in (await live.get("/feeds/all.rss", **since))[1]


async def test_a_change_changes_the_tag_and_the_cursor(live: Live) -> None:
    _, _, before = await live.get("/feeds/all.json")
    live.clock.now += timedelta(seconds=5)
    await live.accept(article("A storm", "It was worse.", section="World", sections=("world",)))
    status, body, after = await live.get("/feeds/all.json", **{"If-None-Match": before["ETag"]})
    assert status == 200
    assert b"It was worse." in body
    assert (after["ETag"] != before["ETag"], after["Link"] != before["Link"]) == (True, True)
    assert after["Last-Modified"] == "Mon, 02 Mar 2026 12:00:05 GMT"


@pytest.mark.parametrize(
    ("alias", "place"),
    [
        ("/feed", "/feeds/all.rss"),
        ("/rss", "/feeds/all.rss"),
        ("/rss.xml", "/feeds/all.rss"),
        ("/feed.xml", "/feeds/all.rss"),
        ("/index.xml", "/feeds/all.rss"),
        ("/atom.xml", "/feeds/all.atom"),
        ("/feed.json", "/feeds/all.json"),
        ("/feed?a=1&b=%C3%A9", "/feeds/all.rss?a=1&b=%C3%A9"),
        ("/feeds", "/feeds/"),
    ],
)
async def test_guessed_addresses_lead_to_the_real_ones_for_good(live: Live, alias: str, place: str) -> None:
    for method in ("GET", "HEAD"):
        status, _, headers = await live.ask(method, alias)
        assert (status, headers["Location"]) == (301, place)
    assert (await live.get(place))[0] == 200


async def test_a_guessed_address_leads_to_a_format_that_there_is(tmp_path: Path) -> None:
    everything = Feed(name="all", title="All", formats=("json", "atom"))
    async with serving(Plan(folder=tmp_path, feeds=[everything])) as live:
        for alias, place in [("/feed", "all.json"), ("/rss.xml", "all.json"), ("/atom.xml", "all.atom")]:
            status, _, headers = await live.ask("GET", alias)
            assert (status, headers["Location"]) == (301, f"/feeds/{place}")
            assert (await live.get(headers["Location"]))[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/none.rss",
        "/feeds/all.xml",
        "/feeds/ALL.rss",
        "/feeds/.rss",
        "/feeds/all.rss/",
        "/feeds/..%2f..%2fetc%2fpasswd",
        "/feeds/..%2Ffeeds%2Fall.rss",
        "/feeds/%2e%2e/feeds.db",
        "/feeds/all%00.rss",
        "/feeds/all.rss%00",
        "/feeds/all%5c.rss",
        "/feeds/%ff.rss",
        "/feeds/%zz.rss",
        "/feeds/" + "a" * 64 + ".rss",
    ],
)
async def test_nothing_else_is_a_feed(live: Live, path: str) -> None:
    answer = await live.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 "))
    assert b"Traceback" not in answer


async def test_other_methods_are_refused_with_those_that_are_taken(live: Live) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        status, body, headers = await live.ask(method, "/feeds/all.rss")
        assert status == 405
        assert {one.strip() for one in headers["Allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
        assert headers["Content-Type"] == "application/problem+json"
        assert b'"status":405' in body


async def test_pages_of_other_sites_may_read_feeds(live: Live) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    status, _, headers = await live.ask("OPTIONS", "/feeds/all.rss", asked)
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in headers["Access-Control-Allow-Headers"]


async def test_links_are_never_made_from_what_the_request_says_of_its_host(live: Live) -> None:
    for request in (
        "GET /feeds/all.rss HTTP/1.1\r\nHost: evil.example",
        "GET http://evil.example/feeds/all.rss HTTP/1.1\r\nHost: evil.example",
        "GET /feed HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example",
        "GET / HTTP/1.1\r\nHost: evil.example",
    ):
        answer = await live.raw(f"{request}\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 301 "))
        assert b"evil.example" not in answer


async def test_a_site_below_a_path_redirects_within_it(tmp_path: Path) -> None:
    from dataclasses import replace

    from feeder.render import Site

    site = Site(title="T", base_url="https://x.example/news")
    async with serving(replace(Plan(folder=tmp_path), site=site)) as live:
        assert (await live.get("/feed"))[2]["Location"] == "/news/feeds/all.rss"


async def test_a_known_feed_without_a_document_is_away_and_not_unknown(live: Live) -> None:
    del live.publisher._sheets["world", "rss"]
    status, _, headers = await live.get("/feeds/world.rss")
    assert (status, headers["Retry-After"]) == (503, "5")
    for path in ("/feeds/wide.rss", "/feeds/world.xml"):
        assert (await live.get(path))[0] == 404


async def test_a_format_that_a_feed_does_not_have_is_nothing(tmp_path: Path) -> None:
    late = Feed(name="late", title="Late", formats=("rss",))
    async with serving(Plan(folder=tmp_path, feeds=[late])) as live:
        assert [(await live.get(f"/feeds/late.{suffix}"))[0] for suffix in ("rss", "atom", "json")] == [200, 404, 404]


async def test_feeds_that_are_not_published_yet_are_no_dead_links(tmp_path: Path) -> None:
    async with serving(Plan(folder=tmp_path)) as live:
        live.publisher._catalogue.feeds.clear()
        live.publisher._sheets.clear()
        status, _, headers = await live.get("/feeds/all.rss")
    assert (status, headers["Retry-After"]) == (503, "5")
