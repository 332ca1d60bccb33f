"""What an entry of RSS, Atom or a WordPress export becomes: the fields of a draft, found one by one.

For each field the first place that says something counts, and is remembered. An entry without a title is as good as
one with (RSS 2.0 and Atom's ancestors allow it, microblogs do it): its first words are its title.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from feeder import byline, dates, uris
from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft, Person
from feeder.parse.syndication import wording, written_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.parse.xml import Element, Stream

_LONGEST_PERSON: Final = 300
_NAMELESS: Final = re.compile(r"no-?reply@|nobody@", re.IGNORECASE)
_MAIL_FIRST: Final = re.compile(r"(?:mailto:)?(?P<mail>[^\s@<>()]+@[^\s@<>()]+)\s?[<(]?(?P<name>[^@<>()]*)[>)]?")
_NAME_FIRST: Final = re.compile(r"(?P<name>[^@<>()]*)\s?[<(](?:mailto:)?(?P<mail>[^\s@<>()]+@[^\s@<>()]+)[>)]")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"\bby\s|\s(?:and|&)\s|;", re.IGNORECASE)


class Entry:
    """The fields of a draft as far as they are found, where they were found, and what is odd about them.

    ``shown`` is what its body shows, on one line.
    """

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.where: dict[str, str] = {}
        self.warnings: list[str] = []
        self.shown = ""

    def put(self, field: str, value: Any, place: str) -> None:
        """Takes a value that says something, unless the field has one already."""
        if value not in (None, "", ()) and field not in self.fields:
            self.fields[field] = value
            self.where[field] = place

    def first(self, field: str, found: Iterable[tuple[str, str]]) -> None:
        """Takes the first of some values, each with its place in front."""
        for place, value in found:
            self.put(field, value, place)

    def each(self, field: str, found: Iterable[tuple[str, str]]) -> None:
        """Takes all values, each with its place in front; the first place is remembered."""
        pairs = [(place, value) for place, value in found if value]
        if pairs:
            self.put(field, tuple(value for _, value in pairs), pairs[0][0])

    def moment(self, field: str, found: Iterable[tuple[str, str]]) -> None:
        """Takes the first date that can be read, each with its place in front."""
        chosen = written_dates.choose(found)
        if chosen is not None:
            value, place, warnings = chosen
            self.put(field, value, place)
            self.warnings += warnings

    def moments(self, published: Iterable[tuple[str, str]], modified: Iterable[tuple[str, str]]) -> None:
        """Takes both dates; an entry that was changed when it was published was not changed."""
        self.moment("published", published)
        self.moment("modified", modified)
        if "modified" in self.fields and _is_same(self.fields["modified"], self.fields.get("published", "")):
            del self.fields["modified"], self.where["modified"]

    def body(self, bodies: Iterable[tuple[str, dict[str, Any]]], base: str | None) -> None:
        """Takes the first body that shows something (else that has anything in it); addresses in it become absolute."""
        given = [(place, body) for place, body in bodies if body]
        place, body = given[0] if given else ("", {})
        for candidate in given:
            if shown := wording.shown(candidate[1]):
                (place, body), self.shown = candidate, shown
                break
        if "html" in body:
            body = {"html": wording.absolute(body["html"], base)}
        for field, value in body.items():
            self.put(field, value, place)

    def summary(self, found: Iterable[tuple[str, str]]) -> None:
        """Takes the first description that is not the body itself."""
        self.first("summary", ((place, wording.summary(text, self.shown) or "") for place, text in found))

    def name_it(self) -> None:
        """Makes a title of the first words, where there is none."""
        if "title" in self.fields:
            return
        if words := wording.first_words(self.shown or self.fields.get("summary", "")):
            self.put("title", words, "first words")
            self.warnings.append("no title is given; it was made of the first words")

    def draft(self, encoding: str, warnings: Iterable[str]) -> Draft:
        """The draft of it all."""
        found = tuple(dict.fromkeys((*warnings, *self.warnings)))
        return Draft(**self.fields, where=self.where, encoding=encoding, warnings=found)


def _is_same(one: str, other: str) -> bool:
    try:
        return dates.read(one, UTC) == dates.read(other, UTC)
    except SeedError:
        return False


def own_id(found: str, home: str | None) -> str:
    """An entry's id: itself if it is a URI, else one made of the feed's home, as other feeds count from 1 too."""
    return uris.own_id(found, home) or found if home else found


def people(found: str) -> tuple[Person, ...]:
    """Who a line names: ``ann@example.org (Ann Lee)``, ``Ann Lee <ann@example.org>``, ``Ann Lee and Bob Ray``.

    The address of a page is nobody.
    """
    line = " ".join(wording.title(found[:_LONGEST_PERSON]).split())
    if _ADDRESS.match(line):
        return ()
    written = _MAIL_FIRST.fullmatch(line) or _NAME_FIRST.fullmatch(line)
    if written is not None:
        name, mail = written["name"].strip(" \"'"), written["mail"]
        is_nameless = _NAMELESS.match(mail) is not None
        return () if is_nameless and not name else (Person(name, None if is_nameless else mail),)
    names = byline.people(line) if _SEVERAL.search(line) else ()
    return tuple(Person(name) for name in names) or ((Person(line),) if line else ())


def records(stream: Stream) -> Iterator[tuple[Element, tuple[str, ...]] | SeedError]:
    """The records of a feed, each with what has become known as odd about the document since the one before.

    Where the document breaks off in a syntax error, the records before it stand and the error is the last one.

    Raises:
        UnfinishedError: the document is cut off.
        SeedError: it has no record that could be read.
    """
    told: set[str] = set()
    count = 0
    try:
        for record in stream:
            count += 1
            if isinstance(record, SeedError):
                yield record
                continue
            news = tuple(warning for warning in stream.warnings if warning not in told)
            told.update(news)
            yield record, news
    except UnfinishedError:
        raise
    except SeedError as error:
        if not count:
            raise
        yield error
    if not count:
        raise SeedError("there is no entry in the feed")
