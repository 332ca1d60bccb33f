"""Answers to plain requests for feed documents, ready before they are asked for.

Most of what a feed server is asked is the same few lines again: ``GET``, a known feed, no condition but the tag of the
last answer. Such a request is answered from bytes that were put together once for each document and coding. Whatever is
not plain to the letter is nobody's business here: the answer is None, and the request goes the long way. What the two
ways say is the same, byte for byte; a test asks both.

Nothing here reads a clock for more than the ``Date`` line or changes what is served, and a connection is asked for no
more than who is at its other end, by those few looks that there is time for (``readership.py``).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder.web import answers
from feeder.web.connections import addresses
from feeder.web.headers.accept_encoding import choose
from feeder.web.headers.conditional import format_date
from feeder.web.readership import Poll

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from feeder.web.parts import Document, Parts
    from feeder.web.readership import Asked, Name

_LONGEST_BYTES: Final = 2048
"""A longer request is not plain."""
_MOST_WISHES: Final = 4096
_MOST_LINES: Final = 4096
_MOST_CHOICES: Final = 64

_TARGET: Final = re.compile(rb"(GET|HEAD) /feeds/([a-z0-9-]{1,63})\.([a-z0-9]{1,16}) HTTP/1\.1")
_VISIBLE: Final = bytes([9, *range(32, 127)])
_HEEDED: Final = {
    b"host": re.compile(rb"([A-Za-z0-9._-]{1,255}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?)"),
    b"connection": re.compile(rb"(keep-alive|close)", re.IGNORECASE),
    b"accept-encoding": re.compile(rb"(.*)"),
    b"sec-fetch-dest": re.compile(rb"(?!document$)(.*)"),
    b"if-none-match": re.compile(rb'(?:W/)?("[\x21\x23-\x7e]*")'),
}
"""What matters, and how it must be written to be plain."""
_OF_NO_MATTER: Final = frozenset(
    b"accept accept-charset accept-language cache-control cookie dnt forwarded from if-modified-since origin pragma "
    b"priority referer save-data sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc traceparent "
    b"upgrade-insecure-requests user-agent via x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip "
    b"x-request-id".split()
)
"""What changes neither the answer nor how the request is read. ``If-Modified-Since`` is of no matter beside a tag."""
_OF_WHO_ASKS: Final = re.compile(rb"^(user-agent|x-forwarded-for|forwarded):([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
"""The lines of a plain request that say who asks."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the header lines of a plain request ask for: a coding, and 304 if this is the tag (both as written).

    ``closes`` tells that the client asks for nothing more on this connection.
    """

    accept_encoding: str | None
    none_match: bytes | None
    closes: bool


@dataclass(frozen=True, slots=True)
class _Target:
    """What a request line asks for, and where it is counted."""

    document: Name
    is_head: bool
    asked: Asked


@dataclass(slots=True)
class _Variant:
    """One coding of a document: what stands before the date in each of its two answers, and its bytes.

    ``state`` is the document's own tag, whatever the coding.
    """

    etag: bytes
    state: str
    body: bytes
    whole: bytes
    unchanged: bytes


@dataclass(slots=True)
class _Prepared:
    """A document and its variants as they are asked for, made at a moment or later.

    ``chosen`` says which ``Accept-Encoding`` gets which.
    """

    document: Document
    link: str
    sizes: Mapping[str, int]
    at: datetime
    variants: dict[str, _Variant] = field(default_factory=dict)
    chosen: dict[str | None, _Variant | None] = field(default_factory=dict)

    def choose(self, accept_encoding: str | None) -> _Variant | None:
        """The variant that is asked for, None if there is none that the client takes."""
        try:
            return self.chosen[accept_encoding]
        except KeyError:
            coding = choose(accept_encoding, self.sizes)
            variant = None if coding is None else self._variant(coding)
            if len(self.chosen) < _MOST_CHOICES:
                self.chosen[accept_encoding] = variant
            return variant

    def _variant(self, coding: str) -> _Variant:
        if coding not in self.variants:
            self.variants[coding] = _variant(self.document, coding, self.link, self.at)
        return self.variants[coding]


class Quick:
    """Answers plain requests for the documents of a site; ``answered`` counts them.

    What it keeps is bounded by the documents that there are, and by a fixed number of different sets of header lines:
    those of one client are the same from poll to poll.
    """

    def __init__(self, parts: Parts, *, clock: Callable[[], float] = time.time) -> None:
        """``clock`` gives seconds since 1970, for the ``Date`` line."""
        self._parts = parts
        self._clock = clock
        self._prepared: dict[tuple[str, str], _Prepared] = {}
        self._targets: dict[bytes, _Target] = {}
        self._readership = parts.readership
        self._wish = lru_cache(_MOST_WISHES)(read_wish)
        self._second = -1
        self._ends = (b"", b"")
        self.answered = 0

    def answer(
        self, data: bytes, transport: asyncio.BaseTransport | None = None
    ) -> tuple[bool, tuple[bytes, ...]] | None:
        """Whether the connection ends with it, and the pieces of the whole answer to these bytes.

        None if they are not one plain request and nothing else. ``transport`` is where they came from.
        """
        if len(data) > _LONGEST_BYTES:
            return None
        line, _, rest = data.partition(b"\r\n")
        target = self._targets.get(line) or self._target(line)
        wish = self._wish(rest) if target else None
        if target is None or wish is None:
            return None
        end = self._end(closes=wish.closes)
        prepared = self._current(target.document)
        variant = prepared.choose(wish.accept_encoding) if prepared else None
        if variant is None:
            return None
        self.answered += 1
        is_unchanged = wish.none_match == variant.etag
        if self._readership.looks_left:
            self._look(target, wish, variant, rest, transport)
        if is_unchanged:
            target.asked.unchanged += 1
            return wish.closes, (variant.unchanged + end,)
        return wish.closes, _whole(target, variant, variant.whole + end)

    def _look(
        self, target: _Target, wish: Wish, variant: _Variant, rest: bytes, transport: asyncio.BaseTransport | None
    ) -> None:
        """Have this poll looked at."""
        is_conditional, is_unchanged = wish.none_match is not None, wish.none_match == variant.etag
        size = 0 if is_unchanged or target.is_head else len(variant.body)
        fields = {name.lower(): value.decode("ascii").strip() for name, value in _OF_WHO_ASKS.findall(rest)}
        remote = transport.get_extra_info("peername") if transport else None
        hops = [[fields[name]] if name in fields else () for name in (b"x-forwarded-for", b"forwarded")]
        address = addresses.origin(remote[0] if remote else "", self._parts.trusted_proxies, *hops)
        poll = Poll(target.document, variant.state, size, is_conditional, is_unchanged)
        self._readership.look(poll, address, fields.get(b"user-agent", ""))

    def _end(self, *, closes: bool) -> bytes:
        """The end of every head, which has the date and is made once a second.

        When the clock steps back, what was prepared may say a date of change that is yet to come again.
        """
        second = int(self._clock())
        if second != self._second:
            if second < self._second:
                self._prepared.clear()
            self._second = second
            self._readership.begin(second)
            date = format_date(datetime.fromtimestamp(second, UTC))
            self._ends = _end(date, answers.ON_ALL), _end(date, answers.ON_ALL_THAT_CLOSE)
        return self._ends[closes]

    def _target(self, line: bytes) -> _Target | None:
        match = _TARGET.fullmatch(line)
        if match is None:
            return None
        name = match[2].decode(), match[3].decode()
        if self._parts.publications.document(*name) is None:
            return None
        target = _Target(name, match[1] == b"HEAD", self._readership.asked(name))
        self._targets[line] = target
        return target

    def _current(self, name: Name) -> _Prepared | None:
        """The document as it is now, unless its date of change is yet to come.

        What was made of an older one is forgotten.
        """
        document = self._parts.publications.document(*name)
        prepared = self._prepared.get(name)
        if prepared is not None and prepared.document is document:
            return prepared
        if document is None:
            self._prepared.pop(name, None)
            return None
        now = self._parts.clock()
        if document.last_modified is not None and now < document.last_modified:
            return None
        link = answers.feed_links(self._parts, *name, document)
        prepared = self._prepared[name] = _Prepared(document, link, answers.sizes(document), now)
        return prepared


QUICK: web.AppKey[Quick] = web.AppKey("quick", Quick)
"""The short cut of an application that has one."""


def read_wish(rest: bytes) -> Wish | None:
    """What the lines after the first one of a request ask for; None if any of it is not plain.

    Stricter than any parser: each line is a known name, a colon and visible ASCII, none stands there twice, and the
    empty line is the end of all.
    """
    lines = rest.split(b"\r\n")
    fields = dict(read for line in lines[:-2] if (read := _read_line(line)))
    if lines[-2:] != [b"", b""] or len(fields) != len(lines) - 2 or b"host" not in fields:
        return None
    if b"if-modified-since" in fields and b"if-none-match" not in fields:
        return None
    coding = fields.get(b"accept-encoding")
    closes = fields.get(b"connection", b"").lower() == b"close"
    return Wish(None if coding is None else coding.decode(), fields.get(b"if-none-match"), closes)


@lru_cache(_MOST_LINES)
def _read_line(line: bytes) -> tuple[bytes, bytes] | None:
    """The name and what matters of the value; None if it is not plain. Most clients send the lines of many others."""
    name, colon, value = line.partition(b":")
    name, value = name.lower(), value.strip(b" \t")
    if not colon or value.translate(None, _VISIBLE):
        return None
    if name in _OF_NO_MATTER:
        return name, b""
    match = _HEEDED[name].fullmatch(value) if name in _HEEDED else None
    return (name, match[1]) if match else None


def _variant(found: Document, coding: str, link: str, now: datetime) -> _Variant:
    body = answers.body_of(found, coding)
    return _Variant(
        etag=found.etag_of(coding).encode(),
        state=found.etag,
        body=body,
        whole=_begin("200 OK", answers.whole(found, coding, link, now) | {"Content-Length": str(len(body))}),
        unchanged=_begin("304 Not Modified", answers.unchanged(found, coding, link, now)),
    )


def _whole(target: _Target, variant: _Variant, head: bytes) -> tuple[bytes, ...]:
    """The pieces of a 200, which is counted."""
    target.asked.whole += 1
    if target.is_head:
        return (head,)
    target.asked.bytes += len(variant.body)
    return head, variant.body


def _begin(status: str, headers: Mapping[str, str]) -> bytes:
    return f"HTTP/1.1 {status}\r\n{_lines(headers)}".encode()


def _end(date: str, headers: Mapping[str, str]) -> bytes:
    return f"Date: {date}\r\n{_lines(headers)}\r\n".encode()


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
