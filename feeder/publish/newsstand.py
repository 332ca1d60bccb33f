"""Where a process shows what another one has published: the same documents, byte for byte, and nothing of its own.

The publisher hands over whole issues. So all processes of a machine serve what stands in the folder, each change is
rendered and coded once, and a process that has just been started has everything in a moment. Only pages of the archive
are made here, of the log and the folder, as they are everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.bell import Bell
from feeder.errors import UnavailableError
from feeder.publish.issue import Issue, is_known
from feeder.publish.pages import PageShelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Feed
    from feeder.publish.document import Document
    from feeder.publish.pages import Pages


class Newsstand:
    """Shows one issue at a time; ``pages`` makes those of the archive. ``bell`` rings when another one is laid out."""

    def __init__(self, pages: Pages) -> None:
        self.bell = Bell()
        self.issue = Issue()
        self._press = pages.press
        self._shelf = PageShelf(pages)

    def lay_out(self, issue: Issue) -> None:
        """Show this one from now on, all of it at once."""
        self.issue = issue
        self.bell.ring()

    def feeds(self) -> list[Feed]:
        """Every feed that has a document."""
        served = {name for name, _ in self.issue.sheets}
        return [feed for feed in self.issue.feeds if feed.name in served]

    def known(self) -> Sequence[Feed]:
        """Every feed there is, with a document or without."""
        return self.issue.feeds

    def document(self, name: str, suffix: str) -> Document | None:
        """The document that is served as ``/feeds/NAME.SUFFIX``."""
        sheet = self.issue.sheets.get((name, suffix))
        return sheet.document if sheet else None

    def opml(self) -> Document | None:
        """The list of all feeds."""
        return self.issue.opml

    async def delta(self, name: str, suffix: str, seq: int, epoch: str) -> bytes | None:
        """What of a document is newer than an event; see ``Publisher.delta``."""
        sheet = self.issue.sheets.get((name, suffix))
        return self._press.delta(sheet, seq) if sheet and is_known(self.issue.epochs, epoch, seq) else None

    async def page(self, name: str, number: int, suffix: str) -> Document | None:
        """A page of the archive; see ``Publisher.page``.

        Raises:
            UnavailableError: the store is away, or the page cannot be made now.
        """
        feed = next((feed for feed in self.issue.feeds if feed.name == name), None)
        front = self.document(name, suffix)
        if feed is None or front is None:
            return None
        try:
            document, _ = await self._shelf.get(feed, number, suffix, front.seq)
        except ValueError as error:
            raise UnavailableError(f"page {number} of {name}.{suffix} cannot be published: {error}") from error
        return document
