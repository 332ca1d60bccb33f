"""An article as a file of Markdown: YAML front matter, and its body as CommonMark (RFC 7763, RFC 7764).

What Markdown has no word for stays HTML within it, which CommonMark allows, so the file can be read back: feeder's own
reader gives the same article. ``tree`` reads the sanitised HTML; ``blocks`` and ``tables`` write what stands alone,
``inline`` what runs within a line, ``literal`` text that must stay text; ``front_matter`` is what stands above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feeder.render.markdown import blocks, front_matter
from feeder.render.shown import in_full

if TYPE_CHECKING:
    from feeder.model import Article, Event

MEDIA_TYPE: Final = "text/markdown; charset=utf-8; variant=CommonMark"
"""RFC 7763 section 2; the variant is registered by RFC 7764 section 3.5."""


def document(event: Event, article: Article, *, base_url: str, page: str) -> bytes:
    """The file of an article, by its latest event; ``page`` is its permanent address.

    Raises:
        ValueError: the article holds what UTF-8 cannot (half of a surrogate pair).
    """
    full = in_full(article, base_url, page)
    body = blocks.written(full.html, article.title)
    return f"{front_matter.written(event, full, page)}\n{body}\n".encode()
