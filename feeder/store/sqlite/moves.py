"""Who is who when files change places in one look, planned before any record is accepted.

A swap, a rotation (``latest`` becomes ``previous``) and a copy that is kept before an edit look alike record by
record, and the order of dates would decide. So the plan comes first: an article goes where its exact text is, unless
the file that held it holds an edit of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from feeder import identity
from feeder.identity import State, Verdict

if TYPE_CHECKING:
    from feeder.model import Article
    from feeder.store.sqlite.files import Files
    from feeder.store.sqlite.ledger import Kept, Ledger
    from feeder.store.sqlite.waiting import Candidate

_Place: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Move:
    """What a candidate is: an article that moved to it, or (with a ``keeper``) a copy of what another file keeps.

    ``is_earlier`` tells that the keeper has edited it.
    """

    kept: Kept
    keeper: bytes | None = None
    is_earlier: bool = False


class Moves:
    """The plan of one transaction."""

    def __init__(self, ledger: Ledger, files: Files) -> None:
        self._ledger = ledger
        self._files = files
        self._chosen: dict[int, dict[int, Candidate]] = defaultdict(dict)
        self._says: dict[str, set[int]] = defaultdict(set)
        self._moves: dict[_Place, Move] = {}
        self._movers: dict[int, _Place] = {}

    def plan(self, chosen: list[Candidate]) -> list[Candidate]:
        """Plan for what is to be accepted; gives it with what has to be accepted together with it, in order."""
        if not self._files.has_former():
            return chosen  # no file was read again: nothing has changed places
        together = sorted(self._with_claimants(chosen), key=lambda one: one.turn)
        for one in together:
            self._chosen[one.file][one.record] = one
            self._says[one.article.content_key].add(one.file)
        for one in together:
            if move := self._settle(one):
                self._moves[_place(one)] = move
        return together

    def _with_claimants(self, chosen: list[Candidate]) -> list[Candidate]:
        """With all that waits and says what these files held, and what the files of those held, and so on."""
        found = {_place(one): one for one in chosen}
        queue = list(dict.fromkeys(one.file for one in chosen))
        for file in queue:
            drawn = [one for one in self._files.waiting.for_what_it_held(file) if _place(one) not in found]
            found |= {_place(one): one for one in drawn}
            queue.extend(one.file for one in drawn)
        return list(found.values())

    def of(self, candidate: Candidate) -> Move | None:
        """What is planned for a candidate, as long as no other file took the article first."""
        move = self._moves.get(_place(candidate))
        return move if move and (move.keeper or self._is_free(move.kept, candidate)) else None

    def is_moving(self, article: int, candidate: Candidate) -> bool:
        """Whether an article goes to another record than this one."""
        return self._movers.get(article, _place(candidate)) != _place(candidate)

    def has_copy(self, kept: Kept) -> bool:
        """Whether a file in the folder is known as a copy of an article as it is now."""
        found = self._ledger.connection.execute(
            "SELECT EXISTS (SELECT 1 FROM filings JOIN files ON files.num = filings.file "
            "WHERE article = ? AND copied = ? AND missing_since IS NULL)",
            (kept.num, kept.content_key),
        )
        return bool(found.fetchone()[0])

    def _settle(self, one: Candidate) -> Move | None:
        if one.article.own_id or identity.is_gone_by_choice(one.article):
            return None
        says_it = list(self._ledger.find("content_key", one.article.content_key))
        former = self._files.formerly(one) if says_it else None
        for kept in says_it:
            if kept.num == former:
                return None
            if kept.state is not State.KILLED and self._is_free(kept, one):
                return self._contest(kept, one, former)
        return None

    def _contest(self, kept: Kept, one: Candidate, former: int | None) -> Move | None:
        """A free article and a record that says what it says."""
        if kept.num in self._movers or (former is not None and self._stays(former, one)):
            return None
        keeper = self._keeper(kept, one)
        if keeper is not None:
            return Move(kept, keeper.path, is_earlier=keeper.article.content_key != kept.content_key)
        self._movers[kept.num] = _place(one)
        return Move(kept)

    def _stays(self, former: int, one: Candidate) -> bool:
        """Whether a record is an edit of what its own file held, which nobody else says now."""
        kept = self._ledger.find_one("num", former)
        if kept is None or not kept.is_shown or self._says[kept.content_key] - {one.file}:
            return False
        return self._is_edit(kept, one.article)

    def _keeper(self, kept: Kept, one: Candidate) -> Candidate | None:
        """The record, of a file that held an article before it was read again, that holds it still."""
        for file in self._files.successors(kept.num, without=one.file):
            records = {other.record: other for other in self._files.waiting.of(file)} | self._chosen.get(file, {})
            for other in records.values():
                if self._files.formerly(other) == kept.num and self._keeps(kept, other):
                    return other
        return None

    def _keeps(self, kept: Kept, other: Candidate) -> bool:
        article = other.article
        by_id = self._ledger.find_one("id", article.id) if article.own_id else None
        if by_id is not None:
            return by_id.num == kept.num
        if identity.decide(article, at_path=kept, by_id=None, by_content=()).verdict is Verdict.NEW:
            return False  # it has an id of its own, and so has the article
        if identity.is_gone_by_choice(article):
            return False  # a draft beside the text that it is a draft of
        if article.content_key == kept.content_key:
            return True
        if any(self._is_free(found, other) for found in self._ledger.find("content_key", article.content_key)):
            return False  # it says exactly what another article says, whose file left it
        return self._is_edit(kept, article)

    def _is_edit(self, kept: Kept, article: Article) -> bool:
        return identity.is_revision(self._ledger.article_of(kept), article)

    def _is_free(self, kept: Kept, one: Candidate) -> bool:
        return kept.is_shown and self._files.holder(kept.num, one) is None


def _place(one: Candidate) -> _Place:
    return one.file, one.record
