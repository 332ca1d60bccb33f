"""Forms as strangers send them: read, or refused with a sentence."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.websub import RequestError
from feeder.websub.requests import Request, read

GOOD = {"hub.mode": "subscribe", "hub.topic": "https://news.example/feeds/all.rss", "hub.callback": "http://r.example/"}
NAMES = [*GOOD, "hub.lease_seconds", "hub.secret", "hub.url", "hub.verify", "", "x"]
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [*GOOD.values(), "unsubscribe", "publish", "http://[", "http://[::1", "http://a:b/", "http://%zz/"]
    ),
    st.from_regex(r"https?://[\[\]@:%.a-f0-9]{0,12}[/?#]?[%a-f0-9]{0,6}", fullmatch=True),
)


def understood(body: bytes) -> tuple[Request | None, RequestError | None]:
    try:
        return read(body), None
    except RequestError as error:
        return None, error


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_an_error_in_words(body: bytes) -> None:
    with suppress(RequestError):
        read(body)


@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8))
def test_any_form_is_a_request_or_an_error_in_words(form: list[tuple[str, str]]) -> None:
    request, error = understood(urlencode(form, errors="surrogatepass").encode())
    if error is not None:
        assert (error.status, str(error)[-1]) == (400, ".")
    elif request is not None:
        assert request.topic
        assert request.mode == "publish" or request.callback.startswith("http")


@given(VALUES)
def test_a_callback_that_is_taken_is_one_line_of_ascii(callback: str) -> None:
    with suppress(RequestError):
        taken = read(urlencode(GOOD | {"hub.callback": callback}, errors="surrogatepass").encode()).callback
        assert taken.isascii()
        assert taken.isprintable()
        assert not set(taken) & set(' "<>\\^`{|}#')
        assert "@" not in taken.split("/")[2]


def test_schemes_are_the_same_in_any_case() -> None:
    assert read(urlencode(GOOD | {"hub.callback": "HTTPS://R.example/"}).encode()).callback == "HTTPS://R.example/"


@pytest.mark.parametrize(("given_", "kept"), [("", None), ("x" * 199, b"x" * 199), ("ä", b"\xc3\xa4")])
def test_secrets(given_: str, kept: bytes | None) -> None:
    assert read(urlencode(GOOD | {"hub.secret": given_}).encode()).secret == kept


def test_only_escapes_that_need_not_be_are_undone() -> None:
    every = "".join(f"%{code:02x}" for code in range(256))
    undone = read(urlencode(GOOD | {"hub.topic": every}).encode()).topic
    left = {undone[at : at + 3] for at in range(len(undone)) if undone[at] == "%"}
    free = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    assert set(undone.replace("%", "")) >= set(free)
    assert left == {f"%{code:02x}" for code in range(256) if chr(code) not in free}


def test_what_is_secret_is_not_in_a_line_of_a_log() -> None:
    request = read(urlencode(GOOD | {"hub.callback": "http://r.example/capability", "hub.secret": "hush"}).encode())
    assert "capability" not in repr(request)
    assert "hush" not in repr(request)
