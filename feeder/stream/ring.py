"""The last events as frames, kept in memory for all who are near the tip.

Contiguous by number, bounded by count and by bytes. A retraction strips the content from the frames of the
article's earlier events, as the log itself does, so that nobody is sent what has been withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feeder.model import Event, Kind
from feeder.stream.walk import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.stream.choice import Seen
    from feeder.stream.frames import Frame


@dataclass(frozen=True, slots=True)
class Shared:
    """One event as all readers share it: its frame, the event without its content, and what filters ask of it.

    ``seen`` is None where nobody asked when it was read; ``has_texts`` says whether it has the texts too.
    """

    event: Event
    frame: Frame
    seen: Seen | None = None
    has_texts: bool = False

    @property
    def seq(self) -> int:
        """The event's number."""
        return self.event.seq

    @property
    def cursor(self) -> str:
        """The event's id."""
        return self.event.cursor

    @property
    def place(self) -> Place:
        """The place behind it."""
        return Place(self.event.seq, self.event.cursor)

    def light(self) -> Shared:
        """To be kept in memory for long: without texts."""
        return replace(self, seen=self.seen.light(), has_texts=False) if self.seen and self.has_texts else self


def bare(event: Event) -> Event:
    """The event without its article's content; it still says what happened, to which article, and where."""
    return replace(event, article=None)


class Ring:
    """The newest events that fit into ``frames`` and ``size_bytes``; the newest one is always there."""

    def __init__(self, strip: Callable[[Event], Shared], *, frames: int, size_bytes: int) -> None:
        self._strip = strip
        self._most_frames = frames
        self._most_bytes = size_bytes
        self._kept: dict[int, Shared] = {}
        self._oldest = 0
        self._of_article: dict[str, list[int]] = {}
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def append(self, shared: Shared) -> None:
        """The next event. If it is not the next number, all earlier ones are forgotten: there are no holes."""
        if shared.seq - 1 not in self._kept:
            self._forget_all()
            self._oldest = shared.seq
        if shared.event.kind is Kind.RETRACTED:
            self._strip_article(shared.event.article_id)
        self._kept[shared.seq] = shared
        self._of_article.setdefault(shared.event.article_id, []).append(shared.seq)
        self.size_bytes += len(shared.frame.data)
        while len(self._kept) > 1 and (len(self._kept) > self._most_frames or self.size_bytes > self._most_bytes):
            self._forget_oldest()

    def clear(self) -> None:
        """Forget all events: what follows the last one is not known here."""
        self._forget_all()

    def after(self, seq: int, limit: int) -> Sequence[Shared] | None:
        """The events with a number above ``seq``, at most ``limit``; None if the next one is not here."""
        if seq + 1 not in self._kept:
            return None
        kept = self._kept
        return [kept[number] for number in range(seq + 1, seq + 1 + limit) if number in kept]

    def place(self, seq: int) -> Place | None:
        """The place behind an event, if it is here."""
        found = self._kept.get(seq)
        return found.place if found else None

    def _strip_article(self, article_id: str) -> None:
        for seq in self._of_article.get(article_id, ()):
            had = self._kept[seq]
            stripped = replace(self._strip(replace(had.event, retracted=True)), seen=had.seen)
            self.size_bytes += len(stripped.frame.data) - len(had.frame.data)
            self._kept[seq] = stripped

    def _forget_oldest(self) -> None:
        oldest = self._kept.pop(self._oldest)
        self._oldest += 1
        self.size_bytes -= len(oldest.frame.data)
        of_article = self._of_article[oldest.event.article_id]
        of_article.remove(oldest.seq)
        if not of_article:
            del self._of_article[oldest.event.article_id]

    def _forget_all(self) -> None:
        self._kept.clear()
        self._of_article.clear()
        self.size_bytes = 0
