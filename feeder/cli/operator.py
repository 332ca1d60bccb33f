"""Talking to the running instance: the commands that change something go through its operator's listener.

The instance owns the store; nobody else writes to it while it runs.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from feeder import instance
from feeder.errors import FeederError, UnavailableError

TIMEOUT_SECONDS = 30
_NOT_FOUND: Final = 404


class UnknownError(FeederError):
    """The instance does not know what was named."""


def call(
    data: str, path: str, body: dict[str, Any] | None = None, *, timeout_seconds: float | None = TIMEOUT_SECONDS
) -> dict[str, Any]:
    """Ask the instance that owns the data folder to do something; ``body`` makes it a POST.

    An answer that may rightly take long has no timeout (None); it still ends if the instance does.

    Raises:
        UnavailableError: none runs there, it has no operator's listener, or it does not answer.
        UnknownError: it does not know what was named.
        FeederError: it refused; the message says why.
    """
    address = _address(data)
    request = urllib.request.Request(  # noqa: S310 - the address is our own instance's
        address + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json", "X-Feeder": "1"},
    )
    try:
        told: dict[str, Any] = json.loads(_answer(address, request, timeout_seconds) or b"{}")
    except ValueError as error:
        raise UnavailableError(f"the instance at {address} does not answer: {_why(error)}") from None
    return told


def text(data: str, path: str) -> str:
    """What the instance that owns the data folder says at a path, as text; likewise."""
    address = _address(data)
    request = urllib.request.Request(address + path, headers={"Accept": "text/plain"})  # noqa: S310 - likewise
    return _answer(address, request, TIMEOUT_SECONDS).decode("utf-8", "replace")


def _address(data: str) -> str:
    found = instance.running(Path(data))
    if found is None or found.operator is None:
        raise UnavailableError(
            f"the instance of {data} runs without an operator's listener (operator.listen); stop it and try again"
            if found
            else f"no instance of {data} is running; see --data"
        )
    return found.operator


def _answer(address: str, request: urllib.request.Request, timeout_seconds: float | None) -> bytes:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=timeout_seconds) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        refused = UnknownError if error.code == _NOT_FOUND else FeederError
        raise refused(_detail(error)) from None
    except (OSError, ValueError, HTTPException) as error:
        raise UnavailableError(f"the instance at {address} does not answer: {_why(error)}") from None
    return body


def _why(error: Exception) -> str:
    """The system's own words, without the library's around them."""
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        told = json.loads(error.read())
        return str(told.get("detail") or told.get("title") or error)
    except ValueError:
        return str(error)
