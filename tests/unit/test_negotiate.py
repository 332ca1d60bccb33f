"""What a client prefers of what there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.web.headers.negotiate import prefer

EVENTS, LINES = "text/event-stream", "application/x-ndjson"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, EVENTS),
        ("", EVENTS),
        ("nonsense", EVENTS),
        ("*/*", EVENTS),
        ("text/*", EVENTS),
        (EVENTS, EVENTS),
        (LINES, LINES),
        ("TEXT/EVENT-STREAM", EVENTS),
        (f"{LINES}, */*", LINES),
        (f"{EVENTS};q=0.5, {LINES};q=0.9", LINES),
        (f"{EVENTS}, {LINES}", EVENTS),
        (f"{EVENTS};q=0, */*", LINES),
        ("application/*", LINES),
        ("text/event-stream;charset=utf-8", EVENTS),
        ("text/event-stream ; q=0.001", EVENTS),
        ("text/html,application/xhtml+xml,*/*;q=0.8", EVENTS),
        ("text/html", None),
        ("text/event-stream;q=0", None),
        ("*/*;q=0.0", None),
        ("text/html, broken, application/json", None),
    ],
)
def test_the_preferred_type(accept: str | None, wanted: str | None) -> None:
    assert prefer(accept, (EVENTS, LINES)) == wanted


@given(st.text(max_size=80))
def test_no_text_raises(accept: str) -> None:
    assert prefer(accept, (EVENTS, LINES)) in {EVENTS, LINES, None}
