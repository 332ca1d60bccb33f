"""Going on along events that are at hand: up to a size, and by what a selection takes of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.stream.past import Passed
    from feeder.stream.selection import Selection

One_co = TypeVar("One_co", bound="Passed", covariant=True)


class Stretch(NamedTuple, Generic[One_co]):
    """Some events in a row: the last one of them all, and those that are taken.

    ``is_history`` if they are on a page of the log: then hardly anybody else walks over them at this moment, and who
    does, in the same steps.
    """

    last: One_co
    taken: tuple[One_co, ...]
    is_history: bool = False


def along(
    found: Sequence[One_co], selection: Selection, size_bytes: int, *, is_history: bool = False
) -> Stretch[One_co] | None:
    """The first of these events: as many as fill a size; None if of the first one nobody can say whether it is taken.

    At least one, however large it is.
    """
    taken: list[One_co] = []
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
    return None if last is None else Stretch(last, tuple(taken), is_history)
