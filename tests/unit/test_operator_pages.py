"""What status, feeds and quarantine say to people: the same facts at a terminal, by their distance, and in a pipe."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from feeder.cli import feeds, quarantine, status
from feeder.cli.screen import Screen

NOW = datetime(2026, 3, 2, 12, 3, tzinfo=UTC)
AT = "2026-03-02T12:00:00+00:00"
EVENT = {"id": "k3.7", "kind": "corrected", "at": AT, "article": "urn:x:1", "title": "Ferry runs again"}
ASIDE: dict[str, Any] = {"pid": None, "public": None, "operator": None, "reasons": ["no instance is running"]}
RUNNING: dict[str, Any] = {
    "running": True, "pid": 7, "version": "1.0", "public": "http://x:1", "operator": "http://x:2", "ready": True,
    "reasons": [], "since": "2026-03-01T12:03:00+00:00", "files": {"published": 1200, "draft": 0, "quarantined": 1},
    "refused": 1, "withheld": 0, "last_event": EVENT, "stream": {"listeners": 1500}, "feeds": 3, "workers": [],
}  # fmt: skip


def told(account: dict[str, Any], now: datetime | None = NOW) -> dict[str, str]:
    return {name: said if isinstance(said, str) else said[0] for name, said in status.page(account, now)}


def styles(account: dict[str, Any]) -> dict[str, str]:
    return {name: said[1] for name, said in status.page(account, NOW) if not isinstance(said, str)}


def test_status_of_an_instance() -> None:
    assert told(RUNNING) == {
        "running": "yes, ready (process 7, feeder 1.0)",
        "public": "http://x:1",
        "operator": "http://x:2",
        "since": "1 day ago, 2026-03-01 12:03:00 UTC",
        "listeners": "1,500",
        "feeds": "3",
        "files": "1,200 published, 1 quarantined",
        "refused": "1, in whole or in part; see: feeder quarantine list",
        "last event": "corrected 3 minutes ago, 2026-03-02 12:00:00 UTC: Ferry runs again (k3.7)",
    }
    assert told(RUNNING, None)["last event"] == f"corrected {AT}: Ferry runs again (k3.7)"


def test_trouble_has_its_words_and_its_colour() -> None:
    workers = [{"worker": 1, "pid": 8, "up": True}, {"worker": 2, "pid": 9, "up": False}]
    trouble = RUNNING | {"ready": False, "reasons": ["the disk is full"], "withheld": 12, "workers": workers}
    said = told(trouble)
    assert said["running"] == "yes, but NOT READY (process 7, feeder 1.0)"
    assert (said["because"], said["workers"]) == ("the disk is full", "1 of 2 up (processes 8)")
    assert said["held back"] == "12 withdrawals, until somebody confirms; see: feeder withdraw"
    assert {name for name, style in styles(trouble).items() if "red" in style} == {
        "running", "because", "workers", "refused", "held back"
    }  # fmt: skip
    assert styles(RUNNING)["running"] == "green"


def test_status_without_an_instance_and_of_one_that_does_not_answer() -> None:
    nothing = ASIDE | {"running": False, "ready": False, "files": {"published": 0}, "refused": 0, "last_event": None}
    assert told(nothing) == {"running": "no", "files": "none yet", "last event": "none yet"}
    assert told(nothing | {"store": "there is no store"})["store"] == "there is no store"
    lost = nothing | {"running": None, "pid": 7, "reasons": ["it does not answer"]}
    assert told(lost)["running"] == "not known (process 7 announced itself)"
    assert told(lost)["because"] == "it does not answer"


FEED: dict[str, Any] = {
    "name": "ferries", "title": "Ferries", "section": None, "filter": {"query": "ferry"}, "entries": 50,
    "formats": ["rss", "json"], "addresses": {"rss": "http://x/f.rss", "json": "http://x/f.json"}, "last_event": EVENT,
}  # fmt: skip


def test_a_feed_is_a_row_with_its_addresses() -> None:
    row = feeds.record(FEED, NOW)
    assert row.cells == (("ferries", "bold"), "Ferries", "rss json", "50", "3 minutes ago")
    assert row.below == ("shows query: ferry", ("http://x/f.rss  .json", "dim"))
    row = feeds.record(FEED | {"filter": {}, "last_event": None, "entries": None}, None)
    assert (row.cells[3:], row.below) == (("", "none yet"), ("http://x/f.rss http://x/f.json", ""))


def test_a_refused_file_is_a_row_with_its_reason() -> None:
    file: dict[str, Any] = {
        "path": "a\x1b.txt", "status": "quarantined", "reason": "no date", "line": 3, "offset": None, "record": None,
        "refused": [], "refused_count": 0, "first_seen": AT, "tries": 2, "size_bytes": 9, "format": None,
    }  # fmt: skip
    row = quarantine.record(file, NOW)
    assert row == (((r"a\x1b.txt", "bold red"), "unknown", "3 minutes ago", "2"), ("no date (line 3)",))
    partly = file | {"status": "published", "refused_count": 2, "tries": 0, "record": 5}
    row = quarantine.record(partly, None)
    assert row.cells == ((r"a\x1b.txt", "yellow"), "unknown", AT, "")
    assert row.below == ("2 refused, the others taken; record 5: no date (line 3)",)


def test_status_fits_a_narrow_terminal() -> None:
    out = io.StringIO()
    Screen(out, width=44, has_colours=False).columns(list(status.page(RUNNING, NOW)))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 44
    assert lines[-3:] == [
        "last event  corrected 3 minutes ago,", "            2026-03-02 12:00:00 UTC: Ferry",
        "            runs again (k3.7)",
    ]  # fmt: skip
