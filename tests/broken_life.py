"""E, F, G: servers that fall silent, end badly, and have no patience with the slow."""

from __future__ import annotations

import asyncio

from faults import fault
from right_stream import Line, Request, Start, Stream


@fault("E1", seconds=1.5, heartbeat_seconds=0.2)
@fault("E1", "WARN", profile="generic", seconds=1.5, heartbeat_seconds=0.2)
def has_no_heartbeat(stream: Stream) -> None:
    stream.heartbeat = None


@fault("E2")
@fault("E2", profile="generic")
def ends_heartbeats_like_events(stream: Stream) -> None:
    stream.heartbeat = b":ping\n\n"


@fault("E3", "WARN", publishes=True, seconds=1.0)
def beats_whatever_happens(stream: Stream) -> None:
    stream.heartbeat_seconds = 0.2
    tell = stream.tell

    async def beating(request: Request, line: Line, form: str) -> None:
        async def beat() -> None:
            while True:
                await asyncio.sleep(0.2)
                line.send(b":\n")

        stream.heartbeat = None
        task = asyncio.create_task(beat())
        try:
            await tell(request, line, form)
        finally:
            task.cancel()

    stream.tell = beating  # type: ignore[method-assign]


@fault("E5")
@fault("E5", "WARN", profile="generic")
def ends_at_once(stream: Stream) -> None:
    stream.lives_seconds = 0.1


@fault("E6", "WARN", publishes=True, patience_seconds=2)
def tells_late(stream: Stream) -> None:
    stream.told_late_seconds = 1.1


@fault("E6", "WARN", publishes=True, patience_seconds=0.3)
def tells_nothing(stream: Stream) -> None:
    stream.tell_all = lambda one: None  # type: ignore[method-assign]


@fault("F2")
def turns_away_without_a_time(stream: Stream) -> None:
    stream.start = lambda request, form: Start(  # type: ignore[method-assign]
        stream.newest, [stream.frame("busy", {"retry_seconds": 1}, None, form)]
    )


@fault("F5", profile="generic")
def loses_the_query_in_a_redirect(stream: Stream) -> None:
    answer = stream.answer

    async def redirecting(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.get("feed"):
            stream.say(writer, 302, {"Location": "/events"}, b"")
        else:
            await answer(request, writer)

    stream.answer = redirecting  # type: ignore[method-assign]


@fault("G1", patience_seconds=0.3)
def forgets_what_a_slow_reader_has_not_taken(stream: Stream) -> None:
    due = stream.due
    stream.due = lambda cursor, request: [  # type: ignore[method-assign]
        one for one in due(cursor, request) if request.get("poll") or one.seq != 7
    ]


@fault("G1", patience_seconds=0.3)
def serves_one_after_the_other(stream: Stream) -> None:
    """Who comes while a reader of the history is there waits for it to go."""
    lock, answer = asyncio.Lock(), stream.answer

    async def queueing(request: Request, writer: asyncio.StreamWriter) -> None:
        if not request.get("since"):
            async with lock:
                pass
        if request.get("poll") or not request.get("since"):
            await answer(request, writer)
            return
        async with lock:
            await answer(request, writer)

    stream.answer = queueing  # type: ignore[method-assign]
