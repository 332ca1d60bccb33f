"""What a reader chooses of the stream, and what a choice sees of an event. Pure.

An event matches if its new version does, or the one that it replaced: so who saw a story sees it leave. All that is
asked for must hold of one and the same version. A retraction, and every earlier event of what was retracted, is asked
by its traces (``Event.traces``), which never miss. Of a version that nobody knows any more everything is taken to hold:
an event too many does no harm, one too few is a story that somebody goes on showing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlencode

from feeder.model import Kind
from feeder.query import Searchable, has_language, has_tag, may_match

if TYPE_CHECKING:
    from feeder.model import Article, Event, Traces
    from feeder.query import Query

_CONFIGURED: Final = "="
_SETS_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an article that is known.

    ``stands`` are its shelves: the names of its sections, and ``=NAME`` for configured feeds. ``language`` is in lower
    case, empty if it has none; ``labels`` are its tags, folded and as in addresses. ``text`` is None in what is kept
    for long.
    """

    stands: frozenset[str]
    language: str
    labels: tuple[str, ...]
    text: Searchable | None

    def speaks(self, language: str) -> bool:
        """Whether it is in a language (lower case), or in a more specific one (RFC 4647 section 3.3.1)."""
        return f"{self.language}-".startswith(f"{language}-")

    def is_tagged(self, words: str, name: str) -> bool:
        """Whether it has a tag, by its folded words or by its name in an address."""
        return words in self.labels or name in self.labels

    def says(self, query: Query) -> bool:
        """Whether a query matches it.

        Raises:
            LookupError: its text is not here.
        """
        if self.text is None:
            raise LookupError
        return query.matches(self.text)

    def light(self) -> Version:
        """The same without its text."""
        return replace(self, text=None)


@dataclass(frozen=True, slots=True)
class Remains:
    """All versions that an article ever had, as far as it can be asked of them when they are gone.

    ``stands`` are the shelves that the event concerns. ``traces`` without ``has_words`` are not asked what was said.
    """

    stands: frozenset[str]
    traces: Traces
    has_words: bool = True

    def speaks(self, language: str) -> bool:
        """Whether one of them was in a language, or in a more specific one."""
        return has_language(self.traces, language)

    def is_tagged(self, words: str, name: str) -> bool:
        """Whether one of them had a tag."""
        return has_tag(self.traces, words, name)

    def says(self, query: Query) -> bool:
        """Whether a query may have matched one of them.

        Raises:
            LookupError: its words are not here.
        """
        if not self.has_words:
            raise LookupError
        return may_match(query, self.traces)

    def light(self) -> Remains:
        """The same without its words."""
        return Remains(self.stands, replace(self.traces, words=b""), has_words=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A version of which nobody knows more than the shelves that it may have stood on."""

    stands: frozenset[str]

    def speaks(self, language: str) -> bool:  # noqa: ARG002 - everything may hold
        """It may have been in any language."""
        return True

    def is_tagged(self, words: str, name: str) -> bool:  # noqa: ARG002 - likewise
        """It may have had any tag."""
        return True

    def says(self, query: Query) -> bool:  # noqa: ARG002 - likewise
        """It may have said anything."""
        return True

    def light(self) -> Unknown:
        """Itself."""
        return self


Side: TypeAlias = Version | Remains | Unknown


@dataclass(frozen=True, slots=True)
class Seen:
    """One event as choices see it: whose it is, and the versions that count."""

    article_id: str
    kind: Kind
    versions: tuple[Side, ...]

    def light(self) -> Seen:
        """The same without texts: a few hundred bytes, to be kept for long."""
        return replace(self, versions=tuple(dict.fromkeys(version.light() for version in self.versions)))


def seen(event: Event, before: Article | None) -> Seen:
    """What choices see of an event; ``before`` is the version that it replaced (``Log.replaced``), None if unknown."""
    shelves = _set(event.shelves)
    if event.article is None:
        versions: tuple[Side, ...] = (Remains(shelves, event.traces) if event.traces else Unknown(shelves),)
    else:
        new = _version(event.article, shelves - _set(event.left) if event.left else shelves)
        versions = (new,) if event.kind is Kind.PUBLISHED else (new, _replaced(before, shelves))
    return Seen(event.article_id, event.kind, versions)


def standing(event: Event) -> Seen:
    """An article as it stands after its latest event: for who asks what there is, and not what has happened."""
    return seen(replace(event, kind=Kind.PUBLISHED), None)


def _replaced(before: Article | None, shelves: frozenset[str]) -> Version | Unknown:
    """The version before: its sections are its own; of configured feeds it stood on those that it left, or may have."""
    if before is None:
        return Unknown(shelves)
    return _version(before, shelves.intersection(before.sections) | _configured(shelves))


def _version(article: Article, stands: frozenset[str]) -> Version:
    text = Searchable(article)
    return Version(stands, text.language, _labels(text), text)


def _labels(text: Searchable) -> tuple[str, ...]:
    return tuple(sorted(text.tags | text.tag_names)) if text.article.keywords else ()


@lru_cache(maxsize=_SETS_KEPT)
def _set(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)


@lru_cache(maxsize=_SETS_KEPT)
def _configured(shelves: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in shelves if name.startswith(_CONFIGURED))


@dataclass(frozen=True)
class Choice:
    """What a reader wants: of each that is given one must hold, and all of them together.

    ``shelves`` are those of feeds (``Feed.shelf``), ``sections`` names of sections; ``languages`` are in lower case,
    ``tags`` folded (``query.folded``), ``articles`` ids.
    """

    shelves: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    queries: frozenset[Query] = frozenset()

    @cached_property
    def key(self) -> str:
        """In one certain way what is wanted: equal for equal choices and for no others; empty for everything."""
        told = {
            "language": self.languages,
            "tag": self.tags,
            "article": self.articles,
            "q": frozenset(map(str, self.queries)),
        }
        stands = [("stands", urlencode(_pairs("or", names), errors=_ANY)) for names in self._places]
        return urlencode(
            [*sorted(stands), *(pair for name, values in told.items() for pair in _pairs(name, values))], errors=_ANY
        )

    @property
    def is_everything(self) -> bool:
        """Whether every event matches."""
        return not self.key

    @property
    def reads_text(self) -> bool:
        """Whether it must know what a version says."""
        return bool(self.queries)

    @property
    def reads_before(self) -> bool:
        """Whether it must know the version that an event replaced; else the event itself tells enough of it."""
        return bool(self.languages or self.tags or self.queries) or len(self._places) > 1

    def matches(self, event: Seen) -> bool:
        """Whether the reader is to be told of an event.

        Raises:
            LookupError: what is said decides, and the event comes without its texts.
        """
        if self.articles and event.article_id not in self.articles:
            return False
        return any(map(self._wants, event.versions))

    def _wants(self, version: Side) -> bool:
        return (
            not any(names.isdisjoint(version.stands) for names in self._places)
            and (not self.languages or any(map(version.speaks, self.languages)))
            and (not self.tags or any(version.is_tagged(*tag) for tag in self._labels))
            and (not self.queries or any(map(version.says, self.queries)))
        )

    @cached_property
    def _places(self) -> frozenset[frozenset[str]]:
        """Of each of these it must stand on one; asking for a feed is asking for a section where they are the same."""
        return frozenset(names for names in (self.shelves, self.sections) if names)

    @cached_property
    def _labels(self) -> tuple[tuple[str, str], ...]:
        """Each tag as its words and as its name in an address."""
        return tuple((words, words.replace(" ", "-")) for words in sorted(self.tags))


EVERYTHING: Final = Choice()
"""The choice of a reader who makes none."""

_ANY: Final = "surrogatepass"


def _pairs(name: str, values: frozenset[str]) -> list[tuple[str, str]]:
    return [(name, value) for value in sorted(values)]
