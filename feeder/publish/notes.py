"""What is known of the pages in a folder: which there are, made of what, and up to which event all of them are right.

The note lies in the folder itself, so that it goes where the pages go: a folder that is removed, copied or restored
from a backup brings its own. It is written after what it tells of. So a lost note, or an old one, costs work; and since
a page counts only if it shows the state that the store has, and its bytes are those that were noted, no note can make a
wrong page right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder.publish.folder import clear, remove, replace

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_NAME: Final = ".feeder-pages"
_CURSOR: Final = re.compile(r"[0-9A-Za-z_-]{1,45}\.[0-9]{1,18}")
_PAGE: Final = re.compile(r"([1-9][0-9]{0,11})\.([A-Za-z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Made:
    """A page as it was written: the state it shows (``Pages.state_of``), and the hash of each format's bytes."""

    state: str
    hashes: dict[str, str]


@dataclass(slots=True)
class Note:
    """What is known of a folder of pages.

    ``made_of`` names all that the pages depend on besides the log; pages made of something else do not count.
    ``cursor`` is the event up to which all pages are as the log has them, None if they never were.
    """

    made_of: str
    cursor: str | None = None
    pages: dict[int, Made] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write it down.

        Raises:
            OSError: it cannot be written.
        """
        pages = {str(number): [made.state, made.hashes] for number, made in sorted(self.pages.items())}
        value = {"made_of": self.made_of, "cursor": self.cursor, "pages": pages}
        replace(folder / _NAME, orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))


def read(folder: Path, made_of: str) -> Note:
    """The note of a folder; an empty one if there is none that can be read, or its pages are made otherwise."""
    try:
        value = orjson.loads((folder / _NAME).read_bytes())
        note = Note(value["made_of"], _cursor(value["cursor"]), dict(map(_made, value["pages"].items())))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Note(made_of)
    return note if note.made_of == made_of else Note(made_of)


def _cursor(value: object) -> str | None:
    """What may be an event's id; anything else is none."""
    return value if isinstance(value, str) and _CURSOR.fullmatch(value) else None


def _made(item: tuple[str, Any]) -> tuple[int, Made]:
    number, (state, hashes) = item
    return int(number), Made(str(state), dict(hashes))


def incomplete(note: Note, folder: Path, suffixes: Collection[str]) -> set[int]:
    """The pages of a note of which a file is not there, or was never made; what a crash left is removed on the way.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        clear(folder)
        there = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        there = set()
    return {
        number
        for number, made in note.pages.items()
        if any(suffix not in made.hashes or f"{number}.{suffix}" not in there for suffix in suffixes)
    }


def remove_others(folder: Path, numbers: Collection[int], suffixes: Collection[str]) -> None:
    """Remove the files of pages, and of formats, that there are no more.

    Raises:
        OSError: a file cannot be removed.
    """
    if not folder.is_dir():
        return
    pages = [(path, match) for path in folder.iterdir() if (match := _PAGE.fullmatch(path.name))]
    remove(path for path, match in pages if int(match[1]) not in numbers or match[2] not in suffixes)


def remove_all(folder: Path) -> None:
    """Remove all pages and their note, and the folder if nothing else is in it.

    Raises:
        OSError: a file cannot be removed.
    """
    if (folder / _NAME).exists():  # else they are not known to be ours
        remove_others(folder, (), ())
        remove([folder / _NAME])
