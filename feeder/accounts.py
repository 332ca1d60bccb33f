"""What an operator is told of files and events, as JSON has it: the same over HTTP and from the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder.errors import FeederError, printable, readable
from feeder.store import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from feeder.model import Event
    from feeder.store import Mark, Refusal

Account = dict[str, Any]
"""Plain values; the keys are those of docs/operations.md."""


WAITING: Final = "waiting"
"""The status of a file that could not be judged now."""


class NotRefusedError(FeederError):
    """No refused file has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing is refused of a file {printable(name)}; see `feeder quarantine list`")
        self.name = name


def of_file(mark: Mark) -> Account:
    """A file that is, or was, refused in whole or in part.

    ``reason`` and the place (``line`` from 1, or ``offset`` in bytes from 0; ``record`` from 1) are those of the
    file, or of the first of the ``refused`` records.
    """
    refusal = mark.refusal or next(iter(mark.refused), None)
    return {
        "path": readable(mark.seed.path),
        "status": mark.status.value,
        "reason": refusal.reason if refusal else mark.reason,
        "line": refusal.line if refusal else None,
        "offset": refusal.offset if refusal else None,
        "record": refusal.record if refusal else None,
        "refused": [_record(one) for one in mark.refused],
        "refused_count": mark.refused_count,
        "first_seen": mark.first_seen.isoformat(),
        "tries": mark.tries,
        "size_bytes": mark.seed.size,
        "format": mark.format,
    }


def of_retry(mark: Mark, *, is_judged: bool) -> Account:
    """What became of a file that was to be judged again.

    One that could not be is ``waiting``: it is not there, or it is being written.
    """
    return of_file(mark) | ({} if is_judged else {"status": WAITING})


def _record(refusal: Refusal) -> Account:
    return {"record": refusal.record, "line": refusal.line, "offset": refusal.offset, "reason": refusal.reason}


def of_event(event: Event) -> Account:
    """One event, in short."""
    return {
        "id": event.cursor,
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "article": event.article_id,
        "title": event.article.title if event.article else None,
    }


def of_counts(files: Mapping[Status, int]) -> dict[str, int]:
    """How many files have which status, all of them named."""
    return {status.value: files.get(status, 0) for status in Status}


def refused(marks: Iterable[Mark], names: Iterable[str] | None = None) -> list[Mark]:
    """The files that are refused, in whole or in part: all that are there, by path, or those named, in that order.

    A name is a path as it is, or as it is shown: in JSON (``readable``) or to people (``printable``).

    Raises:
        NotRefusedError: there is no such file, or nothing of it is refused.
    """
    found = sorted((mark for mark in marks if mark.is_refused), key=lambda mark: mark.seed.path)
    if names is None:
        return [mark for mark in found if mark.missing_since is None]
    named = {shown(mark.seed.path): mark for shown in (printable, readable, str) for mark in found}
    chosen: dict[str, Mark] = {}
    for name in names:
        if name not in named:
            raise NotRefusedError(name)
        chosen[named[name].seed.path] = named[name]
    return list(chosen.values())
