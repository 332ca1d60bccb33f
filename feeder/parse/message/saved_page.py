"""Web pages that a browser saved as one file (``.mht``, ``.mhtml``, RFC 2557): a mail in form, a page in content."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.parse import whole
from feeder.parse.message import parts
from feeder.parse.page import article, trafilatura

if TYPE_CHECKING:
    from feeder.model import Draft
    from feeder.parse.message.mime import Part

ADDRESS: Final = "snapshot-content-location"
"""The header field in which Chromium keeps where a page was saved from."""
SUFFIXES: Final = frozenset({"mht", "mhtml"})
_FORMAT: Final = "html"
"""What the article is told to be: a page, however it was wrapped up."""
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_SAVED_BY: Final = re.compile(r"\W*Saved by\b", re.IGNORECASE)


def page_of(mail: Part, name: str) -> Part | None:
    """The part that is the page, if the mail is a saved one: by what saved it, or by the suffix of its name."""
    is_saved = (
        any(key == ADDRESS for key, _ in mail.fields)
        or _SAVED_BY.match(mail.plain("from")) is not None
        or name.rpartition(".")[2].lower() in SUFFIXES
    )
    return next((part for part in mail.walk() if part.type in _PAGES), None) if is_saved else None


def read(mail: Part, page: Part, name: str) -> Draft:
    """The article of a saved page; the mail's own date is that of the saving and says nothing.

    Raises:
        UnfinishedError: the file is cut off.
        SeedError: there is no article in the page.
    """
    parts.check(mail)
    content, encoding = page.content, None
    if charset := page.parameter("charset"):
        decoded, encoding = text.decode(content, declared=charset)
        content = decoded.encode()
    draft = article.of(whole.raw(io.BytesIO(content)), name, trafilatura.body)
    draft = replace(draft, format=_FORMAT, encoding=encoding or draft.encoding)
    address = mail.plain(ADDRESS) or page.plain("content-location")
    if draft.link or not address.startswith(("http://", "https://")):
        return draft
    return replace(draft, link=address, where={**(draft.where or {}), "link": "where it was saved from"})
