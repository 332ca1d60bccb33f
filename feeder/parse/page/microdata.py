"""Microdata of a page (HTML, chapter 5) as nodes of schema.org, like those of its JSON-LD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder.parse.page.document import content_of
from feeder.parse.structured_data import schema_org

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ADDRESSES: Final = {"a": "href", "area": "href", "link": "href", "object": "data", "abbr": "title"} | dict.fromkeys(
    ("img", "audio", "video", "source", "embed", "iframe", "track"), "src"
)
_DEEPEST: Final = 4
_NAMED: Final = frozenset({"name", "headline", "author", "creator", "publisher", "articleSection", "keywords"})
"""Properties of which a link's text is the value that its author meant, not the address behind it."""
_PEOPLE: Final = frozenset({"author", "creator"})
_LONGEST_CREDIT: Final = 80
_BODY: Final = frozenset({"articleBody", "text", "commentText"})
"""Properties that hold the page's markup; the body is read elsewhere."""
_ITS_OWN: Final = frozenset(
    {"headline", "datePublished", "dateCreated", "dateModified", "author", "creator", "articleSection"}
)
"""Properties that tell of the page's article even where nothing says that there is one."""


def article(tree: Any) -> Mapping[str, object] | None:
    """The node of the page's article; None where microdata tell of none.

    That is the first element of an article's type; else what the article's properties say that stand in none.
    """
    scopes = [element for element in tree.iter() if element.get("itemtype") and element.get("itemscope") is not None]
    nodes = [_node(scope) for scope in scopes if schema_org.is_article({"@type": scope.get("itemtype", "").split()})]
    told = [node for node in nodes if "headline" in node or "datePublished" in node]
    return next(iter(told or nodes), None) or _loose(tree)


def _loose(tree: Any) -> Mapping[str, object] | None:
    node: dict[str, list[object]] = {}
    for element in tree.iter():
        names = set((element.get("itemprop") or "").split()) & _ITS_OWN
        if names and not _is_of_another(element):
            _put(node, names, _value(element, names, _DEEPEST))
    return node or None


def _is_of_another(element: Any) -> bool:
    """Whether a property belongs to an item that is no article and no page (a comment, a product)."""
    owner = next((above for above in element.iterancestors() if above.get("itemscope") is not None), None)
    kind = "" if owner is None else (owner.get("itemtype") or "")
    return bool(kind) and not kind.rstrip("/").endswith(("WebPage", "CreativeWork", "WebSite", "Blog"))


def _node(scope: Any, depth: int = _DEEPEST) -> dict[str, list[object]]:
    node: dict[str, list[object]] = {"@type": [*(scope.get("itemtype") or "").split()]}
    for element in _properties(scope):
        names = {name[:1].lower() + name[1:] for name in element.get("itemprop").split()} - _BODY
        if names:
            _put(node, names, _value(element, names, depth))
    return node


def _properties(scope: Any) -> Iterator[Any]:
    """The elements with properties of an item, without those of the items in it."""
    waiting = list(reversed(scope))
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        if element.get("itemprop"):
            yield element
        if element.get("itemscope") is None:
            waiting.extend(reversed(element))


def _value(element: Any, names: set[str], depth: int) -> object:
    if element.get("itemscope") is not None:
        return _node(element, depth - 1) if depth else None
    tag = element.tag
    if tag == "a" and names & _NAMED and (said := " ".join(content_of(element).split())):
        return said
    if names & _PEOPLE and (name := _named(element)):
        return name
    given = element.get("content") or element.get("datetime" if tag == "time" else _ADDRESSES.get(tag, "content"))
    return given or " ".join(content_of(element).split())


def _named(element: Any) -> str:
    """The name in a box about an author: marked, or the first link; empty where it is a line of names itself."""
    for each in element.iter():
        if "name" in (each.get("itemprop") or "").split():
            return " ".join(content_of(each).split())
    if len(" ".join(content_of(element).split())) <= _LONGEST_CREDIT:
        return ""
    links = (" ".join(content_of(link).split()) for link in element.iter("a"))
    return next(filter(None, links), "")


def _put(node: dict[str, list[object]], names: set[str], value: object) -> None:
    for name in names:
        node.setdefault(name, []).append(value)
