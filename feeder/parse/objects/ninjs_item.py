"""One item of ninjs (IPTC News in JSON, https://iptc.org/standards/ninjs/) as the fields of an article.

All versions and the dialects of those who send it: 1.x (``headline``, ``body_html``), 2.x (``headlines``, ``bodies``),
3.x (``versionCreated``, ``by``), Superdesk's own items, AP, dpa, TT, NTB. Keys are compared without case and ``_``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from feeder import byline
from feeder.errors import SeedError
from feeder.model import Person, Usage
from feeder.parse.objects import ninjs_media, ninjs_text, values
from feeder.parse.objects.ninjs_members import Item
from feeder.parse.objects.values import folded, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from feeder.parse.objects.ninjs_members import Found

_STRONG: Final = frozenset(
    {"versioncreated", "pubstatus", "headlines", "bodies", "bodyxhtml", "representationtype", "contentcreated"}
    | {"eventdetails", "anpacategory", "descriptiontext"}
)
_SIGNS: Final = _STRONG | frozenset(
    {"firstcreated", "descriptionhtml", "copyrightholder", "infosources", "usageterms", "renditions", "slugline"}
    | {"altids", "ednote"}
)
"""Keys that hardly anything else has: two of them, or one beside an id, make an item, if one is a strong sign."""
_MEDIA: Final = {
    **dict.fromkeys(("picture", "photo", "image"), "a picture"),
    **dict.fromkeys(("graphic", "infographic"), "a graphic"),
    "video": "a video",
    "audio": "a sound recording",
    "event": "an event",
    **dict.fromkeys(("planning", "assignment"), "a planning item"),
    "component": "a component of other items",
    "package": "a package of other items",
    "composite": "a package of other items",
    "table": "a table",
}
_MAY_HAVE_TEXT: Final = frozenset({"package", "composite"})
_STATES: Final = {
    "usable": Usage.USABLE,
    "published": Usage.USABLE,
    "corrected": Usage.USABLE,
    **dict.fromkeys(
        "withheld withhold canceled cancelled kill killed recalled unpublished spiked retracted withdrawn".split(),  # noqa: SIM905
        Usage.WITHDRAWN,
    ),
    **dict.fromkeys("draft inprogress".split(), Usage.DRAFT),  # noqa: SIM905
}
_PUBLISHED: Final = ("firstpublished", "firstcreated", "versioncreated", "contentcreated", "created")
_WRITERS: Final = frozenset({"", "author", "writer", "reporter", "correspondent", "columnist", "byline", "creator"})
_BY: Final = re.compile(r"(?:by|von|av|af|por|par|door|tekst|text)\b:?\s+", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"\s*(?:[,;|/&]|\b(?:and|und|og|och|ja|et|en|y)\b)\s*", re.IGNORECASE)
_ELIDED: Final = re.compile(r"\b[dl](?=['\u2019][A-Z])")
_INSTITUTION: Final = re.compile(r"Universit|Institut|College|School|Academy", re.IGNORECASE)
_CORRECTS: Final = re.compile(r"correct|corrig|corrección|berichtig|korrek|rättel|retting|rettelse", re.IGNORECASE)


def is_item(value: object) -> bool:
    """Whether an object is an item of ninjs, an article or not."""
    if not isinstance(value, dict) or "@type" in value or "@context" in value:
        return False
    keys = {folded(key).removeprefix("$") for key in value}
    if "standard" in keys and "ninjs" in str(value.get("$standard", value.get("standard"))).lower():
        return True
    has_id = bool(keys & {"uri", "guid", "urn", "storyid", "headline", "headlines"})
    return len(keys & _SIGNS) + has_id > 1 and bool(keys & _STRONG)


def fields(members: Mapping[str, Any]) -> dict[str, Any]:
    """An item as keyword arguments of a ``Draft``.

    Raises:
        SeedError: it is no article but a picture, a video, an event ..., or its headline is not text.
    """
    item = Item(members)
    found: dict[str, Any] = {"usage": _usage(item), "where": {}}
    bodied = ninjs_text.body(item)
    _refuse_others(item, bool(bodied))
    for part in (ninjs_text.title, _moments, ninjs_text.summary, _people, _labels, _identity, _notes):
        for field, (value, place) in part(item).items():
            found[field] = value
            found["where"][field] = place
    for field, (value, place) in bodied.items():
        found[field] = ninjs_text.without_title(value, found.get("title", "")) if field == "html" else value
        found["where"][field] = place
    found |= ninjs_media.resources(members)
    return {**found, "warnings": tuple(item.warnings)}


def _refuse_others(item: Item, has_body: bool) -> None:
    """What is no article says so.

    Raises:
        SeedError: it is another kind of item.
    """
    kind = folded(line(item.get("type")))
    if kind in _MAY_HAVE_TEXT and has_body:
        return
    if not kind and item.get("eventdetails") and not has_body:
        kind = "event"
    if kind in _MEDIA:
        raise SeedError(f"an item of ninjs, but {_MEDIA[kind]} and no article (type {kind})")


def _usage(item: Item) -> Usage:
    """The pubStatus; what is not known is not published."""
    for key in ("pubstatus", "state"):
        name, value = item.find(key)
        word = folded(line(value).rpartition(":")[2])
        if word in _STATES:
            return _STATES[word]
        if word and key == "pubstatus":
            item.warnings.append(f"{name}: {word!r} is not a status of ninjs, so it is taken for a draft")
            return Usage.DRAFT
    return Usage.USABLE


# Moments, people, labels.


def _moments(item: Item) -> Found:
    found: Found = {}
    for field, keys in (
        ("published", _PUBLISHED),
        ("modified", ("versioncreated",)),
        ("embargoed", ("embargoed", "embargoeduntil", "embargo", "embargodate")),
        ("expires", ("expires", "expiry", "expirydate")),
    ):
        name, value = item.find(*keys)
        moment, oddity = values.moment(value)
        if moment is not None and name != found.get("published", ("", ""))[1]:
            found[field] = (moment, name)
        elif field == "embargoed" and value not in (None, False) and moment is None:
            raise SeedError(f"{name}: it is embargoed, but no date says until when")
        item.warnings += [oddity] if oddity else []
    if "modified" in found and found["modified"][0] == found["published"][0]:
        del found["modified"]
    return found


def _people(item: Item) -> Found:
    """Who is named as its author, else the people of its byline; the byline itself stands as it is printed."""
    found: Found = {}
    name, value = item.find("by", "byline", "bylines")
    printed = "; ".join(values.lines(value))
    if printed:
        found["byline"] = (printed, name)
    for key in ("authors", "author", "creators", "creator", "people", "person"):
        place, given = item.find(key)
        if authors := tuple(_authors(given, explicit=key not in {"people", "person"})):
            return {**found, "authors": (authors, place)}
    if names := tuple(_printed_names(printed)):
        found["authors"] = (names, name)
    return found


def _printed_names(printed: str) -> Iterator[Person]:
    """The people of a byline, without desks, agencies and what they belong to."""
    opening = _BY.match(printed)
    for part in _BETWEEN.split(printed[opening.end() :] if opening else printed):
        raised = _ELIDED.sub(lambda found: found[0].upper(), part)
        names = () if _INSTITUTION.search(part) else byline.people(raised)
        yield from (Person(part if raised != part else name) for name in names)


def _authors(given: object, *, explicit: bool) -> Iterator[Person]:
    """Those of a list who wrote it: people that an item only mentions have another ``rel`` or none."""
    for each in given if isinstance(given, list) else [given]:
        told = [each.get(key) for key in ("role", "rel")] if isinstance(each, dict) else []
        role = next((folded(line(value)) for value in told if line(value)), "")
        if role in _WRITERS and (explicit or role):
            for person in values.people(each):
                yield Person(person["name"], person["email"] or None, person["url"] or None)


def _labels(item: Item) -> Found:
    found: Found = {}
    name, sections = item.find("service", "services", "anpacategory", "section", "sections", "desk")
    named = list(values.lines(sections)) or _sectors(item)
    if named:
        found["section"] = (named[0], name or "genres")
    place, subjects = item.find("subjects", "subject", "categories", "category")
    topics = [each for each in subjects if isinstance(each, dict)] if isinstance(subjects, list) else []
    names = [label for each in topics if "ancestor" not in str(each.get("rels")) and (label := _name(each))]
    key, words = item.find("keywords", "tags")
    own = [word for each in values.lines(words) for word in re.split(r"\s*[,;]\s*", each)]
    if keywords := (*own, *names, *named[1:]):
        found["keywords"] = (keywords, key or place or name)
    if codes := tuple(code for each in topics if (code := _code(each))):
        found["subjects"] = (codes, place)
    return found | _places(item)


def _sectors(item: Item) -> list[str]:
    """TT names its sections among the genres."""
    genres = item.find("genres", "genre")[1]
    topics = [each for each in genres if isinstance(each, dict)] if isinstance(genres, list) else []
    return [_name(each) for each in topics if "/sector/" in line(each.get("uri")) and _name(each)]


def _name(subject: Mapping[str, object]) -> str:
    return line(subject.get("name"))


def _code(subject: Mapping[str, object]) -> str:
    """A subject's address or its code, with the scheme before it (a QCode or a URI)."""
    code = line(next((subject[key] for key in ("uri", "qcode", "code", "literal") if subject.get(key)), ""))
    scheme = line(subject.get("scheme"))
    if not scheme or "uri" in subject or not code:
        return code
    return f"{scheme}{code}" if scheme.endswith(("/", "#", ":")) else f"{scheme}:{code}"


def _places(item: Item) -> Found:
    found: Found = {}
    name, places = item.find("places", "place")
    if names := tuple(values.lines(places)):
        found["places"] = (names, name)
    name, value = item.find("dateline", "located")
    located = value.get("located", value) if isinstance(value, dict) else value
    city = located.get("city", located) if isinstance(located, dict) else located
    if dateline := line(value.get("text") if isinstance(value, dict) else None) or line(city):
        found["dateline"] = (dateline, name)
    for field, keys in (("language", ("language",)), ("slug", ("slug",)), ("link", ("link", "url", "canonicalurl"))):
        name, value = item.find(*keys)
        if isinstance(value, str) and value.strip():
            found[field] = (value, name)
        elif value is not None:
            item.warnings.append(f"{name}: it is {values.kind(value)}, not text; left out")
    return found


# Identity and notes.


def _identity(item: Item) -> Found:
    found: Found = {}
    name, given = item.find("uri", "guid", "urn", "id", "itemid", "storyid")
    if identity := line(given):
        found["id"] = (_without_token(identity, item), name)
    for field, keys in (("version", ("version", "currentversion")), ("urgency", ("urgency",))):
        name, value = item.find(*keys)
        number = line(value)
        if number.isascii() and number.isdigit() and len(number) < len("1000000000"):
            found[field] = (int(number), name)
        elif value is not None:
            item.warnings.append(f"{name}: {number[:40] or values.kind(value)!r} is no whole number; left out")
    name, before = item.find("evolvedfrom", "rewriteof", "supersedes", "replaces")
    if before := line(before) or _forerunner(item):
        found["supersedes"] = (before, name or "associations")
    return found


def _without_token(identity: str, item: Item) -> str:
    """AP's addresses carry the reader's tokens in their query; without them they are the same for every reader."""
    altids = item.get("altids")
    itemid = line(altids.get("itemid")) if isinstance(altids, dict) else ""
    own = urlsplit(identity).path.rpartition("/")[2] if identity.startswith("http") and "?" in identity else ""
    is_token = bool(own) and (own == itemid or "qt=" in identity)
    return identity.partition("?")[0] if is_token else identity


def _forerunner(item: Item) -> str:
    """The item that an association says it comes from."""
    for _, each in ninjs_media.associated(item.get("associations")):
        if folded(line(each.get("rel"))) in {"evolvedfrom", "previousversion", "supersedes", "rewriteof", "corrects"}:
            return line(each.get("uri") or each.get("guid"))
    return ""


def _notes(item: Item) -> Found:
    found: Found = {}
    for field, keys in (
        ("source", ("source", "infosources", "infosource", "provider", "creditline", "copyrightholder")),
        ("rights", ("copyrightnotice", "usageterms")),
        ("correction", ("correction", "correctionnote", "corrections")),
    ):
        name, value = item.find(*keys)
        if told := next(values.lines(value), ""):
            found[field] = (told, name)
    name, note = item.find("ednote", "editorialnote")
    if "correction" not in found and _CORRECTS.search(line(note)):
        found["correction"] = (line(note), name)
    return found
