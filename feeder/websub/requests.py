"""What subscribers ask of the hub, read from a form (W3C WebSub section 5.1). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl

from yarl import URL

Mode = Literal["subscribe", "unsubscribe", "publish"]

LEASE_SECONDS: Final = 10 * 24 * 3600
SHORTEST_LEASE_SECONDS: Final = 3600
LONGEST_LEASE_SECONDS: Final = 30 * 24 * 3600
MOST_CALLBACK_BYTES: Final = 2048
SECRET_BYTES: Final = 200
"""A secret is shorter than this."""

_MOST_FIELDS: Final = 100
_MODES: Final[tuple[Mode, ...]] = ("subscribe", "unsubscribe", "publish")
_OURS: Final = {"hub.mode", "hub.topic", "hub.url", "hub.callback", "hub.lease_seconds", "hub.secret"}
_URL_CHARACTERS: Final = re.compile(r"""[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+""")
_UNRESERVED: Final = re.compile("%(2[dDeE]|3[0-9]|[46][1-9a-fA-F]|5[0-9aAfF]|7[0-9aAeE])")
_LONG: Final = 10
"""Digits of a number of seconds that is too long in any case."""


class RequestError(ValueError):
    """A request that is not taken: ``str()`` says why to who wrote the client, ``status`` to the client."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it was made; of one to publish there are only mode and topic."""

    mode: Mode
    topic: str
    callback: str = field(default="", repr=False)
    lease_seconds: int | None = None
    secret: bytes | None = field(default=None, repr=False)


def read(body: bytes) -> Request:
    """A form as it came.

    Parameters that mean nothing to a hub are passed over, and so are the lease and the secret of who wants no more.

    Raises:
        RequestError: one that is needed is not there, or says something that cannot be meant.
    """
    given = _parameters(body)
    mode = next((mode for mode in _MODES if given.get("hub.mode") == mode), None)
    if mode is None:
        raise RequestError('hub.mode must be "subscribe" or "unsubscribe".')
    if mode == "publish":
        return Request(mode=mode, topic=_decoded(given.get("hub.url") or _needed(given, "hub.topic")))
    topic = _decoded(_needed(given, "hub.topic"))
    callback = _callback(_needed(given, "hub.callback"))
    if mode == "unsubscribe":
        return Request(mode=mode, topic=topic, callback=callback)
    lease = _lease(given.get("hub.lease_seconds", ""))
    return Request(
        mode=mode, topic=topic, callback=callback, lease_seconds=lease, secret=_secret(given.get("hub.secret", ""))
    )


def _parameters(body: bytes) -> dict[str, str]:
    try:
        form = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS, separator="&"
        )
    except UnicodeDecodeError:
        raise RequestError("The form is not in UTF-8.") from None
    except ValueError:
        raise RequestError(f"The form has more than {_MOST_FIELDS} fields.") from None
    ours = [(name, value) for name, value in form if name in _OURS]
    found = dict(ours)
    if len(found) < len(ours):
        raise RequestError("A parameter is given twice.")
    return found


def _needed(given: dict[str, str], name: str) -> str:
    if not given.get(name):
        raise RequestError(f"{name} is missing.")
    return given[name]


def _decoded(url: str) -> str:
    """A URL without escapes of characters that need none (section 5.1.1)."""
    return _UNRESERVED.sub(lambda escape: chr(int(escape[1], 16)), url)


def _callback(text: str) -> str:
    if len(text.encode()) > MOST_CALLBACK_BYTES:
        raise RequestError(f"hub.callback is longer than {MOST_CALLBACK_BYTES} bytes.")
    if "#" in text:
        raise RequestError("hub.callback has a fragment.")
    if not _URL_CHARACTERS.fullmatch(text):
        raise RequestError("hub.callback is not a URL in ASCII; write other characters as %XX, a host name as xn--….")
    callback = _decoded(text)
    authority = _authority(callback)
    if not authority:
        raise RequestError("hub.callback is not an absolute http or https URL.")
    if "@" in authority:
        raise RequestError("hub.callback names a user; put what only you know into its path or query.")
    return callback


def _authority(text: str) -> str | None:
    """Whom a URL asks; None if it is none of http or https that can be asked."""
    try:
        url = URL(text, encoded=True)
        is_absolute = url.scheme in {"http", "https"} and bool(url.host) and bool(url.port)
    except ValueError:
        return None
    return url.raw_authority if is_absolute else None


def _lease(text: str) -> int:
    """The lease that is given for what was asked for."""
    if not text:
        return LEASE_SECONDS
    if not (text.isascii() and text.isdigit()):
        raise RequestError("hub.lease_seconds is not a positive decimal integer.")
    digits = text.lstrip("0")
    asked = LONGEST_LEASE_SECONDS if len(digits) > _LONG else int(digits or "0")
    return min(max(asked, SHORTEST_LEASE_SECONDS), LONGEST_LEASE_SECONDS)


def _secret(text: str) -> bytes | None:
    secret = text.encode()
    if len(secret) >= SECRET_BYTES:
        raise RequestError(f"hub.secret is not shorter than {SECRET_BYTES} bytes.")
    return secret or None
