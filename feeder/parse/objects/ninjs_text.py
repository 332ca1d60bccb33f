"""The headline, the text and the summary of an item of ninjs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from feeder import text
from feeder.errors import SeedError
from feeder.parse.objects import values
from feeder.parse.objects.values import folded, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from feeder.parse.objects.ninjs_members import Found, Item

_BODIES: Final = frozenset({"bodyhtml", "bodyxhtml", "bodytext"})
_CREDITS: Final = frozenset({"caption", "creditline", "credit", "alttext", "alt"})
_TT_TEXT: Final = '<div class="bodytext">'
"""Before it TT has the headline, a vignette and its own name once more."""
_HEADING: Final = re.compile(r"<h1\b[^<>]*>(?P<text>[^<>]*)</h1>", re.IGNORECASE)


def title(item: Item) -> Found:
    """The headline, else the item's own title.

    Raises:
        SeedError: the headline is not text.
    """
    for keys in (("headlines",), ("headline",), ("title",)):
        name, value = item.find(*keys)
        if headline := _headline(value):
            return {"title": (headline, name)}
        if value is not None and keys == ("headline",):
            raise SeedError(f"no title: the headline is {values.kind(value)}, not text")
    return {}


def _headline(value: object) -> str:
    """The headline whose role is main, else the first one."""
    given = value if isinstance(value, list) else [value]
    if len(given) > 1 and any(isinstance(item, str) for item in given):
        return ""
    main = [item for item in given if isinstance(item, dict) and _role(item) in {"main", "hl1", "headline"}]
    return next((found for item in (*main, *given) if (found := values.plain_line(item))), "")


def _role(value: Mapping[str, object]) -> str:
    return folded(line(value.get("role")) or line(value.get("name")))


def body(item: Item) -> Found:
    """The body: HTML before plain text, NITF where there is nothing else."""
    given = [*_bodies(item), *_named_bodies(item)]
    for wanted in ("html", "text", "nitf"):
        for kind, value, place in given:
            if kind == wanted:
                return _read_body(kind, value, place)
    return {}


def _bodies(item: Item) -> Iterator[tuple[str, str, str]]:
    for key in ("bodies", "body"):
        name, value = item.find(key)
        for number, body in enumerate(value if isinstance(value, list) else []):
            if not isinstance(body, dict) or not line(body.get("value", body.get("text"))):
                continue
            media_type = next((str(body[key]) for key in body if folded(key) == "contenttype"), "")
            kind = _kind_of(f"{media_type} {_role(body)}".lower(), str(body.get("value", body.get("text"))))
            yield kind, line(body.get("value", body.get("text"))), f"{name}[{number}]"


def _kind_of(told: str, value: str) -> str:
    if "nitf" in told or ("xml" in told and "html" not in told):
        return "nitf"
    if "html" in told or ("plain" not in told and values.is_markup(value)):
        return "html"
    return "text"


def _named_bodies(item: Item) -> Iterator[tuple[str, str, str]]:
    """``body_html``, ``body_xhtml``, ``body_text``, ``body_anything_xhtml`` of ninjs 1, ``article_html`` of dpa."""
    given = [*item.starting("body"), *item.starting("articlehtml"), *item.starting("articlebody")]
    for name, value in sorted(given, key=lambda member: folded(member[0]) not in _BODIES):
        key = folded(name)
        if isinstance(value, str) and value.strip() and not key.endswith("footer"):
            kind = next((kind for kind in ("html", "nitf", "text") if kind in key), "")
            yield kind or _kind_of("", value), value, name


def _read_body(kind: str, value: str, place: str) -> Found:
    if kind == "text" and not values.is_markup(value):
        return {"paragraphs": (values.paragraphs(value), place)}
    if kind == "nitf":
        start, end = value.find("<body.content"), value.rfind("</body.content")
        value = value[value.find(">", start) + 1 : end] if 0 <= start < end else value
    return {"html": (value, place)}


def without_title(html: str, title: str) -> str:
    """The body without a document's head, and without a heading at its beginning that repeats the headline (TT)."""
    html = html[html.find("</head>") + 7 :] if "</head>" in html[:4000] else html
    html = html[html.find(_TT_TEXT) :] if _TT_TEXT in html[:4000] else html
    found = _HEADING.search(html[:4000])
    if found is None or text.clean_line(found["text"]) != text.clean_line(title):
        return html
    return html[: found.start()] + html[found.end() :]


def summary(item: Item) -> Found:
    """The description, none of those that are a picture's caption or credit."""
    name, value = item.find("descriptions", "description")
    texts = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    told = [each for each in texts if _role(each) not in _CREDITS]
    summary = next((found for each in told if (found := values.plain_line(each.get("value")))), "")
    if summary:
        return {"summary": (summary, name)}
    keys = ("descriptiontext", "abstract", "teaser", "descriptionhtml", "descriptionxhtml", "description", "summary")
    for name, value in (*map(item.find, keys), *_other_descriptions(item)):
        if isinstance(value, str) and (summary := values.plain_line(value)):
            return {"summary": (summary, name)}
    return {}


def _other_descriptions(item: Item) -> Iterator[tuple[str, object]]:
    """``description_anything`` of ninjs 1 (AP's ``description_summary``), but what is said of a picture."""
    for name, value in item.starting("description"):
        if not folded(name).removeprefix("description").startswith(tuple(_CREDITS)):
            yield name, value
