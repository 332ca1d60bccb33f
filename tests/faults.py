"""Faults, each a small change to a server that does everything right, with the check that must find it.

To add one, write a function that takes the server and breaks it, and put ``@fault`` with the check's code above it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from right_stream import Request, Stream

Break = Callable[[Stream], None]


@dataclass(frozen=True, eq=False)
class Fault:
    """``options`` are those of the run; a ``publishes`` fault needs the live checks."""

    code: str
    breaks: Break
    outcome: str = "FAIL"
    profile: str = "feeder"
    publishes: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}-{self.breaks.__name__}"


FAULTS: list[Fault] = []


def fault(code: str, outcome: str = "FAIL", profile: str = "feeder", **more: Any) -> Callable[[Break], Break]:
    publishes = more.pop("publishes", False)

    def note(breaks: Break) -> Break:
        FAULTS.append(Fault(code, breaks, outcome, profile, publishes, more))
        return breaks

    return note


def rewriting(code: str, name: str, change: Callable[[bytes], bytes], outcome: str = "FAIL") -> None:
    """A fault that changes each frame of the text."""

    def breaks(stream: Stream) -> None:
        stream.rewrite = change

    breaks.__name__ = name
    FAULTS.append(Fault(code, breaks, outcome))


def refusing(stream: Stream, status: Callable[[Request], int | None]) -> None:
    """Some requests get a status and nothing else."""
    answer = stream.answer

    async def refuse(request: Request, writer: asyncio.StreamWriter) -> None:
        if found := status(request):
            stream.problem(writer, found, "No.")
        else:
            await answer(request, writer)

    stream.answer = refuse  # type: ignore[method-assign]
