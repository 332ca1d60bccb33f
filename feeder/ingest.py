"""The road in, as a pipe: look, settle, judge, accept; then what is due is released and what vanished is let go.

One task does it all, in turn, so nothing here needs a lock. It looks when the folder's bell rings, when the
schedule says so, when a waiting file has waited enough, and when something is due.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import structlog

from feeder.errors import UnavailableError, place, printable
from feeder.judge import ChangedError
from feeder.seeds import is_being_written, scan, scan_paths
from feeder.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from feeder.bell import Listener
    from feeder.judge import Judgement
    from feeder.model import Event, Seed
    from feeder.seeds import FolderBell, Missing, Scan, Settling
    from feeder.store import Accepted, Mark, Store, Take

_log = structlog.get_logger(__name__)

CHUNK = 500
"""Files judged and kept in one transaction."""


class Judge(Protocol):
    """Says what a file is."""

    async def judge(self, folder: str, seed: Seed) -> Judgement:
        """What a file below ``folder`` is; raises ``ChangedError`` if it went away or changed while it was read."""
        ...


class Ingest:
    """The road in for one folder.

    ``clock`` gives aware UTC moments, ``monotonic`` seconds that never step. ``on_due`` is told the next moment
    at which something is to be released or to expire (None: nothing is). ``is_written`` asks the system whether
    a file is open for writing (None: it does not tell). Who is not ``patient`` looks once and
    will not come back for the rest of a file that looks cut off.
    """

    def __init__(  # noqa: PLR0913 - each is a part that it is made of
        self,
        *,
        bell: FolderBell,
        judge: Judge,
        store: Store,
        settling: Settling,
        missing: Missing,
        clock: Callable[[], datetime],
        is_written: Callable[[str], bool | None] = is_being_written,
        withdraw: bool = False,
        patient: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
        on_due: Callable[[datetime | None], None] = lambda _: None,
    ) -> None:
        self.bell = bell
        self.missing = missing
        self.counts: Counter[str] = Counter()
        self._problems: list[str] = []
        self.looks = 0
        self._judge = judge
        self._store = store
        self._settling = settling
        self._clock = clock
        self._is_written = is_written
        self._withdraw = withdraw
        self._patient = patient
        self._monotonic = monotonic
        self._on_due = on_due
        self._marks: dict[str, Mark] = {}
        self._loaded = False
        self._backfill: set[str] | None = None
        self._next_due: datetime | None = None

    @property
    def problems(self) -> list[str]:
        """What keeps articles from being taken in or withdrawn, a sentence each."""
        return self._problems

    def _note_problems(self, found: list[str]) -> None:
        for problem in found:
            if problem not in self._problems:
                _log.warning("problem", reason=problem)
        for problem in self._problems:
            if problem not in found:
                _log.info("mended", reason=problem)
        self._problems = found

    def _problems_of(self, found: Scan) -> list[str]:
        root = printable(self.bell.root)
        if not found.exists:
            return [f"the seeds folder {root} is not there; nothing is taken in or withdrawn until it is back"]
        problems = [f"the folder {printable(folder) or root} cannot be read" for folder in found.unreadable]
        return problems + ([_mass_deletion(self.missing.held)] if self.missing.held else [])

    @property
    def waiting(self) -> list[str]:
        """The files that were seen and are not taken in yet."""
        return self._settling.waiting

    @property
    def marks(self) -> list[Mark]:
        """What became of every file that is known, by path."""
        return [self._marks[path] for path in sorted(self._marks)]

    async def run(self) -> None:
        """Take in what comes, until cancelled."""
        with self.bell.listen() as listener:
            while True:
                await self._wait(listener)
                await self._look_through()

    async def _wait(self, listener: Listener) -> None:
        moments = [moment for moment in (self._settling.next_look(), self.missing.next_look()) if moment is not None]
        await listener.wait(max(0.0, min(moments) - self._monotonic()) if moments else None)

    async def _look_through(self) -> None:
        """One look; the same again after a pause as long as the store is away."""
        hints, pause = self.bell.take_hints(), 0.25
        while True:
            try:
                await self.look(hints)
            except UnavailableError as error:
                self._note_problems([f"nothing is taken in for now: {error}"])
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
                hints, pause = None, min(pause * 2, 30)
            else:
                return

    async def look(self, hints: set[str] | None = None) -> int:
        """Look at the folder, or at some paths of it and those that wait; gives how many events were written.

        What is new and settled is taken in, what is due released, what expired or vanished withdrawn.
        """
        await self._load()
        found = await self._scan(hints)
        fresh = await asyncio.to_thread(self._settled, found)
        takes = await self._judge_all(fresh)
        events = await self._accept(takes)
        events += await self._let_go()
        self._note_problems(self._problems_of(found))
        self._next_due = await self._store.next_due()
        self._on_due(self._next_due)
        self.looks += 1
        return events

    async def absent(self) -> list[str]:
        """The known files that are not in the folder now, for however long."""
        await self._load()
        await self._scan(None)
        return sorted(self.missing.paths)

    async def retract(self, article_id: str, reason: str) -> Sequence[Event]:
        """Withdraw one article for good, whatever its file does; no events if it was already.

        Raises:
            KeyError: there is no such article.
        """
        events = await self._store.retract(article_id, now=self._clock(), reason=reason)
        await self._read_marks()
        return events

    async def _load(self) -> None:
        """At the first look: what the store knows of the folder."""
        if self._loaded:
            return
        await self._read_marks()
        for path, mark in self._marks.items():
            if mark.missing_since is not None:
                absent_seconds = max(0.0, (self._clock() - mark.missing_since).total_seconds())
                self.missing.note(path, self._monotonic() - absent_seconds)
        first_ever = not self._marks and (await self._store.bounds()).newest == 0
        self._backfill = None if first_ever else set()
        self._next_due = await self._store.next_due()
        self._loaded = True

    async def _read_marks(self) -> None:
        """What became of files is changed by others too: a retraction, an expiry, a copy that takes over."""
        self._marks = {mark.seed.path: mark for mark in await self._store.marks()}

    async def _scan(self, hints: set[str] | None) -> Scan:
        """See what is there, and note which known files are not."""
        if hints is None:
            found = await asyncio.to_thread(scan, self.bell.root)
            asked: Collection[str] = self._marks.keys()
            if found.exists and self.bell.watch(found.folders):
                self.bell.look_at_all()  # files may have come before the watch was hung
        else:
            asked = hints | set(self.waiting) | self.missing.paths | self._held_and_due()
            found = await asyncio.to_thread(scan_paths, self.bell.root, asked)
        await self._note_absences(found, asked)
        if self._backfill is None:
            self._backfill = set(found.seeds)
        return found

    def _held_and_due(self) -> set[str]:
        """The files of articles that may be released now: one that was deleted a moment ago is not released."""
        if self._next_due is None or self._next_due > self._clock():
            return set()
        return {path for path, mark in self._marks.items() if mark.status is Status.SCHEDULED}

    async def _note_absences(self, found: Scan, asked: Collection[str]) -> None:
        """Keep in the store, and in mind, which known files are away and which are back."""
        away = [path for path in asked if path not in found.seeds]
        gone = {path for path in away if path in self._marks and found.exists and not found.may_hide(path)}
        back = self.missing.paths & found.seeds.keys()
        if back:
            await self._store.note_missing(back, None)
        if fresh := gone - self.missing.paths:
            await self._store.note_missing(fresh, self._clock())
        for path in back:
            self.missing.forget(path)
        for path in gone:
            self.missing.note(path, self._monotonic())
        for path in away:
            self._settling.forget(path)
            self.bell.written.pop(path, None)

    def _settled(self, found: Scan) -> list[Seed]:
        """The files that differ from what is known of them and may be read now. Asks the system; in a thread."""
        now, settled = self._monotonic(), []
        for path, seed in found.seeds.items():
            mark = self._marks.get(path)
            if mark is not None and mark.seed == seed:
                self._settling.forget(path)
            elif not self._settling.is_held(seed, now):
                written = self._is_written(os.path.join(self.bell.root, path))
                if written is None:
                    written = self.bell.written.get(path)
                if self._settling.is_settled(seed, now, written=written):
                    settled.append(seed)
        return settled

    async def _judge_all(self, fresh: Sequence[Seed]) -> list[Take]:
        """Judge the files; what does not fit into one transaction is staged, the rest given."""
        takes: list[Take] = []
        for start in range(0, len(fresh), CHUNK):
            if takes:
                await self._store.stage(takes, now=self._clock())
            judged = await asyncio.gather(*(self._take(seed) for seed in fresh[start : start + CHUNK]))
            takes = [take for take in judged if take is not None]
            await self._refresh(takes)
            takes = [take for take in takes if not self._is_same(take)]
        return takes

    async def _take(self, seed: Seed) -> Take | None:
        """What is to be stored of a file; None if it has to wait."""
        now = self._monotonic()
        try:
            judgement = await self._judge.judge(self.bell.root, seed)
        except ChangedError:
            self._settling.look_again(seed, now)
            return None
        if judgement.unfinished and self._patient and self._settling.may_be_unfinished(seed, now):
            return None
        return dataclasses.replace(judgement.take, backfill=self._backfill is not None and seed.path in self._backfill)

    def _is_same(self, take: Take) -> bool:
        mark = self._marks.get(take.seed.path)
        return mark is not None and mark.sha256 == take.sha256

    async def _refresh(self, takes: Sequence[Take]) -> None:
        """Files that were touched, or written again with the same bytes, only look different."""
        same = [take.seed for take in takes if self._is_same(take)]
        if not same:
            return
        await self._store.refresh(same)
        for seed in same:
            self._keep(dataclasses.replace(self._marks[seed.path], seed=seed))

    async def _accept(self, takes: Sequence[Take]) -> int:
        """Let in what was judged and what is due; what expired goes."""
        events, now = 0, self._clock()
        if takes or not self.looks or (self._next_due is not None and self._next_due <= now):
            more = True
            while more:
                accepted = await self._store.accept(
                    takes, now=now, gone=self.missing.paths, limit=CHUNK, withdraw=self._withdraw
                )
                events, takes, more = events + len(accepted.events), (), accepted.more
                self._tell(accepted)
            expired = await self._store.expire(now=now)
            if expired:
                await self._read_marks()  # what expired concerns the files that held it
            events += len(expired)
        return events

    def _tell(self, accepted: Accepted) -> None:
        for mark in accepted.marks:
            self._keep(mark)
            self.counts[mark.status] += 1
            if mark.status is Status.QUARANTINED and mark.refusal is not None:
                where = place(mark.refusal.line, mark.refusal.offset)
                _log.warning("refused", path=printable(mark.seed.path), reason=mark.refusal.reason + where)

    def _keep(self, mark: Mark) -> None:
        self._marks[mark.seed.path] = mark
        self._settling.forget(mark.seed.path)
        self.bell.written.pop(mark.seed.path, None)
        if self._backfill:
            self._backfill.discard(mark.seed.path)  # its next version is news

    async def _let_go(self) -> int:
        """Let the files go that have been away for the grace time."""
        deleted = self.missing.take_deleted(self._monotonic(), len(self._marks))
        if not deleted:
            return 0
        events = await self._store.vanish(deleted, now=self._clock(), withdraw=self._withdraw)
        for path in deleted:
            self.missing.forget(path)
        await self._read_marks()  # copies of what went may stand for it now, or are to be read anew
        return len(events)


def _mass_deletion(held: Sequence[str]) -> str:
    return (
        f"{len(held)} files vanished at once (for example {printable(held[0])}); nothing is withdrawn until you "
        "confirm with `feeder withdraw --confirm`, or the files are back"
    )
