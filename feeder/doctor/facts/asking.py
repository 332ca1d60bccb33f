"""Asking the site's own addresses: the instance, its operator's listener, and the address that readers use.

By bare sockets, as ``conform`` has them, because a library of HTTP mends and hides what came. These addresses are the
operator's own; whoever else is asked, is asked through ``outbound``.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from feeder import __version__
from feeder.conform import Target, Unheard
from feeder.conform.target import Ask
from feeder.conform.wire import Wire
from feeder.doctor.checks.passage import PROMPT_SECONDS, Opening, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.conform.answer import Answer
    from feeder.conform.head import Head

PATIENCE_SECONDS: Final = 5.0
_ALWAYS: Final = {"User-Agent": f"feeder/{__version__}", "Accept": "*/*", "Cache-Control": ""}
_OBJECT: Final = {"Accept": "application/json"}
_LINES: Final = {"Accept": "application/x-ndjson"}
_AS_BROWSERS: Final = {"Accept": "text/event-stream", "Accept-Encoding": "gzip, deflate, br"}


class Site:
    """One of the addresses of a site; paths are below it.

    Raises:
        Unheard: (every method) it cannot be asked, or what comes back is no HTTP.
    """

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self._patience_seconds = patience_seconds

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer, heard to its end if that comes in time."""
        async with self._wire().ask(self._ask(path, headers)) as answer:
            return await answer.listen(self._patience_seconds)

    async def reply(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """An answer as it is compared with another one."""
        answer = await self.get(path, headers)
        names = {name for name, _ in answer.head.fields}
        digest = hashlib.sha256(answer.plain).hexdigest() if _is_whole(answer) else None
        return Reply(
            status=answer.head.status, fields={name: answer.head[name] for name in sorted(names)}, digest=digest
        )

    async def json(self, path: str) -> dict[str, Any]:
        """An object of JSON; an empty one if it is something else."""
        answer = await self.get(path, _OBJECT)
        try:
            told = json.loads(answer.plain)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    async def counter(self, name: str) -> int | None:
        """A counter of the operator's listener, by its whole name; None if there is none."""
        metrics = bytes((await self.get("/metrics")).plain).decode("utf-8", "replace")
        found = re.search(rf"^{name} ([0-9.e+]+)$", metrics, re.MULTILINE)
        return int(float(found[1])) if found else None

    async def cursor(self) -> tuple[Head, str]:
        """The head of the stream, and the id of its newest event; "" if nothing of ours is said."""
        answer = await self.get("/events?poll=1", _LINES)
        for line in reversed(bytes(answer.plain).splitlines()):
            try:
                told = json.loads(line)
            except ValueError:
                break
            if isinstance(told, dict) and isinstance(told.get("id"), str):
                return answer.head, told["id"]
        return answer.head, ""

    async def opening(self) -> Opening:
        """The first moments of the live stream, asked for as a browser does."""
        wire = self._wire(PROMPT_SECONDS)
        try:
            async with wire.ask(self._ask("/events?poll=0", _AS_BROWSERS)) as answer:
                await answer.listen(PROMPT_SECONDS, lambda heard: heard.first_byte is not None)
        except Unheard:
            return Opening(head=None, first_seconds=None)
        head = Reply(status=answer.head.status, fields=dict(answer.head.fields))
        first = answer.first_byte
        return Opening(head=head, first_seconds=None if first is None else first - answer.asked)

    def _wire(self, patience_seconds: float | None = None) -> Wire:
        try:
            target = Target.read(self._url)
        except ValueError as error:
            raise Unheard(f"{self._url}: {error}") from None
        return Wire(target, patience_seconds=patience_seconds or self._patience_seconds, always=_ALWAYS)

    def _ask(self, path: str, headers: Mapping[str, str] | None) -> Ask:
        place, _, query = path.partition("?")
        return Ask(path=Target.read(self._url).path.rstrip("/") + place, query=query, headers=headers or {})


def _is_whole(answer: Answer) -> bool:
    """Whether all of it came, and its codings, as far as there are any, could be undone."""
    is_plain = not answer.head["content-encoding"] or answer.inflater is not None
    return answer.is_ended and is_plain and not answer.complaints
