"""D and E while something happens: listeners that join while events are published."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from feeder.conform.checks import words
from feeder.conform.target import Ask
from feeder.conform.verdict import Level, check, doubtful, fine, judged, untold, wrong
from feeder.conform.visit import GZIP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.conform.answer import Answer
    from feeder.conform.text import Block
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

_LISTENERS: Final = 3
"""How many join at the same time; one more connection is the witness that hears everything."""

_MOST_EVENTS: Final = 5_000
_LAG_SECONDS: Final = 1.0
_SOON: Final = 0.75

Joined = list[tuple[str, "Answer"]]
"""Cursors, and what came after each."""


@check("D3c", "who joins while events come misses none and hears none twice", "HTML 9.2.4", lively=True)
async def joining(visit: Visit) -> Finding:
    """One witness hears all; others come back again and again with ids that it has heard, every second with gzip."""
    publish = visit.options.publish
    if publish is None:
        return untold("needs --publish")
    async with visit.wire.ask(Ask()) as witness:
        heard = asyncio.create_task(witness.listen(visit.options.seconds * 4 + visit.options.patience_seconds))
        trials = asyncio.create_task(_trials(visit, witness))
        try:
            await _publish_until(trials, publish)
            await asyncio.sleep(visit.moment_seconds)
        finally:
            await _end(trials)
            await _end(heard)
    return _judge(visit, trials.result(), [block for block in visit.events(witness) if block.id])


async def _publish_until(joining: asyncio.Task[Joined], publish: Callable[[], Awaitable[None]]) -> None:
    """One event after the other; the last one is not broken off."""
    while not joining.done():
        await publish()


def _judge(visit: Visit, joined: Joined, told: list[Block]) -> Finding:
    if not joined:
        return untold(f"the witness heard {len(told)} events with ids, too few to join after; is --publish right?")
    if len(told) > _MOST_EVENTS:
        return untold(f"{len(told)} events came, more than can be compared")
    faults = _witness_faults(visit, told)
    faults += [fault for cursor, answer in joined if (fault := _seam_fault(visit, cursor, answer, told))]
    squeezed = sum(answer.inflater is not None for _, answer in joined)
    said = f"{len(joined)} joined ({squeezed} with gzip) while {len(told)} events came"
    return judged(faults, said if len(joined) >= visit.options.trials else f"{said}; time was over")


def _witness_faults(visit: Visit, told: list[Block]) -> list[str]:
    """Of feeder's events the numbers tell whether the witness itself heard all."""
    numbers = [words.number(block) for block in told] if visit.is_ours else []
    return [f"the witness heard {b} after {a}" for a, b in pairwise(numbers) if b != a + 1]


def _seam_fault(visit: Visit, cursor: str, answer: Answer, told: list[Block]) -> str | None:
    """A joined listener's events must be a piece of the witness's, beginning right after its cursor, to the byte."""
    order = {block.id or "": block.raw for block in told}
    ids = list(order)
    got = [block for block in visit.events(answer) if block.id]
    while got and got[-1].id not in order:  # newer than what the witness heard
        got.pop()
    start = ids.index(cursor) + 1
    found = words.difference([block.id or "" for block in got], ids[start : start + len(got)])
    found = found or next((f"{b.id} is {b.raw[:60]!r}" for b in got if b.raw != order[b.id or ""]), None)
    fault = next(iter(answer.complaints), found)
    return f"after {cursor}{' with gzip' if answer.inflater else ''}: {fault}" if fault else None


async def _trials(visit: Visit, witness: Answer) -> Joined:
    """Who joined, bounded by number and by time."""
    found: Joined = []
    try:
        async with asyncio.timeout(visit.options.seconds * 3 + visit.options.patience_seconds):
            async with asyncio.TaskGroup() as group:
                for number in range(_LISTENERS):
                    group.create_task(_join(visit, witness, found, back=number))
    except TimeoutError:
        pass
    return found


async def _join(visit: Visit, witness: Answer, found: Joined, back: int) -> None:
    while len(found) < visit.options.trials:
        order = [one for block in visit.events(witness) if (one := block.id)]
        if len(order) <= back:
            await asyncio.sleep(0.01)
            continue
        # Right after the newest, and a little behind it: the seam of history and live lies between.
        cursor = order[-1 - (len(found) + back) % min(len(order), 10)]
        due = len(order) - order.index(cursor) - 1
        answer = await visit.after(cursor, due + 2, GZIP if len(found) % 2 else None)
        found.append((cursor, answer))


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@check("E6", "what is published is told within a second", "HTML 9.2.7", level=Level.SHOULD, lively=True)
async def lag(visit: Visit) -> Finding:
    """From the end of the publishing command to the event."""
    publish, loop = visit.options.publish, asyncio.get_running_loop()
    if publish is None:
        return untold("needs --publish")
    async with visit.wire.ask(Ask()) as answer:
        await answer.listen(visit.moment_seconds / 2)
        before = len(visit.events(answer))
        await publish()
        done = loop.time()
        wait = visit.options.seconds + visit.options.patience_seconds
        await answer.listen(wait, lambda heard: len(visit.events(heard)) > before)
        new = visit.events(answer)[before:]
    if not new:
        return wrong(f"nothing came within {wait:g} s of the publishing command's end")
    took = max(new[0].at - done, 0)
    return (doubtful if took > _LAG_SECONDS else fine)(f"{new[0].name} {new[0].id} came after {took * 1000:.0f} ms")


@check("E3", "an event puts the next heartbeat off", "checklist", level=Level.SHOULD, lively=True)
async def put_off(visit: Visit) -> Finding:
    """A heartbeat is for silence; right after an event it is of no use to anybody."""
    publish = visit.options.publish
    async with visit.wire.ask(Ask()) as answer:
        interval = await _interval(visit, answer)
        if publish is None or interval is None:
            return untold(f"no two heartbeats within {visit.options.seconds:g} s")
        await answer.listen(interval / 2)
        before = len(visit.events(answer))
        await publish()
        await answer.listen(visit.options.patience_seconds, lambda heard: len(visit.events(heard)) > before)
        if len(visit.events(answer)) == before:
            return untold("nothing was published")
        event = visit.events(answer)[before].at
        await answer.listen(interval + 1, lambda heard: heard.text.comments[-1] > event)
    waited = answer.text.comments[-1] - event
    if waited <= 0:
        return fine(f"no heartbeat within {interval + 1:.1f} s of an event")
    evidence = f"heartbeats come every {interval:.1f} s, and one {waited:.1f} s after an event"
    return wrong(evidence) if waited < _SOON * interval else fine(evidence)


async def _interval(visit: Visit, answer: Answer) -> float | None:
    """The time between two heartbeats; what comes with the opening is none."""
    opened = len((await answer.listen(0.05)).text.comments)
    await answer.listen(visit.options.seconds, lambda heard: len(heard.text.comments) >= opened + 2)
    beats = answer.text.comments[opened:]
    return beats[1] - beats[0] if len(beats) > 1 else None
