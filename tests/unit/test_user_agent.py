"""What programs say of themselves."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.web.headers.user_agent import product, subscribers

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("newsboat/2.32.0 (Linux x86_64)", "newsboat/2.32.0"),
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)", "Feedly/1.0"),
        ("NewsBlur Feed Fetcher - 12 subscribers - http://www.newsblur.com/site/1", "NewsBlur"),
        ("curl", "curl"),
        ("Mozilla/5.0 (compatible; Miniflux/2.2.3; +https://miniflux.app)", "Miniflux/2.2.3"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0", "Thunderbird/128.5.0"),
        (CHROME, "Chrome/131.0.0.0"),
        (f"{CHROME} Edg/131.0", "Edg/131.0"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605 (KHTML, like Gecko) Version/17.1 Safari/605.1", "Safari/605.1"),
        ("Mozilla/5.0", "Mozilla"),
        ("Mozilla/5.0 (compatible; )", "no name"),
        ("", "no name"),
        ("(hidden)", "no name"),
        ("<script>alert(1)</script>", "no name"),
        ("x" * 500, "x" * 40),
        ("\x1b[31mred/1", "no name"),
        ("caf\xe9/1", "caf/1"),
    ],
)
def test_a_program_has_a_short_name(agent: str, name: str) -> None:
    assert product(agent) == name


@pytest.mark.parametrize(
    ("agent", "many"),
    [
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)", 16),
        ("NewsBlur Feed Fetcher - 1 subscriber - http://www.newsblur.com", 1),
        ("Feedbin feed-id:1234 - 250 subscribers", 250),
        ("BazQux/2.4 (+https://bazqux.com/fetcher; 3 Readers)", 3),
        ("curl/8.5.0", 0),
        ("liar (999999999 subscribers)", 0),
        ("liar (99999999999 subscribers)", 0),
    ],
)
def test_services_say_for_how_many_they_ask(agent: str, many: int) -> None:
    assert subscribers(agent) == many


@given(st.text(max_size=60) | st.builds("Mozilla/5.0 ({}".format, st.text("compatible; ()/x\n", max_size=40)))
def test_whatever_is_said_can_be_shown(agent: str) -> None:
    assert re.fullmatch(r"[\x20-\x7e]{1,40}", product(agent))
    assert 0 <= subscribers(agent) <= 100_000_000
