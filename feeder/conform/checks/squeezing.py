"""H: the stream compressed by gzip; each question is about what a reader can decode the moment it has the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.conform.checks import words
from feeder.conform.checks.liveness import longest_silence
from feeder.conform.checks.requests import UNKNOWN_METHOD
from feeder.conform.target import Ask
from feeder.conform.verdict import Level, check, fine, judged, untold, wrong
from feeder.conform.visit import GZIP, Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.conform.answer import Answer
    from feeder.conform.text import Block
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

_NONE: Final = "the stream is not compressed, whoever asks"
_KNOWN: Final = ("gzip", "x-gzip")
_ERRORS: Final = 400
_SLOWER_SECONDS: Final = 1.0
_ENDING: Final = (("poll=1", "1.1"), ("since=earliest&poll=1", "1.1"), ("since=earliest&poll=1", "1.0"))


async def _is_squeezed(visit: Visit) -> bool:
    return "content-encoding" in (await visit.idle_squeezed()).head


@check("H0", "the stream is compressed for who asks for gzip", "contract; RFC 9110 8.4.1.3", level=Level.PROMISED)
async def offered(visit: Visit) -> Finding:
    """Stories are text: gzip saves two thirds of it."""
    said = (await visit.idle_squeezed()).head["content-encoding"]
    return fine(said) if said in _KNOWN else wrong(f"Accept-Encoding: gzip: Content-Encoding is {said or 'not there'}")


@check("H1", "coding is as Accept-Encoding says", "RFC 9110 12.5.3")
async def negotiated(visit: Visit) -> Finding:
    """None for who does not ask, ``q=0`` is no, names in any case."""
    faults = []
    for accepted in ("", "identity", "gzip;q=0", "gzip; q=0.000, identity", "*;q=0, identity", "x-conform"):
        headers = {"Accept-Encoding": accepted} if accepted else {}
        head = (await visit.head(Ask(headers=headers))).head
        if head["content-encoding"] or not head.is_stream:
            faults.append(f"Accept-Encoding: {accepted}: {head}, Content-Encoding {head['content-encoding'] or 'none'}")
    if await _is_squeezed(visit):
        for accepted in ("GZIP", "identity;q=0, gzip", "br;q=0, gzip;q=0.5, identity;q=0.1"):
            said = (await visit.head(Ask(headers={"Accept-Encoding": accepted}))).head["content-encoding"]
            faults += [] if said in _KNOWN else [f"Accept-Encoding: {accepted}: Content-Encoding is {said or 'none'}"]
    return judged(faults, "identity and gzip as asked")


@check("H2", "what has come can be decoded at once", "RFC 1952; RFC 1951 3.2.4")
async def at_once(visit: Visit) -> Finding:
    """Heartbeats too: a coder that waits for more makes a live stream a dead one."""
    if not await _is_squeezed(visit):
        return untold(_NONE)
    squeezed, plain = await visit.idle_squeezed(), await visit.idle()
    faults = list(squeezed.complaints)
    if plain.plain and not squeezed.plain:
        faults.append(f"in {visit.options.seconds:g} s {_received(squeezed)} bytes came, and nothing can be decoded")
    late = longest_silence(squeezed) - longest_silence(plain)
    if not faults and late > _SLOWER_SECONDS:
        faults.append(f"nothing could be decoded for {late:.1f} s longer than on the plain stream")
    missing = len(plain.text.comments) - len(squeezed.text.comments)
    if not faults and missing > max(1, len(plain.text.comments) // 3):
        faults.append(f"{len(plain.text.comments)} comments came plain, {len(squeezed.text.comments)} compressed")
    return judged(faults, f"{_received(squeezed)} bytes gave {len(squeezed.plain)} bytes of text as they came")


def _received(answer: Answer) -> int:
    return sum(one.raw for one in answer.arrivals)


@check("H3", "decoded it is the plain stream", "RFC 9110 8.4")
async def same(visit: Visit) -> Finding:
    """Event by event, byte by byte."""
    if not await _is_squeezed(visit):
        return untold(_NONE)
    if not visit.is_ours:
        return _compared(visit.events(await visit.idle()), visit.events(await visit.idle_squeezed()), is_all=False)
    squeezed, plain = await visit.history_squeezed(), visit.events(await visit.history())
    heard = visit.events(squeezed)
    if visit.has_enough(squeezed):  # it was left there, and the other one perhaps a little later
        plain = plain[: len(heard)]
    return _compared(plain, heard, is_all=True)


def _compared(plain: Sequence[Block], squeezed: Sequence[Block], *, is_all: bool) -> Finding:
    known = {block.id: block.raw for block in plain}
    shared = [block for block in squeezed if block.id in known]
    if not shared and not (is_all and plain):
        return untold("no event was heard both ways")
    missing = words.difference(_ids(squeezed)[: len(plain)], _ids(plain)) if is_all else None
    faults = [f"{block.id}: {block.raw[:60]!r} compressed" for block in shared if block.raw != known[block.id]]
    return judged([*faults, *([missing] if missing else [])], f"{len(shared)} events are equal")


def _ids(blocks: Sequence[Block]) -> list[str]:
    return [block.id or "" for block in blocks]


@check("H4", "a clean end has a right gzip trailer", "RFC 1952 2.3.1")
async def trailer(visit: Visit) -> Finding:
    """CRC and length, and nothing after them."""
    if not await _is_squeezed(visit):
        return untold(_NONE)
    asks = [Ask(query=query, headers=GZIP, version=version) for query, version in _ENDING] if visit.is_ours else []
    answers = [await visit.heard(ask, visit.options.patience_seconds, visit.has_enough) for ask in asks]
    answers.append(await visit.idle_squeezed())
    ended = [answer for answer in answers if answer.is_over]
    if not ended:
        return untold(f"no stream ended within {visit.options.seconds:g} s")
    faults = [f"{answer.ask}: {fault}" for answer in ended if (fault := _trailer_fault(answer))]
    return judged(faults, f"{len(ended)} streams ended with a trailer whose sums are right")


def _trailer_fault(answer: Answer) -> str | None:
    if answer.complaints:
        return answer.complaints[0]
    return None if answer.inflater and answer.inflater.is_ended else "the stream ended without a trailer"


@check("H5", "who resumes, or chooses, can decode", "contract", needs=Profile.FEEDER)
async def late(visit: Visit) -> Finding:
    """A reader that joins later has not seen what came before, and must not need it."""
    past = await visit.past()
    if not await _is_squeezed(visit):
        return untold(_NONE)
    if len(past.ids) < 2:  # noqa: PLR2004 (one to resume after, and one to come)
        return untold("needs a history of two events")
    faults = []
    chosen = [words.query(feed=name) for name in _feeds(past.events)]
    places = [f"since={past.ids[len(past.ids) // 2 - 1]}", f"since={past.ids[-2]}"]
    for query in (*places, *(f"since=earliest&{one}" for one in chosen), *(f"{one}&{places[0]}" for one in chosen)):
        plain, squeezed = await visit.poll(query), await visit.poll(query, GZIP)
        wanted, seen = _ids(visit.events(plain)), _ids(visit.events(squeezed))
        if visit.has_enough(squeezed):  # it was left there, and the other one perhaps a little later
            wanted = wanted[: len(seen)]
        found = words.difference(seen[: len(wanted)], wanted)
        faults += [f"?{query}: {fault}" for fault in (*squeezed.complaints, found) if fault]
    return judged(faults, "resumed and chosen streams decode from their first byte")


def _feeds(blocks: Sequence[Block]) -> list[str]:
    """A few feeds that the events name."""
    return sorted({str(name) for block in blocks for name in words.ours(block).get("feeds") or []})[:3]


@check("H6", "errors are not compressed unasked", "RFC 9110 12.5.3", level=Level.SHOULD)
async def errors(visit: Visit) -> Finding:
    """And decode where they were asked for so."""
    asks = [Ask(method=UNKNOWN_METHOD, headers=headers) for headers in ({}, GZIP)]
    answers = [await visit.heard(ask, visit.moment_seconds) for ask in asks]
    if answers[0].head.status < _ERRORS:
        return untold("no error could be had")
    if answers[0].head["content-encoding"]:
        return wrong(f"{asks[0]}: Content-Encoding: {answers[0].head['content-encoding']}")
    return judged(answers[1].complaints, f"{answers[1].head}: {answers[1].head['content-encoding'] or 'identity'}")
