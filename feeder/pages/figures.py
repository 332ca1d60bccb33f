"""What a page shows of an article's media: pictures, what can be played, and what can be fetched. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder import media

if TYPE_CHECKING:
    from feeder.model import Article, Enclosure

_SHOWN: Final = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})
"""Images that every browser of today draws."""
_KILO: Final = 1000
_ALMOST_NEXT: Final = 999.5


@dataclass(frozen=True, slots=True)
class Figures:
    """The first picture, the others, and everything else; nothing that the body shows anyway."""

    first: Enclosure | None
    others: tuple[Enclosure, ...]
    files: tuple[Enclosure, ...]


def figures_of(article: Article) -> Figures:
    """The media of an article that are kept here; what lies elsewhere is left to the body and to feeds."""
    kept = {one.url: one for one in (*article.images, *article.enclosures) if media.is_ours(one.url)}
    unseen = [one for url, one in kept.items() if f'"{url}"' not in article.html]
    pictures = [one for one in unseen if one.type in _SHOWN]
    files = tuple(one for one in unseen if one.type not in _SHOWN)
    return Figures(pictures[0] if pictures else None, tuple(pictures[1:]), files)


def picture_of(article: Article) -> Enclosure | None:
    """The picture that stands for an article beside its title: the first that is kept here, in its body or not."""
    return next((one for one in article.images if media.is_ours(one.url) and one.type in _SHOWN), None)


def size(length: int) -> str:
    """A length in bytes as people say it: ``940 bytes``, ``2.4 MB``, ``31 MB``."""
    if length < _KILO:
        return "1 byte" if length == 1 else f"{length} bytes"
    amount, units = length / _KILO, iter(("kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= _ALMOST_NEXT and unit != "TB":
        amount, unit = amount / _KILO, next(units)
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"  # noqa: PLR2004 (two figures)
