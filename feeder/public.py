"""The public side of one process: the hub of its stream, and the listener that serves what it is given.

The service has one, or each of its workers.
"""

from __future__ import annotations

import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.listening import make_room
from feeder.measures import of_door
from feeder.media_folder import MediaFolder
from feeder.peers import network
from feeder.publish import installed_renderers
from feeder.stream import Hub, form_of
from feeder.stream import Settings as StreamSettings
from feeder.web import Parts, public_app, start
from feeder.web.operator.metrics import of_stream
from feeder.web.readership import Readership

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping, Sequence

    from aiohttp.web import AppRunner

    from feeder.accounts import Account
    from feeder.config import Settings
    from feeder.render import Site
    from feeder.store import Store
    from feeder.web import Measure, Publications
    from feeder.web.parts import Receiver
    from feeder.web.readership import Asked, Name, Readers


@dataclass(frozen=True, slots=True)
class Share:
    """Which of the processes that serve one address this is, from 1, and of how many."""

    number: int = 1
    of: int = 1

    def part(self, limit: int) -> int:
        """This one's part of a limit that is the machine's, at least 1; 0 stays what it is, no limit."""
        return max(limit // self.of + (self.number <= limit % self.of), 1) if limit else 0


ALONE: Final = Share()


def stream_settings(settings: Settings, share: Share, listeners: int) -> StreamSettings:
    """The hub's measures, as the settings say; so many listeners have room."""
    stream = settings.stream
    return StreamSettings(
        heartbeat_seconds=stream.heartbeat_seconds,
        lifetime_seconds=stream.lifetime_seconds,
        write_deadline_seconds=stream.write_deadline_seconds,
        max_listeners=listeners,
        max_per_address=share.part(stream.max_per_address),
        retention_days=settings.store.retention_days,
    )


class Public:
    """Serves readers and listeners.

    Args:
        settings: the service's.
        site: who publishes, and where.
        store: read only.
        publications: what is shown.
        listening: a bound socket.
        share: which of several such processes this is.
        secret: what all of these know pollers by; none for one that is alone.
    """

    def __init__(  # noqa: PLR0913 - what it joins, and where
        self,
        settings: Settings,
        site: Site,
        store: Store,
        publications: Publications,
        listening: socket.socket,
        *,
        share: Share = ALONE,
        secret: bytes = b"",
    ) -> None:
        self._settings = settings
        self._site = site
        self._store = store
        self._publications = publications
        self._listening = listening
        self._form = form_of(site)
        self._readership = Readership(time.time, secret or os.urandom(16))
        self._opened = AsyncExitStack()
        self._runner: AppRunner | None = None
        self._room = make_room(share.part(settings.stream.max_listeners))
        limits = stream_settings(settings, share, self._room.listeners)
        self.hub = Hub(store, self._form.write, form=self._form.name, settings=limits)

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await self.hub.run()

    async def open(self, receiver: Receiver | None) -> None:
        """Take connections; ``receiver`` takes what is sent to our own WebSub hub."""
        stream = self._settings.stream
        parts = Parts(
            site=self._site,
            publications=self._publications,
            articles=self._store,
            hub=self.hub,
            encode=self._form.write,
            suffixes=self._settings.feeds.formats,
            renderers=installed_renderers(self._site, self._settings.feeds.formats),
            entries=self._settings.feeds.entries,
            drain_seconds=stream.drain_seconds,
            write_deadline_seconds=stream.write_deadline_seconds,
            trusted_proxies=[network(one) for one in self._settings.server.trusted_proxies],
            media=MediaFolder(self._settings.media_path),
            websub=receiver,
            readership=self._readership,
        )
        self._runner = await start(public_app(parts), self._listening, shutdown_seconds=stream.drain_seconds)
        self._opened.push_async_callback(self._runner.cleanup)
        self._room.tell()

    async def close(self) -> None:
        """Say goodbye to listeners, and end what is being answered, within ``stream.drain_seconds``."""
        await self._opened.aclose()

    def reasons(self) -> list[str]:
        """Why it is not ready, a sentence each."""
        return [self.hub.trouble] if self.hub.trouble else []

    def measures(self) -> Iterator[Measure]:
        """What it has counted."""
        if self._runner is not None:
            yield from of_door(self._runner)
        yield from of_stream(self.hub)

    def asked(self) -> Mapping[Name, Asked]:
        """How the documents of feeds were asked for."""
        return self._readership.counted()

    def readers(self) -> Readers:
        """Who reads the feeds."""
        return self._readership.readers()

    def workers(self) -> Sequence[Account]:
        """It is none of several."""
        return ()
