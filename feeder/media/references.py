"""What a reference to a file may mean: the places below the seeds folder, in the order in which they are tried.

Authors and programs write them in many ways. Relative to the article is the first meaning; site generators also mean
the root of their site, with or without a folder of files that are copied as they are. Nothing is looked up here, and
no place is ever outside the folder, hidden or of a name that is ignored.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from feeder.media.kinds import SUFFIXES
from feeder.names import is_ignored

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST: Final = 2048
_LONGEST_NAME: Final = 255
_DEEPEST: Final = 16
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_AFTER_PATH: Final = re.compile(r"[?#]")
_COPIED: Final = ((), ("static",), ("public",), ("assets",))
"""Folders of a site whose files are found at its root: Hugo's, those of many others, and Hugo's pipes."""

_SITE_ROOT: Final = re.compile(r"(?:\{\{-?\s{0,9}(?:site\.(?:base)?url|\.?Site\.BaseURL)\s{0,9}-?\}\})+/*")
_FILTERED: Final = re.compile(
    r"""\{\{-?\s{0,9}["']/*([^"'{}]+)["']\s{0,9}\|\s{0,9}(?:relative_url|absolute_url|relURL|absURL)\s{0,9}-?\}\}"""
)
_PELICAN: Final = re.compile(r"\{(?:static|attach|filename)\}|\|(?:static|attach|filename)\|")


def is_local(reference: str) -> bool:
    """Whether a reference is a path (of a file beside the article), and not an address or a place in the page."""
    bare = reference.strip()
    if not bare or len(bare) > _LONGEST or _CONTROLS.search(bare):
        return False
    return not bare.startswith(("#", "?", "//", "\\\\")) and not _SCHEME.match(bare)


def is_of_media(reference: str) -> bool:
    """Whether a reference is, by its suffix, to an image, a recording or a document, and not to another page."""
    path = _AFTER_PATH.split(reference.strip(), maxsplit=1)[0]
    name, dot, suffix = path.rpartition(".")
    return bool(name and dot) and suffix.lower() in SUFFIXES


def candidates(reference: str, folder: str) -> tuple[str, ...]:
    r"""The paths below the seeds folder that a reference may mean, the likeliest first.

    Args:
        reference: as the author wrote it: a path or a relative URL, with any of ``\``, ``%20``, ``?…``, ``#…``,
            Liquid's ``{{ site.baseurl }}`` or Pelican's ``{static}``.
        folder: the article's own, relative to the seeds folder, without a slash at its end; "" for that folder.
    """
    if not is_local(reference):
        return ()
    around = tuple(filter(None, folder.split("/")))[:_DEEPEST]
    found = (place for spelling in _spellings(reference) for place in _places(spelling, around))
    return tuple(dict.fromkeys(place for place in found if place is not None and _is_plain(place)))


def _spellings(reference: str) -> Iterator[str]:
    """The reference as a path: read as a URL, then to the letter; composed and decomposed, as systems write names."""
    bare = reference.strip().replace("\\", "/")
    path = _AFTER_PATH.split(bare, maxsplit=1)[0]
    for written in dict.fromkeys((unquote(path, errors="surrogateescape"), path, bare)):
        spelling = _without_template(written)
        yield from dict.fromkeys((spelling, *(unicodedata.normalize(form, spelling) for form in ("NFC", "NFD"))))


def _without_template(path: str) -> str:
    """A path without what a site generator would put in its place; the root of a site is a slash."""
    if "{" not in path and "|" not in path:
        return path
    if found := _FILTERED.fullmatch(path):
        return f"/{found[1]}"
    return _PELICAN.sub("", _SITE_ROOT.sub("/", path, count=1), count=1)


def _places(path: str, around: tuple[str, ...]) -> Iterator[str | None]:
    """Where a path leads from the article's folder, and from each folder that may be the root of its site."""
    if not path.startswith("/"):
        yield _resolved(around, path)
    below_root = None if path.startswith("./") else _resolved((), path)
    if below_root:
        for depth in range(len(around) + 1):
            for copied in _COPIED:
                yield "/".join((*around[:depth], *copied, below_root))


def _resolved(start: tuple[str, ...], path: str) -> str | None:
    """A path followed from a folder; None if it leads out of the seeds folder."""
    parts = list(start)
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _is_plain(place: str) -> bool:
    """Whether it can be the name of a file that is looked at: not hidden, and of characters that names have."""
    try:
        sizes = [len(part) for part in place.encode("utf-8", "surrogateescape").split(b"/")]
    except UnicodeEncodeError:
        return False
    is_name = min(sizes) > 0 and max(sizes) <= _LONGEST_NAME and not _CONTROLS.search(place)
    return is_name and not any(is_ignored(part) for part in place.split("/"))
