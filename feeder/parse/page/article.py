"""The article of an HTML page: JSON-LD, microdata and ``meta`` say what it is, what readers see fills the gaps.

Every field keeps the place that it came from, and where places disagree the author is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder import names
from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft, Enclosure, Usage
from feeder.parse.findings import Finding, Findings
from feeder.parse.page import choice, document, head_elements, main_content, microdata, visible
from feeder.parse.structured_data import schema_org, values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from feeder.parse.page.document import Page

_FIRSTS: Final = (
    "id",
    "version",
    "usage",
    "slug",
    "modified",
    "expires",
    "dateline",
    "places",
    "section",
    "keywords",
    "subjects",
    "source",
    "rights",
    "link",
    "correction",
    "enclosures",
)
"""Fields of which the most trusted finding is taken as it is."""
_SAMPLE: Final = 3000


def of(raw: bytes, name: str, second: Callable[[Any], Any | None]) -> Draft:
    """The article of a file that is a page; ``second`` as in ``main_content.read``.

    Raises:
        UnfinishedError: the page is cut off.
        SeedError: see ``read``.
    """
    page = document.read(raw)
    if document.is_cut_off(page.source):
        raise UnfinishedError("the page ends in the middle of a tag or a script")
    return read(page, name, second)


def read(page: Page, name: str, second: Callable[[Any], Any | None]) -> Draft:
    """The article of a page; ``second`` as in ``main_content.read``.

    Raises:
        SeedError: the page has no article; the reason says what is missing.
    """
    documents, warnings = page.json_ld()
    found = Findings()
    head = head_elements.read(page)
    titles = [*(finding.value for finding in head.of("title")), page.title]
    node = _node(documents, page, titles)
    _add_structured(found, node, documents, page)
    found.add(
        "language", page.tree.get("lang") or page.tree.get("{http://www.w3.org/XML/1998/namespace}lang"), "html lang"
    )
    found.add_others(head)
    titles = [*(finding.value for finding in found.of("title")), page.title]
    found.add_others(visible.read(page, titles, found.first_value("language")))
    return _draft(page, name, found, (*page.warnings, *warnings), second)


def _add_structured(found: Findings, node: Mapping[str, object] | None, documents: list[object], page: Page) -> None:
    """What JSON-LD and microdata say; a node of the page itself only adds what is missing."""
    for said, place in ((node, "JSON-LD"), (microdata.article(page.tree), "microdata")):
        if said is not None:
            fields = schema_org.fields(said, place)
            found.add_all(fields)
            found.add("usage", fields["usage"] if fields["usage"] is not Usage.USABLE else None, place)
    for other in schema_org.nodes(documents):
        if kinds := values.types(other) & {"WebPage", "ItemPage", "VideoObject"}:
            said = schema_org.fields(other, "JSON-LD page")
            for field in ("published", "modified", "language", "title", "authors"):
                is_said = (field != "title" or node is None) and (field != "authors" or kinds != {"VideoObject"})
                found.add(field, said.get(field) if is_said else None, "JSON-LD page")


def _node(documents: list[object], page: Page, titles: Sequence[str]) -> Mapping[str, object] | None:
    """The node of the page's own article among those that its JSON-LD tells of."""
    nodes = list(schema_org.articles(documents))
    scored = [(_likeness(node, page, titles), -number) for number, node in enumerate(nodes)]
    best, number = max(scored, default=(0, 0))
    return nodes[-number] if nodes and (best > 0 or len(nodes) <= 2) else None  # noqa: PLR2004 (no list of articles)


def _likeness(node: Mapping[str, object], page: Page, titles: Sequence[str]) -> int:
    """How surely a node is of this page: its address is the page's, its headline is, it has a body."""
    addresses = {_address(node.get(name)) for name in ("url", "mainEntityOfPage", "@id")} - {""}
    said = values.folded(values.line(node.get("headline")) or values.line(node.get("name")))
    known = [same for title in titles if (same := values.folded(title))]
    is_titled = bool(said) and any(same.startswith(said) or said.startswith(same) for same in known)
    return (
        4 * (_address(page.canonical) in addresses) + 2 * is_titled + ("articleBody" in node) * (is_titled or not known)
    )


def _address(value: object) -> str:
    found = values.web_address(value) or ""
    return found.partition("#")[0].partition("://")[2].rstrip("/").removeprefix("www.")


def _draft(
    page: Page, name: str, found: Findings, warnings: Sequence[str], second: Callable[[Any], Any | None]
) -> Draft:
    chosen: dict[str, Finding | None] = {field: found.first(field) for field in _FIRSTS}
    sites = choice.sites([str(finding.value) for finding in found.of("source")], page.canonical)
    chosen["title"] = choice.title(found.of("title"), sites, page.title)
    chosen["authors"] = choice.authors(found.of("authors"), sites)
    chosen["published"], doubts = choice.published(
        found.of("published"), found.of("modified"), found.first_value("language")
    )
    chosen |= _body(page, found, chosen, second)
    chosen["language"], notes = choice.tongue(found.of("language"), _sample(chosen))
    chosen["summary"] = _summary(found, chosen["title"])
    _refuse_no_article(page, name, chosen)
    fields = {field: finding for field, finding in chosen.items() if finding is not None}
    return Draft(
        **{field: finding.value for field, finding in fields.items()},
        encoding=page.encoding,
        where={field: finding.place for field, finding in fields.items() if field != "usage"},
        warnings=(*warnings, *doubts, *notes),
    )


def _body(
    page: Page, found: Findings, chosen: Mapping[str, Finding | None], second: Callable[[Any], Any | None]
) -> dict[str, Finding | None]:
    """The body and the pictures: the page's, or what the publisher tells where the page does not have it."""
    told = found.first("html") or found.first("paragraphs")
    title, authors = chosen["title"], chosen["authors"]
    known = main_content.Known(
        frozenset(values.folded(finding.value) for finding in (*found.of("title"), *([title] if title else []))),
        [person.name for person in authors.value] if authors is not None else [],
        main_content.told_text(told.value) if told is not None else "",
        values.folded(found.first_value("summary") or ""),
    )
    body = main_content.read(page, known, second)
    pictures = found.first("images")
    images = _pictures(pictures.value if pictures else (), body.images if body else ())
    result: dict[str, Finding | None] = {}
    if images:
        result["images"] = Finding(images, pictures.place if pictures else "page")
    if told is not None and (body is None or main_content.lacks(body, known.told)):
        return {**result, "html" if isinstance(told.value, str) else "paragraphs": told}
    return {**result, "html": Finding(body.html, body.place) if body is not None else None}


def _pictures(first: Sequence[Enclosure], others: Sequence[Enclosure]) -> tuple[Enclosure, ...]:
    kept: dict[str, Enclosure] = {}
    for picture in (*first, *others):
        kept.setdefault(picture.url, picture)
    return tuple(kept.values())


def _sample(body: Mapping[str, Finding | None]) -> str:
    """The beginning of the text, for telling its language."""
    found = body.get("html") or body.get("paragraphs")
    return main_content.told_text(found.value)[:_SAMPLE] if found is not None else ""


def _summary(found: Findings, title: Finding | None) -> Finding | None:
    """A description that says more than the title."""
    same = values.folded(title.value) if title is not None else ""
    return next((finding for finding in found.of("summary") if values.folded(finding.value) != same), None)


def _refuse_no_article(page: Page, name: str, chosen: Mapping[str, Finding | None]) -> None:
    """Say what is missing in the words of pages; ``normalize`` knows only that it is."""
    if chosen["title"] is None:
        raise SeedError("no title: the page has no headline and no title element")
    if chosen.get("html") is None and chosen.get("paragraphs") is None and chosen["summary"] is None:
        raise SeedError("no body: there is no text of an article in the page")
    if chosen["published"] is None and names.date_and_rest(name) is None:
        kind = " (it calls itself a website, not an article)" if "website" in page.metas.get("ogtype", []) else ""
        raise SeedError(f"no date: the page does not say when it was published{kind}, and its file name has none")
