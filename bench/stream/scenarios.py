"""What is done to a server, once: each gives the figures of one run."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processes import FailedError
from stream.clients import CONNECT_SECONDS, GRACE_SECONDS, PUBLISH_SECONDS, Listening, listening, probing, publishing

if TYPE_CHECKING:
    from pathlib import Path

    from stream.servers import Server, Started

Figures = dict[str, Any]
SETTLE_SECONDS = 0.5
PROBE_MILLISECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """``rate`` is in events a second, 0 as fast as the server takes them; ``form`` names the table too."""

    name: str
    title: str
    form: str
    listeners: int
    events: int
    rate: float = 0
    stuck: int = 0
    patience_seconds: int = 30

    @property
    def kept(self) -> int:
        """How many events a server should be able to send again."""
        return max(1000, self.events + 100)

    async def run(self, server: Server, folder: Path, programs: Path) -> Figures:
        """Start the server anew, do it, and end the server.

        Raises:
            FailedError: it could not be done.
        """
        async with server.started(folder, programs, kept=self.kept) as started:
            once = self._resume if self.form == "resume" else self._fan_out
            return await once(server, started, programs)

    async def _fan_out(self, server: Server, started: Started, programs: Path) -> Figures:
        wish = Listening(
            port=started.port,
            listeners=self.listeners,
            last=self.events,
            gzip=server.gzip,
            stuck=self.stuck,
            patience_seconds=self.patience_seconds,
        )
        async with contextlib.AsyncExitStack() as stack:
            publisher = await stack.enter_async_context(publishing(started.target, count=self.events, rate=self.rate))
            await publisher.line(PUBLISH_SECONDS)
            memory = await _settled(started)
            load = await stack.enter_async_context(listening(programs, wish))
            figures = await load.told(CONNECT_SECONDS)
            figures["kibibytes"] = (await _settled(started) - memory) / (self.listeners + self.stuck)
            probe = None
            if self.form == "probe":
                probe = await stack.enter_async_context(probing(programs, started.port, PROBE_MILLISECONDS))
            used = started.tree.cpu_seconds()
            publisher.go()
            figures |= await load.told(self.patience_seconds + GRACE_SECONDS)
            figures["cpu"] = (started.tree.cpu_seconds() - used) / max(figures["delivered"], 1)
            if probe is not None:
                figures["probe"] = await probe.finished()
            figures["uncompressed"] = figures["heads"] - figures["gzipped"] if server.gzip else 0
            figures["megabytes"] = (memory / 1024, started.tree.kibibytes() / 1024)
            return figures

    async def _resume(self, server: Server, started: Started, programs: Path) -> Figures:
        """Publish with one listener, who learns the first event's id; then let all come who have only that one."""
        first_id = await _filled(started, programs, self.events + 1)
        memory = await _settled(started)
        started.tree.forget_peak()
        used = started.tree.cpu_seconds()
        wish = Listening(
            port=started.port,
            listeners=self.listeners,
            first=2,
            last=self.events + 1,
            gzip=server.gzip,
            last_event_id=first_id,
            patience_seconds=self.patience_seconds,
        )
        async with listening(programs, wish) as load:
            figures = await load.told(CONNECT_SECONDS) | await load.told(self.patience_seconds + GRACE_SECONDS)
        figures["cpu"] = (started.tree.cpu_seconds() - used) / max(figures["delivered"], 1)
        figures["uncompressed"] = figures["heads"] - figures["gzipped"] if server.gzip else 0
        figures["peak"] = (started.tree.peak_kibibytes() - memory) / 1024
        return figures


async def _filled(started: Started, programs: Path, events: int) -> str:
    """Publish so many events; gives the first one's id, which a listener tells."""
    wish = Listening(port=started.port, listeners=1, last=1)
    async with (
        publishing(started.target, count=1) as publisher,
        listening(programs, wish) as load,
    ):
        await publisher.line(PUBLISH_SECONDS)
        await load.told(CONNECT_SECONDS)
        publisher.go()
        heard = await load.told(wish.patience_seconds + GRACE_SECONDS)
        if not heard["complete"]:
            raise FailedError("the first event did not come")
    async with publishing(started.target, first=2, count=events - 1, window=500) as publisher:
        await publisher.line(PUBLISH_SECONDS)
        publisher.go()
        await publisher.line(PUBLISH_SECONDS)
    return str(heard["first_id"])


async def _settled(started: Started) -> float:
    """Its memory in KiB, once it uses next to no CPU."""
    for _ in range(20):
        used = started.tree.cpu_seconds()
        await asyncio.sleep(SETTLE_SECONDS)
        if started.tree.cpu_seconds() - used < 0.05 * SETTLE_SECONDS:
            break
    return started.tree.kibibytes()
