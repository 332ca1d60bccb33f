"""Which files in the folder are feeds of ours, so that those of a feed that there is no more are removed.

A feed that vanished from the configuration, or a format, would stay in the folder as it was for ever, with stories that
have been withdrawn since. What else lies there is somebody else's and left alone: all that this list does not name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from feeder.publish import notes
from feeder.publish.folder import remove, replace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NAME: Final = ".feeder-files"


def keep_only(folder: Path, wanted: Iterable[str]) -> None:
    """Have only these files (``NAME.SUFFIX``) in the folder, of all that were ever wanted; and only their archives.

    What is about to be written is listed first, what was removed is struck off last: nothing of ours is ever unknown.

    Raises:
        OSError: the list or a file cannot be written or removed.
    """
    there = set(wanted)
    listed = _read(folder)
    gone = {name for name in listed - there if _is_plain(name)}
    if listed != there:
        _write(folder, there | gone)
    feeds = {name.partition(".")[0] for name in there}
    for name in sorted({name.partition(".")[0] for name in gone} - feeds):
        notes.remove_all(folder / name / "archive")
    if gone:
        remove(folder / name for name in sorted(gone))
        _write(folder, there)


def _read(folder: Path) -> set[str]:
    try:
        return {str(name) for name in orjson.loads((folder / _NAME).read_bytes())["files"]}
    except (OSError, ValueError, LookupError, TypeError):
        return set()


def _write(folder: Path, names: set[str]) -> None:
    replace(folder / _NAME, orjson.dumps({"files": sorted(names)}, option=orjson.OPT_APPEND_NEWLINE))


def _is_plain(name: str) -> bool:
    """Whether it can be the name of a feed's file, whatever somebody wrote into the list."""
    return "/" not in name and "\0" not in name and not name.startswith(".")
