"""The files beside an article, as they are found in the seeds folder while it is judged.

Each is kept in the media folder when it is found, before anybody hears of the article: what is published can be shown.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from feeder import media
from feeder.errors import UnfinishedError
from feeder.media_folder import MediaFolder, identify
from feeder.model import Enclosure
from feeder.seeds import Companions

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.media_folder import Kept

_MOST_PLACES: Final = 1000
_OF_PAGES: Final = frozenset({"css", "js", "mjs", "map", "svg", "ico", "woff", "woff2", "ttf", "otf", "eot"})
_NOT_SHOWN: Final = {
    **dict.fromkeys(("tif", "tiff"), (b"II*\0", b"MM\0*")),
    "bmp": (b"BM",),
    "psd": (b"8BPS",),
}
"""Images that browsers do not show: the suffixes of their names, and how they begin."""


class Terms(Protocol):
    """Where files beside articles are kept ("": nowhere), and how large they may be; see ``judge.Terms``."""

    @property
    def media(self) -> str: ...  # noqa: D102 (named by the class)
    @property
    def media_bytes(self) -> int: ...  # noqa: D102


class Beside:
    """The files beside the articles of one file; what ``normalize`` asks (``attachments.Beside``).

    ``is_unfinished`` tells that one of them is still being written.
    """

    def __init__(self, root: str, name: str, terms: Terms) -> None:
        self.is_unfinished = False
        self._root = root
        self._folder = name.rpartition("/")[0]
        self._take = _taker(terms)
        self._places: dict[str, None] = {}
        self._shown: dict[str, None] = {}
        self.begin()

    def begin(self) -> None:
        """The next article of the file: what one may ask for, each may."""
        self._companions = Companions(self._root, self._folder, self._take)

    def find(self, reference: str) -> Enclosure | None:
        """The file that a local reference leads to, as it is shown."""
        try:
            kept = self._companions.find(reference)
        except UnfinishedError as error:
            self.is_unfinished = True
            self._companions.problems[reference] = error.reason
            kept = None
        self._note_places(reference)
        if kept is None:
            return None
        if len(self._shown) < _MOST_PLACES:
            self._shown[kept.name] = None
        return Enclosure(kept.address, kept.type, kept.length)

    def _note_places(self, reference: str) -> None:
        """Where it was looked for: if a file comes there, changes or goes, the article may be another one."""
        for path in media.candidates(reference, self._folder):
            if len(self._places) == _MOST_PLACES:
                return
            self._places[path] = None
            if path in self._companions.seeds:
                return

    def why_not(self, reference: str) -> str:
        """Why nothing was found."""
        return self._companions.problems.get(reference, "there is no such file beside the article")

    def paths(self) -> tuple[str, ...]:
        """The files that were found, and the places at which others would have been found; the first thousand."""
        return tuple(self._places)

    def combined(self, sha256: str) -> str:
        """The hash of the file together with what was found beside it, and where: another photo is another content."""
        if not self._places:
            return sha256
        told = "\n".join([sha256, *self._shown, "", *self._places])
        return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _taker(terms: Terms) -> Callable[[int], Kept]:
    if not terms.media:
        return partial(identify, limit_bytes=terms.media_bytes)
    return MediaFolder(terms.media, limit_bytes=terms.media_bytes).keep


def media_file(head: bytes, name: str) -> str | None:
    """Why a file is no article and no failed one either: by its name and its bytes it is of the media, or of a page."""
    stem, _, end = name.rpartition("/")[2].rpartition(".")
    suffix = end.lower() if stem else ""
    if suffix in _OF_PAGES:
        return "it is a part of a web page and no article"
    if head.startswith(_NOT_SHOWN.get(suffix, ())):
        return "it is an image that browsers do not show"
    if suffix not in media.SUFFIXES or media.kind_of(head) is None:
        return None
    return "it is shown by the articles that name it"
