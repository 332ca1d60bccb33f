"""aiohttp's side of a connection, with a short cut for plain requests and better words for what cannot be read.

The short cut is taken only between two requests: when aiohttp's parser has nothing of an unfinished one, its task
waits for the next, and the client has taken what was written. Everything else is aiohttp's, as if this file were not
there; its parser sees every byte that the short cut does not answer, so what it refuses stays refused.

Whoever connects, or begins a request, has a deadline for the whole head of it, as slow senders would otherwise fill the
house. aiohttp has none; between requests its own time for idle connections counts.

This relies on inner names of aiohttp 3.14, which pyproject.toml holds it to; a test looks for each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from feeder.web.problems import unreadable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from aiohttp import StreamReader
    from aiohttp.web import BaseRequest, Server, StreamResponse

    from feeder.web.connections.doors import Doors
    from feeder.web.quick import Quick

_END: Final = b"\r\n\r\n"
_KNOWN: Final = frozenset((b"GET", b"HEAD", b"POST", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"TRACE"))
_TAKEN_BY_NOBODY: Final = b"PURGE"
_LONGEST_METHOD: Final = 32
"""A method that no parser knows is refused for what it is, if it is not longer than this."""

LINE_BYTES: Final = 8190
"""The longest target of a request."""

FIELD_BYTES: Final = LINE_BYTES + 1
"""The longest name and value of a header; another number, so that a complaint says which of the two was too long."""

_TOO_MANY_FIELDS: Final = "Too many headers received"


class Connection(RequestHandler):
    """One connection of the server."""

    __slots__ = ("_doors", "_has_begun", "_is_between", "_quick", "has_hung_up")

    def __init__(self, quick: Quick | None, doors: Doors, server: Server, **settings: Any) -> None:
        super().__init__(server, **settings)
        self._quick = quick
        self._doors = doors
        self._is_between = True
        self._has_begun = False
        self.has_hung_up = False
        """Whether the client will ask nothing more: it has left, or waits for its answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected; it has something to ask, or may go."""
        super().connection_made(transport)
        if self._doors.lets_in(transport):
            self._doors.heads.begin(self)
        else:
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client has gone."""
        self._doors.heads.end(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; they may be any part of anything."""
        if not data:
            super().data_received(data)
        elif not self._is_between:
            self._parse(data)
        elif self._is_answered(data):
            self._doors.heads.end(self)
        else:
            self._pass_on(data)

    def eof_received(self) -> bool | None:  # type: ignore[override] # asyncio's own, of which aiohttp uses one half
        """The client has no more to ask; what it has asked is answered, and then the connection ends (RFC 9112 9.6).

        Who has left looks the same, so that an answer may be made for nobody; but one that was half asked is none.
        """
        if self._is_waiting() or not all(body.is_eof() for body in self._bodies()):
            return None
        self.has_hung_up = True
        self.close()
        return True

    def _bodies(self) -> Iterator[StreamReader]:
        """Those of the requests that are not answered yet."""
        yield from (body for _, body in self._messages)
        if self._current_request is not None:
            yield self._current_request.content

    def _parse(self, data: bytes) -> None:
        """Hand bytes to the parser, and see whether a head came to its end with them, or has only begun."""
        before = self._request_count
        super().data_received(data)
        if self._request_count > before:
            self._doors.heads.end(self)
        elif self._is_waiting():  # these were no body: that of the last request has come, or its task would be at work
            self._has_begun = True
            self._doors.heads.begin(self)

    def be_late(self) -> None:
        """The head of a request has not come in its time.

        Who has sent nothing is told nothing: a browser that connected in advance takes a 408 for the answer to what it
        asks next.
        """
        waiter = self._waiter
        if waiter is None or waiter.done():
            return  # it is ending already
        if not self._has_begun:
            self.force_close()
            return
        late = _ErrInfo(status=408, exc=HttpProcessingError(code=408), message="")
        self._messages.append((late, EMPTY_PAYLOAD))  # as if the parser had found a fault
        self._request_count += 1
        waiter.set_result(None)

    def _is_waiting(self) -> bool:
        """Whether nothing is asked or answered."""
        if self._waiter is None:  # the task is at work; or it has not begun, as there was nothing to do yet
            return not self._request_count
        return not self._waiter.done()

    def _is_answered(self, data: bytes) -> bool:
        transport = self.transport
        if self._quick is None or transport is None or self._manager is None or not self._is_idle():
            return False
        answer = self._quick.answer(data, transport)
        if answer is None:
            return False
        closes, pieces = answer
        transport.writelines(pieces)
        self._request_count += 1
        self._manager.requests_count += 1
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if closes:
            self.force_close()  # once all is written
        return True

    def _is_idle(self) -> bool:
        """Whether nothing is asked, answered or being ended, and the client has taken what was written."""
        # Paused: there is too much in the buffer. No timer: somebody has taken the connection over.
        if self._paused or self._keepalive_handle is None or self._close or self._force_close:
            return False
        return self._is_waiting()

    def _pass_on(self, data: bytes) -> None:
        """Hand bytes to the parser, and see whether it has exactly one whole request of them and nothing more.

        If not, the connection goes on without the short cut: only the parser knows where the next request begins.
        """
        before = self._request_count
        self._parse(_with_known_method(data))
        self._is_between = (
            data.endswith(_END)
            and self._request_count == before + 1
            and not self._upgraded
            and _is_bare(*self._messages[-1])
        )

    def release(self) -> asyncio.Transport | None:
        """Let go of the connection: aiohttp takes the client to be gone. None if it is.

        The bytes that were sent behind the request are lost: who has asked for a stream has nothing more to say.
        """
        transport = self.transport
        if transport is None or transport.is_closing():
            return None
        self.transport = None  # or it would be closed
        self.connection_lost(None)
        return transport

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> StreamResponse:
        """What is said of a request that cannot be read, or of a fault: never what was sent, and as JSON."""
        super().handle_error(request, status, exc, message)  # tells the log
        return unreadable(_status_of(exc) or status)


def _status_of(fault: BaseException | None) -> int | None:
    """How much of a request was too much (RFC 9110 section 15.5.15, RFC 6585 section 5); None if it was not that."""
    if isinstance(fault, LineTooLong):
        _, most, _ = fault.args
        return 431 if most == FIELD_BYTES else 414
    is_long = isinstance(fault, HttpProcessingError) and fault.message == _TOO_MANY_FIELDS
    return 431 if is_long else None


def _is_bare(message: object, payload: object) -> bool:
    """Whether the parser has a request without a body, and not an error."""
    return payload is EMPTY_PAYLOAD and not isinstance(message, _ErrInfo)


def _with_known_method(data: bytes) -> bytes:
    """The same request by a method that the parser knows and nobody takes, if it does not know the one it has.

    So who asks with a method of his own is told which ones there are (405), and not that he cannot be understood (400);
    and ``CONNECT`` is refused like them instead of opening a tunnel to nowhere.
    """
    method, space, _ = data[: _LONGEST_METHOD + 1].partition(b" ")
    if not space or method in _KNOWN or not method.replace(b"-", b"").isalpha():
        return data
    return _TAKEN_BY_NOBODY + data[len(method) :]
