"""What keeps articles from being taken in or withdrawn, a sentence each: said when it comes and when it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from feeder.errors import place, printable
from feeder.store import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.seeds import Scan
    from feeder.store import Mark

_log = structlog.get_logger(__name__)


class Troubles:
    """The troubles of the moment."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def note(self, found: list[str]) -> None:
        """These are all there are now; what is new and what is over goes to the log."""
        for problem in found:
            if problem not in self.found:
                _log.warning("problem", reason=problem)
        for problem in self.found:
            if problem not in found:
                _log.info("mended", reason=problem)
        self.found = found


def of_look(root: str, found: Scan, held: Sequence[str]) -> list[str]:
    """What a look at the folder ``root`` met with; ``held`` are the files whose withdrawal waits for a word."""
    root = printable(root)
    if not found.exists:
        return [f"the seeds folder {root} is not there; nothing is taken in or withdrawn until it is back"]
    problems = [f"the folder {printable(folder) or root} cannot be read" for folder in found.unreadable]
    return problems + ([_mass_deletion(held)] if held else [])


def _mass_deletion(held: Sequence[str]) -> str:
    return (
        f"{len(held)} files vanished at once (for example {printable(held[0])}); nothing is withdrawn until you "
        "confirm with `feeder withdraw --confirm`, or the files are back"
    )


def say_if_refused(mark: Mark) -> None:
    """Say of a file that it was refused, and why."""
    if mark.status is Status.QUARANTINED and mark.refusal is not None:
        where = place(mark.refusal.line, mark.refusal.offset)
        _log.warning("refused", path=printable(mark.seed.path), reason=mark.refusal.reason + where)
