"""The way in, inside one write transaction: candidates become articles, or their files hear why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from feeder import identity
from feeder.errors import printable
from feeder.identity import Alike, Decision, State, Verdict
from feeder.likeness import is_telling
from feeder.model import Usage
from feeder.store import Accepted, Status
from feeder.store.sqlite.files import Files
from feeder.store.sqlite.marks import Filing, waits
from feeder.store.sqlite.moves import Moves
from feeder.store.sqlite.names import note_withdrawn
from feeder.store.sqlite.rows import micros, path_of, storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from feeder.model import Article
    from feeder.store import Mark, Take
    from feeder.store.sqlite.ledger import Kept, Ledger
    from feeder.store.sqlite.waiting import Candidate

WITHDRAWN = "withdrawn"
EXPIRED = "expired"
_FOR_GOOD = "it was retracted for good"
_MOST_COMPARED = 20
"""Articles that a new one's wording is compared with, the newest ones that may be like it."""


class Intake:
    """One transaction of the way in."""

    def __init__(self, ledger: Ledger, *, now: datetime, gone: Collection[str] = ()) -> None:
        self._ledger = ledger
        self._now = now
        self._files = Files(ledger.connection, now, gone)
        self._moves = Moves(ledger, self._files)

    def stage(self, takes: Sequence[Take]) -> tuple[Mark, ...]:
        """Keep what was read of files; nothing is accepted yet. Gives the marks that no ``accept`` tells of now."""
        self._files.stage_all(self._keep(takes))
        return tuple(mark for mark in self._files.close() if not waits(self._ledger.connection, mark, self._now))

    def accept(self, takes: Sequence[Take], limit: int, *, leaves: datetime | None) -> Accepted:
        """Stage, then accept what is due, in order of date; what no file holds any more goes at its moment (if any)."""
        left: set[int] = set()
        for candidate in self._moves.plan(self._files.waiting.next_in_turn(self._keep(takes), limit)):
            former = self._files.formerly(candidate)
            filing = self._moved(candidate) or self._judge(candidate, self._decide(candidate, former))
            self._files.file(candidate, filing)
            if former is not None and (former != filing.article or filing.copied is not None):
                left.add(former)
        if left:
            self._files.drop_former()
            self._let_go(left, leaves)
        more = self._files.waiting.is_more_due()
        return Accepted(tuple(self._ledger.events), self._files.close(), more)

    def _keep(self, takes: Sequence[Take]) -> list[Candidate]:
        latest = {take.seed.path: take for take in takes}
        return [candidate for take in latest.values() for candidate in self._files.keep(take)]

    def vanish(self, paths: Collection[str], *, withdraw: bool) -> None:
        """Forget files; their articles pass to copies of them, or go with them if they are to."""
        self._let_go(self._files.forget(paths), self._now if withdraw else None)
        self._files.close()

    def _let_go(self, articles: Iterable[int], leaves: datetime | None) -> None:
        """Files hold these articles no more; what no other one holds is retracted at that moment (None: never)."""
        for num in sorted(articles):
            kept = self._ledger.find_one("num", num)
            if kept is None or not kept.is_shown or self._files.is_held(num):
                continue
            file = self._files.promote_copy(num, kept.content_key)
            if file is not None:
                self._take_over(kept, file)
            elif leaves is not None and leaves <= self._now:
                self._ledger.retract(kept, WITHDRAWN)
            else:
                self._ledger.note_leaving(kept, leaves)

    def _take_over(self, kept: Kept, file: int) -> None:
        """A copy holds an article from now on: what it says beside the text counts, as its section by its folder."""
        for copy in self._files.waiting.take_promoted(kept.num, file):
            self._files.file(copy, self._judge(copy, Decision(Verdict.KNOWN, kept)))

    def retract(self, article_id: str, reason: str) -> None:
        """Withdraw an article for good."""
        kept, reason = self._ledger.find_one("id", article_id), storable(reason)
        if kept is None:
            raise KeyError(article_id)
        if kept.is_shown:
            self._ledger.retract(kept, reason, State.KILLED)
        else:
            self._ledger.bar(kept)
        self._files.take_down(kept.num, Status.WITHDRAWN, f"{_FOR_GOOD}: {reason}")
        self._files.close()

    def expire(self, limit: int) -> None:
        """Retract what has expired, and what no file has held for long enough."""
        rows = self._ledger.connection.execute(
            "SELECT num FROM articles WHERE state = 'shown' AND expires <= ? ORDER BY expires, num LIMIT ?",
            (micros(self._now), limit),
        )
        for (num,) in rows.fetchall():
            if kept := self._ledger.find_one("num", num):
                self._take_back(kept, EXPIRED, Status.EXPIRED)
        self._let_go(self._ledger.take_leaving(limit), self._now)
        self._files.close()

    def _moved(self, candidate: Candidate) -> Filing | None:
        """What becomes of a candidate that changed places with others, if it did."""
        move = self._moves.of(candidate)
        if move is None:
            return None
        if move.keeper is not None:
            return self._copy(candidate, move.kept, move.keeper, is_earlier=move.is_earlier)
        return self._judge(candidate, Decision(Verdict.KNOWN, move.kept))

    def _judge(self, candidate: Candidate, decision: Decision) -> Filing:
        """What becomes of a candidate."""
        kept = cast("Kept | None", decision.known)  # it hands back what it was given
        if filing := self._barred(candidate.article, kept, decision.verdict):
            return filing
        if identity.is_gone_by_choice(candidate.article):
            return self._leave_out(candidate, kept)
        if decision.verdict is Verdict.DUPLICATE and kept is not None:
            return self._copy(candidate, kept, self._files.holder(kept.num, candidate))
        if candidate.article.expires is not None and candidate.article.expires <= self._now:
            return self._too_late(candidate, kept)
        return self._publish(candidate, kept, decision.related)

    def _barred(self, article: Article, kept: Kept | None, verdict: Verdict) -> Filing | None:
        """What becomes of a candidate that comes too late."""
        if kept is None:
            reason = self._withdrawn_before(article)
            return Filing(Status.IGNORED, reason) if reason else None
        if verdict is Verdict.KILLED:
            return Filing(Status.WITHDRAWN, _FOR_GOOD, kept.num)
        return Filing(Status.IGNORED, _older(article, kept), kept.num) if verdict is Verdict.OLDER else None

    def _withdrawn_before(self, article: Article) -> str | None:
        """Why an article is not published that its author withdrew before it came."""
        if not article.own_id or article.declared_version is None or identity.is_gone_by_choice(article):
            return None
        withdrawn = self._ledger.named(article.id).withdrawn_version
        if withdrawn is None or article.declared_version >= withdrawn:
            return None
        return f"its version {article.declared_version} is older than {withdrawn}, by which its author withdrew it"

    def _decide(self, candidate: Candidate, former: int | None) -> Decision:
        article, find = candidate.article, self._ledger.find
        own = self._ledger.named(article.id, may_be_other=article.own_id)
        superseded = self._ledger.named(article.supersedes).kept if article.supersedes else None
        by_content = [self._present(kept, candidate) for kept in find("content_key", article.content_key)]
        at_path = self._at_path(candidate, former)
        decision = identity.decide(
            article,
            at_path=None if at_path and self._is_written_over(at_path, article, by_content) else at_path,
            by_id=own.kept and self._present(own.kept, candidate),
            by_content=by_content,
            superseded=superseded and self._present(superseded, candidate),
            is_old_name=own.is_superseded,
        )
        if decision.verdict is Verdict.NEW and is_telling(article.sketch):
            return identity.decide_by_likeness(article, self._alike(candidate))
        return decision

    def _alike(self, candidate: Candidate) -> list[Alike]:
        return [
            Alike(kept, resemblance, self._files.is_leaving(kept.num, candidate))
            for kept, resemblance in self._ledger.alike(candidate.article.sketch, _MOST_COMPARED)
        ]

    def _at_path(self, candidate: Candidate, num: int | None) -> Kept | None:
        """The article that the record was before the file changed, unless it has moved to another file since.

        Where there is a copy of it already, a text that is no edit of it leaves it to that one.
        """
        kept = None if num is None else self._ledger.find_one("num", num)
        if kept is None or self._moves.is_moving(kept.num, candidate):
            return None
        if self._files.holder(kept.num, candidate) is not None:
            return None
        return None if self._moves.has_copy(kept) and not self._is_edit(candidate.article, kept) else kept

    def _is_edit(self, article: Article, kept: Kept) -> bool:
        return kept.is_shown and identity.is_revision(self._ledger.article_of(kept), article)

    def _is_written_over(self, kept: Kept, article: Article, by_content: Sequence[Kept]) -> bool:
        """Whether a file that held an article holds a copy of another story now, whose own file is still there.

        An edit that happens to say what another file says is an edit: the correction of a story must reach its readers,
        though somebody made it in another file and copied it back.
        """
        if not any(one.present and one.is_shown and one.num != kept.num for one in by_content):
            return False
        return not self._is_edit(article, kept)

    def _present(self, kept: Kept, candidate: Candidate) -> Kept:
        """With the answer to whether another file in the folder holds the article."""
        is_held = self._files.holder(kept.num, candidate) is not None
        return replace(kept, present=True) if is_held or self._moves.is_moving(kept.num, candidate) else kept

    def _leave_out(self, candidate: Candidate, kept: Kept | None) -> Filing:
        """A draft or a withdrawal: what the file held of it is taken back.

        A withdrawal counts from any file, as agencies send one of its own. A draft of a story that another file
        has is only somebody's work on it.
        """
        usage = candidate.article.usage
        status = Status.DRAFT if usage is Usage.DRAFT else Status.WITHDRAWN
        is_own = candidate.article.own_id and usage is Usage.WITHDRAWN
        if kept is None and is_own:
            note_withdrawn(self._ledger.connection, candidate.article.id, candidate.article.declared_version)
        if kept is None or (kept.present and not is_own):
            return Filing(status, f"its author marked it as {usage}")
        self._ledger.remember(candidate.article, kept)  # an older version that comes late is older than this one
        self._take_back(kept, WITHDRAWN, status)
        return Filing(status, f"its author marked it as {usage}", kept.num)

    def _take_back(self, kept: Kept, reason: str, status: Status) -> None:
        if kept.is_shown:
            self._ledger.retract(kept, reason)
            self._files.take_down(kept.num, status, f"the article is {reason}")

    def _copy(self, candidate: Candidate, kept: Kept, path: bytes | None, *, is_earlier: bool = False) -> Filing:
        what = "an earlier version of" if is_earlier else "the same article as"
        reason = f"it is {what} {printable(path_of(path)) if path else kept.id}"
        return Filing(Status.DUPLICATE, reason, kept.num, candidate.article.content_key, is_earlier)

    def _too_late(self, candidate: Candidate, kept: Kept | None) -> Filing:
        reason = f"it expired at {candidate.article.expires:%Y-%m-%dT%H:%M:%S%z}"
        if kept is None:
            return Filing(Status.EXPIRED, reason)
        self._take_back(kept, EXPIRED, Status.EXPIRED)
        return Filing(Status.EXPIRED, reason, kept.num)

    def _publish(self, candidate: Candidate, kept: Kept | None, related: tuple[str, ...]) -> Filing:
        kind = identity.change(candidate.article, kept)
        if kind is not None:
            num = self._ledger.publish(kind, candidate, kept, related)
            if kept is not None and kept.content_key != candidate.article.content_key:
                self._files.waiting.wake_copies(num)
            return Filing(Status.PUBLISHED, article=num, is_written=True)
        if kept is None:
            raise AssertionError("a new article is always a change")
        self._ledger.remember(candidate.article, kept)
        return Filing(Status.PUBLISHED, article=kept.num)


def _older(article: Article, kept: Kept) -> str:
    if article.declared_version is None or kept.declared_version is None:
        return f"a later version has replaced it, which is {kept.id}"
    reason = f"its version {article.declared_version} is older than {kept.declared_version}"
    return f"{reason}, which was taken in before"
