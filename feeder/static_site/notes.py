"""What is known of a site in its folder: what was written, from what, and up to which event.

The notes lie in the folder itself, below ``.feeder/``, so that they go where the site goes. They are saved after what
they tell of is on the disk. So a lost or an old note costs work and no more, and one that cannot be read is none.

Articles are noted in stretches of a fixed set each, in order of first acceptance: one change makes one of them anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from feeder import media

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.static_site.folder import Folder

FOLDER: Final = ".feeder"
STRETCH: Final = 1_000
"""How many articles one note tells of."""

_STATE: Final = f"{FOLDER}/site.json"
_KEPT: Final = f"{FOLDER}/kept.json"


@dataclass(slots=True)
class State:
    """The site as a whole.

    ``made_of`` names all that pages depend on besides the log, and ``feeds`` what each feed said of itself, by its
    name: who shows a feed that says something else is to be made anew. ``edition`` names the beginning of what was
    made of that; an article's page counts only if it is of this edition.

    ``cursor`` is the event up to which all is as the log has it, ``at`` its moment (ISO 8601); None: it never was.
    ``is_complete`` is false while a run writes, and after one that did not get to its end. ``stretches`` is how many
    notes of articles there were then, and ``files`` are all files that belong to no article, by their addresses.
    """

    made_of: str = ""
    edition: str = ""
    cursor: str | None = None
    at: str = ""
    is_complete: bool = False
    stretches: int = 0
    feeds: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def save(self, folder: Folder) -> None:
        """Write it down; what it tells of is on the disk by then.

        Raises:
            OSError: it cannot be written.
        """
        value = {name: getattr(self, name) for name in self.__slots__}
        folder.note(_STATE, orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS))


@dataclass(slots=True)
class Entry:
    """What was written of an article: the moment of its event (ISO 8601), its media, and what else its page shows.

    ``media`` are names of files, ``shows`` ids of articles. One that ``is_gone`` has a page that says so.
    """

    at: str
    media: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    is_gone: bool = False


@dataclass(slots=True)
class Stretch:
    """What was written of the ``number``-th ``STRETCH`` articles, by their slugs, and in which edition."""

    number: int
    edition: str = ""
    articles: dict[str, Entry] = field(default_factory=dict)

    def save(self, folder: Folder) -> None:
        """As ``State.save``."""
        told = {slug: [one.at, one.media, one.shows, one.is_gone] for slug, one in self.articles.items()}
        folder.note(_place(self.number), orjson.dumps({"edition": self.edition, "articles": told}))


def read_state(folder: Folder) -> State:
    """What is known of the site; nothing if there is no note that can be read."""
    try:
        value = orjson.loads(folder.read(_STATE) or b"")
        files = [str(address) for address in value["files"] if _is_plain(str(address))]
        return State(
            made_of=str(value["made_of"]),
            edition=str(value["edition"]),
            cursor=_text(value["cursor"]),
            at=str(value["at"]),
            is_complete=value["is_complete"] is True,
            stretches=int(value["stretches"]),
            feeds={str(name): str(said) for name, said in value["feeds"].items()},
            files=files,
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return State()


def is_ours(folder: Folder) -> bool:
    """Whether a site was ever begun in the folder."""
    return folder.path(FOLDER).is_dir()


def save_kept(folder: Folder, addresses: Iterable[str]) -> None:
    """These files of the owner's stay where ours would stand; a note of its own, as it outlives a lost state.

    Raises:
        OSError: it cannot be written.
    """
    folder.note(_KEPT, orjson.dumps(sorted(addresses), option=orjson.OPT_APPEND_NEWLINE))


def read_kept(folder: Folder) -> set[str]:
    """The addresses of those files."""
    try:
        return {str(address) for address in orjson.loads(folder.read(_KEPT) or b"")}
    except (ValueError, TypeError):
        return set()


def read_stretch(folder: Folder, number: int) -> Stretch:
    """What is known of so many articles; nothing if there is no note that can be read."""
    try:
        value = orjson.loads(folder.read(_place(number)) or b"")
        articles = {str(slug): _entry(told) for slug, told in value["articles"].items() if _is_slug(str(slug))}
        return Stretch(number, str(value["edition"]), articles)
    except (ValueError, LookupError, TypeError, AttributeError):
        return Stretch(number)


def noted(folder: Folder) -> list[int]:
    """The numbers of all stretches of which there are notes."""
    names = [name.removeprefix("articles-").removesuffix(".json") for name in folder.names(FOLDER)]
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def forget(folder: Folder, number: int) -> None:
    """There are no such articles any more.

    Raises:
        OSError: the note cannot be removed.
    """
    folder.path(_place(number)).unlink(missing_ok=True)


def _place(number: int) -> str:
    return f"{FOLDER}/articles-{number}.json"


def _entry(told: Any) -> Entry:
    at, shown, shows, is_gone = told
    names = tuple(name for name in shown if isinstance(name, str) and media.is_name(name))
    return Entry(str(at), names, tuple(map(str, shows)), is_gone is True)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_plain(address: str) -> bool:
    """Whether it can be a file of ours, whatever somebody wrote into the note: nothing outside, and no note."""
    parts = address.split("/")
    return "\0" not in address and not any(part in {"", ".", "..", FOLDER} for part in parts)


def _is_slug(slug: str) -> bool:
    return slug.replace("-", "").isalnum() and slug.isascii()
