"""Which article a candidate is: new, a revision, a copy of one that is shown, or one that was barred.

Pure. By identity of content and by the path's history, never by inode or modification time. The store calls it
inside its transaction with what it knows.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

from feeder import likeness
from feeder.model import Kind, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.model import Article

NAMESPACE = uuid.UUID("0f0d3b1e-5a0c-5c53-9d0f-7d3c5c9e9b7a")
"""The namespace of ids minted from content; part of every minted id, so it never changes."""

REVISED: Final = 0.3
"""The resemblance of texts above which one may be an edit of the other."""
MOVED: Final = 0.8
"""Likewise of one in a new file to one whose file has just gone."""
RELATED: Final = 0.9
"""The resemblance above which two articles that are both there say almost the same."""


_SAID: Final = ("title", "summary", "html", "text", "published", "correction", "images", "enclosures")


class State(StrEnum):
    """What the public sees of a stored article."""

    SHOWN = "shown"
    WITHDRAWN = "withdrawn"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a store knows of one article when a candidate may be it.

    ``present`` tells that at least one file in the folder holds it; ``declared_version`` is the version
    that the author declared, if any.
    """

    id: str
    own_id: bool
    state: State
    version: int
    declared_version: int | None
    content_key: str
    digest: str
    correction: str | None
    present: bool


class Verdict(Enum):
    """What a candidate is."""

    NEW = "new"
    KNOWN = "known"
    DUPLICATE = "duplicate"
    OLDER = "older"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and the article it is about (None when it is new).

    A new article may be ``related`` to others, whose ids these are.
    """

    verdict: Verdict
    known: Known | None = None
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """An article that says almost what a candidate says, and how much so (``likeness.resemblance``).

    ``is_leaving`` tells that the only file which held it is not in the folder any more, since a moment ago.
    """

    known: Known
    resemblance: float
    is_leaving: bool


def decide(  # noqa: PLR0913 - each is a way to know an article
    article: Article,
    *,
    at_path: Known | None,
    by_id: Known | None,
    by_content: Sequence[Known],
    superseded: Known | None = None,
    is_old_name: bool = False,
) -> Decision:
    """Which article a candidate is.

    Args:
        article: the candidate.
        at_path: the article that this record of this file held so far.
        by_id: the article that has the candidate's id.
        by_content: the articles whose current content key is the candidate's, oldest first.
        superseded: the article that the candidate says it replaces.
        is_old_name: whether the candidate's id is one that a later version has replaced by its own.

    An id that the author gave wins, but an article keeps the id it was first published with: an author who adds
    an id later does not make a new article, and neither does a version under a new id that names the one it
    replaces. Then the file's path says that it is a revision. Then equal content says that it was moved, or is a
    copy of one that is still there.
    """
    known = _same_article(article, at_path, by_id, superseded)
    if known is None:
        return _by_content(article, by_content)
    if known.state is State.KILLED:
        return Decision(Verdict.KILLED, known)
    if article.own_id and (is_old_name or _is_older(article, known)):
        return Decision(Verdict.OLDER, known)
    return Decision(Verdict.KNOWN, known)


def decide_by_likeness(article: Article, alike: Sequence[Alike]) -> Decision:
    """What a candidate that nothing else identifies is, by what resembles it, the most alike first.

    The article of a file that has just gone was moved and edited. What is still there may be another telling of the
    same story (two desks, two agencies): it stays an article of its own, and the two are linked. What was retracted for
    good is linked with nothing, but an edit in a new file does not bring it back.
    """
    for one in alike:
        if one.is_leaving and one.resemblance >= MOVED and not (article.own_id or one.known.own_id):
            verdict = Verdict.KILLED if one.known.state is State.KILLED else Verdict.KNOWN
            return Decision(verdict, one.known)
    related = tuple(one.known.id for one in alike if one.resemblance >= RELATED and one.known.state is State.SHOWN)
    return Decision(Verdict.NEW, related=related)


def _same_article(
    article: Article, at_path: Known | None, by_id: Known | None, superseded: Known | None
) -> Known | None:
    if by_id is None:
        by_id = superseded
    if article.own_id or superseded is not None:
        if by_id is not None:
            return by_id
        return at_path if at_path is not None and not at_path.own_id else None
    return at_path


def _by_content(article: Article, candidates: Sequence[Known]) -> Decision:
    for known in candidates:
        if article.own_id and known.own_id:
            continue  # two ids of an author's own are two articles, whatever they say
        if known.state is State.KILLED:
            return Decision(Verdict.KILLED, known)
        if known.present and known.state is State.SHOWN:
            return Decision(Verdict.DUPLICATE, known)
        return Decision(Verdict.KNOWN, known)
    return Decision(Verdict.NEW)


def _is_older(article: Article, known: Known) -> bool:
    declared, kept = article.declared_version, known.declared_version
    return declared is not None and kept is not None and declared < kept


def change(article: Article, known: Known | None) -> Kind | None:
    """Which event a usable candidate makes of the article that it is, None if nothing shown changed."""
    if known is None or known.state is not State.SHOWN:
        return Kind.PUBLISHED
    if article.digest == known.digest:
        return None
    if article.correction and article.correction != known.correction:
        return Kind.CORRECTED
    return Kind.UPDATED


def is_significant(article: Article, before: Article) -> bool:
    """Whether a new version says something else to who has read the one before (RFC 4287 section 4.2.15).

    A keyword or a section is no reason to read it again.
    """
    return any(getattr(article, name) != getattr(before, name) for name in _SAID)


def next_version(article: Article, known: Known | None) -> int:
    """The version that an accepted candidate gets: the declared one where it moves on, else one more."""
    if known is None:
        return article.version
    declared = article.declared_version
    return declared if declared is not None and declared > known.version else known.version + 1


def mint(content_key: str) -> str:
    """The id of an article that has none of its own, from the content it was first seen with."""
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, content_key)}"


def free_id(article: Article, is_taken: Callable[[str], bool]) -> str:
    """The id for a new article: its own, or the minted one, made different while another article has it."""
    if not is_taken(article.id):
        return article.id
    serial = 2
    while is_taken(other := mint(f"{article.content_key}#{serial}")):
        serial += 1
    return other


def is_revision(old: Article, new: Article) -> bool:
    """Whether an article is an edit of another one rather than another story.

    It is, with the same title on the same day (a daily "Weather" is another story every day), or with much of the
    same wording.
    """
    if old.title.casefold().split() == new.title.casefold().split() and old.published.date() == new.published.date():
        return True
    return is_reworded(likeness.sketch(old.text), likeness.sketch(new.text))


def is_reworded(before: str, after: str) -> bool:
    """Whether a text may be an edit of another one, by their sketches."""
    return bool(before) and bool(after) and likeness.resemblance(before, after) > REVISED


def is_gone_by_choice(article: Article) -> bool:
    """Whether the author says that the article is not to be shown (a draft, or withdrawn)."""
    return article.usage is not Usage.USABLE
