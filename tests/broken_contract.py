"""K: servers that do not keep feeder's contract."""

from __future__ import annotations

from collections.abc import Callable

from faults import FAULTS, Fault, fault
from right_stream import Coder, Event, Line, Request, Start, Stream


@fault("K1")
def begins_without_a_checkpoint(stream: Stream) -> None:
    start = stream.start
    stream.start = lambda request, form: Start(start(request, form).after)  # type: ignore[method-assign]


@fault("K1")
def does_not_say_the_time(stream: Stream) -> None:
    stream.rewrite = lambda frame: frame.replace(b"13:00:00", b"one o'clock")


@fault("K2")
def does_not_say_the_version(stream: Stream) -> None:
    for one in stream.log:
        del one.item["_feeder"]["version"]


@fault("K2")
def says_another_number(stream: Stream) -> None:
    stream.log[2].item["_feeder"]["seq"] = 99


@fault("K2")
def gives_no_reason(stream: Stream) -> None:
    for one in stream.log:
        one.item["_feeder"].pop("reason", None)


@fault("K3")
def has_a_kind_of_its_own(stream: Stream) -> None:
    stream.opening = b'event: hello\ndata: {"hello":1}\n\n'


@fault("K4", patience_seconds=0.3)
def polls_for_ever(stream: Stream) -> None:
    tell = stream.tell

    async def telling(request: Request, line: Line, form: str) -> None:
        request.query = [pair for pair in request.query if pair[0] != "poll"]
        await tell(request, line, form)

    stream.tell = telling  # type: ignore[method-assign]


@fault("K4")
def ends_a_poll_without_a_checkpoint(stream: Stream) -> None:
    tell, checkpoint = stream.tell, stream.checkpoint

    async def telling(request: Request, line: Line, form: str) -> None:
        stream.checkpoint = (  # type: ignore[method-assign]
            (lambda seq, form: b"") if request.get("since") == "latest" else checkpoint
        )
        await tell(request, line, form)

    stream.tell = telling  # type: ignore[method-assign]


@fault("K5")
def has_no_lines_of_json(stream: Stream) -> None:
    stream.form = lambda accept: "sse" if accept in {"", "*/*"} or "text/event-stream" in accept else None  # type: ignore[method-assign]


@fault("K5")
def adds_members_to_its_lines(stream: Stream) -> None:
    framing(stream, lambda line: line.replace(b'"data"', b'"more":1,"data"'))


@fault("K5")
def tells_other_data_in_lines(stream: Stream) -> None:
    framing(stream, lambda line: line.replace(b"Storm", b"Sturm"))


@fault("K5")
def tells_less_in_lines(stream: Stream) -> None:
    framing(stream, lambda line: b"" if b'"right.6"' in line else line)


def framing(stream: Stream, change: Callable[[bytes], bytes]) -> None:
    """Change the lines of JSON, and them alone."""
    frame = stream.frame
    stream.frame = lambda name, told, cursor, form: (  # type: ignore[method-assign]
        change(frame(name, told, cursor, form)) if form == "ndjson" else frame(name, told, cursor, form)
    )


@fault("K6")
def knows_no_snapshots(stream: Stream) -> None:
    stream.snapshot = lambda count, form: Start(stream.newest)  # type: ignore[method-assign]


@fault("K6")
def snapshots_the_newest_first(stream: Stream) -> None:
    snapshot = stream.snapshot

    def reversed_(count: int, form: str) -> Start:
        found = snapshot(count, form)
        return Start(found.after, [*found.frames[-2::-1], found.frames[-1]])

    stream.snapshot = reversed_  # type: ignore[method-assign]


@fault("K6")
def snapshots_for_who_comes_back(stream: Stream) -> None:
    start = stream.start
    stream.start = lambda request, form: (  # type: ignore[method-assign]
        stream.snapshot(3, form) if request.get("snapshot") else start(request, form)
    )


@fault("K7")
def has_feeds_that_lead_nowhere(stream: Stream) -> None:
    stream.link = lambda: "<https://news.example/>; rel=hub"  # type: ignore[method-assign]


@fault("K7")
def has_feeds_that_lead_too_far(stream: Stream) -> None:
    stream.link = lambda: '</events?since=right.99>; rel="alternate"; type="text/event-stream"'  # type: ignore[method-assign]


@fault("K8")
def tells_it_otherwise_each_time(stream: Stream) -> None:
    count = iter(range(10_000_000))
    stream.rewrite = lambda frame: frame.replace(b'"url": "', b'"n": %d, "url": "' % next(count))


def forgetting(code: str, name: str, change: Callable[[Request], None]) -> None:
    """A fault of the filters: the request is read otherwise."""

    def breaks(stream: Stream) -> None:
        matches = stream.matches

        def other(one: Event, request: Request) -> bool:
            copy = Request(request.method, request.path, request.version, list(request.query), request.headers)
            change(copy)
            return matches(one, copy)

        stream.matches = other  # type: ignore[method-assign]

    breaks.__name__ = name
    FAULTS.append(Fault(code, breaks))


def without(name: str) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.query = [pair for pair in request.query if pair[0] != name]

    return change


def only_first(request: Request) -> None:
    request.query = list(dict(reversed(request.query)).items())


def never(name: str) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.query = [(one, "nothing at all" if one == name else value) for one, value in request.query]

    return change


for _code, _name in {
    "K20": "feed",
    "K21": "section",
    "K22": "language",
    "K23": "tag",
    "K24": "article",
    "K25": "q",
}.items():
    forgetting(_code, f"passes_{_name}_over", without(_name))
    forgetting(_code, f"finds_nothing_by_{_name}", never(_name))
forgetting("K26", "takes_the_first_of_two_values", only_first)
forgetting("K26", "passes_the_second_name_over", without("feed"))


@fault("K22")
def knows_no_dialects(stream: Stream) -> None:
    for one in stream.log:
        one.shown["language"].discard("en" if one.item.get("language") == "en-GB" else "")


@fault("K9", seconds=1.3)
def is_silent_in_lines(stream: Stream) -> None:
    framing(stream, lambda line: b"" if b'"heartbeat"' in line else line)


@fault("K9")
def ends_lines_otherwise(stream: Stream) -> None:
    framing(stream, lambda line: line.replace(b"\n", b"\0"))


@fault("D3c", publishes=True)
def loses_an_event_on_every_wire(stream: Stream) -> None:
    """Who replays gets it, who listens does not; the witness is not asked to be believed."""
    due = stream.due
    stream.due = lambda cursor, request: [  # type: ignore[method-assign]
        one for one in due(cursor, request) if one.seq % 5 or stream.cursor_header(request)
    ]


@fault("D3c", publishes=True)
def compresses_something_else_at_the_seam(stream: Stream) -> None:
    class Wrong(Coder):
        def write(self, plain: bytes) -> bytes:
            return super().write(plain.replace(b"New", b"Old"))

    stream.coder = Wrong  # type: ignore[method-assign]


@fault("K27")
def starts_filtered_readers_at_the_tip(stream: Stream) -> None:
    start = stream.start
    stream.start = lambda request, form: (  # type: ignore[method-assign]
        Start(stream.newest) if request.get("feed") and stream.cursor_header(request) else start(request, form)
    )
