"""K: what feeder's stream promises besides, and every server with its profile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson

from feeder.conform.checks import words
from feeder.conform.target import Ask
from feeder.conform.verdict import check, fine, judged, untold, wrong
from feeder.conform.visit import KINDS, Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.conform.answer import Answer
    from feeder.conform.text import Block
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

NDJSON: Final = {"Accept": "application/x-ndjson"}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_LINK: Final = re.compile(r"<([^>]*)>([^<]*)")
_RECENT: Final = 100
_NOTICES: Final = ("checkpoint", "gap", "busy", "goodbye")


@check("K1", "without a cursor the stream begins with a checkpoint at the end of the log", "contract",
       needs=Profile.FEEDER)  # fmt: skip
async def opening(visit: Visit) -> Finding:
    """So a reader has a place to come back to before anything happens."""
    answer = await visit.opening()
    first = answer.blocks[0] if answer.blocks else None
    if first is None or first.name != "checkpoint":
        return wrong(f"it begins with {words.names(answer.blocks)}")
    told = words.said(first)
    faults = [] if words.parts(str(told.get("cursor"))) else [f"its cursor is {told.get('cursor')!r}"]
    faults += [] if _MOMENT.fullmatch(str(told.get("at"))) else [f"its moment is {told.get('at')!r}"]
    past = await visit.past()
    if past.is_whole and past.events and words.number(first) < words.number(past.events[0]):
        faults.append(f"it stands at {first.id}, before the log begins with {past.ids[0]}")
    return judged(faults, f"checkpoint {first.id}")


@check("K2", "each event is an item that says its number, version, moment and feeds", "contract; JSON Feed 1.1",
       needs=Profile.FEEDER)  # fmt: skip
async def items(visit: Visit) -> Finding:
    """The same item as in the feeds."""
    past = await visit.past()
    faults = [fault for block in past.events for fault in _item_faults(block)]
    return judged(faults, f"{len(past.events)} items") if past.events else untold("the history is empty")


def _item_faults(block: Block) -> list[str]:
    item, ours = words.said(block), words.ours(block)
    faults = [f"no {name}" for name in ("id", "url") if not isinstance(item.get(name), str)]
    faults += [f"no _feeder.{name}" for name in ("version", "feeds") if name not in ours]
    faults += [] if ours.get("seq") == words.number(block) else [f"_feeder.seq is {ours.get('seq')}"]
    faults += [] if _MOMENT.fullmatch(str(ours.get("at"))) else [f"_feeder.at is {ours.get('at')!r}"]
    if block.name == "retracted":
        faults += [] if ours.get("reason") else ["no _feeder.reason"]
    return [f"{block.name} {block.id}: {fault}" for fault in faults]


@check("K3", "there are four kinds of events and four notices", "contract", needs=Profile.FEEDER)
async def kinds(visit: Visit) -> Finding:
    """Nothing else has a name of its own, and nothing has none."""
    blocks = [block for answer in await visit.captures() for block in answer.blocks if block.data is not None]
    others = {block.name for block in blocks} - {*KINDS, *_NOTICES}
    return judged([f"events of the name {name!r}" for name in sorted(others)], words.names(blocks))


@check("K4", "poll=1 ends when all is told, with a checkpoint", "contract", needs=Profile.FEEDER)
async def poll(visit: Visit) -> Finding:
    """The next poll goes on from there."""
    answer = await visit.poll("since=latest")
    if not answer.is_ended:
        return wrong(f"?since=latest&poll=1: {answer.head}, no end within {visit.options.patience_seconds:g} s")
    last = answer.blocks[-1] if answer.blocks else None
    if last is None or last.name != "checkpoint" or last.id is None:
        return wrong(f"?since=latest&poll=1: {words.names(answer.blocks)}, not a checkpoint")
    again = await visit.poll("", {"Last-Event-ID": last.id})
    if words.named(again, "gap"):
        return wrong(f"Last-Event-ID: {last.id} of the last checkpoint: a gap")
    past = await visit.past()
    doubled = set(past.ids) & {block.id for block in visit.events(again)}
    return judged([f"{one} came again" for one in sorted(doubled)], f"checkpoint {last.id}, and from there nothing")


@check("K5", "NDJSON tells the same, one object a line", "contract; NDJSON 3.1", needs=Profile.FEEDER)
async def lines(visit: Visit) -> Finding:
    """``id``, ``event`` and ``data``, the data being the same JSON as in the text."""
    answer = await visit.heard(
        Ask(query="since=earliest&poll=1", headers=NDJSON), 2 * visit.options.patience_seconds, _has_a_page
    )
    if answer.head.status != 200 or answer.head.media_type != NDJSON["Accept"]:  # noqa: PLR2004 (the status)
        return wrong(f"{answer.ask}: {answer.head}")
    rows, faults = _rows(bytes(answer.plain))
    faults += ["the last line does not end"] if answer.is_ended and not answer.plain.endswith(b"\n") else []
    told = {str(row["id"]): row for row in rows if row.get("event") in KINDS}
    past = await visit.past()
    found = words.difference(list(told)[: len(past.ids)], past.ids)
    faults += [found] if found else []
    faults += [f"{block.id} differs" for block in past.events if _differs(block, told.get(block.id or ""))]
    return judged(faults, f"{len(rows)} lines, {len(told)} events")


def _has_a_page(answer: Answer) -> bool:
    return answer.plain.count(b"\n") > 300  # noqa: PLR2004 (as many as are looked at)


def _rows(body: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    for line in body.split(b"\n")[:-1]:
        try:
            row = orjson.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict) and set(row) == {"id", "event", "data"}:
            rows.append(row)
        else:
            faults.append(f"the line {line[:60]!r} is no object of id, event and data")
    return rows, faults


def _differs(block: Block, row: dict[str, Any] | None) -> bool:
    return row is not None and (row["data"] != words.said(block) or row["event"] != block.name)


@check("K6", "snapshot=N is the N articles with the newest events, then live without a hole", "contract",
       needs=Profile.FEEDER)  # fmt: skip
async def snapshot(visit: Visit) -> Finding:
    """Each by that event, in ascending order, and then a checkpoint at the head of the log."""
    recent = await _recent(visit)
    if not recent:
        return untold("the history is empty")
    tip, faults, got = recent[-1].id or "", list[str](), list[str]()
    for count in (1, 3):
        answer = await visit.poll(f"snapshot={count}")
        got = [block.id or "" for block in visit.events(answer)]
        fault = None if answer.head.is_stream else str(answer.head)
        fault = fault or _snapshot_fault(got, await _grown(visit, recent), count) or _head_fault(answer, tip)
        faults += [f"?snapshot={count}: {fault}"] if fault else []
    ignored = await visit.poll("snapshot=3", {"Last-Event-ID": tip})
    again = {block.id for block in recent} & {block.id for block in visit.events(ignored)}
    faults += [f"?snapshot=3 with Last-Event-ID: {tip}: {len(again)} old events"] if again else []
    return judged(faults, f"the newest event of each of the newest articles: {words.few(got)}")


async def _recent(visit: Visit) -> Sequence[Block]:
    """The end of the history."""
    past = await visit.past()
    checkpoints = words.named(await visit.opening(), "checkpoint")
    if past.is_whole or not checkpoints:
        return past.events
    return visit.events(await visit.poll(f"since={max(words.number(checkpoints[0]) - _RECENT, 0)}"))


async def _grown(visit: Visit, recent: Sequence[Block]) -> list[list[Block]]:
    """The history as it was when it was heard, and as it has become with each event since."""
    newer = visit.events(await visit.poll("", {"Last-Event-ID": recent[-1].id or ""}))
    return [[*recent, *newer[:count]] for count in range(len(newer) + 1)]


def _snapshot_fault(got: list[str], histories: Sequence[Sequence[Block]], count: int) -> str | None:
    allowed = [one for events in histories for one in _snapshots(events, count)]
    return None if got in allowed else f"{words.few(got)} instead of {words.few(allowed[0])}"


def _snapshots(events: Sequence[Block], count: int) -> list[list[str]]:
    """What a snapshot may be: with retracted articles, or without them."""
    newest: dict[str, Block] = {}
    for block in events:
        newest[str(words.said(block).get("id"))] = block
    everything = sorted(newest.values(), key=words.number)
    shown = [block for block in everything if block.name != "retracted"]
    return [[block.id or "" for block in kept[-count:]] for kept in (everything, shown)]


def _head_fault(answer: Answer, tip: str) -> str | None:
    last = answer.blocks[-1] if answer.blocks else None
    if last is None or last.name != "checkpoint":
        return f"it ends with {last.name if last else 'nothing'} and not with a checkpoint"
    there, least = words.parts(last.id or ""), words.parts(tip)
    return f"the checkpoint {last.id} is before {tip}" if not there or (least and there[1] < least[1]) else None


@check("K7", "reading the feed and listening from there misses nothing", "contract; RFC 8288", needs=Profile.FEEDER)
async def parity(visit: Visit) -> Finding:
    """The feed that a gap names links to the stream at its own last event."""
    gap = words.named(await visit.poll("since=conform-never-given-out"), "gap")
    feed = words.said(gap[0]).get("feed") if gap else None
    if not isinstance(feed, str):
        return wrong(f"the gap names no feed: {feed!r}")
    answer = await visit.whole(Ask(path=urlsplit(feed).path, headers={"Accept": "*/*"}))
    found = [where for where, rest in _LINK.findall(answer.head["link"]) if "text/event-stream" in rest]
    if not found:
        return wrong(f"{feed}: {answer.head}, and no Link to the stream")
    since = parse_qs(urlsplit(found[0]).query).get("since", [""])[0]
    past = await visit.past()
    if words.parts(since) is None:
        return wrong(f"{feed}: the Link is {found[0]}")
    if past.is_whole and past.ids and since != past.ids[-1] and not await _is_newer(visit, since, past.ids[-1]):
        return wrong(f"{feed} leads to {since}, the log's last event is {past.ids[-1]}")
    gaps = words.named(await visit.poll(words.query(since=since)), "gap")
    return wrong(f"since={since} of {feed}: a gap") if gaps else fine(f"{feed} leads to {since}")


async def _is_newer(visit: Visit, since: str, last: str) -> bool:
    """Whether something was published since the history was heard."""
    new = visit.events(await visit.poll("", {"Last-Event-ID": last}))
    return since in {block.id for block in new}


@check("K8", "what is told of an event is told the same way each time", "contract", needs=Profile.FEEDER)
async def same_bytes(visit: Visit) -> Finding:
    """Two readers, two times: the same bytes under the same id."""
    past = await visit.past()
    if not past.events:
        return untold("the history is empty")
    cursor = past.ids[max(len(past.ids) - 20, 0)]
    again = {block.id: block.raw for block in visit.events(await visit.poll(words.query(since=cursor)))}
    known = {block.id: block.raw for block in past.events}
    faults = [f"{one} differs" for one in known if one in again and known[one] != again[one]]
    return judged(faults, f"{len(set(known) & set(again))} events were the same")


@check("K9", "live NDJSON comes line by line, with signs of life", "contract; NDJSON 3.1", needs=Profile.FEEDER)
async def live_lines(visit: Visit) -> Finding:
    """Each line whole, and none in silence for longer than a heartbeat."""
    answer = await visit.heard(Ask(headers=NDJSON), visit.options.seconds)
    if answer.head.media_type != NDJSON["Accept"]:
        return wrong(f"{answer.ask}: {answer.head}")
    rows, faults = _rows(bytes(answer.plain))
    if not answer.plain.endswith(b"\n"):
        faults.append(f"it has ended in the middle of a line: {bytes(answer.plain[-40:])!r}")
    beats = [row for row in rows if row["id"] is None and row["event"] not in _NOTICES]
    if visit.options.seconds > visit.options.heartbeat_seconds + 1 and not beats:
        faults.append(f"no sign of life in {visit.options.seconds:g} s")
    return judged(faults, f"{len(rows)} lines, {len(beats)} of them signs of life")
