"""The body of an article as its page has it, and the lines above it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from feeder import media

if TYPE_CHECKING:
    from feeder.model import Article

_TAG: Final = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^">]++|"[^"]*+(?:"|\Z))*+)>')
_PLAIN: Final = re.compile(r"[\s…]+")
_LEAST_STANDFIRST: Final = 20
_INSTEAD: Final = {
    # A page has one heading of the first level: its own.
    "h1": "<h2{}>",
    "/h1": "</h2>",
    # What may be wider than a phone scrolls by itself, for who has no pointer too.
    "table": '<div class="wide" tabindex="0" role="group" aria-label="Table"><table{}>',
    "/table": "</table></div>",
    "pre": '<pre tabindex="0"{}>',
    "img": '<img loading="lazy" decoding="async"{}>',
}


def body(article: Article, prefix: str) -> Markup:
    """The body, with addresses of ours behind the site's path within its host."""
    html = media.addressed(article, prefix).html
    return Markup(_TAG.sub(_tag, html))  # noqa: S704 (sanitised by normalize; nobody behind it checks again)


def _tag(found: re.Match[str]) -> str:
    form = _INSTEAD.get(f"{found[1]}{found[2].lower()}")
    return found[0] if form is None else form.replace("{}", found[3])


def standfirst(article: Article) -> str:
    """The summary, if it says something that the first lines of the body or the headline do not say again."""
    summary, text, title = (
        _PLAIN.sub(" ", each).strip() for each in (article.summary, article.text[:2000], article.title)
    )
    if len(summary) < _LEAST_STANDFIRST or summary.casefold() == title.casefold():
        return ""
    is_repeated = summary.casefold() in text.casefold()[: 2 * len(summary) + len(title)]
    return "" if is_repeated else article.summary
