"""What stands at a listener's doors: how long the head of a request may take, and when no more are let in.

Every connection is an open file, and a service that has none left can read no article and write no feed. So the last
ones are kept back: who connects when only these are left is let go at once, as the kernel would a moment later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder.web.connections.deadlines import Deadlines

if TYPE_CHECKING:
    import asyncio

_KEPT_BACK: Final = 128
"""Files that no connection may take; of few files a quarter."""


class Doors:
    """Those of one listener.

    Args:
        head_seconds: how long the head of a request may take, from its first byte or from the connection; 0: for ever.
        files: how many files the process may open; None: as many as it likes.
    """

    def __init__(self, head_seconds: float, files: int | None, loop: asyncio.AbstractEventLoop) -> None:
        self.heads = Deadlines(head_seconds, loop)
        self.refused = 0
        """How many were let go at once since the start."""
        self._first_kept_back = None if files is None else files - min(_KEPT_BACK, files // 4)

    def lets_in(self, transport: asyncio.BaseTransport) -> bool:
        """Whether there is a file for a new connection.

        The system gives every file the lowest number that is free (POSIX, section 2.14): nobody need count.
        """
        if self._first_kept_back is None:
            return True
        connection = transport.get_extra_info("socket")
        is_in = connection is None or connection.fileno() < self._first_kept_back
        self.refused += not is_in
        return is_in


DOORS: web.AppKey[Doors] = web.AppKey("doors", Doors)
"""Those of an application's listener."""
