"""From what a parser found to an article: complete, safe, with aware moments; or the reason why not.

Pure: the same draft gives the same article, whatever the time and the host. Whatever is odd but no reason to refuse
becomes a warning for the author.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import MISSING, fields, replace
from html import escape
from typing import TYPE_CHECKING, Any, Final, TypeVar

import orjson

from feeder import attachments, byline, dates, identity, language, likeness, names, safe_html, text, uris
from feeder.errors import SeedError
from feeder.model import Article, Person, Usage
from feeder.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, tzinfo

    from feeder.attachments import Beside
    from feeder.limits import Limits
    from feeder.model import Draft, Precision

_T = TypeVar("_T")


_LONGEST_TITLE: Final = 4000
_LONGEST_LINE: Final = 4000
_MOST_VALUES: Final = 500
_LEAST_URGENT: Final = 9
_KILL: Final = "Withdrawn"
_AFTER_ALL_OTHERS: Final = "9998-12-31"
"""The date of a kill that has none: what one look finds is accepted in order of date, so it comes after its story."""

_BLANK_LINES: Final = re.compile(r"\n\s*\n")
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_ADDRESS: Final = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,255}")
_MAILBOX: Final = re.compile(rf"(?P<name>[^<>()]*[^<>()\s])\s*[<(](?:mailto:)?(?P<email>{_ADDRESS.pattern})[>)]")

_DEFAULTS: Final = {field.name: field.default for field in fields(Article) if field.default is not MISSING}


def normalize(  # noqa: PLR0913 - each decides what is made of the draft
    draft: Draft,
    *,
    name: str,
    format: str,  # noqa: A002
    zone: tzinfo,
    limits: Limits,
    beside: Beside = attachments.NOTHING,
) -> Article:
    """The article that a draft makes.

    Args:
        draft: what a parser found.
        name: the file's path below the seeds folder. Its folder is the section of an article that names none; a date
            in it is the date of one that gives none.
        format: the parser's name, kept with the article.
        zone: the site's; of days and of times without an offset.
        limits: how much is taken.
        beside: the files that a local reference may mean; what is found is shown by the article.

    Raises:
        SeedError: no title, no date or no body, an impossible date, or too much of a body.
    """
    name = draft.member or name
    draft = _completed(draft, name)
    notes = _Notes(draft)
    shown = {
        **_content(draft, limits, notes),
        **_moments(draft, name, zone, notes),
        **_labels(draft, name, notes),
        **_links(draft, notes, beside),
    }
    _finish(shown, draft, notes, beside)
    own_id, key = uris.own_id(draft.id, draft.source), _content_key(shown)
    return Article(
        id=own_id or identity.mint(key),
        own_id=own_id is not None,
        slug=_slug(draft, shown["published"], shown["title"]),
        version=draft.version if draft.version is not None and draft.version > 0 else 1,
        declared_version=draft.version,
        content_key=key,
        digest=_digest(shown),
        format=draft.format or format,
        encoding=draft.encoding,
        where=dict(sorted(notes.where.items())),
        warnings=tuple(dict.fromkeys(notes.warnings)),
        sketch=likeness.sketch(shown["text"]),
        **shown,
    )


def _finish(shown: dict[str, Any], draft: Draft, notes: _Notes, beside: Beside) -> None:
    """What rests on the other fields."""
    shown["usage"] = draft.usage
    shown["html"], shown["images"] = attachments.from_body(shown["html"], shown["images"], notes.warn, beside)
    shown["language"] = _language(draft.language, f"{shown['title']}\n{shown['text']}", notes)


def _completed(draft: Draft, name: str) -> Draft:
    """A kill often says no more than which article it is about. Nobody sees what is made up for it."""
    if draft.usage is not Usage.WITHDRAWN or not draft.id:
        return draft
    published = draft.published or draft.modified or (None if names.date_and_rest(name) else _AFTER_ALL_OTHERS)
    has_text = draft.summary or draft.paragraphs or draft.html
    body = None if has_text else (_KILL,)
    return replace(draft, title=draft.title or _KILL, paragraphs=body or draft.paragraphs, published=published)


class _Notes:
    """What the author may want to know: oddities, and where each field came from."""

    def __init__(self, draft: Draft) -> None:
        self.warnings = [text.clean_line(warning) for warning in draft.warnings]
        self.where = {field: text.clean_line(place) for field, place in (draft.where or {}).items()}

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)


# The title, the body and what is read from it.


def _content(draft: Draft, limits: Limits, notes: _Notes) -> dict[str, Any]:
    title = _title(draft.title, notes)
    html, paragraphs = _body(draft, limits, notes)
    authors, line = _people(draft.authors, notes), _line(draft.byline)
    if not authors and line:
        authors = tuple(Person(name) for name in byline.people(line))
    elif not authors and draft.html is None and len(paragraphs) > 1 and byline.is_byline(paragraphs[0]):
        line, *paragraphs = paragraphs
        authors, html = tuple(Person(name) for name in byline.people(line)), _as_html(paragraphs)
        notes.where["authors"] = notes.where["byline"] = "first paragraph"
    summary = _line(draft.summary)
    if not summary and not paragraphs:
        raise SeedError("no body: there is nothing but a title")
    if summary and not paragraphs:
        html, paragraphs = _as_html([summary]), [summary]
        notes.warn("no body; the summary stands for it")
    return {
        "title": title,
        "summary": summary or summarise(paragraphs[0]),
        "html": html,
        "text": "\n\n".join(paragraphs),
        "authors": authors,
        "byline": line,
    }


def _title(given: str | None, notes: _Notes) -> str:
    title = text.clean_line(given or "")
    if not title:
        raise SeedError("no title")
    if len(title) > _LONGEST_TITLE:
        raise SeedError(f"the title has {len(title)} characters, more than {_LONGEST_TITLE}")
    if "<" in title and _MARKUP.search(title):
        notes.warn("the title has markup in it, which is shown as it is written")
    return title


def _body(draft: Draft, limits: Limits, notes: _Notes) -> tuple[str, list[str]]:
    """The body as safe HTML and as paragraphs."""
    found = draft.html if draft.html is not None else "\n\n".join(draft.paragraphs or ())
    size = len(found.encode("utf-8", "replace"))
    if size > limits.article_bytes:
        raise SeedError(f"the body has {size} bytes, more than limits.article_bytes = {limits.article_bytes}")
    if draft.html is None:
        paragraphs = _stripped(draft.paragraphs or ()) if text.is_plain(found) else _plain(draft.paragraphs or ())
        return _as_html(paragraphs), paragraphs
    html = safe_html.sanitise(text.clean(found), limits)
    paragraphs = _plain(safe_html.paragraphs(text.clean(found) if html is None else html))
    if html is None:
        notes.warn("the body has more markup than the limits allow; its text is shown without")
        html = _as_html(paragraphs)
    return html, paragraphs


def _plain(found: Iterable[str]) -> list[str]:
    """Paragraphs in clean text; none is empty, none has an empty line in it."""
    return _stripped(text.clean(paragraph) for paragraph in found)


def _stripped(cleaned: Iterable[str]) -> list[str]:
    """Clean paragraphs without what is white at their edges, and without the empty lines in them."""
    kept = ((_BLANK_LINES.sub("\n", each) if "\n" in each else each).strip() for each in cleaned)
    return [paragraph for paragraph in kept if paragraph]


def _as_html(paragraphs: Iterable[str]) -> str:
    escaped = escape("\0".join(paragraphs), quote=False).replace("\n", "<br>")  # no paragraph has a NUL in it
    return f"<p>{escaped}</p>".replace("\0", "</p>\n<p>") if escaped else ""


def _people(given: Iterable[Person], notes: _Notes) -> tuple[Person, ...]:
    people = (_person(person, notes) for person in given)
    return _firsts((person.name.casefold(), person) for person in people if person.name)


def _firsts(given: Iterable[tuple[str, _T]]) -> tuple[_T, ...]:
    """The first value of each key, in their order."""
    kept: dict[str, _T] = {}
    for key, value in given:
        kept.setdefault(key, value)
    return tuple(kept.values())


def _person(given: Person, notes: _Notes) -> Person:
    email = (given.email or "").strip()
    if email and not _ADDRESS.fullmatch(email):
        notes.warn(f"an author's e-mail address is none: {email[:80]!r}")
        email = ""
    name = text.clean_line(given.name)[:_LONGEST_LINE] or email
    if mailbox := _MAILBOX.fullmatch(name):  # "Ann Lee <ann@example.org>" in one: readers take it apart, each otherwise
        name, email = mailbox["name"].strip("\"' ") or mailbox["email"], email or mailbox["email"]
    return Person(name=name, email=email or None, uri=attachments.address(given.uri, "an author's address", notes.warn))


# Moments.


def _moments(draft: Draft, name: str, zone: tzinfo, notes: _Notes) -> dict[str, Any]:
    published, precision = _published(draft, name, zone, notes)
    # An unreadable one of these refuses the file: what was to be held back or taken down must not be shown.
    embargoed, expires = _moment("embargo", draft.embargoed, zone), _moment("expiry", draft.expires, zone)
    if expires is not None and expires <= published:
        notes.warn("it expires before it is published")
    return {
        "published": published,
        "published_precision": precision,
        "modified": _modified(draft.modified, zone, notes),
        "embargoed": embargoed,
        "expires": expires,
    }


def _published(draft: Draft, name: str, zone: tzinfo, notes: _Notes) -> tuple[datetime, Precision]:
    if draft.published is not None and draft.published != "":
        given = _seen(draft.published)
        if isinstance(given, str) and dates.is_typeset(given):
            notes.warn("the date has full-width digits or dashes in it; write YYYY-MM-DD")
        return dates.read(given, zone)
    found = names.date_and_rest(name)
    if found is None:
        raise SeedError("no date: none is given, and none is in the file name (YYYY-MM-DD-)")
    notes.where["published"] = "file name"
    return dates.read(found[0], zone)


def _seen(given: str | date | datetime) -> str | date | datetime:
    """A date without the characters in it that nobody sees."""
    return text.clean_line(given) if isinstance(given, str) else given


def _modified(given: str | date | datetime | None, zone: tzinfo, notes: _Notes) -> datetime | None:
    try:
        return _moment("modification", given, zone)
    except SeedError as error:
        notes.warn(f"{error.reason}; left out")
        return None


def _moment(which: str, given: str | date | datetime | None, zone: tzinfo) -> datetime | None:
    if given is None or given == "":
        return None
    try:
        return dates.read(_seen(given), zone)[0]
    except SeedError as error:
        raise SeedError(f"the date of {which}: {error.reason}") from None


# Labels and links.


def _labels(draft: Draft, name: str, notes: _Notes) -> dict[str, Any]:
    section = _section(draft.section, name, notes)
    return {
        "section": section,
        "sections": names.section_names(section or ""),
        "keywords": _values("keywords", draft.keywords, notes),
        "subjects": _values("subjects", draft.subjects, notes),
        "places": _values("places", draft.places, notes),
        "dateline": _line(draft.dateline),
        "source": _line(draft.source),
        "rights": _line(draft.rights),
        "correction": _line(draft.correction),
        "urgency": _urgency(draft.urgency, notes),
    }


def _section(given: str | None, name: str, notes: _Notes) -> str | None:
    """What the article names, else the folders that the file lies in."""
    folders = name.split("/")[:-1]
    if folders and names.is_bundle(name):
        folders = folders[:-1]
    for place, levels in ((None, (given or "").split("/")), ("folder", folders)):
        section = "/".join(level for found in levels if (level := text.clean_line(found)))
        if section:
            notes.where |= {"section": place} if place else {}
            return section[:_LONGEST_LINE]
    return None


def _values(field: str, given: Iterable[str], notes: _Notes) -> tuple[str, ...]:
    """Clean values, each once whatever its case, in their order."""
    cleaned = (text.clean_line(value)[:_LONGEST_LINE] for value in given)
    values = _firsts((value.casefold(), value) for value in cleaned if value)
    if len(values) > _MOST_VALUES:
        notes.warn(f"there are {len(values)} {field}; the first {_MOST_VALUES} are kept")
    return values[:_MOST_VALUES]


def _line(given: str | None) -> str | None:
    return (text.clean_line(given)[:_LONGEST_LINE].strip() or None) if given else None


def _urgency(given: int | None, notes: _Notes) -> int | None:
    if given is None or 1 <= given <= _LEAST_URGENT:
        return given
    notes.warn(f"the urgency {given} is not one of 1 to {_LEAST_URGENT}; left out")
    return None


def _language(declared: str | None, sample: str, notes: _Notes) -> str | None:
    if declared and (found := language.tag(declared)):
        return found
    if declared:
        notes.warn(f"the language {declared[:40]!r} is no language tag")
    found = language.detect(sample)
    if found:
        notes.where["language"] = "detected"
    return found


def _links(draft: Draft, notes: _Notes, beside: Beside) -> dict[str, Any]:
    return {
        "link": attachments.address(draft.link, "the link", notes.warn),
        "supersedes": uris.own_id(draft.supersedes, draft.source),
        "images": attachments.shown(draft.images, "an image", notes.warn, beside),
        "enclosures": attachments.shown(draft.enclosures, "an enclosure", notes.warn, beside),
    }


# What it is known by.


def _slug(draft: Draft, published: datetime, title: str) -> str:
    own = names.slug(draft.slug, names.ARTICLE_LIMIT) if draft.slug else ""
    return own or names.article_slug(published, title)


def _content_key(shown: dict[str, Any]) -> str:
    """Equal for the same title, date and body whatever their white space; a day is the same day in every zone."""
    published, precision = shown["published"], shown["published_precision"]
    moment = f"{published:%Y-%m-%d}" if precision == "day" else f"{published.timestamp():.6f}"
    body = _one_line(shown["text"])
    return hashlib.sha256("\x1f".join((shown["title"], moment, body)).encode()).hexdigest()


def _one_line(body: str) -> str:
    """Paragraphs with one blank wherever there was white space."""
    line = body.replace("\n\n", " ")
    is_done = "  " not in line and line.isprintable()  # of white space only the blank is printable
    return line if is_done and line == line.strip() else " ".join(body.split())


def _digest(shown: dict[str, Any]) -> str:
    """Over all that is shown or decides when.

    Fields without a value are left out, so that a new field of a later release makes no new versions.
    """
    told = {name: value for name, value in shown.items() if value != _DEFAULTS.get(name, MISSING)}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
