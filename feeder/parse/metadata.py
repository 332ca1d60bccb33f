"""What an author's metadata means, whoever's generator it was written for.

Front matter of Hugo, Jekyll, Pelican, Eleventy, Astro, Hexo, Docusaurus, Zola and header blocks name the same few
things in their own ways; case, ``-``, ``_`` and blanks in a key do not count. Keys that are not known here are
somebody else's business (layouts, menus) and ignored.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from feeder.model import Enclosure, Person, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEYS: Final = {  # of several keys that are there, the first one named here counts
    "id": "id guid uuid urn",
    "version": "version revision",
    "supersedes": "supersedes replaces",
    "slug": "slug",
    "title": "title headline subject",
    "summary": "summary description excerpt abstract standfirst teaser lede",
    "published": "date published pubdate publishdate publisheddate publishedat publishedon datepublished posted "
    "postedat publicationdate issued created createdat datecreated",
    "modified": "modified updated lastmod lastmodified lastmodifiedat lastupdated lastupdate updatedat updateddate "
    "updatedon modifiedat modifieddate datemodified dateupdated revised",
    "embargoed": "embargo embargoed embargoeduntil embargountil embargoedtill releasedate",
    "expires": "expires expirydate expiry expiration expirationdate expiresat expireson unpublish unpublishdate "
    "unpublishat validuntil",
    "language": "lang language locale",
    "authors": "authors author creator writer writers by from",
    "byline": "byline",
    "dateline": "dateline",
    "places": "places place location locations",
    "section": "section category categories department desk channel",
    "keywords": "tags keywords tag keyword labels topics",
    "subjects": "subjects",
    "source": "source provider agency publisher",
    "rights": "rights copyright license licence",
    "link": "canonical canonicalurl link originalurl externalurl sourceurl",
    "correction": "correction corrections correctionnote erratum",
    "urgency": "urgency",
    "images": "image images cover coverimage heroimage featuredimage thumbnail banner ogimage teaserimage socialimage",
    "enclosures": "enclosure enclosures attachment attachments audio video",
}
_KEYS_OF: Final = {field: tuple(keys.split()) for field, keys in _KEYS.items()}
_FIELDS: Final = {key: field for field, keys in _KEYS_OF.items() for key in keys}
_STATES: Final = {
    **dict.fromkeys("draft hidden private pending unpublished inreview skip".split(), Usage.DRAFT),  # noqa: SIM905
    **dict.fromkeys("withdrawn canceled cancelled killed retracted archived".split(), Usage.WITHDRAWN),  # noqa: SIM905
}
_YES: Final = frozenset({"true", "yes", "on", "1", "y"})
_NO: Final = frozenset({"false", "no", "off", "0", "n"})
_FLAGS: Final = ("draft", "published", "withdrawn", "retracted", "status", "state", "pubstatus", "publish")
_SWITCHES: Final = ("draft", "withdrawn", "retracted", "publish")
"""Flags that are true or false; of an unclear one the safer reading is not to publish."""
_EXTRAS: Final = frozenset({"taxonomies", "extra", "params", "seo"})
"""Tables of Zola and Hugo whose keys mean what they mean outside."""

_SEPARATORS: Final = re.compile(r"[-_.\s]+")
_WORDS: Final = re.compile(r"[^\W\dA-Z][\w.+#-]*(?:\s+[^\W\dA-Z][\w.+#-]*)+")
"""Some words in lower case and nothing else."""
_LIST: Final = re.compile(r"\s*[,;]\s*")
_SEMICOLONS: Final = re.compile(r"\s*;\s*")
_TWO_PEOPLE: Final = re.compile(r"(?:\S+\s+\S.*?)(?:\s+(?:and|&)\s+\S+\s+\S.*)+")
_AND: Final = re.compile(r"\s+(?:and|&)\s+")
_NAME_AND_ADDRESS: Final = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>\s]+)>")


_LINKED_NAME: Final = re.compile(r"\[(?P<name>[^\[\]]+)\]\((?:mailto:)?(?P<address>[^()\s]+)\)")


def field_of(key: str) -> str | None:
    """The field of a ``Draft`` that a key names, None for a key that means nothing here."""
    return _FIELDS.get(_folded(key))


def is_known(key: str) -> bool:
    """Whether a key means something here, as a field or as a state."""
    return _folded(key) in _FIELDS or _folded(key) in _FLAGS


def read(found: Mapping[str, object], place: str) -> dict[str, Any]:
    """The fields of a ``Draft`` that some metadata gives; ``place`` is what ``where`` says of them.

    Values are text, numbers, truth values, dates, lists and mappings of them, or None.
    """
    flat = _listed(_flat(found))
    by_field: dict[str, list[tuple[str, object]]] = {}
    for field, keys in _KEYS_OF.items():
        by_field[field] = [(key, flat[key]) for key in keys if key in flat and not _is_nothing(flat[key])]
    unclear = [key for key in _SWITCHES if not _is_nothing(flat.get(key)) and _truth(flat[key]) is None]
    usage = _usage(flat)
    fields: dict[str, Any] = {"usage": Usage.DRAFT if unclear and usage is Usage.USABLE else usage}
    for field, given in by_field.items():
        value = _READERS.get(field, _line)(given)
        if value not in (None, ()):
            fields[field] = value
    _release(fields, by_field["published"])
    further = [value for _, value in by_field["section"][:1] for value in _values([("", value)])[1:]]
    if further:
        fields["keywords"] = (*fields.get("keywords", ()), *further)
    fields["where"] = dict.fromkeys(sorted(fields.keys() - {"usage"}), place)
    if unclear:
        fields["warnings"] = tuple(f"{key}: neither true nor false, so it is taken for a draft" for key in unclear)
    return fields


def _folded(key: str) -> str:
    return _SEPARATORS.sub("", key).lower()


def _flat(found: Mapping[str, object]) -> dict[str, object]:
    """Keys folded; what stands in an extra table counts unless it stands outside too."""
    flat: dict[str, object] = {}
    for key, value in found.items():
        if _folded(key) in _EXTRAS and isinstance(value, dict):
            for inner, meant in value.items():
                flat.setdefault(_folded(str(inner)), meant)
    return flat | {_folded(key): value for key, value in found.items()}


def _listed(flat: dict[str, object]) -> dict[str, object]:
    """Jekyll's ``categories: jekyll update``, beside its ``layout``, as the list of words that it is there."""
    if "layout" not in flat:
        return flat
    words = {key: value.split() for key in ("categories", "tags") if _WORDS.fullmatch(value := str(flat.get(key, "")))}
    return {**flat, **words}


def _is_nothing(value: object) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


def _truth(value: object) -> bool | None:
    word = str(value).strip().lower()
    return True if word in _YES else False if word in _NO else None


def _usage(flat: Mapping[str, object]) -> Usage:
    if _truth(flat.get("withdrawn")) or _truth(flat.get("retracted")):
        return Usage.WITHDRAWN
    if _truth(flat.get("draft")) or _truth(flat.get("published")) is False or _truth(flat.get("publish")) is False:
        return Usage.DRAFT
    words = (_folded(str(flat[key])) for key in ("status", "state", "pubstatus") if flat.get(key) is not None)
    return next((_STATES[word] for word in words if word in _STATES), Usage.USABLE)


def _release(fields: dict[str, Any], dates: list[tuple[str, object]]) -> None:
    """Hugo's ``publishDate`` beside a ``date`` is the moment from which it may be shown."""
    release = next((value for key, value in dates if key == "publishdate" and key != dates[0][0]), None)
    if release is not None and "embargoed" not in fields:
        fields["embargoed"] = _moment([("publishdate", release)])


_Given = list[tuple[str, object]]
"""The values of one field under the keys that name it, the one that counts first."""


def _text(value: object) -> str:
    return (
        value.strip()
        if isinstance(value, str)
        else ""
        if value is None or isinstance(value, dict | list)
        else str(value)
    )


def _each(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for item in value:
            yield from _each(item)
    elif not _is_nothing(value):
        yield value


def _line(given: _Given) -> str | None:
    """The first value; of a list its first item."""
    values = (_text(item) for _, value in given for item in _each(value))
    return next((value for value in values if value), None)


def _number(given: _Given) -> int | None:
    line = _line(given) or ""
    return int(line) if line.isascii() and line.isdigit() and len(line) <= len("999999999") else None


def _moment(given: _Given) -> str | date | datetime | None:
    """A date as found; ``published: true`` is none, and in a mapping it is under ``date``."""
    for _, value in given:
        if isinstance(value, dict):
            value = value.get("date")  # noqa: PLW2901 (Docusaurus: last_update)
        if isinstance(value, date):
            return value
        if value is not None and _truth(value) is None and _text(value):
            return _text(value)
    return None


def _values(given: _Given) -> tuple[str, ...]:
    """A list, or what stands between the commas or semicolons of a line."""
    _, first = given[0] if given else ("", None)
    items = (_text(item.get("name", item.get("title")) if isinstance(item, dict) else item) for item in _each(first))
    parts = items if isinstance(first, list) else (part for item in items for part in _LIST.split(item))
    return tuple(part.strip() for part in parts if part.strip())


def _section(given: _Given) -> str | None:
    """One section; several categories name the most important one first."""
    return next((value for pair in given for value in _values([pair])), None)


def _keywords(given: _Given) -> tuple[str, ...]:
    return tuple(value for pair in given for value in _values([pair]))


def _people(given: _Given) -> tuple[Person, ...]:
    _, first = given[0] if given else ("", None)
    people = (person for item in _each(first) for person in _some_people(item, given[0][0], first))
    return tuple(person for person in people if person.name or person.email)


def _some_people(item: object, key: str, whole: object) -> Iterator[Person]:
    if isinstance(item, dict):
        lower = {_folded(str(name)): _text(value) for name, value in item.items()}
        name = lower.get("name") or lower.get("title") or lower.get("key") or ""
        yield Person(name, lower.get("email"), lower.get("url") or lower.get("uri") or lower.get("link"))
        return
    names = [_text(item)] if isinstance(whole, list) else _names(_text(item), several=key.endswith("s"))
    for name in names:
        yield _person(name)


def _names(line: str, *, several: bool) -> list[str]:
    """The people of one line; ``author: Smith, John`` is one, ``authors: Ann Lee, Bob Ray`` are two."""
    if _LINKED_NAME.fullmatch(line):
        return [line]
    if ";" in line:
        return _SEMICOLONS.split(line)
    parts = _LIST.split(line)
    if several or all(" " in part for part in parts):
        return [name for part in parts for name in (_AND.split(part) if _TWO_PEOPLE.fullmatch(part) else [part])]
    return [line]


def _person(line: str) -> Person:
    found = _NAME_AND_ADDRESS.fullmatch(line.strip()) or _LINKED_NAME.fullmatch(line.strip())
    if found is None:
        return Person(line.strip())
    name, address = found["name"].strip().strip('"'), found["address"]
    return Person(name, email=address) if "@" in address and "/" not in address else Person(name, uri=address)


def _resources(given: _Given) -> tuple[Enclosure, ...]:
    found = (_resource(item) for _, value in given for item in _each(value))
    return tuple(enclosure for enclosure in found if enclosure is not None)


def _resource(item: object) -> Enclosure | None:
    if not isinstance(item, dict):
        return Enclosure(_text(item)) if _text(item) else None
    lower = {_folded(str(name)): _text(value) for name, value in item.items()}
    url = next((lower[key] for key in ("url", "src", "href", "path", "file", "feature") if lower.get(key)), None)
    length = lower.get("length") or lower.get("size") or ""
    title = lower.get("title") or lower.get("alt") or lower.get("caption") or None
    kind = lower.get("type") or lower.get("mimetype") or None
    return Enclosure(url, kind, int(length) if length.isascii() and length.isdigit() else None, title) if url else None


_READERS: Final[dict[str, Any]] = {
    **dict.fromkeys(("version", "urgency"), _number),
    **dict.fromkeys(("published", "modified", "embargoed", "expires"), _moment),
    **dict.fromkeys(("subjects", "places"), _values),
    "keywords": _keywords,
    "section": _section,
    "authors": _people,
    **dict.fromkeys(("images", "enclosures"), _resources),
}
