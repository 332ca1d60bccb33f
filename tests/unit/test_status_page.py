"""The operator's page, of made-up accounts."""

from __future__ import annotations

import copy
import gzip
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html

from feeder.pages import Pages, status_page
from feeder.pages.status import command, hour_label, share, verdict
from feeder.render import Site

NOW = datetime(2026, 3, 2, 12, 34, tzinfo=UTC)
PAGES = Pages(Site(title="The <Paper>", base_url="https://news.example"))
REFUSED = {
    "path": "it's \u202e<b>.txt", "status": "quarantined", "reason": "no <title>", "line": 3, "record": None,
    "refused_count": 0, "at": "2026-03-02T12:00:00+00:00",
}  # fmt: skip
NEEDLESS = {
    "agent": "<curl>", "conditional": False, "networks": ["198.51.100.0/24"], "documents": ["all.rss"], "pollers": 1,
    "polls": 9, "wasted": 8, "wasted_bytes": 80_000, "last": "2026-03-02T12:30:00+00:00",
}  # fmt: skip
COUNTS = dict.fromkeys(
    ("whole", "unchanged", "deltas", "connections", "refused", "gaps", "slow", "dropped", "replayed"), 0
)


def step(minutes: int, **fields: object) -> dict[str, Any]:
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return {"at": at, "listeners": 0, "lag_p50_seconds": None, "lag_p99_seconds": None, **COUNTS, **fields}


def account(**changes: Any) -> dict[str, Any]:
    """An instance that has just started, and what else is said of it."""
    hours = [(NOW.replace(minute=0) - timedelta(hours=n)).isoformat() for n in range(47, -1, -1)]
    kinds = dict.fromkeys(("published", "updated", "corrected", "retracted", "refused"), 0)
    since = (NOW - timedelta(hours=5)).isoformat()
    told = {
        "version": "1", "now": NOW.isoformat(), "since": since, "ready": True, "reasons": [], "workers": [],
        "files": {"published": 0}, "refused": 0, "withheld": 0, "last_event": None,
        "hours": [{"at": at, **kinds} for at in hours],
        "refusals": {"files": 0, "reasons": [], "other_reasons": 0, "latest": []},
        "readers": {
            "since": since, "requests": 0, "looked_at": 0, "one_in": 1, "documents": [], "unconditional": [],
        },
        "stream": {
            "since": since, "listeners": 0, "codecs": {}, "lag_p50_seconds": None, "lag_p99_seconds": None,
            "connections": 0, "busy": 0, "dropped": 0, "slow": 0, "replayed": 0, "refused": {}, "gaps": {},
            "step_seconds": 300, "steps": [],
        },
    }  # fmt: skip
    return copy.deepcopy(told) | changes


def shown(told: dict[str, Any], refresh_seconds: int = 0) -> html.HtmlElement:
    return html.document_fromstring(status_page(PAGES, told, refresh_seconds).body)


def said(told: dict[str, Any]) -> str:
    return " ".join(shown(told).text_content().split())


def busy() -> dict[str, Any]:
    told = account(withheld=0, workers=[
        {"worker": 1, "up": True, "pid": 7, "listeners": 2, "cpu_seconds": 1.5, "resident_bytes": 9**8, "losses": 0},
        {"worker": 2, "up": False, "pid": None, "listeners": 0, "cpu_seconds": 0, "resident_bytes": 0, "losses": 3},
    ])  # fmt: skip
    told["hours"][-1] |= {"published": 1200, "refused": 2}
    told["refusals"] = {
        "files": 1, "reasons": [{"reason": "no <title>", "files": 1, "path": "a", "at": REFUSED["at"]}],
        "other_reasons": 4, "latest": [{**REFUSED, "path": f"{n} {REFUSED['path']}"} for n in range(7)],
    }  # fmt: skip
    told["readers"] |= {
        "requests": 4, "looked_at": 3, "one_in": 4, "unconditional": [NEEDLESS],
        "documents": [{"feed": "all", "format": "rss", "requests": 4, "whole": 1, "unchanged": 3, "deltas": 0,
                       "bytes": 5000, "pollers": 2, "subscribers": 1204}],
    }  # fmt: skip
    told["stream"] |= {"listeners": 5, "codecs": {"sse": 5, "ndjson": 0}, "gaps": {"expired": 2}}
    told["stream"]["steps"] = [
        step(70, listeners=3, lag_p50_seconds=0.002, lag_p99_seconds=0.5, unchanged=3, whole=1), step(65),
        step(4, listeners=5),
    ]  # fmt: skip
    return told


@pytest.mark.parametrize(
    ("changes", "mood", "heading", "reasons"),
    [
        ({}, "good", "All is well", []),
        ({"ready": False, "reasons": ["the disk is full"], "withheld": 3}, "bad", "Not ready", ["the disk is full"]),
        ({"withheld": 1}, "odd", "Ready, but 1 file is gone", ["Its article stays until"]),
        ({"withheld": 1200}, "odd", "Ready, but 1,200 files are gone", ["Their articles stay until"]),
    ],
)
def test_the_first_line_says_whether_all_is_well(
    changes: dict[str, Any], mood: str, heading: str, reasons: list[str]
) -> None:
    found = verdict(account(**changes))
    assert (found.mood, found.heading) == (mood, heading)
    assert [reason[: len(start)] for reason, start in zip(found.reasons, reasons, strict=True)] == reasons
    (first,) = shown(account(**changes)).xpath("//h1")
    assert heading in first.text_content()


def test_files_that_were_refused_long_ago_trouble_nobody() -> None:
    told = account(refusals={"files": 14, "reasons": [], "other_reasons": 0, "latest": []})
    assert verdict(told).mood == "good"
    told["hours"][0]["refused"] = 1
    assert verdict(told).heading == "Ready, but 14 files are refused"


def test_an_instance_that_has_nothing_yet_says_so() -> None:
    text = said(account())
    for words in (
        "no event yet",
        "No file is refused.",
        "Nobody has asked for a feed since the start, 5 h ago.",
        "none",
    ):
        assert words in text
    assert "Workers" not in text


def test_a_page_tells_all_that_the_account_does() -> None:
    text = said(busy())
    for words in (
        "Ready, but 1 file is refused", "1,200", "no <title>", "And 4 more reasons", "2 more", "all.rss", "75 %",
        "5.0 kB", "about 2", "one in 4 is known", "1,204", "Who asked is known of 75 % of the requests", "<curl>",
        "sends no If-None-Match", "80 kB", "198.51.100.0/24", "500 ms", "5 sse", "2 expired", "43 MB", "down",
    ):  # fmt: skip
        assert words in text, words
    assert "ndjson" not in text


def test_what_is_refused_comes_with_the_command_that_shows_it() -> None:
    commands = [one.text_content() for one in shown(busy()).xpath("//ul[@class='trouble-list']//code")]
    assert commands[0] == "feeder quarantine show '0 it'\"'\"'s \u202e<b>.txt'"
    assert command("a.txt") == "feeder quarantine show a.txt"


def test_every_chart_is_a_picture_with_words_and_its_numbers_are_a_table_too() -> None:
    page = shown(busy())
    pictures = page.xpath("//*[@role='img']")
    assert len(pictures) == 4
    ids = [one.get("id") for one in page.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    for picture in pictures:
        assert all(name in ids for name in picture.get("aria-labelledby").split())
    rows = [[cell.text_content() for cell in row.xpath("td")] for row in page.xpath("//details//tbody/tr")]
    assert ["1,200", "0", "0", "0", "2"] in rows
    assert ["3", "0", "1"] in rows
    assert ["3", "2 ms", "500 ms", "0", "0", "0"] in rows


def test_nothing_on_the_page_needs_leave_of_the_policy() -> None:
    page = status_page(PAGES, busy(), 30)
    text = page.body.decode()
    assert not re.search(r"<script|\sstyle=|\son\w+=|javascript:", text)
    assert "'unsafe" not in page.policy
    assert "<curl>" not in text
    assert "<b>.txt" not in text
    links = shown(busy(), 30).xpath("//@href")
    assert set(links) == {"#content", "/favicon.svg", "?refresh=off", "/metrics", "/readyz", "/quarantine"}
    assert not shown(busy()).xpath("//form|//button")


def test_a_page_says_whether_it_comes_again_and_lets_that_be_changed() -> None:
    assert "refreshes every 30 s" in shown(busy(), 30).text_content()
    assert shown(busy()).xpath("//a[@href='/status']")


def test_a_page_of_two_full_days_comes_in_one_breath() -> None:
    told = busy()
    steps = range(575, -1, -1)
    told["stream"]["steps"] = [
        step(5 * n, listeners=n * 37 % 3001, lag_p50_seconds=n / 1e4, lag_p99_seconds=n / 100, unchanged=n * 91 % 777)
        for n in steps
    ]
    told["hours"] = [
        hour | {name: (place * 131 + n * 17) % 200 for n, name in enumerate(hour) if name != "at"}
        for place, hour in enumerate(told["hours"])
    ]
    assert len(gzip.compress(status_page(PAGES, told).body)) < 50_000


def test_small_words() -> None:
    assert (share(1, 3), share(0, 0)) == ("33 %", "—")
    assert hour_label("2026-03-02T18:00:00+00:00") == "18:00"
    assert hour_label("2026-03-02T00:00:00+00:00") == "2 Mar"
