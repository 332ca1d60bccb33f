"""Going on along events that are at hand: up to a size, and by what a selection takes of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.stream.ring import Shared
    from feeder.stream.selection import Selection


class Stretch(NamedTuple):
    """Some events in a row: the last one of them all, and those that are taken."""

    last: Shared
    taken: tuple[Shared, ...]


def along(found: Sequence[Shared], selection: Selection, size_bytes: int) -> Stretch | None:
    """The first of these events: as many as fill a size; None if of the first one nobody can say whether it is taken.

    At least one, however large it is.
    """
    taken: list[Shared] = []
    size, last = 0, None
    for shared in found:
        verdict = selection.takes(shared)
        if verdict is None:
            break
        last = shared
        if verdict:
            taken.append(shared)
            size += len(shared.frame.data)
            if size >= size_bytes:
                break
    return None if last is None else Stretch(last, tuple(taken))
