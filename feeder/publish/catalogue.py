"""Which feeds there are: the configured ones, then a feed for each section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.model import Feed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from feeder.model import Section
    from feeder.render import Site


class Catalogue:
    """The feeds by name, in the order in which they are listed; ``all`` is among them whether configured or not.

    A configured feed wins over a section of its name. A section stays, empty, when its last article goes: who polls it
    would see an error otherwise, and might never learn that the story was withdrawn.
    """

    def __init__(self, site: Site, configured: Sequence[Feed]) -> None:
        self._site = site
        self._configured = {feed.name: feed for feed in configured}
        self._everything = self._configured.setdefault("all", Feed(name="all", title=site.title))
        self.feeds: dict[str, Feed] = {}
        self._sections: list[Section] | None = None

    def renew(self, sections: Iterable[Section]) -> set[str]:
        """Name the feeds anew; gives those that are new, or say something else of themselves."""
        sections = list(sections)
        if sections == self._sections:
            return set()
        self._sections = sections
        of_sections = {section.name: self._of_section(section) for section in sections}
        feeds = self._configured | {name: feed for name, feed in of_sections.items() if name not in self._configured}
        changed = {name for name, feed in feeds.items() if self.feeds.get(name) != feed}
        self.feeds = feeds
        return changed

    def touched(self, shelves: Collection[str]) -> set[str]:
        """The feeds that an event touches which concerns these shelves."""
        return {name for name, feed in self.feeds.items() if feed.shelf is None or feed.shelf in shelves}

    def _of_section(self, section: Section) -> Feed:
        """With as many entries as the feed of everything."""
        return Feed(
            name=section.name,
            title=f"{self._site.title} \N{EN DASH} {section.title}",
            shelf=section.name,
            entries=self._everything.entries,
        )
