"""An event stream followed across its connections, as ``EventSource`` does (HTML 9.2.3), and more patiently.

A browser gives up on any status but 200; here what is only for the moment (429, 5xx, a name that is not found) is asked
again after a pause that grows. What is for good (204, any other status, another media type) ends it.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from feeder import __version__
from feeder.errors import UnavailableError
from feeder.eventsource.connection import MEDIA_TYPE, EndedError, OverError, connect
from feeder.eventsource.parser import Message, Parser

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

_SHORTEST_PAUSE_SECONDS: Final = 0.1
_LONGEST_ASKED_SECONDS: Final = 24 * 3600
"""``retry:`` and ``Retry-After`` are kept to up to here: who writes more has mistaken the unit."""
_JITTER: Final = 0.25
_MOST_DOUBLINGS: Final = 16


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what.

    ``silence_seconds``: without a byte for so long, a connection counts as dead (three heartbeats of ours); 0: never.
    ``first_pause_seconds``: between two connections, until the stream says ``retry:``. It doubles with each connection
    in a row that brings nothing, up to ``longest_pause_seconds`` unless the stream wants more. ``attempts``: after so
    many such connections it gives up; None: never.
    """

    silence_seconds: float = 45
    connect_seconds: float = 20
    first_pause_seconds: float = 2
    longest_pause_seconds: float = 60
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A connection has ended for this reason, and the next one begins in so many seconds.

    ``is_clean``: the server ended the stream; it was not cut off.
    """

    reason: str
    seconds: float
    is_clean: bool


class Source:
    """One stream.

    Args:
        url: absolute, http or https.
        last_id: where to read on; "" leaves it to the stream.
        patience: how long is waited for what.
        is_direct: never through a proxy that the environment names.
        jitter: a number from 0 to 1, another one for each pause.
        clock: the moment (aware UTC), for a ``Retry-After`` that is a date.
    """

    def __init__(  # noqa: PLR0913 - what a reader may want otherwise
        self,
        url: str,
        *,
        last_id: str = "",
        patience: Patience | None = None,
        is_direct: bool = False,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.last_id = last_id
        """Where to read on after what the reader has done with: it moves when the reader asks for the next item."""
        self._url = URL(url)
        self._patience = patience or Patience()
        self._is_direct = is_direct
        self._jitter = jitter
        self._clock = clock
        self._pause_seconds = self._patience.first_pause_seconds
        self._fruitless = 0

    async def follow(self) -> AsyncGenerator[Message | Pause]:
        """Every event, and in front of each wait the reason for it; ends when the stream says 204 (for good).

        Who wants no further connection stops at a ``Pause``. Close it (``contextlib.aclosing``), so that it lets go of
        the connection at once.

        Raises:
            RefusedError: there is no stream at this address.
            UnavailableError: ``attempts`` connections in a row have brought nothing.
        """
        async with self._session() as session:
            while True:
                try:
                    async with aclosing(self._connection(session)) as messages:
                        async for message in messages:
                            yield message
                            self.last_id = message.last_id
                except OverError:
                    return
                except EndedError as ended:
                    yield (pause := self._pause(ended))
                    await asyncio.sleep(pause.seconds)

    async def _connection(self, session: aiohttp.ClientSession) -> AsyncGenerator[Message]:
        """The events of one connection; it ends by an error."""
        self._fruitless += 1
        parser = Parser(self.last_id)
        async with aclosing(connect(session, self._url, parser, now=self._clock())) as pieces:
            async for messages in pieces:
                self._fruitless = 0
                for message in messages:
                    yield message
                self._note(parser)

    def _note(self, parser: Parser) -> None:
        """What the stream has said besides its events: an id alone is a place to read on from too."""
        self.last_id = parser.last_id
        if parser.retry_milliseconds is not None:
            self._pause_seconds = min(parser.retry_milliseconds / 1000, _LONGEST_ASKED_SECONDS)

    def _pause(self, ended: EndedError) -> Pause:
        """Never shorter than what the stream or the answer asks for; longer by chance, so that not all come at once."""
        if self._patience.attempts is not None and self._fruitless >= self._patience.attempts:
            address = self._url.with_user(None)  # with it goes the password
            raise UnavailableError(f"{address}: {ended.reason} ({self._fruitless} attempts)") from ended
        shortest = max(self._pause_seconds, _SHORTEST_PAUSE_SECONDS)
        doubled = shortest * 2 ** min(max(self._fruitless - 1, 0), _MOST_DOUBLINGS)
        seconds = max(shortest, min(doubled, self._patience.longest_pause_seconds))
        asked = min(ended.after, _LONGEST_ASKED_SECONDS)
        return Pause(ended.reason, max(seconds, asked) * (1 + _JITTER * self._jitter()), ended.is_clean)

    def _session(self) -> aiohttp.ClientSession:
        patience = self._patience
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=patience.connect_seconds, sock_read=patience.silence_seconds
            ),
            auto_decompress=False,  # a stream that was cut off is known by its missing end
            trust_env=not self._is_direct,
            headers={
                "User-Agent": f"feeder/{__version__}",
                "Accept": MEDIA_TYPE,
                "Accept-Encoding": "gzip",
                "Cache-Control": "no-store",
            },
        )
