"""How systems lay out an article in JSON: what lies deeper is brought up to where it is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder.parse.objects.values import folded, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WRAPPERS: Final = frozenset(
    {"articles", "article", "items", "item", "posts", "post", "data", "results", "result", "docs", "documents", "news"}
    | {"newsitems", "entries", "stories", "story", "records", "response", "hits", "feed", "channel", "rows", "list"}
    | {"content", "contents", "pages", "edges", "node", "db", "payload", "export"}
)
"""Keys that exports and APIs put their articles under."""
_NESTED: Final = ("_source", "attributes", "fields", "sys", "metadata", "meta")
"""Objects whose members mean what they would mean outside: Elasticsearch, Strapi and Drupal, Contentful, crawlers."""
_NYT_WORDS: Final = frozenset({"name", "value", "rank"})
_DEEPEST: Final = 6


def flat(members: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """The members of an object by their folded keys, each with its name as it is written; the outer ones count."""
    found: dict[str, tuple[str, Any]] = {}
    for key, value in members.items():
        if key not in _NESTED or not isinstance(value, dict):
            found.setdefault(folded(key), (key, value))
    for outer in _NESTED:
        for key, value in _members(members.get(outer)):
            found.setdefault(folded(key), (f"{outer}.{key}", value))
    _add_embedded(members, found)
    _add_guardian(found)
    return found


def _members(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()


def _add_embedded(members: Mapping[str, Any], found: dict[str, tuple[str, Any]]) -> None:
    """What WordPress sends with ``?_embed``: authors, the picture and the words for numbers of its tables."""
    embedded = members.get("_embedded")
    if not isinstance(embedded, dict):
        return
    terms = [term for group in _list(embedded.get("wp:term")) for term in _list(group) if isinstance(term, dict)]
    for key, name, value in (
        ("_embeddedauthor", "_embedded.author", embedded.get("author")),
        ("images", "_embedded.wp:featuredmedia", _list(embedded.get("wp:featuredmedia"))),
        ("keywords", "_embedded.wp:term", [line(term) for term in terms if term.get("taxonomy") == "post_tag"]),
        ("section", "_embedded.wp:term", [line(term) for term in terms if term.get("taxonomy") == "category"]),
    ):
        if value:
            found[key] = (name, value)


def _add_guardian(found: dict[str, tuple[str, Any]]) -> None:
    """The Guardian's tags are of several types: keywords, and those who wrote it."""
    name, tags = found.get("tags", ("", None))
    typed = [tag for tag in _list(tags) if isinstance(tag, dict) and "webTitle" in tag and "type" in tag]
    if not typed:
        return
    found["tags"] = (name, [tag["webTitle"] for tag in typed if tag["type"] == "keyword"])
    writers = [{"name": tag["webTitle"], "url": tag.get("webUrl")} for tag in typed if tag["type"] == "contributor"]
    found.setdefault("authors", (name, writers))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def labels(value: object) -> Iterator[str]:
    """The words of a list of tags or sections; numbers are keys of somebody's table and no words."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield from _label(item)
        elif isinstance(item, str) and item.strip():
            yield item.strip()


def _label(item: Mapping[str, Any]) -> Iterator[str]:
    if item.keys() >= {"name", "value"}:  # the New York Times: {"name": "subject", "value": "Tides"}
        item = {"value": item["value"]}
    nested = item.get("attributes", item.get("fields"))
    found = next((told for told in (line(item.get(key)) for key in _WORDS) if told), "")
    if not found and isinstance(nested, dict):
        found = next((told for told in (line(nested.get(key)) for key in _WORDS) if told), "")
    if not found:
        found = line(item)
    if found:
        yield found


_WORDS: Final = ("name", "title", "label", "term", "webTitle", "value", "slug")


def resources(value: object) -> list[dict[str, str] | str]:
    """Pictures and attachments, as their addresses or as mappings that ``metadata`` understands."""
    found: list[dict[str, str] | str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            lower = {folded(key): line(each) for key, each in item.items()}
            url = next((lower[key] for key in _ADDRESSES if lower.get(key)), "")
            title = next((lower[key] for key in ("caption", "title", "alttext", "alt") if lower.get(key)), "")
            kind = next((lower[key] for key in ("mimetype", "contenttype", "type") if "/" in lower.get(key, "")), "")
            found += [{"url": url, "title": title, "type": kind, "length": lower.get("length", "")}] if url else []
    return found


_ADDRESSES: Final = ("sourceurl", "url", "src", "href", "path", "file", "contenturl")


def unwrapped(value: object, is_one: Any, depth: int = 0) -> Iterator[Any]:
    """The articles of a document: itself if ``is_one``, else what lies in its lists or below keys that wrap some.

    An element of a list is one of its records, whatever it is; it may be wrapped itself.
    """
    if isinstance(value, list) and depth < _DEEPEST:
        for item in value:
            found = list(unwrapped(item, is_one, depth + 1)) if isinstance(item, dict | list) else []
            yield from found or [item]
    elif isinstance(value, dict) and is_one(value):
        yield value
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            if leads_on(key) and isinstance(inner, dict | list):
                found = list(unwrapped(inner, is_one, depth + 1))
                if any(isinstance(each, dict) for each in found):
                    yield from found
                    return


def leads_on(key: str) -> bool:
    """Whether a key is one that articles are wrapped in."""
    return folded(key) in WRAPPERS
