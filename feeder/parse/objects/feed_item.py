"""One item of a JSON Feed (https://www.jsonfeed.org/version/1.1/) as the fields of an article.

``_feeder`` is the extension of our own feeds; what stands there is read back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from feeder import uris
from feeder.model import Enclosure, Person, Usage
from feeder.parse.objects import values
from feeder.parse.objects.values import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OWN: Final = ("section", "byline", "dateline", "source", "rights", "correction", "supersedes", "expires")
_OWN_LISTS: Final = ("places", "subjects")
_OWN_NUMBERS: Final = ("version", "urgency")
_MOST_ATTACHMENTS: Final = 200


def is_item(value: Mapping[str, Any]) -> bool:
    """Whether an object is an item: it has an id, and content under the names that only this format has."""
    return "id" in value and ("content_html" in value or "content_text" in value)


def fields(item: Mapping[str, Any], feed: Mapping[str, Any]) -> dict[str, Any]:
    """An item as keyword arguments of a ``Draft``; authors and language are the feed's where it has none of its own."""
    where: dict[str, str] = {}
    found: dict[str, Any] = {"where": where, "usage": _usage(item)}
    warnings: list[str] = []
    for field, key in (("id", "id"), ("title", "title"), ("summary", "summary"), ("link", "external_url")):
        if told := line(item.get(key)):
            found[field], where[field] = told, key
    for key in ("url", "id"):
        if "link" not in found and (told := line(item.get(key))).startswith("http"):
            found["link"], where["link"] = told, key
    _add_moments(found, item, warnings)
    _scope(found, item, feed)
    _inherit(found, item, feed)
    _add_body(found, item, warnings)
    _add_own(found, item.get("_feeder"))
    found |= {"keywords": tuple(values.lines(item.get("tags"))), **_media(item)}
    return {**found, "warnings": tuple(warnings)}


def _usage(item: Mapping[str, Any]) -> Usage:
    own = item.get("_feeder")
    return Usage.WITHDRAWN if isinstance(own, dict) and own.get("retracted") is True else Usage.USABLE


def _add_moments(found: dict[str, Any], item: Mapping[str, Any], warnings: list[str]) -> None:
    for field, key in (("published", "date_published"), ("modified", "date_modified")):
        moment, oddity = values.moment(item.get(key))
        warnings += [oddity] if oddity else []
        if moment is not None:
            found[field], found["where"][field] = moment, key
    if "published" not in found and "modified" in found:
        found["published"], found["where"]["published"] = found.pop("modified"), found["where"].pop("modified")
        warnings.append("no date of publication is given; that of the last change stands for it")


def _scope(found: dict[str, Any], item: Mapping[str, Any], feed: Mapping[str, Any]) -> None:
    """An id that is no URI is unique within its feed only."""
    given = (feed.get("home_page_url"), feed.get("feed_url"), item.get("url"), feed.get("title"))
    if "id" in found and (feed_of_it := next((told for each in given if (told := line(each))), "")):
        found["id"] = uris.own_id(found["id"], feed_of_it)


def _inherit(found: dict[str, Any], item: Mapping[str, Any], feed: Mapping[str, Any]) -> None:
    for source, place in ((item, ""), (feed, "feed ")):
        for key in ("authors", "author"):
            if "authors" not in found and (authors := tuple(_people(source.get(key)))):
                found["authors"], found["where"]["authors"] = authors, f"{place}{key}"
        if "language" not in found and (told := line(source.get("language"))):
            found["language"], found["where"]["language"] = told, f"{place}language"


def _people(value: object) -> Iterator[Person]:
    for person in values.people(value):
        url = person["url"]
        yield Person(person["name"], person["email"] or None, url or None)


def _add_body(found: dict[str, Any], item: Mapping[str, Any], warnings: list[str]) -> None:
    """``content_html``, else ``content_text``; an item without a title (a short post) has its first words for one."""
    html, plain = item.get("content_html"), item.get("content_text")
    if isinstance(html, str) and html.strip():
        found["html"], found["where"]["html"] = html, "content_html"
    elif isinstance(plain, str) and plain.strip():
        found["paragraphs"], found["where"]["paragraphs"] = values.paragraphs(plain), "content_text"
    if "title" not in found and (words := _first_words(item)):
        found["title"], found["where"]["title"] = (
            words,
            next((found["where"][key] for key in ("html", "paragraphs") if key in found), "summary"),
        )
        warnings.append("no title is given; it was made of the first words")


def _first_words(item: Mapping[str, Any]) -> str:
    """The first sentence or line of a post, cut between two words."""
    told = next((line(item.get(key)) for key in ("summary", "content_text", "content_html") if line(item.get(key))), "")
    paragraphs = values.plain_line(told[:20_000]).split("\n")
    first = paragraphs[0][: _LONGEST_TITLE + 1]
    if len(first) <= _LONGEST_TITLE:
        return first
    return first[:_LONGEST_TITLE].rpartition(" ")[0].rstrip(" ,;:") + "…"


_LONGEST_TITLE: Final = 80


def _add_own(found: dict[str, Any], own: object) -> None:
    """What our own feeds say in ``_feeder``."""
    if not isinstance(own, dict):
        return
    for keys, read in ((_OWN, line), (_OWN_LISTS, _several), (_OWN_NUMBERS, _number)):
        for key in keys:
            if told := read(own.get(key)):
                found[key], found["where"][key] = told, f"_feeder.{key}"
    if own.get("published_precision") == "day" and isinstance(found.get("published"), str):
        found["published"] = found["published"][:10]


def _several(value: object) -> tuple[str, ...]:
    return tuple(values.lines(value))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _media(item: Mapping[str, Any]) -> dict[str, Any]:
    images = [Enclosure(url) for key in ("image", "banner_image") if (url := line(item.get(key)))]
    enclosures: list[Enclosure] = []
    given = item.get("attachments")
    for each in given[:_MOST_ATTACHMENTS] if isinstance(given, list) else []:
        if isinstance(each, dict) and (url := line(each.get("url"))):
            found = Enclosure(url, line(each.get("mime_type")) or None, _size(each), line(each.get("title")) or None)
            (images if (found.type or "").startswith("image/") else enclosures).append(found)
    return {"images": tuple(images), "enclosures": tuple(enclosures)}


def _size(attachment: Mapping[str, Any]) -> int | None:
    size = attachment.get("size_in_bytes")
    return int(size) if isinstance(size, int | float) and not isinstance(size, bool) and 0 <= size < 1 << 53 else None
