"""What is published at one moment: what a publisher hands to the processes that serve it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from feeder.publish.document import Piece

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.model import Feed
    from feeder.publish.document import Document, Sheet
    from feeder.store import Epoch

Name: TypeAlias = tuple[str, str]
"""A feed's name and a suffix."""


@dataclass(frozen=True, slots=True)
class Issue:
    """All that is served: the feeds there are, their sheets, the list of them, and the log's epochs."""

    feeds: tuple[Feed, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    opml: Document | None = None
    sheets: Mapping[Name, Sheet] = field(default_factory=dict)

    def since(self, earlier: Issue) -> dict[Name, Sheet]:
        """The sheets that are others than those of an earlier issue; none ever goes."""
        return {name: sheet for name, sheet in self.sheets.items() if earlier.sheets.get(name) is not sheet}


def is_known(epochs: Sequence[Epoch], epoch: str, seq: int) -> bool:
    """Whether one of these epochs has this name, and the event or the one behind it."""
    return any(one.name == epoch and one.first - 1 <= seq <= one.last for one in epochs)


def by_itself(sheet: Sheet) -> Sheet:
    """The same sheet without a byte of others: its pieces lie in its own document, where they stand in it.

    A piece that several documents show lies in the one that was printed last: who packs it packs all of that, too.
    """
    places = {False: 0, True: 0}
    pieces = []
    for piece in sheet.pieces:
        copy = Piece(piece.article_id, piece.seq, piece.moment, piece.body, is_gone=piece.is_gone)
        places[copy.is_gone] = copy.find_in(sheet.document.body, places[copy.is_gone])
        pieces.append(copy)
    return replace(sheet, pieces=tuple(pieces))
