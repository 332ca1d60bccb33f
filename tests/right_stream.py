"""A small server of events that does everything right, over bare sockets, made to be broken in one place at a time.

It keeps feeder's contract and knows none of feeder's code. Whatever a fault may want to change is an attribute or a
method of ``Stream``.
"""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

KINDS = ("published", "updated", "corrected", "retracted")
FIRST = 4
"""The first number that the log still has."""

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TYPES = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}
PARAMETERS = ("last_event_id", "since", "poll", "snapshot", "feed", "section", "language", "tag", "article", "q")


@dataclass
class Event:
    """One of the log; ``shown`` is what filters go by, also once the content is gone."""

    seq: int
    kind: str
    item: dict[str, Any]
    shown: dict[str, set[str]]

    @property
    def id(self) -> str:
        return f"right.{self.seq}"


@dataclass
class Request:
    method: str
    path: str
    version: str
    query: list[tuple[str, str]]
    headers: dict[str, bytes]

    def all(self, name: str) -> list[str]:
        return [value for one, value in self.query if one == name]

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def header(self, name: str) -> str:
        return self.headers.get(name, b"").decode("utf-8", "replace")


@dataclass
class Start:
    """Where a listener begins: after ``after``, having been told ``frames``."""

    after: int
    frames: list[bytes] = field(default_factory=list)


def log() -> list[Event]:
    """Articles of two sections and languages, one corrected, one retracted; its first three events are forgotten."""
    told: list[Told] = [
        ("published", "a", "Storm over the harbour", "world", "en", ("weather",)),
        ("published", "b", "Regen im Hafen", "world", "de", ("weather", "harbour")),
        ("published", "c", "The match was drawn", "sport", "en", ("football",)),
        ("corrected", "a", "Storm over the northern harbour", "world", "en", ("weather", "correction")),
        ("published", "d", "A story that will go", "sport", "en", ("football",)),
        ("retracted", "d", "", "sport", "", ()),
        ("published", "e", "Ferry late again", "world", "en-GB", ("ferry",)),
    ]
    events = [event(FIRST + number, one) for number, one in enumerate(told)]
    for one in events:
        if one.item["id"] == "urn:test:d":
            one.item = stripped(one.item)
    return events


Told = tuple[str, str, str, str, str, tuple[str, ...]]
"""Kind, article, title, section, language, tags."""


def event(seq: int, told: Told) -> Event:
    kind, key, title, section, language, tags = told
    ours = {"seq": seq, "version": 1, "at": (NOON + timedelta(minutes=seq)).isoformat(), "feeds": ["all", section]}
    item = {"id": f"urn:test:{key}", "url": f"https://news.example/{key}", "_feeder": {**ours, "section": section}}
    if kind == "retracted":
        item["_feeder"] = {**ours, "retracted": True, "reason": "killed"}
    else:
        item |= {"title": title, "content_html": f"<p>{title}.</p>", "language": language, "tags": [section, *tags]}
    shown = {
        "feed": {"all", section},
        "section": {section},
        "language": {language, language[:2]},
        "tag": {section, *tags},
        "article": {f"urn:test:{key}"},
        "q": set(title.lower().split()),
    }
    return Event(seq, kind, item, shown)


def stripped(item: dict[str, Any]) -> dict[str, Any]:
    """A retracted article's earlier event as it is replayed."""
    ours = {
        name: item["_feeder"][name] for name in ("seq", "version", "at", "feeds", "reason") if name in item["_feeder"]
    }
    return {"id": item["id"], "url": item["url"], "_feeder": {**ours, "retracted": True}}


class Stream:
    """The server."""

    def __init__(self) -> None:
        self.log = log()
        self.epoch = "right"
        self.status = 200
        self.type = "text/event-stream"
        self.fields = {
            "Cache-Control": "no-store, no-transform",
            "X-Accel-Buffering": "no",
            "Vary": "Accept, Accept-Encoding",
            "Access-Control-Allow-Origin": "*",
        }
        self.opening = b":\n"
        self.heartbeat: bytes | None = b":\n"
        self.heartbeat_seconds = 0.05
        self.begins_with = "latest"
        self.allowed = "GET, HEAD, OPTIONS"
        self.allowed_headers = "Last-Event-ID, Cache-Control"
        self.last_chunk = b"0\r\n\r\n"
        self.lives_seconds: float | None = None
        self.rewrite: Callable[[bytes], bytes] = lambda frame: frame
        self.squeezes = True
        self.told_late_seconds = 0.0
        self.rung = asyncio.Event()
        self.connections: set[asyncio.Task[None]] = set()

    # What is asked ----------------------------------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.answer(self.read(await reader.readuntil(b"\r\n\r\n")), writer)
        writer.close()
        self.connections.discard(task)

    def read(self, raw: bytes) -> Request:
        first, *lines = raw[:-4].split(b"\r\n")
        method, target, version = first.decode("latin-1").split(" ")
        path, _, query = target.partition("?")
        fields = (line.partition(b":") for line in lines)
        headers = {name.decode().lower(): value.strip() for name, _, value in fields}
        return Request(method, path, version, self.pairs(query), headers)

    def pairs(self, query: str) -> list[tuple[str, str]]:
        return parse_qsl(query, keep_blank_values=True)

    async def answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/feeds/all.json":
            self.say(writer, 200, {"Link": self.link()}, b"{}")
        elif request.path != "/events":
            self.problem(writer, 404, "There is nothing here.")
        elif request.method == "OPTIONS":
            self.preflight(writer)
        elif request.method not in {"GET", "HEAD"}:
            self.problem(writer, 405, "GET it.", Allow=self.allowed)
        elif (form := self.form(request.header("accept"))) is None:
            self.problem(writer, 406, "It is text/event-stream.")
        elif fault := self.fault(request):
            self.problem(writer, 400, fault)
        else:
            await self.stream(request, writer, form)

    def link(self) -> str:
        return f'</events?feed=all&since={self.log[-1].id}>; rel="alternate"; type="text/event-stream"'

    def form(self, accept: str) -> str | None:
        """Which form is liked most; the first of equals."""
        weights: dict[str, float] = {}
        for part in accept.split(",") if accept else ["*/*"]:
            name, _, rest = part.partition(";")
            found = re.search(r"q=([0-9.]+)", rest)
            weights[name.strip()] = float(found[1]) if found else 1.0
        liked = {form: self.weight(media_type, weights) for form, media_type in TYPES.items()}
        best = max(liked, key=lambda form: liked[form])
        return best if liked[best] else None

    def weight(self, media_type: str, weights: dict[str, float]) -> float:
        ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
        return next((weights[one] for one in ranges if one in weights), 0.0)

    def coding(self, accepted: str) -> bool:
        """Whether gzip is asked for."""
        found = re.search(r"(?:^|[ ,])gzip *(?:; *q=([0-9.]+))?", accepted.lower())
        return self.squeezes and found is not None and (found[1] is None or float(found[1]) > 0)

    def fault(self, request: Request) -> str | None:
        """What cannot be meant."""
        unknown = [name for name, _ in request.query if name not in PARAMETERS]
        if unknown:
            return f"There is no parameter {unknown[0]}."
        if not set(request.all("poll")) <= {"0", "1", ""} or len(set(request.all("poll"))) > 1:
            return "poll is 1 or 0."
        if not set(request.all("feed")) <= {"all", "world", "sport"}:
            return "There is no such feed."
        if not request.get("snapshot").isdigit() and request.get("snapshot"):
            return "snapshot is a number."
        return "A phrase does not end." if request.get("q").count('"') % 2 else None

    # What is answered -------------------------------------------------------------------------------------------

    def say(self, writer: asyncio.StreamWriter, status: int, fields: dict[str, str], body: bytes) -> None:
        self.head(writer, status, fields | {"Content-Length": str(len(body))})
        writer.write(body)

    def head(self, writer: asyncio.StreamWriter, status: int, fields: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        writer.write("\r\n".join(lines).encode())

    def problem(self, writer: asyncio.StreamWriter, status: int, detail: str, **fields: str) -> None:
        body = json.dumps({"status": status, "title": "No", "detail": detail}, separators=(",", ":")).encode()
        self.say(writer, status, {"Content-Type": "application/problem+json", **fields}, body)

    def preflight(self, writer: asyncio.StreamWriter) -> None:
        fields = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": self.allowed_headers}
        self.head(writer, 204, fields)

    # The stream -------------------------------------------------------------------------------------------------

    async def stream(self, request: Request, writer: asyncio.StreamWriter, form: str) -> None:
        squeezed = self.coding(request.header("accept-encoding"))
        fields = {"Content-Type": self.type if form == "sse" else TYPES[form], **self.fields}
        fields |= {"Content-Encoding": "gzip"} if squeezed else {}
        fields |= {"Transfer-Encoding": "chunked"} if self.is_chunked(request) else {}
        self.head(writer, self.status, fields)
        if request.method == "HEAD":
            return
        line = self.line(writer, request, squeezed=squeezed)
        line.send(self.opening if form == "sse" else b"")
        with suppress(TimeoutError):
            async with asyncio.timeout(self.lives_seconds):
                await self.tell(request, line, form)
        line.end()

    def is_chunked(self, request: Request) -> bool:
        return request.version == "HTTP/1.1"

    def line(self, writer: asyncio.StreamWriter, request: Request, *, squeezed: bool) -> Line:
        coder = self.coder() if squeezed else None
        return Line(writer, self.chunk if self.is_chunked(request) else None, coder, self.last_chunk)

    def coder(self) -> Coder:
        return Coder()

    def chunk(self, content: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(content), content)

    async def tell(self, request: Request, line: Line, form: str) -> None:
        start = self.start(request, form)
        for frame in start.frames:
            line.send(self.rewrite(frame) if form == "sse" else frame)
        cursor = start.after
        while True:
            rung, newest = self.rung, self.newest
            for one in self.due(cursor, request):
                line.send(self.frame(one.kind, one.item, one.id, form))
            cursor = newest
            await line.drain()
            if request.get("poll") == "1":
                line.send(self.checkpoint(cursor, form))
                return
            await self.rest(rung, line, form)

    async def rest(self, rung: asyncio.Event, line: Line, form: str) -> None:
        """Wait for something new, with a heartbeat for each while without."""
        while not rung.is_set():
            try:
                async with asyncio.timeout(self.heartbeat_seconds):
                    await rung.wait()
            except TimeoutError:
                if self.heartbeat is not None and form == "sse":
                    line.send(self.heartbeat)
                elif form == "ndjson":
                    line.send(self.frame("heartbeat", None, None, form))
                await line.drain()

    def due(self, cursor: int, request: Request) -> list[Event]:
        return [one for one in self.log if one.seq > cursor and self.matches(one, request)]

    def matches(self, one: Event, request: Request) -> bool:
        """Whether it, or the version before it, shows what is asked for; of a retraction, any version."""
        same = [other for other in self.log if other.item["id"] == one.item["id"] and other.seq <= one.seq]
        counts = same if one.kind == "retracted" else same[-2:]
        return any(self.shows(other, request) for other in counts)

    def shows(self, one: Event, request: Request) -> bool:
        asked = {name: set(request.all(name)) for name in ("feed", "section", "language", "tag", "article")}
        found = {word.removeprefix("title:") for word in request.get("q").lower().split()}
        return all(not values or values & one.shown[name] for name, values in asked.items()) and found <= one.shown["q"]

    # Where it begins --------------------------------------------------------------------------------------------

    @property
    def newest(self) -> int:
        return self.log[-1].seq if self.log else FIRST - 1

    def wish(self, request: Request) -> tuple[str, bool]:
        """The cursor asked for, and whether it came by ``since``."""
        given = self.cursor_header(request) or request.get("last_event_id")
        return (given, False) if given else (request.get("since"), True)

    def cursor_header(self, request: Request) -> str:
        return request.header("last-event-id")

    def start(self, request: Request, form: str) -> Start:
        words, is_since = self.wish(request)
        if request.get("snapshot") and not self.cursor_header(request):
            return self.snapshot(int(request.get("snapshot")), form)
        if not words and request.get("since") == "":
            words, is_since = self.begins_with, True
            if words == "latest":
                return Start(self.newest, [self.checkpoint(self.newest, form)])
        return self.resolve(words, form, is_since=is_since)

    def resolve(self, words: str, form: str, *, is_since: bool) -> Start:
        match = re.fullmatch(r"right\.([0-9]+)", words)
        if match and int(match[1]) > self.newest:
            return self.gap(words, "epoch", 0, self.newest, form)
        if match:
            return self.after(int(match[1]), words, form)
        if is_since and words in {"latest", "earliest"}:
            return Start(self.newest if words == "latest" else self.log[0].seq - 1)
        if is_since and words.isdigit() and len(words) < 19:
            return self.after(int(words), words, form)
        if is_since and (at := self.moment(words)) is not None:
            return Start(max((one.seq for one in self.log if self.at(one) < at), default=self.log[0].seq - 1))
        return self.gap(words, "unknown", None, self.newest, form)

    def at(self, one: Event) -> datetime:
        return datetime.fromisoformat(one.item["_feeder"]["at"])

    def moment(self, words: str) -> datetime | None:
        if found := re.fullmatch(r"([0-9]+)w", words):
            return NOON - timedelta(weeks=min(int(found[1]), 1000))
        with suppress(ValueError):
            at = datetime.fromisoformat(re.sub(r" (\d\d:\d\d)$", r"+\1", words))
            return at if at.tzinfo else None
        return None

    def after(self, seq: int, words: str, form: str) -> Start:
        oldest = self.log[0].seq
        lost = oldest - 1 - seq
        return Start(seq) if lost <= 0 else self.gap(words, "expired", lost, oldest - 1, form)

    def gap(self, words: str, reason: str, lost: int | None, after: int, form: str) -> Start:
        told = {"requested": words[:80], "resumed_from": f"right.{after}", "lost": lost, "reason": reason}
        told["feed"] = "https://news.example/feeds/all.json"
        return Start(after, [self.frame("gap", told, None, form), self.checkpoint(after, form)])

    def snapshot(self, count: int, form: str) -> Start:
        newest = {one.item["id"]: one for one in self.log}
        shown = sorted(newest.values(), key=lambda one: one.seq)[-count:]
        frames = [self.frame(one.kind, one.item, one.id, form) for one in shown]
        return Start(self.newest, [*frames, self.checkpoint(self.newest, form)])

    # Frames -----------------------------------------------------------------------------------------------------

    def checkpoint(self, seq: int, form: str) -> bytes:
        told = {"cursor": f"right.{seq}", "at": "2026-03-02T13:00:00.000Z"}
        return self.frame("checkpoint", told, f"right.{seq}", form)

    def frame(self, name: str, told: dict[str, Any] | None, cursor: str | None, form: str) -> bytes:
        data = json.dumps(told, ensure_ascii=False)
        if form == "ndjson":
            return b'{"id":%s,"event":"%s","data":%s}\n' % (json.dumps(cursor).encode(), name.encode(), data.encode())
        head = f"id: {cursor}\n" if cursor is not None else ""
        return self.rewrite(f"{head}event: {name}\ndata: {data}\n\n".encode())

    # Something new ----------------------------------------------------------------------------------------------

    async def publish(self) -> None:
        """One more event."""
        seq = self.newest + 1
        one = event(seq, ("published", f"n{seq}", f"New story {seq}", "world", "en", ("new",)))
        await asyncio.sleep(0.002)
        if self.told_late_seconds:
            asyncio.get_running_loop().call_later(self.told_late_seconds, self.tell_all, one)
        else:
            self.tell_all(one)

    def tell_all(self, one: Event) -> None:
        self.log.append(one)
        self.rung.set()
        self.rung = asyncio.Event()


class Coder:
    """gzip, flushed after each piece."""

    def __init__(self) -> None:
        self.zlib = zlib.compressobj(wbits=31)

    def write(self, plain: bytes) -> bytes:
        return self.zlib.compress(plain) + self.zlib.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self.zlib.flush()


class Line:
    """The way to one listener: coding and chunks."""

    def __init__(
        self,
        writer: asyncio.StreamWriter,
        chunk: Callable[[bytes], bytes] | None,
        coder: Coder | None,
        last_chunk: bytes,
    ) -> None:
        self.writer, self.coder, self.last_chunk = writer, coder, last_chunk
        self.chunk = chunk

    def send(self, plain: bytes) -> None:
        if plain:
            self._put(self.coder.write(plain) if self.coder else plain)

    def _put(self, content: bytes) -> None:
        if content:
            self.writer.write(self.chunk(content) if self.chunk else content)

    async def drain(self) -> None:
        await self.writer.drain()

    def end(self) -> None:
        if self.coder:
            self._put(self.coder.end())
        if self.chunk:
            self.writer.write(self.last_chunk)


@asynccontextmanager
async def streaming(stream: Stream) -> AsyncIterator[str]:
    """The address at which it is served."""
    server = await asyncio.start_server(stream.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/events"
    finally:
        server.close()
        for task in list(stream.connections):
            task.cancel()
        await asyncio.gather(*stream.connections, return_exceptions=True)
