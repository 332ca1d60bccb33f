"""D: ids, and reading on after them; the history is what was there when the visit began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from feeder.conform.checks import words
from feeder.conform.target import Ask
from feeder.conform.verdict import Level, check, doubtful, fine, judged, untold, wrong
from feeder.conform.visit import ENOUGH_EVENTS, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.conform.answer import Answer
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Past, Visit

HEARTBEAT_NAMES: Final = ("heartbeat", "ping", "keepalive", "keep-alive", "hb", "connected", "hello", "welcome", "open")
NOTICES: Final = ("gap", "busy", "goodbye")
_LACKING: Final = "needs two events with ids; none came by themselves (give an address that shows some, or --publish)"
_FAR: Final = 1_000_000


@check("D1", "ids are never given twice, and grow", "HTML 9.2.4; contract")
async def growing(visit: Visit) -> Finding:
    """Of feeder's they are EPOCH.SEQ, and SEQ has no hole."""
    past = await visit.past()
    if not past.events:
        return untold("no event with an id was heard")
    repeated = sorted({one for one in past.ids if past.ids.count(one) > 1})
    if repeated:
        return wrong(f"given more than once: {words.few(repeated)}")
    return _contiguous(past) if visit.is_ours else fine(f"{len(past.ids)} ids, none twice: {words.few(past.ids)}")


def _contiguous(past: Past) -> Finding:
    if len(past.ids) < len(past.events):
        return wrong(f"{len(past.events) - len(past.ids)} events have no id")
    faults = [f"{one!r} is not EPOCH.SEQ" for one in past.ids if not (words.parts(one) and words.ID.fullmatch(one))]
    numbers = [words.number(block) for block in past.events]
    faults += [f"{after} follows {before}" for before, after in pairwise(numbers) if after != before + 1]
    return judged(faults, f"{past.ids[0]} to {past.ids[-1]} without a hole")


@check("D2", "only events of the log move a reader's place", "HTML 9.2.4")
async def notices(visit: Visit) -> Finding:
    """An id on a heartbeat overwrites the last event's, and the reconnecting reader misses what lay between."""
    answers = [*await visit.captures(), *([await _unknown(visit)] if visit.is_ours else [])]
    blocks = [block for answer in answers for block in answer.blocks]
    faults = [f"{block.name} carries the id {block.id!r}" for block in blocks if block.id and _is_notice(block.name)]
    faults += [
        f"the checkpoint's id {block.id!r} is not its cursor {words.said(block).get('cursor')!r}"
        for block in blocks
        if visit.is_ours and block.name == "checkpoint" and block.id != words.said(block).get("cursor")
    ]
    shown = sorted({block.name for block in blocks if block.id})
    return judged(faults, f"ids are on {', '.join(shown) or 'nothing that was heard'}")


def _is_notice(name: str) -> bool:
    return name in NOTICES or name in HEARTBEAT_NAMES


async def _unknown(visit: Visit) -> Answer:
    return await visit.poll("", {"Last-Event-ID": "conform-never-given-out"})


def _places(past: Past) -> list[str]:
    """Ids to resume after: the first, one in the middle, the last but one."""
    found = [past.ids[0], past.ids[len(past.ids) // 2 - 1], past.ids[-2]]
    return list(dict.fromkeys(found))


async def _resumed(visit: Visit, past: Past, cursor: str, headers: Mapping[str, str] | None = None) -> str | None:
    """What is wrong with the stream after an id, if anything is."""
    wanted = past.ids[past.ids.index(cursor) + 1 :]
    answer = await visit.after(cursor, len(wanted), headers)
    if not answer.head.is_stream:
        return f"Last-Event-ID: {cursor}: {answer.head}"
    found = words.difference([block.id or "" for block in visit.events(answer)][: len(wanted)], wanted)
    return f"after {cursor}: {found}" if found else None


@check("D3a", "after an id comes exactly the next event", "HTML 9.2.4")
async def resuming(visit: Visit) -> Finding:
    """None lost and none twice, from three places in the history."""
    past = await visit.past()
    if len(past.ids) < 2:  # noqa: PLR2004 (one to resume after, and one to come)
        return untold(_LACKING)
    faults = [fault for cursor in _places(past) if (fault := await _resumed(visit, past, cursor))]
    return judged(faults, f"after {', '.join(_places(past))}: all that came then, in order")


@check("D3b", "every way to name a place leads to the same event", "contract", needs=Profile.FEEDER)
async def other_ways(visit: Visit) -> Finding:
    """The header, ``last_event_id=``, ``since=`` an id and ``since=`` a number."""
    past = await visit.past()
    if len(past.ids) < 2:  # noqa: PLR2004 (likewise)
        return untold("needs a history of two events")
    cursor = _places(past)[-1]
    wanted = past.ids[past.ids.index(cursor) + 1 :]
    number = cursor.rpartition(".")[2]
    faults = []
    for query in (f"last_event_id={cursor}", f"since={cursor}", f"since={number}"):
        found = words.difference(await _polled(visit, query, len(wanted)), wanted)
        faults += [f"?{query}: {found}"] if found else []
    return judged(faults, f"after {cursor}: {words.few(wanted)}")


async def _polled(visit: Visit, query: str, most: int) -> list[str]:
    answer = await visit.poll(query)
    return [block.id or "" for block in visit.events(answer)][:most]


@check("D4", "at the end of the log there is silence, and the stream stays", "HTML 9.2.4")
async def at_the_tip(visit: Visit) -> Finding:
    """Who has everything is told nothing again."""
    past = await visit.past()
    tip = await _tip(visit, past)
    if tip is None:
        return untold("no event with an id was heard")
    answer = await visit.heard(Ask(headers={"Last-Event-ID": tip}), visit.moment_seconds)
    known = {*past.ids, tip}
    again = [one for block in visit.events(answer) if (one := block.id or "") in known]
    if again:
        return wrong(f"Last-Event-ID: {tip}: {words.few(again)} came again")
    if answer.is_over and visit.is_ours:
        return wrong(f"Last-Event-ID: {tip}: the stream ended after {answer.listened - answer.asked:.1f} s")
    return fine(f"Last-Event-ID: {tip}: {words.names(answer.blocks)} within {visit.moment_seconds:g} s")


async def _tip(visit: Visit, past: Past) -> str | None:
    """The id of the newest event that anybody knows of."""
    if not visit.is_ours:
        return past.ids[-1] if past.ids else None
    checkpoints = words.named(await visit.opening(), "checkpoint")
    return checkpoints[-1].id if checkpoints else None


@check("D5", "a place before the history is told as a gap, with what is lost", "contract", needs=Profile.FEEDER)
async def expired(visit: Visit) -> Finding:
    """``expired``, the right number, and then the oldest event."""
    past = await visit.past()
    oldest = words.number(past.events[0]) if past.events else 0
    if oldest <= 1:
        return untold("the log has forgotten nothing: it begins with 1")
    answer = await visit.poll("since=0")
    faults = _gap_faults(answer, reason="expired", lost=oldest - 1)
    got = [block.id or "" for block in visit.events(answer)][: len(past.ids)]
    found = words.difference(got, past.ids)
    return judged([*faults, *([found] if found else [])], f"since=0: a gap of {oldest - 1}, then {past.ids[0]}")


@check("D6", "an id that was never given out is told as a gap, not passed over", "WHATWG html#8297; contract",
       level=Level.PROMISED)  # fmt: skip
async def unknown(visit: Visit) -> Finding:
    """Else a reader from before a restored backup loses stories and nobody knows."""
    if not visit.is_ours:
        return await _is_noticed(visit)
    tip = await _tip(visit, await visit.past())
    faults = []
    for cursor in ("conform-never-given-out", "zzConform0.1", "0.", "\N{SNOWMAN}", "1" * 200):
        for query, headers in ((f"{words.query(since=cursor)}", {}), ("", {"Last-Event-ID": cursor})):
            answer = await visit.poll(query, headers)
            here = [*_gap_faults(answer, reason="unknown", requested=cursor), *_tip_faults(answer, tip)]
            faults += [f"{answer.ask}: {fault}" for fault in here]
    live = await visit.heard(Ask(query="since=0."), visit.moment_seconds, lambda heard: len(heard.blocks) > 1)
    faults += [f"{live.ask}: {fault}" for fault in (*_gap_faults(live, reason="unknown"), *_tip_faults(live, tip))]
    return judged(faults, "gap, then a checkpoint at the end of the log")


async def _is_noticed(visit: Visit) -> Finding:
    past = await visit.past()
    if not past.ids:
        return untold("no event with an id was heard, so there is nothing to resume")
    ask = Ask(headers={"Last-Event-ID": "conform-never-given-out"})
    answer = await visit.heard(ask, visit.moment_seconds, lambda heard: bool(heard.blocks))
    ordinary = {block.name for block in past.events}
    first = answer.blocks[0].name if answer.blocks else None
    if first is not None and first not in ordinary and first not in HEARTBEAT_NAMES:
        return fine(f"{ask}: {first} comes first")
    return wrong(f"{ask}: {first or 'nothing'} comes first: the reader cannot know that events may be missing")


def _gap_faults(answer: Answer, *, reason: str, lost: int | None = None, requested: str | None = None) -> list[str]:
    """What is wrong about the gap that a stream must begin with."""
    if not answer.head.is_stream:
        return [str(answer.head)]
    first = answer.blocks[0] if answer.blocks else None
    if first is None or first.name != "gap":
        return [f"the stream begins with {first.name if first else 'nothing'} and not with a gap"]
    told = words.said(first)
    faults = [f"the gap lacks {name}" for name in _GAP_MEMBERS if name not in told]
    if told.get("reason") != reason:
        faults.append(f"the gap's reason is {told.get('reason')!r} and not {reason}")
    if told.get("lost") != lost:
        faults.append(f"the gap says {told.get('lost')} lost, and it is {lost}")
    if requested is not None and not requested.startswith(str(told.get("requested")) or "-"):
        faults.append(f"the gap repeats {told.get('requested')!r}")
    return faults if first.id is None else [*faults, f"the gap carries the id {first.id}"]


_GAP_MEMBERS: Final = ("requested", "resumed_from", "lost", "reason", "feed")


def _tip_faults(answer: Answer, tip: str | None) -> list[str]:
    """What is wrong about the checkpoint that follows a gap at the end of the log."""
    if len(answer.blocks) < 2 or answer.blocks[1].name != "checkpoint":  # noqa: PLR2004 (the gap and it)
        return ["no checkpoint follows the gap"]
    there, resumed = answer.blocks[1].id, words.said(answer.blocks[0]).get("resumed_from")
    faults = [] if there == resumed else [f"the checkpoint is {there}, resumed_from {resumed}"]
    before = words.parts(tip or ""), words.parts(there or "")
    if before[0] and before[1] and before[1][1] < before[0][1]:
        faults.append(f"it resumes at {there}, before the end of the log at {tip}")
    return faults


@check("D7", "an id past the end of its epoch is told as a gap", "contract", needs=Profile.FEEDER)
async def future(visit: Visit) -> Finding:
    """What comes after a log was set back has numbers that the reader believes it has seen."""
    tip = await _tip(visit, await visit.past())
    at = words.parts(tip or "")
    if at is None:
        return untold("the stream gave no checkpoint at its opening")
    if at[1] == 0:
        return untold("the log is empty")
    cursor = f"{at[0]}.{at[1] + _FAR}"
    answer = await visit.poll("", {"Last-Event-ID": cursor})
    return judged(
        [*_gap_faults(answer, reason="epoch", lost=0), *_tip_faults(answer, tip)], f"{cursor}: gap, then {tip}"
    )


@check("D10", "a long replay has no hole, and nothing twice", "contract", needs=Profile.FEEDER)
async def long_replay(visit: Visit) -> Finding:
    """As far as it can be read in a moment: where history is told page by page, pages meet."""
    if (await visit.past()).is_whole:
        return untold(f"the history is short: at most {ENOUGH_EVENTS} events, which D1 and D3a have judged")
    answer = await visit.heard(Ask(query="since=earliest"), visit.moment_seconds)
    found = visit.events(answer)
    numbers = [words.number(block) for block in found]
    faults = [f"{after} follows {before}" for before, after in pairwise(numbers) if after != before + 1]
    took = answer.listened - answer.asked
    return judged(faults, f"{numbers[0]} to {numbers[-1]} in {took:.1f} s")


@check("D11", "a stream that broke before any event resumes at the same place", "HTML 9.2.3")
async def broken_twice(visit: Visit) -> Finding:
    """The id that a reader hands in is not used up by it."""
    past = await visit.past()
    if len(past.ids) < 2:  # noqa: PLR2004 (likewise)
        return untold(_LACKING)
    cursor = _places(past)[0]
    await visit.head(Ask(headers={"Last-Event-ID": cursor}))
    fault = await _resumed(visit, past, cursor)
    return wrong(f"at the second time {fault}") if fault else fine(f"twice after {cursor}: the same")


@check("D12", "a time is a place: that moment included, in any zone", "contract; RFC 3339", needs=Profile.FEEDER)
async def moments(visit: Visit) -> Finding:
    """The future is live, a time without a zone is no time, ``latest`` is the tip, durations count back from now."""
    past = await visit.past()
    if not past.events:
        return untold("needs a history")
    at = datetime.fromisoformat(words.ours(past.events[-1]).get("at", ""))
    wanted = [b.id or "" for b in past.events if datetime.fromisoformat(words.ours(b).get("at", "")) >= at]
    east = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    faults = []
    for since in (at.isoformat(), east):
        found = words.difference(await _polled(visit, words.query(since=since), len(wanted)), wanted)
        faults += [f"since={since}: {found}"] if found else []
    faults += await _edges(visit, past.ids)
    return judged(faults, f"since={east}: {words.few(wanted)}")


async def _edges(visit: Visit, known: Sequence[str]) -> list[str]:
    future = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%SZ")
    faults = []
    for since in (future, "latest"):
        again = set(await _polled(visit, words.query(since=since), _FAR)) & set(known)
        faults += [f"since={since}: {words.few(sorted(again))} came"] if again else []
    for since in ("earliest", "5200w"):
        found = words.difference(await _polled(visit, words.query(since=since), len(known)), known)
        faults += [f"since={since}: {found}"] if found else []
    zoneless = await visit.poll("since=2001-02-03T04:05:06")
    return faults + [f"a time without a zone: {fault}" for fault in _gap_faults(zoneless, reason="unknown")]


@check("D13", "what was retracted is not told again", "contract", needs=Profile.FEEDER)
async def retracted(visit: Visit) -> Finding:
    """Its earlier events keep their ids and lose their content."""
    past = await visit.past()
    last = {words.said(b).get("id"): words.number(b) for b in past.events if b.name == "retracted"}
    if not last:
        return untold("nothing in the history was retracted")
    before = [b for b in past.events if words.number(b) <= last.get(words.said(b).get("id"), -1)]
    content = ("title", "summary", "content_html", "content_text", "attachments", "image")
    faults = [f"{b.name} {b.id} still has {name}" for b in before for name in content if words.said(b).get(name)]
    faults += [f"{b.name} {b.id} does not say so" for b in before if words.ours(b).get("retracted") is not True]
    return judged(faults, f"{len(before)} events of {len(last)} retracted articles, none with content")


@check("D9", "history and live have one order", "contract")
async def one_order(visit: Visit) -> Finding:
    """What was heard live is told again in the same order."""
    past, idle = await visit.past(), await visit.idle()
    live = [one for block in visit.events(idle) if (one := block.id or "")]
    if len(live) < 2:  # noqa: PLR2004 (an order needs two)
        return untold("fewer than two events came while listening")
    answer = await visit.after(live[0], len(live) - 1)
    again = [one for block in visit.events(answer) if (one := block.id or "") in set(live)]
    found = words.difference(again[: len(live) - 1], live[1:])
    return doubtful(found) if found and not past.events else wrong(found) if found else fine(words.few(live))
