"""The images, enclosures and links of an article: which are passed on, and which files beside it are shown.

Pure: what stands beside an article is found by somebody else (``Beside``).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from feeder import media, text, uris

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from feeder.model import Enclosure

_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
_LONGEST_TITLE: Final = 4000


class Beside(Protocol):
    """The files that an article may show."""

    def find(self, reference: str) -> Enclosure | None:
        """The file that a reference leads to, by the address it is shown at, its type and length; None if nothing."""
        ...

    def why_not(self, reference: str) -> str:
        """Why nothing was found."""
        ...


class Nothing:
    """An article that has no files beside it."""

    def find(self, reference: str) -> Enclosure | None:  # noqa: ARG002 - the contract's
        """Nothing."""
        return None

    def why_not(self, reference: str) -> str:  # noqa: ARG002
        """There are no files."""
        return "there is no such file beside the article"


NOTHING: Final = Nothing()


def address(given: str | None, what: str, warn: Callable[[str], None]) -> str | None:
    """A web address as it may be passed on; what else was given is warned of and left out."""
    found = uris.web(given) if given else None
    if given and found is None:
        warn(f"{what} is no http or https address, left out: {given[:80]!r}")
    return found


def shown(given: Iterable[Enclosure], what: str, warn: Callable[[str], None], beside: Beside) -> tuple[Enclosure, ...]:
    """The enclosures that can be shown, each address once: those of the web, and those beside the article."""
    found = (_shown(enclosure, what, warn, beside) for enclosure in given)
    return _once(enclosure for enclosure in found if enclosure)


def from_body(
    html: str, images: tuple[Enclosure, ...], warn: Callable[[str], None], beside: Beside
) -> tuple[str, tuple[Enclosure, ...]]:
    """The body with its references to files beside the article leading to where those are shown, and all images.

    A picture in the body is an image of the article; ``images`` come before those.
    """
    found: dict[str, Enclosure] = {}
    lost: dict[str, None] = {}

    def place(reference: str) -> str | None:
        if kept := beside.find(reference):
            found[kept.url] = kept
            return kept.url
        lost[reference] = None
        return None

    localised = media.localise(html, place)
    if lost:
        first = next(iter(lost))
        more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        warn(f"a file that the body names is not shown: {first[:80]!r}: {beside.why_not(first)}{more}")
    if not found:
        return html, images
    pictures = (found[url] for url in media.pictures(localised) if url in found)
    return localised, _once((*images, *pictures))


def _shown(given: Enclosure, what: str, warn: Callable[[str], None], beside: Beside) -> Enclosure | None:
    if media.is_local(given.url):
        if kept := beside.find(given.url):
            return replace(kept, title=_title(given))
        warn(f"{what} is left out: {given.url[:80]!r}: {beside.why_not(given.url)}")
        return None
    url = address(given.url, what, warn)
    return _remote(given, url) if url else None


def _remote(given: Enclosure, url: str) -> Enclosure:
    is_type = given.type is not None and _MEDIA_TYPE.fullmatch(given.type)
    is_length = given.length is not None and given.length >= 0
    return replace(
        given,
        url=url,
        type=given.type if is_type else None,
        length=given.length if is_length else None,
        title=_title(given),
    )


def _title(given: Enclosure) -> str | None:
    return text.clean_line(given.title or "")[:_LONGEST_TITLE].strip() or None


def _once(found: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    kept: dict[str, Enclosure] = {}
    for enclosure in found:
        kept.setdefault(enclosure.url, enclosure)
    return tuple(kept.values())
