"""Writing the log: one transaction's events, and with each of them the article and the shelves it concerns.

An article and its latest event are written together and never apart, so the two cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from feeder import identity
from feeder.identity import Known, State
from feeder.likeness import resemblance
from feeder.model import Event, Kind
from feeder.store.sqlite import contents, lines, log, media, names, search_index, traces, wording
from feeder.store.sqlite.rows import micros, moment_of, names_column, names_of
from feeder.store.sqlite.shelves import Shelves, Standing, union

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from feeder.model import Article
    from feeder.store import Form
    from feeder.store.sqlite.connection import Connection
    from feeder.store.sqlite.waiting import Candidate

SLUG_LENGTH: Final = 80
_KEPT: Final = (
    "SELECT num, seq, slug, shelves, ever, id, own_id, state, version, declared_version, content_key, digest, "
    "correction, sketch FROM articles"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Known):
    """An article as the store has it: what ``identity`` asks for, and where it stands in the tables."""

    num: int
    seq: int
    slug: str
    shelves: tuple[str, ...]
    ever: tuple[str, ...]
    sketch: str

    @property
    def is_shown(self) -> bool:
        """Whether the public sees it."""
        return self.state is State.SHOWN

    @property
    def standing(self) -> Standing:
        """Where an event finds it."""
        return Standing(self.num, self.seq, self.shelves if self.is_shown else (), self.ever)


@dataclass(frozen=True, slots=True)
class Named:
    """Who has a name: the article, if it came; whether a later version has replaced it; what was withdrawn of it."""

    kept: Kept | None
    is_superseded: bool
    withdrawn_version: int | None


class Ledger:
    """The log inside one write transaction; ``close`` moves its head on to what was written."""

    def __init__(self, connection: Connection, epoch: str, now: datetime, form: Form | None = None) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self.now = micros(now)
        self._epoch = epoch
        self._form = form
        self._seq, at = connection.execute("SELECT seq, at FROM head").fetchone()
        self._at = max(self.now, at + 1)
        self._shelves = Shelves(connection)

    @property
    def at(self) -> datetime:
        """The moment of this transaction's events: now, but later than the event in front, by a microsecond at least.

        So whoever sees two events of one moment knows that nobody has seen the one without the other.
        """
        return moment_of(self._at)

    def close(self) -> None:
        """Keep the head, and what the shelves have come to."""
        if self.events:
            self.connection.execute("UPDATE head SET seq = ?, at = ?", (self._seq, self._at))
            self._shelves.close()

    def find(self, column: str, value: str | int) -> Iterator[Kept]:
        """The articles with a value in a column, oldest first; ``present`` is left for the asker to find out."""
        for row in self.connection.execute(f"{_KEPT} WHERE {column} = ? ORDER BY num", (value,)):
            num, seq, slug, shelves, ever, article_id, own_id, state, version, declared, key, digest, *rest = row
            yield Kept(
                num=num,
                seq=seq,
                slug=slug,
                shelves=names_of(shelves),
                ever=names_of(ever),
                id=article_id,
                own_id=bool(own_id),
                state=State(state),
                version=version,
                declared_version=declared,
                content_key=key,
                digest=digest,
                correction=rest[0],
                sketch=rest[1],
                present=False,
            )

    def find_one(self, column: str, value: str | int) -> Kept | None:
        """The article with a value in a unique column."""
        return next(self.find(column, value), None)

    def article_of(self, kept: Kept) -> Article:
        """The version of a shown article that is shown."""
        return contents.of_event(self.connection, kept.seq)

    def publish(self, kind: Kind, candidate: Candidate, kept: Kept | None, related: tuple[str, ...] = ()) -> int:
        """Show a candidate as a new article or as the next version of one; says which (its ``num``).

        What a new one is ``related`` to is kept with it for all its versions.
        """
        self._seq += 1
        stands = self._shelves.of(candidate.article, kept.num if kept else None)
        if kept is None:
            num, article = self._add(candidate.article, stands, related)
        else:
            num, article = kept.num, self._revise(candidate.article, stands, kept)
        names.remember(self.connection, num, candidate.article, article.id)
        media.show(self.connection, num, article, is_new=kept is None)
        before = kept.standing if kept else Standing(num)
        event = self._event(kind, article, stands, before, backfill=candidate.backfill)
        self._write(num, event, self._kept(candidate, article))
        lines.write(self.connection, event, self._form)
        self._shelves.note_titles(article)
        self._shelves.put(event, before)
        return num

    def _kept(self, candidate: Candidate, article: Article) -> int:
        """The row of what an article says, which is that of its candidate where that was kept."""
        if candidate.content is None:
            return contents.write(self.connection, contents.encoded(article))
        if article is not candidate.article:
            contents.rewrite(self.connection, candidate.content, article)
        return candidate.content

    def retract(self, kept: Kept, reason: str, state: State = State.WITHDRAWN) -> None:
        """Take a shown article back: its content goes from the log but for traces, and all its shelves hear of it."""
        self._seq += 1
        search_index.forget(self.connection, kept.num)
        left = traces.keep(self.connection, kept.num, contents.of_versions(self.connection, kept.num))
        contents.take_back(self.connection, kept.num)
        self.connection.execute(
            "UPDATE events SET retracted = 1 WHERE article = ? AND kind != ?", (kept.num, Kind.RETRACTED)
        )
        self.connection.execute(
            "UPDATE articles SET state = ?, correction = NULL, expires = NULL, seq = ? WHERE num = ?",
            (state, self._seq, kept.num),
        )
        if state is not State.KILLED:  # that one is recognised for ever
            wording.forget(self.connection, kept.num, kept.sketch)
        media.show(self.connection, kept.num, None)
        event = Event(
            seq=self._seq,
            epoch=self._epoch,
            at=self.at,
            kind=Kind.RETRACTED,
            article_id=kept.id,
            slug=kept.slug,
            version=kept.version,
            shelves=kept.ever,
            left=kept.ever,
            reason=reason,
            traces=left,
        )
        self._write(kept.num, event)
        self._shelves.put(event, kept.standing)

    def bar(self, kept: Kept) -> None:
        """An article that is not shown is never to be shown again."""
        self.connection.execute("UPDATE articles SET state = ? WHERE num = ?", (State.KILLED, kept.num))

    def note_leaving(self, kept: Kept, moment: datetime | None) -> None:
        """No file holds a shown article: it is asked about again at that moment (None: never)."""
        leaves = None if moment is None else micros(moment)
        self.connection.execute("UPDATE articles SET leaves = ? WHERE num = ?", (leaves, kept.num))

    def take_leaving(self, limit: int) -> list[int]:
        """The articles (their numbers) whose moment to be asked about has come; each is given once."""
        rows = self.connection.execute(
            "UPDATE articles SET leaves = NULL WHERE num IN "
            "(SELECT num FROM articles WHERE leaves <= ? ORDER BY leaves, num LIMIT ?) RETURNING num",
            (self.now, limit),
        )
        return [num for (num,) in rows.fetchall()]

    def remember(self, candidate: Article, kept: Kept) -> None:
        """Nothing shown changed, but the author's version or the end of its time may have."""
        self.connection.execute(
            "UPDATE articles SET declared_version = ?, expires = ? WHERE num = ?",
            (_declared(candidate, kept), _expires(candidate), kept.num),
        )

    def _add(self, candidate: Article, stands: tuple[str, ...], related: tuple[str, ...]) -> tuple[int, Article]:
        """A new article, with its number: the id and the slug that it wishes for, or free ones like them."""
        modified = min(candidate.modified, self.at) if candidate.modified else None
        article = _with(candidate, modified=modified, related=related, slug=candidate.slug[:SLUG_LENGTH])
        num = self._insert(article, stands)
        if num is None:
            free_id, free_slug = identity.free_id(candidate, self._has_id), self._free_slug(candidate.slug)
            article = replace(article, id=free_id, slug=free_slug)
            num = self._insert(article, stands)
        if num is None:
            raise AssertionError("what is free can be taken: there is one transaction at a time")
        wording.note(self.connection, num, candidate.sketch)
        return num, article

    def named(self, name: str, *, may_be_other: bool = True) -> Named:
        """Which article has a name, by its id or (unless it was minted here) by what else its author calls it."""
        article, superseded, withdrawn = names.find(self.connection, name) if may_be_other else names.NOBODY
        kept = self.find_one("id", name) or (None if article is None else self.find_one("num", article))
        return Named(kept, superseded, withdrawn)

    def alike(self, sketch: str, limit: int) -> list[tuple[Kept, float]]:
        """The articles whose wording resembles a sketch, the most alike first, of the newest that may.

        Those that are shown, and those that are never to be shown again.
        """
        nums = wording.candidates(self.connection, sketch, limit)
        found = [kept for num in nums for kept in self.find("num", num) if kept.state is not State.WITHDRAWN]
        return sorted(
            ((kept, resemblance(kept.sketch, sketch)) for kept in found), key=lambda one: (-one[1], one[0].num)
        )

    def _insert(self, article: Article, stands: tuple[str, ...]) -> int | None:
        """The number of a new row; None where its id or its slug is taken."""
        shelves = names_column(stands)
        added = self.connection.execute(
            "INSERT INTO articles (id, slug, own_id, state, version, declared_version, content_key, digest, "
            "correction, expires, seq, shelves, ever, sketch) "
            "VALUES (?, ?, ?, 'shown', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                *(article.id, article.slug, article.own_id, article.version, article.declared_version),
                *(article.content_key, article.digest, article.correction, _expires(article)),
                *(self._seq, shelves, shelves, article.sketch),
            ),
        )
        return added.lastrowid if added.rowcount else None

    def _revise(self, candidate: Article, stands: tuple[str, ...], kept: Kept) -> Article:
        """The next version of an article: its id and slug are final, and what it is related to."""
        article = replace(
            candidate,
            id=kept.id,
            own_id=kept.own_id,
            slug=kept.slug,
            version=identity.next_version(candidate, kept),
            modified=min(candidate.modified or self.at, self.at),
        )
        if kept.is_shown:
            article = self._continued(article, kept, self.article_of(kept), has_moment=candidate.modified is not None)
        self.connection.execute(
            "UPDATE articles SET state = 'shown', version = ?, declared_version = ?, content_key = ?, digest = ?, "
            "correction = ?, expires = ?, seq = ?, shelves = ?, ever = ?, sketch = ? WHERE num = ?",
            (
                *(article.version, _declared(article, kept), article.content_key, article.digest),
                *(article.correction, _expires(article), self._seq),
                *(names_column(stands), names_column(union(stands, kept.ever))),
                *(article.sketch, kept.num),
            ),
        )
        wording.note(self.connection, kept.num, article.sketch, before=kept.sketch)
        return article

    def _continued(self, article: Article, kept: Kept, before: Article, *, has_moment: bool) -> Article:
        """A version as the one after another: its moment moves on if what matters does, or by the author's word."""
        article = replace(article, related=before.related)
        if identity.is_significant(article, before) or (has_moment and article.modified != before.modified):
            return article
        since = before.said_since or (kept.seq, moment_of(log.at_of(self.connection, kept.seq)))
        return replace(article, modified=before.modified, said_since=since)

    def _event(
        self, kind: Kind, article: Article, stands: tuple[str, ...], before: Standing, *, backfill: bool
    ) -> Event:
        shelves = union(stands, before.shelves) if before.shelves else stands
        return Event(
            seq=self._seq,
            epoch=self._epoch,
            at=self.at,
            kind=kind,
            article_id=article.id,
            slug=article.slug,
            version=article.version,
            shelves=shelves,
            left=tuple(name for name in shelves if name not in stands),
            article=article,
            backfill=backfill,
        )

    def _write(self, num: int, event: Event, content: int | None = None) -> None:
        self.connection.execute(
            "INSERT INTO events (seq, epoch, at, kind, article, version, shelves, departed, reason, backfill, "
            "retracted, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
            (
                event.seq,
                event.epoch,
                self._at,
                event.kind,
                num,
                event.version,
                names_column(event.shelves),
                names_column(event.left),
                event.reason,
                event.backfill,
                content,
            ),
        )
        self.events.append(event)

    def _has_id(self, article_id: str) -> bool:
        return self._exists("id", article_id)

    def _exists(self, column: str, value: str) -> bool:
        return self.find_one(column, value) is not None

    def _free_slug(self, wish: str) -> str:
        """The wish, or its first free serial: found by doubling and halving, as a thousand may share one wish."""
        if not self._exists("slug", wish[:SLUG_LENGTH]):
            return wish[:SLUG_LENGTH]
        free = 2
        while self._exists("slug", with_serial(wish, free)):
            free *= 2
        taken = free // 2
        while free - taken > 1:
            middle = (taken + free) // 2
            if self._exists("slug", with_serial(wish, middle)):
                taken = middle
            else:
                free = middle
        return with_serial(wish, free)


def _with(article: Article, **changes: Any) -> Article:
    """An article with some fields changed; itself where they are so already, as making one of forty fields costs."""
    changes = {name: value for name, value in changes.items() if getattr(article, name) != value}
    return replace(article, **changes) if changes else article


def with_serial(slug: str, serial: int) -> str:
    """``slug-2``, cut so that it stays within ``SLUG_LENGTH`` characters."""
    tail = f"-{serial}"
    return slug[: SLUG_LENGTH - len(tail)].rstrip("-") + tail


def _declared(candidate: Article, kept: Kept) -> int | None:
    declared = [version for version in (candidate.declared_version, kept.declared_version) if version is not None]
    return max(declared, default=None)


def _expires(article: Article) -> int | None:
    return None if article.expires is None else micros(article.expires)
