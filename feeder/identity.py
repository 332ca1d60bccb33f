"""Which article a candidate is: new, a revision, a copy of one that is shown, or one that was barred.

Pure. By identity of content and by the path's history, never by inode or modification time. The store calls it
inside its transaction with what it knows.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from feeder.model import Kind, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.model import Article

NAMESPACE = uuid.UUID("0f0d3b1e-5a0c-5c53-9d0f-7d3c5c9e9b7a")
"""The namespace of ids minted from content; part of every minted id, so it never changes."""

COMPARED_WORDS: Final = 2000
"""How much of two texts is compared to tell an edit from another story."""
_ALIKE: Final = 0.3
_WORD: Final = re.compile(r"[\u2e80-\u9fff]|[^\W\u2e80-\u9fff]+")


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
    """The verdict, and the article it is about (None when it is new)."""

    verdict: Verdict
    known: Known | None = None


def decide(article: Article, *, at_path: Known | None, by_id: Known | None, by_content: Sequence[Known]) -> Decision:
    """Which article a candidate is.

    Args:
        article: the candidate.
        at_path: the article that this record of this file held so far.
        by_id: the article that has the candidate's id.
        by_content: the articles whose current content key is the candidate's, oldest first.

    An id that the author gave wins, but an article keeps the id it was first published with: an author who adds
    an id later does not make a new article. Then the file's path says that it is a revision. Then equal content
    says that it was moved, or is a copy of one that is still there.
    """
    known = _same_article(article, at_path, by_id)
    if known is None:
        return _by_content(article, by_content)
    if known.state is State.KILLED:
        return Decision(Verdict.KILLED, known)
    if article.own_id and _is_older(article, known):
        return Decision(Verdict.OLDER, known)
    return Decision(Verdict.KNOWN, known)


def _same_article(article: Article, at_path: Known | None, by_id: Known | None) -> Known | None:
    if article.own_id:
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
    same wording: the shared part of all runs of three words (Jaccard's index; a character of a script without
    spaces is a word) within the first ``COMPARED_WORDS`` words.
    """
    if old.title.casefold().split() == new.title.casefold().split() and old.published.date() == new.published.date():
        return True
    before, after = _shingles(old.text), _shingles(new.text)
    return len(before & after) > _ALIKE * len(before | after)


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = [found[0] for found in islice(_WORD.finditer(text.casefold()), COMPARED_WORDS)]
    return {tuple(words[start : start + 3]) for start in range(max(len(words) - 2, min(len(words), 1)))}


def is_gone_by_choice(article: Article) -> bool:
    """Whether the author says that the article is not to be shown (a draft, or withdrawn)."""
    return article.usage is not Usage.USABLE
