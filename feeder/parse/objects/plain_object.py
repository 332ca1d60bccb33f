"""An article as a plain object of JSON, whatever its keys are called: what crawlers, APIs and systems export.

RealNews and Grover, news-please, newspaper, trafilatura and CC-News dumps; WordPress, Ghost, Drupal, Strapi and
Contentful; the APIs of the Guardian, the New York Times, NewsAPI and others. Of several keys that mean the same, the
more telling one counts; keys that mean nothing here are ignored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from feeder import uris
from feeder.parse import metadata
from feeder.parse.objects import shapes, values
from feeder.parse.objects.values import folded, line
from feeder.parse.writing.body import with_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_KEYS: Final = {  # folded; of several keys that are there, the first one named here counts
    "title": "headline title webtitle articletitle newstitle posttitle fulltitle titlepage pagetitle ogtitle subject",
    "published": "datepublished publisheddate publishdate publishedat datepublish firstpublishedat datepublishedgmt "
    "published pubdate publicationdate webpublicationdate firstpublicationdate publishedon publishtime publishedtime "
    "publicationtime dategmt datetimepub date datetime posted postedat postdate issued displaydate created createdat "
    "datecreated creationdate timestamp createdutc time",
    "modified": "datemodified modifieddate modifiedat updatedat updated lastmodified modifiedgmt modified lastmod "
    "datemodify dateupdated updateddate updatedate lastmodifieddate lastupdated changed revised",
    "embargoed": "embargoed embargoeduntil embargo embargountil embargodate releasedate",
    "expires": "expires expirydate expiry expirationdate expiration expiresat unpublishat unpublishdate unpublishon",
    "summary": "summary description excerpt abstract standfirst trailtext teaser snippet shortdescription dek deck "
    "customexcerpt lead lede intro subtitle leadparagraph metadescription",
    "link": "canonicalurl canonicallink canonical weburl articleurl url link permalink externalurl originalurl "
    "pageurl webpageurl source",
    "id": "guid uuid urn id uri articleid nid objectid",
    "authors": "authors author creators creator writers writer contributors user",
    "byline": "byline authorline bylinetext",
    "language": "language inlanguage lang languagecode langcode locale metalang",
    "section": "section sectionname primarytag primarycategory category categories department desk channel "
    "newsdesk vertical sections",
    "keywords": "keywords tags tag keyword taglist topics labels",
    "subjects": "subjects",
    "source": "sourcehostname sitename sourcename source publisher provider site publication domain sourcedomain "
    "hostname outlet",
    "rights": "rights copyright copyrightnotice license licence",
    "dateline": "dateline",
    "places": "places place location locations",
    "correction": "correction correctionnote corrections erratum",
    "supersedes": "supersedes replaces",
    "version": "version revision",
    "urgency": "urgency",
    "slug": "slug",
    "images": "image images leadimage mainimage topimage urltoimage imageurl featureimage featuredimage heroimage "
    "coverimage cover featuredimageurl jetpackfeaturedmediaurl ogimage thumbnail thumbnailurl",
    "enclosures": "enclosures enclosure attachments audio video",
    "body": "contenthtml bodyhtml htmlbody htmlcontent articlehtml fullhtml contentencoded html "
    "content body articlebody articlecontent fullcontent maintext fulltext articletext story article post text "
    "contenttext bodytext plaintext plain rawtext paragraphs blocks maincontent",
    "markdown": "bodymarkdown contentmarkdown markdown bodymd contentmd md",
}
_FIELDS: Final = {field: tuple(keys.split()) for field, keys in _KEYS.items()}
_LISTS: Final = ("section", "keywords", "subjects", "places", "source", "rights", "dateline", "correction", "language")
_OTHERS: Final[dict[str, Callable[[object], object]]] = {
    **dict.fromkeys(("version", "urgency", "slug", "supersedes"), line),
    **dict.fromkeys(("images", "enclosures"), shapes.resources),
}
_FLAGS: Final = ("draft", "published", "ispublished", "publish", "withdrawn", "retracted", "status", "state")
_STATES: Final = {"trash": "withdrawn", "deleted": "withdrawn", "autodraft": "draft", "false": "draft", "0": "draft"}
_BY: Final = re.compile(r"by\b:?\s+", re.IGNORECASE)
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_NUMERIC: Final = re.compile(r"[0-9]{1,20}")
_AMERICAN_DAY: Final = re.compile(r"(?P<m>[0-9]{2})-(?P<d>[0-9]{2})-(?P<y>[0-9]{4})")
_CUT_OFF: Final = re.compile(r"(?:…|\.\.\.)?\s*\[\+[0-9]+ chars\]\s*$")


class _Record:
    """The members of an object by their folded keys, and what is odd about them."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self.members = members
        self._flat = {key: member for key, member in shapes.flat(members).items() if _is_something(member[1])}
        self.warnings: list[str] = []

    def all(self, keys: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """The members under some keys, the first key first: each key as it is written, and its value."""
        return (self._flat[key] for key in keys if key in self._flat)

    def has_any(self, keys: Iterable[str]) -> bool:
        """Whether one of some keys has a value."""
        return any(key in self._flat for key in keys)


def _is_something(value: object) -> bool:
    return value is not None and value not in ("", [], {})


def is_article(members: Mapping[str, Any]) -> bool:
    """Whether an object looks like an article: a title, and a text or else a summary and a date."""
    record = _Record(members)
    if not record.has_any(_FIELDS["title"]):
        return False
    if any(_may_be_text(value) for _, value in record.all((*_FIELDS["body"], *_FIELDS["markdown"]))):
        return True
    if any(_is_list_of_objects(value) for key, value in members.items() if shapes.leads_on(key)):
        return False
    return record.has_any(_FIELDS["summary"]) and record.has_any(_FIELDS["published"])


def may_be_article(members: Mapping[str, Any]) -> bool:
    """Whether an object of which only the beginning is known may be one: a title or a text is there."""
    return _Record(members).has_any((*_FIELDS["title"], *_FIELDS["body"]))


def _may_be_text(value: object) -> bool:
    """Whether a value may be a body: text, or blocks of it that are no articles themselves."""
    first = value[0] if isinstance(value, list) else value
    return not is_article(first) if isinstance(first, dict) else isinstance(value, str | list)


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def fields(members: Mapping[str, Any]) -> dict[str, Any]:
    """An object as keyword arguments of a ``Draft``."""
    record = _Record(members)
    found: dict[str, Any] = {"where": {}}
    for part in (_texts, _moments, _body, _links):
        for field, (value, place) in part(record).items():
            found[field] = value
            found["where"][field] = place
    _add_labels(found, record)
    return {**found, "warnings": tuple(record.warnings)}


_Found = dict[str, tuple[Any, str]]
"""Fields with their value and the key that it comes from."""


def _texts(record: _Record) -> _Found:
    found: _Found = {}
    for field in ("title", "summary"):
        for name, value in record.all(_FIELDS[field]):
            if told := values.plain_line(value):
                found[field] = (told, name)
                if not isinstance(value, str | dict):
                    record.warnings.append(f"{name}: it is {values.kind(value)}, not text; read as {told[:40]!r}")
                break
            if isinstance(value, list):
                record.warnings.append(f"{name}: it is a list, not text; left out")
    return found


def _moments(record: _Record) -> _Found:
    found: _Found = {}
    for field in ("published", "modified", "embargoed", "expires"):
        for name, value in record.all(_FIELDS[field]):
            moment, oddity = values.moment(value)
            if moment is None:
                continue
            record.warnings += [oddity] if oddity else []
            found[field] = (_zoned(moment, name, record) if isinstance(moment, str) else moment, name)
            break
    return found


def _zoned(moment: str, name: str, record: _Record) -> str:
    """A date as it is meant: WordPress's ``date_gmt`` is in UTC without saying so, RealNews has the month first."""
    american = _AMERICAN_DAY.fullmatch(moment)
    if american and (record.has_any(("warcdate",)) or all(record.has_any((key,)) for key in ("domain", "split"))):
        return f"{american['y']}-{american['m']}-{american['d']}"
    is_bare = re.fullmatch(r"[0-9-]{10}[T ][0-9:.]{5,15}", moment) is not None
    return f"{moment}Z" if folded(name).endswith("gmt") and is_bare else moment


def _body(record: _Record) -> _Found:
    for name, value in record.all(_FIELDS["body"]):
        if isinstance(value, str) and _CUT_OFF.search(value[-40:]):
            record.warnings.append(f"{name}: the text is cut off by the service that it comes from")
            value = _CUT_OFF.sub("…", value)  # noqa: PLW2901 (the same text)
        if found := values.body(value, name.rpartition(".")[2]):
            return {field: (text, name) for field, text in found.items()}
    for name, value in record.all(_FIELDS["markdown"]):
        if isinstance(value, str):
            given = with_body({"where": {}, "title": "-"}, value, "md")
            return {field: (given[field], name) for field in ("html", "paragraphs") if field in given}
    return {}


def _links(record: _Record) -> _Found:
    found: _Found = {}
    for name, value in record.all(_FIELDS["link"]):
        if uris.web(line(value)):
            found["link"] = (line(value), name)
            break
    if identity := _identity(record, found.get("link", ("", ""))):
        found["id"] = identity
    return found


def _identity(record: _Record, link: tuple[str, str]) -> tuple[str, str] | None:
    """Its own id, else its address; what is no URI is one within the site that the address names.

    The number of a row is no id without a site: each system has a row of that number.
    """
    given = [(line(value), name) for name, value in record.all(_FIELDS["id"]) if line(value)]
    for identity, name in given:
        if _URI.match(identity):
            return identity, name
    if given and link[0]:
        return uris.own_id(given[0][0], link[0]) or given[0][0], given[0][1]
    if link[0]:
        return link
    return next((pair for pair in given if not _NUMERIC.fullmatch(pair[0])), None)


# Labels, people, pictures: read as front matter would be.


def _add_labels(found: dict[str, Any], record: _Record) -> None:
    """What lists and lines say, under the names that ``metadata`` knows, read by it in one go."""
    given = {**_labels(record), **_others(record), **_people(record)}
    flags = {flag: value for flag in _FLAGS for _, value in record.all((flag,))}
    read = metadata.read({**_states(flags), **{key: value for key, (value, _) in given.items()}}, "")
    places = {("authors" if key == "author" else key): name for key, (_, name) in given.items()}
    if "keywords" in read:
        places.setdefault("keywords", places.get("section", ""))
    for field in read.keys() & places.keys():
        found[field], found["where"][field] = read[field], places[field]
    found["usage"] = read["usage"]


def _labels(record: _Record) -> _Found:
    given: _Found = {}
    for field in _LISTS:
        for name, value in record.all(_FIELDS[field]):
            if labels := list(shapes.labels(value)):
                given.setdefault(field, (labels if len(labels) > 1 else labels[0], name))
            elif field == "language":
                record.warnings.append(f"{name}: it is {values.kind(value)}, not text; left out")
    return given


def _others(record: _Record) -> _Found:
    given: _Found = {}
    for field, read in _OTHERS.items():
        for name, value in record.all(_FIELDS[field]):
            if found := read(value):
                given.setdefault(field, (found, name))
    return given


def _people(record: _Record) -> _Found:
    """The people, and the byline as it is printed: a line that begins with ``By`` is one."""
    given: _Found = {}
    for name, value in record.all(_FIELDS["byline"]):
        if told := values.plain_line(value):
            given["byline"] = (told, name)
            break
    for name, value in record.all(("_embeddedauthor", *_FIELDS["authors"])):
        if isinstance(value, str) and _BY.match(value):
            given["byline"] = (value, name)
        elif isinstance(value, str):
            return {**given, "authors" if folded(name).endswith("s") else "author": (value, name)}
        elif people := list(values.people(value)):
            return {
                **given,
                "authors": ([{**each, "name": _BY.sub("", each["name"], count=1)} for each in people], name),
            }
    return given


def _states(flags: Mapping[str, object]) -> dict[str, object]:
    """The flags in the words of ``metadata``."""
    found = dict(flags)
    for flag in ("status", "state"):
        if isinstance(value := found.get(flag), str | bool | int):
            found[flag] = _STATES.get(folded(str(value)), folded(str(value)))
    if "ispublished" in found:
        found["published"] = found.pop("ispublished")
    return found
