"""Files that are to be judged again although they look as they did: the settings changed, or the release."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from feeder.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class Retries:
    """What was asked for, by path, and who waits for it. Of one event loop.

    ``paths`` are the files that the look which goes on has to judge and has not yet judged.
    """

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self._asked: list[tuple[frozenset[str], asyncio.Future[frozenset[str]]]] = []

    def ask(self, paths: Collection[str]) -> asyncio.Future[frozenset[str]]:
        """Have files judged by the next look that begins.

        The future is done when that look is over, and gives those of the files that it could not judge. If the look
        fails with ``UnavailableError`` the future does too, and the files are judged when a look succeeds.
        """
        done: asyncio.Future[frozenset[str]] = asyncio.get_running_loop().create_future()
        self._asked.append((frozenset(paths), done))
        return done

    def judged(self, path: str) -> None:
        """What became of a file is known."""
        self.paths.discard(path)

    def keep(self, waiting: Collection[str]) -> None:
        """Those that could not be judged are dropped (they are gone), but for those that wait for their writer."""
        self.paths.intersection_update(waiting)

    @contextmanager
    def look(self) -> Iterator[None]:
        """One look: it judges what was asked for until now; what is asked for while it goes on is the next one's."""
        heard, self._asked = self._asked, []
        self.paths.update(*(paths for paths, _ in heard))
        try:
            yield
        except UnavailableError as error:
            for _, done in heard:
                _fail(done, error)
            raise
        except BaseException:
            for _, done in heard:
                done.cancel()
            raise
        for paths, done in heard:
            if not done.done():  # whoever asked may have gone
                done.set_result(paths & self.paths)


def _fail(done: asyncio.Future[frozenset[str]], error: UnavailableError) -> None:
    if not done.done():
        done.set_exception(UnavailableError(str(error)))
        done.exception()  # whoever asked may not be there any more
