"""E: a sign of life in silence, and lifetimes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from feeder.conform.verdict import check, doubtful, fine, judged, untold, wrong

if TYPE_CHECKING:
    from feeder.conform.answer import Answer
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

_GRACE_SECONDS: Final = 1.0
_MOST_SECONDS: Final = 20.0
_SHORT_SECONDS: Final = 5.0


@check("E1", "in silence a byte comes at least every heartbeat", "HTML 9.2.7")
async def heartbeats(visit: Visit) -> Finding:
    """Every 15 s is advised; clients and proxies end a connection that is silent for 20 s or 60 s."""
    answer, allowed = await visit.idle(), visit.options.heartbeat_seconds
    if not answer.head.is_stream:
        return wrong(f"there is no stream: {answer.head}")
    if answer.is_over:
        return untold("the stream ended")
    silence, heard = longest_silence(answer), answer.listened - answer.headed
    evidence = f"the longest silence within {heard:.1f} s was {silence:.1f} s"
    if silence > allowed + _GRACE_SECONDS:
        return wrong(evidence) if visit.is_ours or silence > max(_MOST_SECONDS, allowed) else doubtful(evidence)
    if heard <= allowed:
        return untold(f"{evidence}; --seconds of more than {allowed:g} would tell")
    return fine(evidence)


def longest_silence(answer: Answer) -> float:
    """The longest time between two pieces of text, begin and end of listening included, in seconds."""
    times = [answer.headed, *(one.at for one in answer.arrivals if one.text), answer.listened]
    return max(after - before for before, after in pairwise(times))


@check("E2", "a heartbeat is a comment without an empty line, and no event", "HTML 9.2.6, 9.2.7")
async def comments(visit: Visit) -> Finding:
    """The standard's readers dispatch nothing at ``:ping`` and an empty line; others make an empty event of it."""
    answers = await visit.captures()
    faults = [one.sentence for answer in answers for one in answer.text.offences if one.code == "E2"]
    count = sum(len(answer.text.comments) for answer in answers)
    if faults or count:
        return judged(faults, f"{count} comments, none of them followed by an empty line")
    return untold("no comment was heard")


@check("E5", "a stream that the server ends has lived long enough", "HTML 9.2.3")
async def lifetimes(visit: Visit) -> Finding:
    """Every end costs a reconnection of every reader; its cleanness is judged by B5c."""
    answer = await visit.idle()
    if not answer.head.is_stream:
        return wrong(f"there is no stream: {answer.head}")
    if not answer.is_over:
        return fine(f"it was open after {answer.listened - answer.asked:.1f} s")
    lived = answer.listened - answer.headed
    evidence = f"it ended after {lived:.1f} s"
    if lived >= _SHORT_SECONDS or any(block.retry for block in answer.blocks):
        return fine(evidence)
    return wrong(evidence) if visit.is_ours else doubtful(f"{evidence}, without a retry: polling under another name")
