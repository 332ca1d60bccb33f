"""One connection to an event stream: whether it is one, what it brings, and how it ended."""

from __future__ import annotations

import os
import socket
import ssl
import zlib
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import aiohttp
import orjson

from feeder.errors import FeederError, printable
from feeder.eventsource.gzip import Inflate
from feeder.eventsource.parser import TooLongError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from yarl import URL

    from feeder.eventsource.parser import Message, Parser

MEDIA_TYPE: Final = "text/event-stream"
_MOST_REDIRECTS: Final = 20
"""As many as Fetch follows."""
_MOST_EXPLANATION_BYTES: Final = 4096
_MOST_SHOWN: Final = 300
_FOR_THE_MOMENT: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_SERVER_ERRORS: Final = range(500, 600)


class RefusedError(FeederError):
    """There is no stream to be had at this address: asking again would change nothing."""


class OverError(Exception):
    """The stream has ended for good (204, HTML 9.2.3)."""


class EndedError(Exception):
    """A connection is over, and the next one may do better.

    ``after`` is for how many seconds the server wants to be left alone. ``is_clean``: nothing was cut off.
    """

    def __init__(self, reason: str, *, after: float = 0, is_clean: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.is_clean = is_clean


async def connect(
    session: aiohttp.ClientSession, url: URL, parser: Parser, *, now: datetime
) -> AsyncGenerator[list[Message]]:
    """What one connection brings, as it comes: also nothing, when a piece completes no event.

    Ends by an error in any case; ``now`` (aware UTC) is for a ``Retry-After`` that is a date.

    Raises:
        EndedError: as connections do.
        OverError: for good.
        RefusedError: this is no event stream, or it cannot be read.
    """
    headers = {"Last-Event-ID": parser.last_id} if parser.last_id else {}
    with _sorted_errors():
        async with session.get(url, headers=headers, max_redirects=_MOST_REDIRECTS + 1) as answer:
            await _judge(answer, now)
            async with aclosing(_plain(answer)) as pieces:
                async for plain in pieces:
                    yield parser.feed(plain)
    raise EndedError("the stream ended", is_clean=True)


async def _judge(answer: aiohttp.ClientResponse, now: datetime) -> None:
    """Go on only if this is an event stream (HTML 9.2.3, "announce the connection")."""
    if answer.status == HTTPStatus.NO_CONTENT:
        raise OverError
    if answer.status in _FOR_THE_MOMENT or answer.status in _SERVER_ERRORS:
        raise EndedError(f"the server answered {_status(answer)}", after=_retry_after(answer, now))
    if answer.status != HTTPStatus.OK:
        raise RefusedError(f"{answer.url} answered {_status(answer)}{await _explanation(answer)}")
    if answer.content_type != MEDIA_TYPE:
        given = printable(answer.headers.get("Content-Type", "nothing said"))[:_MOST_SHOWN]
        raise RefusedError(f"{answer.url} is no event stream ({given} instead of {MEDIA_TYPE})")
    if _coding(answer) not in {"", "identity", "gzip", "x-gzip"}:
        raise RefusedError(f"{answer.url} is in a coding that nobody asked for: {printable(_coding(answer))}")


def _coding(answer: aiohttp.ClientResponse) -> str:
    return ",".join(answer.headers.getall("Content-Encoding", ())).strip().lower()


def _status(answer: aiohttp.ClientResponse) -> str:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    return f"{answer.status} {phrase}".strip()


def _retry_after(answer: aiohttp.ClientResponse, now: datetime) -> float:
    """How many seconds ``Retry-After`` asks for (RFC 9110 section 10.2.3); 0 if it says nothing that can be read."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return 0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - now).total_seconds()


async def _explanation(answer: aiohttp.ClientResponse) -> str:
    """What the server says about it, if it is a problem document (RFC 9457)."""
    if "json" not in answer.content_type:
        return ""
    try:
        told = orjson.loads(await _beginning(answer))
    except (ValueError, EndedError, zlib.error, aiohttp.ClientError, OSError):
        return ""
    said = (told.get("detail") or told.get("title")) if isinstance(told, dict) else None
    return f": {printable(said)[:_MOST_SHOWN]}" if isinstance(said, str) else ""


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    found = b""
    async with aclosing(_plain(answer)) as pieces:
        async for piece in pieces:
            found += piece
            if len(found) > _MOST_EXPLANATION_BYTES:
                break
    return found


async def _plain(answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
    """The stream's bytes without their coding."""
    coded = _bytes(answer.content)
    if _coding(answer) in {"", "identity"}:
        async for piece in coded:
            yield piece
        return
    inflate = Inflate()
    async for piece in coded:
        for plain in inflate.feed(piece):
            yield plain
    if not inflate.is_whole:
        raise EndedError("the stream was cut off")


async def _bytes(content: aiohttp.StreamReader) -> AsyncGenerator[bytes]:
    """What comes, to the last byte in front of a break.

    If the break comes while nobody is reading, aiohttp tells of it first and of the bytes never. Who reads a stream
    without ids would lose its last events, and of a server that breaks off after each event never see any.
    """
    try:
        async for piece in content.iter_any():
            yield piece
    except (aiohttp.ClientError, OSError):
        if held := b"".join(content._buffer):  # noqa: SLF001 - there is no other way to it
            yield held
        raise


@contextmanager
def _sorted_errors() -> Iterator[None]:
    """What went wrong, sorted by what happens next."""
    try:
        yield
    except TooLongError as error:
        raise RefusedError(f"the stream cannot be read: {error}") from error
    except UnicodeError as error:  # the host, which has to be ASCII by now
        raise RefusedError("the address names a host that cannot be looked up") from error
    except zlib.error as error:
        raise EndedError(f"the stream's gzip is broken ({error})") from error
    except (aiohttp.ClientError, OSError) as error:
        if (reason := _for_good(error)) is not None:
            raise RefusedError(reason) from error
        raise EndedError(_reason(error)) from error


def _for_good(error: Exception) -> str | None:
    """What no later attempt would mend."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"{error.host} has no certificate that can be trusted: {error.certificate_error}"
    if isinstance(error, aiohttp.TooManyRedirects):
        return f"{error.request_info.real_url} redirects more than {_MOST_REDIRECTS} times"
    if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        return f"the address {printable(str(error.args[0]))[:_MOST_SHOWN]} cannot be asked"
    if isinstance(error, aiohttp.ClientResponseError) and not isinstance(error, aiohttp.ClientHttpProxyError):
        return f"{error.request_info.real_url} does not speak HTTP"
    return None


def _reason(error: Exception) -> str:
    """Why a connection did not come about, or did not last."""
    if isinstance(error, aiohttp.SocketTimeoutError):
        return "the server fell silent"
    if isinstance(error, TimeoutError):
        return "no connection came about in time"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {error.host}:{error.port}: {_system_words(error.os_error)}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {error.status}"
    return "the connection was cut off"


def _system_words(error: OSError) -> str:
    if isinstance(error, (socket.gaierror, ssl.SSLError)) or not error.errno:
        return printable(error.strerror or str(error))[:_MOST_SHOWN]
    return os.strerror(error.errno)
