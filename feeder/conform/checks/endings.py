"""F: refusals and redirects; what a server does when it is full or stops cannot be seen by a few polite requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from feeder.conform.checks import words
from feeder.conform.verdict import check, fine, judged, untold, wrong

if TYPE_CHECKING:
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Visit

_TOO_MANY: Final = 429
_SERVER_ERRORS: Final = 500
_SEE_OTHER: Final = 303


@check("F2", "load is never answered by an error", "HTML 9.2.3; WPT request-status-error")
async def load(visit: Visit) -> Finding:
    """429 and 503 end an EventSource for ever; 200, a ``retry`` and an end let it come back."""
    answer = await visit.opening()
    if answer.head.status == _TOO_MANY or answer.head.status >= _SERVER_ERRORS:
        return wrong(f"GET: {answer.head}")
    refused = [block for name in ("busy", "goodbye") for block in words.named(answer, name)]
    faults = [f"{block.name} has no retry" for block in refused if block.retry is None]
    faults += [f"the stream goes on after {block.name}" for block in refused if not answer.is_over]
    return judged(faults, f"GET: {answer.head}" + (f", {refused[0].name}" if refused else ""))


@check("F5", "a redirect keeps the query", "HTML 9.2.3; RFC 9110 15.4; WPT request-redirect")
async def redirects(visit: Visit) -> Finding:
    """Else a filter or a place is lost on the way."""
    if not visit.hops:
        return untold("the address is not redirected")
    faults = []
    for url, head in visit.hops:
        query = urlsplit(url).query
        if head.status == _SEE_OTHER:
            faults.append(f"{url}: 303 is for answers to POST")
        if query and query not in urlsplit(head["location"]).query:
            faults.append(f"{url}: {head['location']} has lost its query")
    return (
        judged(faults, f"{len(visit.hops)} redirects: {visit.hops[-1][1].status}")
        if faults
        else fine(f"{visit.hops[-1][1].status} to {visit.hops[-1][1]['location']}")
    )
