"""C: the text of the stream, by the letter; judged over everything that was heard at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.conform.checks import words
from feeder.conform.verdict import Level, check, doubtful, judged, untold
from feeder.conform.visit import Profile

if TYPE_CHECKING:
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit


async def _offences(visit: Visit, code: str) -> Finding:
    """Wrong if there is a grave offence of this code anywhere, doubtful if there is one that is not."""
    answers = await visit.captures()
    if not any(answer.plain for answer in answers):
        return untold("nothing was heard")
    found = [one for answer in answers for one in answer.text.offences if one.code == code]
    grave = [one.sentence for one in found if one.is_grave]
    if grave or not found:
        read = sum(len(answer.plain) for answer in answers)
        blocks = sum(len(answer.blocks) for answer in answers)
        return judged(grave, f"none in {read} bytes, {blocks} blocks")
    return doubtful(found[0].sentence)


@check("C1", "all of it is UTF-8", "HTML 9.2.5; WPT format-utf-8")
async def utf_8(visit: Visit) -> Finding:
    """Nothing else can be declared."""
    return await _offences(visit, "C1")


@check("C2", "no byte order mark", "HTML 9.2.5; WPT format-bom")
async def mark(visit: Visit) -> Finding:
    """Browsers drop one; other clients lose their first field by it."""
    return await _offences(visit, "C2")


@check("C3a", "no line ends in a bare carriage return", "HTML 9.2.5; WPT format-newlines")
async def carriage_returns(visit: Visit) -> Finding:
    """It is allowed, and many clients do not know it; a reader cannot go on until the next byte comes."""
    return await _offences(visit, "C3a")


@check("C3b", "lines end in one way", "HTML 9.2.5", level=Level.SHOULD)
async def line_ends(visit: Visit) -> Finding:
    """LF throughout, or CRLF throughout."""
    return await _offences(visit, "C3b")


@check("C4", "each event ends with exactly one empty line", "HTML 9.2.6", level=Level.SHOULD)
async def empty_lines(visit: Visit) -> Finding:
    """One more is allowed, and some clients make an event of it."""
    return await _offences(visit, "C4")


@check("C5a", "an event's data is one line of JSON", "contract", needs=Profile.FEEDER)
async def one_line(visit: Visit) -> Finding:
    """So nothing in it can be taken for a field."""
    blocks = [block for answer in await visit.captures() for block in answer.blocks if block.data is not None]
    faults = [f"{block.name} {block.id}: {(block.data or '')[:60]!r}" for block in blocks if not _is_line(block.raw)]
    faults += [f"{block.name} {block.id} is no JSON object" for block in blocks if not words.said(block)]
    return judged(faults, f"{len(blocks)} blocks with data") if blocks else untold("no data was heard")


def _is_line(raw: bytes) -> bool:
    return sum(line.startswith(b"data") for line in raw.splitlines()) == 1


@check("C6", "one space follows the colon of a field", "HTML 9.2.6; WPT format-field-parsing")
async def spaces(visit: Visit) -> Finding:
    """None is allowed; two make the second part of the value."""
    return await _offences(visit, "C6")


@check("C9", "nothing in an event has become a field of its own", "HTML 9.2.6")
async def injections(visit: Visit) -> Finding:
    """No field twice but data, no control character in a name."""
    return await _offences(visit, "C9")


@check(
    "C10", "ids are plain: printable, at most 128 bytes, safe for CORS", "Fetch; WPT eventsource-cross-origin-preflight"
)
async def plain_ids(visit: Visit) -> Finding:
    """A NUL makes clients ignore an id, an empty one forget theirs, others cost a preflight at every reconnect."""
    return await _offences(visit, "C10")


@check("C11", "retry is digits, and a sane time", "HTML 9.2.6; WPT format-field-retry-bogus")
async def retries(visit: Visit) -> Finding:
    """From a second to an hour."""
    return await _offences(visit, "C11")


@check("C12", "each event has data", "HTML 9.2.6; WPT event-data")
async def with_data(visit: Visit) -> Finding:
    """Without data nothing is dispatched; some clients make an empty event even of an id alone."""
    return await _offences(visit, "C12")


@check("C13", "there are no fields but those of the standard", "HTML 9.2.6; WPT format-field-unknown")
async def fields(visit: Visit) -> Finding:
    """Browsers ignore others, so nobody hears them; mostly it is a line break in data that nobody split."""
    return await _offences(visit, "C13")


@check("C14", "no event is called error or open", "HTML 9.2.3; DOM")
async def reserved(visit: Visit) -> Finding:
    """They would fire the listeners of an EventSource's own events."""
    return await _offences(visit, "C14")
