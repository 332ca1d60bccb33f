"""G: a reader that does not read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from feeder.conform.checks import words
from feeder.conform.target import Ask
from feeder.conform.verdict import check, judged, untold
from feeder.conform.visit import ENOUGH_EVENTS

if TYPE_CHECKING:
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

_HELD_BYTES: Final = 2048
_LATE_SECONDS: Final = 1.0


@check("G1", "who stops reading holds up nobody, and misses nothing", "checklist")
async def stalled(visit: Visit) -> Finding:
    """One reader takes two kilobytes and rests; another is served meanwhile; then the first reads on."""
    past = await visit.past()
    if not past.ids:
        return untold("no event with an id was heard")
    ask = Ask(query="since=earliest") if visit.is_ours else Ask(headers={"Last-Event-ID": past.ids[0]})
    wanted = past.ids if visit.is_ours else past.ids[1:]
    async with visit.wire.ask(ask, held_bytes=_HELD_BYTES) as slow:
        await asyncio.sleep(visit.moment_seconds)
        other = await visit.heard(Ask(), visit.moment_seconds + _LATE_SECONDS, lambda heard: bool(heard.plain))
        await slow.listen(2 * visit.options.patience_seconds, lambda heard: len(visit.events(heard)) >= len(wanted))
    faults = []
    if other.first_byte is None or other.first_byte - other.asked > visit.moment_seconds + _LATE_SECONDS:
        faults.append("another reader got no first byte meanwhile")
    found = words.difference([block.id or "" for block in visit.events(slow)][: len(wanted)], wanted)
    faults += [f"after {visit.moment_seconds:g} s of rest: {found}"] if found else []
    return judged(faults, f"{min(len(wanted), ENOUGH_EVENTS)} events after {visit.moment_seconds:g} s of rest")
