"""Articles of schema.org (https://schema.org/Article): which nodes are some, and what their properties say.

JSON-LD in a page, a JSON file and microdata use the same words; each brings its nodes here as mappings.
"""

from __future__ import annotations

import re
from datetime import UTC
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from feeder import dates
from feeder.errors import SeedError
from feeder.model import Usage
from feeder.parse.structured_data import values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TYPES: Final = frozenset({"report", "apireference", "blogpost"})
_ENDINGS: Final = ("article", "posting")
_WITHIN: Final = ("@graph", "mainEntity", "hasPart", "itemListElement", "item", "blogPost", "blogPosts")
"""Properties that lead to articles from what is none."""
_JOINED: Final = re.compile(r",(?=\S)")
"""Between several sections in one text; one section may have a comma in it, with a blank behind."""
_DEEPEST: Final = 8
_MOST_NODES: Final = 200_000
_STATES: Final = {
    "draft": Usage.DRAFT,
    "incomplete": Usage.DRAFT,
    "pending": Usage.DRAFT,
    "private": Usage.DRAFT,
    "retracted": Usage.WITHDRAWN,
    "withdrawn": Usage.WITHDRAWN,
    "withheld": Usage.WITHDRAWN,
    "canceled": Usage.WITHDRAWN,
    "cancelled": Usage.WITHDRAWN,
    "killed": Usage.WITHDRAWN,
    "deleted": Usage.WITHDRAWN,
}


def is_article(node: Mapping[str, object]) -> bool:
    """Whether a node is an article by its type: any of schema.org's articles, postings and reports."""
    return any(name.lower() in _TYPES or name.lower().endswith(_ENDINGS) for name in values.types(node))


def articles(document: object) -> Iterator[Mapping[str, object]]:
    """The articles of a document in their order, wherever they stand in it.

    References (``{"@id": ...}``) to other nodes of the document are filled in, a level deep. An article within an
    article is part of it and not another one.
    """
    known = {found: node for node in _nodes(document) if isinstance(found := node.get("@id"), str) and len(node) > 1}
    for node in _nodes(document, within_articles=False):
        if is_article(node):
            yield {_key(key): _resolved(value, known) for key, value in node.items()}


def nodes(document: object) -> Iterator[Mapping[str, object]]:
    """Every node of a document that articles can stand in, references filled in as in ``articles``."""
    known = {found: node for node in _nodes(document) if isinstance(found := node.get("@id"), str) and len(node) > 1}
    for node in _nodes(document, within_articles=False):
        yield {_key(key): _resolved(value, known) for key, value in node.items()}


def _nodes(document: object, *, within_articles: bool = True) -> Iterator[Mapping[str, object]]:
    """Every node in document order, to a depth and a number."""
    waiting: list[tuple[object, int]] = [(document, 0)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        found, depth = waiting.pop()
        if isinstance(found, list):
            waiting.extend((item, depth + 1) for item in reversed(found[:_MOST_NODES]) if depth < _DEEPEST)
        elif isinstance(found, dict):
            yield found
            if depth < _DEEPEST and (within_articles or not is_article(found)):
                below = (value for key, value in found.items() if _key(key) in _WITHIN)
                waiting.extend((value, depth + 1) for value in reversed(list(below)))


def _key(key: str) -> str:
    """A property's bare name: ``schema:headline`` and ``https://schema.org/headline`` are ``headline``."""
    return key.rpartition("/")[2].removeprefix("schema:") if "schema" in key else key


def _resolved(value: object, known: Mapping[str, Mapping[str, object]]) -> object:
    if isinstance(value, list):
        return [_resolved(item, known) for item in value]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
        return known.get(str(value.get("@id")), value)
    return value


def fields(node: Mapping[str, object], place: str = "schema.org") -> dict[str, Any]:
    """What an article's node says, as keyword arguments of a ``Draft``.

    ``place`` begins what ``where`` says of each field: ``schema.org headline``.
    """
    node = {_key(key): value for key, value in node.items()}
    found: dict[str, Any] = {"where": {}}
    for field, (read, properties) in _PROPERTIES.items():
        for name in properties:
            if name in node and (value := read(node[name])) not in (None, "", ()):
                found[field] = value
                found["where"][field] = f"{place} {name}"
                break
    for special in (_body, _published, _people, _labels, _media, _rights, _identity):
        for field, (value, name) in special(node).items():
            found[field] = value
            found["where"][field] = f"{place} {name}"
    return {**found, "usage": _usage(node)}


_PROPERTIES: Final[dict[str, tuple[Callable[[object], Any], tuple[str, ...]]]] = {
    "title": (values.line, ("headline", "name", "title")),
    "summary": (values.line, ("description", "abstract")),
    "modified": (values.moment, ("dateModified",)),
    "expires": (values.moment, ("expires",)),
    "dateline": (values.line, ("dateline",)),
    "correction": (values.line, ("correction",)),
    "version": (values.number, ("version",)),
    "subjects": (lambda value: tuple(values.lines(value)), ("about",)),
    "places": (lambda value: tuple(values.lines(value)), ("contentLocation", "locationCreated")),
    "source": (values.line, ("publisher", "provider", "sourceOrganization")),
    "link": (values.web_address, ("url", "mainEntityOfPage")),
}
_Found = dict[str, tuple[Any, str]]
"""Fields with their value and the property that it comes from."""


def _body(node: Mapping[str, object]) -> _Found:
    for name in ("articleBody", "text"):
        if found := values.body(node.get(name)):
            return {field: (value, name) for field, value in found.items()}
    updates = [_update(update) for update in values.each(node.get("liveBlogUpdate")) if isinstance(update, dict)]
    said = "\n".join(filter(None, updates))
    return {"html": (said, "liveBlogUpdate")} if said else {}


def _update(node: Mapping[str, object]) -> str:
    """An entry of a live blog as HTML: its headline and its text."""
    headline = values.line(node.get("headline"))
    body = values.body(node.get("articleBody") or node.get("text"))
    told = body.get("html") or "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in body.get("paragraphs", ()))
    return f"<h2>{escape(headline)}</h2>\n{told}" if headline and told else str(told)


def _published(node: Mapping[str, object]) -> _Found:
    """The first date that can be read; where none can, the first one, so that the refusal names it."""
    given = [
        (moment, name)
        for name in ("datePublished", "dateCreated", "uploadDate")
        if (moment := values.moment(node.get(name))) is not None
    ]
    found = next((pair for pair in given if _is_readable(pair[0])), given[0] if given else None)
    return {"published": found} if found else {}


def _is_readable(moment: str) -> bool:
    try:
        dates.read(moment, UTC)
    except SeedError:
        return False
    return True


def _people(node: Mapping[str, object]) -> _Found:
    """Who wrote it; an organisation only if nobody else is named and it is not the publisher itself."""
    publisher = values.line(node.get("publisher")).casefold()
    for name in ("author", "creator"):
        people, groups = values.people(node.get(name))
        groups = [group for group in groups if group.name.casefold() != publisher]
        if people or groups:
            return {"authors": (tuple(people or groups), name)}
    return {}


def _labels(node: Mapping[str, object]) -> _Found:
    """The section is the first one named; the others are keywords, as in front matter."""
    found: _Found = {}
    sections = [part for line in values.lines(node.get("articleSection")) for part in _JOINED.split(line)]
    if sections:
        found["section"] = (sections[0], "articleSection")
    keywords = (*values.values(node.get("keywords")), *sections[1:])
    if keywords:
        found["keywords"] = (tuple(dict.fromkeys(keywords)), "keywords" if node.get("keywords") else "articleSection")
    if language := _language(node.get("inLanguage")):
        found["language"] = (language, "inLanguage")
    return found


def _language(value: object) -> str:
    """A language's tag; of an object its ``alternateName``, where the tag stands (schema.org/Language)."""
    first = next(values.each(value), "")
    return values.line(first.get("alternateName") or first if isinstance(first, dict) else first)


def _media(node: Mapping[str, object]) -> _Found:
    pictures: list[object] = []
    recordings: list[object] = []
    for item in values.each(node.get("associatedMedia")):
        is_picture = isinstance(item, dict) and "ImageObject" in values.types(item)
        (pictures if is_picture else recordings).append(item)
    found: _Found = {}
    for name, given in (("image", [node.get("image"), pictures]), ("thumbnailUrl", node.get("thumbnailUrl"))):
        if "images" not in found and (images := values.media(given)):
            found["images"] = (images, name)
    given = [recordings, node.get("audio"), node.get("video"), node.get("encoding")]
    if enclosures := values.media(given, "recording"):
        found["enclosures"] = (enclosures, "associatedMedia")
    return found


def _rights(node: Mapping[str, object]) -> _Found:
    holder, year = values.line(node.get("copyrightHolder")), values.line(node.get("copyrightYear"))
    for name, found in (
        ("copyrightNotice", values.line(node.get("copyrightNotice"))),
        ("copyrightHolder", " ".join(filter(None, ("©", year, holder))) if holder else ""),
        ("license", values.web_address(node.get("license")) or values.line(node.get("license"))),
    ):
        if found:
            return {"rights": (found, name)}
    return {}


def _identity(node: Mapping[str, object]) -> _Found:
    """The article's own id: an identifier, or ``@id`` where it names more than a place in the page."""
    for item in values.each(node.get("identifier")):
        found = values.line(item.get("value") if isinstance(item, dict) else item)
        if found:
            return {"id": (found, "identifier")}
    given = node.get("@id")
    return {"id": (given.strip(), "@id")} if isinstance(given, str) and _names_article(given.strip()) else {}


def _names_article(given: str) -> bool:
    """Whether ``@id`` is an id: absolute, without a fragment, and not a site's front page."""
    try:
        parts = urlsplit(given)
    except ValueError:
        return False
    is_node = "#" in given or given.startswith("_:") or not parts.scheme
    return not is_node and (parts.scheme not in {"http", "https"} or bool(parts.path.strip("/") or parts.query))


def _usage(node: Mapping[str, object]) -> Usage:
    return _STATES.get(values.line(node.get("creativeWorkStatus")).lower(), Usage.USABLE)
