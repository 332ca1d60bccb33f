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
from functools import partial
from itertools import filterfalse, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from feeder.errors import UnavailableError
from feeder.ingest.batch import MOST_ROUNDS, Batch
from feeder.ingest.marks import Marks
from feeder.ingest.owners import Owners
from feeder.ingest.progress import UNWATCHED, Progress
from feeder.ingest.retries import Retries
from feeder.ingest.shortage import Shortage
from feeder.ingest.troubles import Troubles, of_look, say_if_refused
from feeder.judge import Judgement
from feeder.seeds import Scanning, is_being_written, scan_paths
from feeder.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from feeder.bell import Listener
    from feeder.folder_bell import FolderBell
    from feeder.judge.judges import Judge
    from feeder.model import Event, Seed
    from feeder.seeds import Missing, Scan, Settling
    from feeder.store import Mark, Store, Take

SLICE_SECONDS = 0.01
"""How long a look at the whole folder goes on before it is asked whether the bell has named something meanwhile."""
CHUNK = 1000
"""Articles accepted in one transaction."""


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
        progress: Progress = UNWATCHED,
    ) -> None:
        self.bell = bell
        self.missing = missing
        self.counts: Counter[str] = Counter()
        self.records_refused = 0
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
        self._progress = progress
        self._troubles = Troubles()
        self._retries = Retries()
        self._marks = Marks()
        self._owners = Owners()
        self._shortage = Shortage()
        self._loaded = False
        self._overtaken: set[str] | None = None
        self._backfill: set[str] | None = None
        self._next_due: datetime | None = None

    @property
    def problems(self) -> list[str]:
        """What keeps articles from being taken in or withdrawn, a sentence each."""
        return self._troubles.found

    @property
    def waiting(self) -> list[str]:
        """The files that were seen and are not taken in yet."""
        return self._settling.waiting

    @property
    def marks(self) -> list[Mark]:
        """What became of every file that is known, by path."""
        return [self._marks[path] for path in sorted(self._marks)]

    def files(self) -> Counter[Status]:
        """How many known files have which status; a refused one counts while it is there."""
        there = {Status.QUARANTINED: sum(mark.status is Status.QUARANTINED for mark in self.refused())}
        return Counter(self._marks.statuses | there)

    def refused(self) -> list[Mark]:
        """The files that are there and refused, in whole or in part, in no order."""
        away = self.missing.paths
        return [mark for mark in self._marks.refused if mark.seed.path not in away]

    def mark(self, path: str) -> Mark | None:
        """What became of one file."""
        return self._marks.get(path)

    def judge_again(self, paths: Collection[str]) -> asyncio.Future[frozenset[str]]:
        """Have refused files judged although they look as they did; see ``Retries.ask`` for what is given."""
        asked = self._retries.ask(paths)
        self.bell.look_at(paths)
        return asked

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
                self._troubles.note([f"nothing is taken in for now: {error}"])
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
                hints, pause = None, min(pause * 2, 30)
            else:
                return

    async def look(self, hints: set[str] | None = None) -> int:
        """Look at the folder, or at some paths of it and those that wait; gives how many events were written.

        What is new and settled is taken in, what is due released, what expired or vanished withdrawn.
        """
        await self._load()
        with self._retries.look():
            found = await self._scan(hints)
            events = await self._take_in(found) + (await self._let_go() if found.exists else 0)
        self._retries.keep(self._settling.paths)
        short = self._shortage.problems(self._settling.paths)
        self._troubles.note(of_look(self.bell.root, found, self.missing.held) + short)
        self._next_due = await self._store.next_due()
        self._on_due(self._next_due)
        self.looks += 1
        return events

    async def _take_in(self, found: Scan) -> int:
        """Take in what is settled and what shows it, and what the bell names meanwhile: files may change places."""
        takes = await self._judge_all(found)
        rounds = MOST_ROUNDS if self.looks else 0
        while rounds and takes and (hints := self.bell.hints):
            rounds, found = rounds - 1, await self._scan(self.bell.take_hints())
            same = {take.seed.path for take in takes if found.seeds.get(take.seed.path) == take.seed}
            takes = [take for take in takes if take.seed.path in same or take.seed.path not in hints]
            takes += await self._judge_all(found.without(same))
        return await self._accept(takes)

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
        for path, pairs in groupby(await self._store.companions(), itemgetter(0)):
            self._owners.keep(path, [companion for _, companion in pairs])
        for path, mark in self._marks.items():
            if mark.missing_since is not None:
                absent_seconds = max(0.0, (self._clock() - mark.missing_since).total_seconds())
                self.missing.note(path, self._monotonic() - absent_seconds)
        self._next_due = await self._store.next_due()
        unread = not self._marks or (self._next_due is not None and self._next_due <= self._clock())
        self._backfill = None if unread and (await self._store.bounds()).newest == 0 else set()
        self._loaded = True

    async def _read_marks(self) -> None:
        """What became of files is changed by others too: a retraction, an expiry, a copy that takes over."""
        self._marks = Marks(await self._store.marks())

    async def _scan(self, hints: set[str] | None) -> Scan:
        """See what is there, and note which known files are not."""
        if hints is None:
            found, asked = await self._scan_all()
        else:
            self._settling.wake(hints)  # its writer may have closed it
            waiting = self._retries.paths | self._owners.changed | set(self.waiting)
            asked = hints | waiting | self.missing.paths | self._held_and_due()
            found = await asyncio.to_thread(scan_paths, self.bell.root, asked)
            if self._overtaken is not None:
                self._overtaken.update(asked)
        await self._note_absences(found, asked)
        if self._backfill is None:
            self._backfill = set(found.seeds)
        return found

    async def _scan_all(self) -> tuple[Scan, Collection[str]]:
        """See all that is there; what the bell names meanwhile is taken in first, and is no business of this look."""
        known = self._marks.seeds.copy()
        for path in self._retries.paths | self._owners.changed:
            known.pop(path, None)
        asked, overtaken = set(self._marks), set[str]()
        self._overtaken = overtaken
        scanning = Scanning(self.bell.root, known)
        while not await asyncio.to_thread(scanning.go_on, SLICE_SECONDS):
            if self.looks and self.bell.hints:
                await self._take_in(await self._scan(self.bell.take_hints()))
        if scanning.found.exists and self.bell.watch(scanning.found.folders):
            self.bell.look_at_all()  # files may have come before the watch was hung
        self._overtaken = None
        return scanning.found.without(overtaken), asked - overtaken

    def _held_and_due(self) -> set[str]:
        """The files of articles that may be released now: one that was deleted a moment ago is not released."""
        if self._next_due is None or self._next_due > self._clock():
            return set()
        return {path for path, mark in self._marks.items() if mark.status is Status.SCHEDULED}

    async def _note_absences(self, found: Scan, asked: Collection[str]) -> None:
        """Keep in the store, and in mind, which known files are away and which are back."""
        away = list(filterfalse(found.seeds.__contains__, asked))
        gone = {path for path in away if path in self._marks and found.exists and not found.may_hide(path)}
        if back := self.missing.paths & found.seeds.keys():
            await self._store.note_missing(back, None)
        if fresh := gone - self.missing.paths:
            await self._store.note_missing(fresh, self._clock())
        for path in back:
            self.missing.forget(path)
            self._marks.keep(dataclasses.replace(self._marks[path], missing_since=None))
        for path in gone:
            self.missing.note(path, self._monotonic())
        for path in away:
            self._settling.forget(path)
            self.bell.written.pop(path, None)

    def _settled(self, found: Scan) -> list[Seed]:
        """The files that differ from what is known of them and may be read now. Asks the system; in a thread."""
        now, settled, anew = self._monotonic(), [], self._retries.paths | self._owners.changed
        for path in self._settling.paths - {seed.path for seed in found.fresh}:
            if path in found.seeds:
                self._settling.forget(path)  # it is again as it was
        for seed in found.fresh:
            path, mark = seed.path, self._marks.get(seed.path)
            if mark is not None and mark.seed == seed and path not in anew:
                self._settling.forget(path)
            elif not self._settling.is_held(seed, now):
                written = self._is_written(os.path.join(self.bell.root, path))
                if written is None:
                    written = self.bell.written.get(path)
                if self._settling.is_settled(seed, now, written=written):
                    settled.append(seed)
        return settled

    def _with_owners(self, found: Scan) -> list[Seed]:
        """What is settled, with the files of articles that show it: another photo, and the article has changed."""
        settled = self._settled(found)
        there = {seed.path for seed in settled}
        owners = self._owners.note_change(there) - there
        self._settling.wake(owners)
        return settled + self._settled(scan_paths(self.bell.root, sorted(owners)))

    async def _judge_all(self, found: Scan) -> list[Take]:
        """Judge what is settled and what shows it; what does not fit into one transaction is staged, the rest given."""
        fresh, judged = await asyncio.to_thread(self._with_owners, found), Batch(CHUNK)
        if not fresh:
            return judged.takes
        self._progress.found(len(fresh))

        async def tell(seed: Seed, judgement: Judgement | UnavailableError | None) -> None:
            if not isinstance(judgement, Judgement):
                self._progress.judged(1, 0)
                self._put_off(seed, judgement)
                return
            take = dataclasses.replace(judgement.take, backfill=seed.path in (self._backfill or ()))
            self._progress.judged(int(take.last), len(take.articles))
            if take.last:
                self._owners.keep(seed.path, take.companions)
            if not self._has_to_wait(seed, judgement):
                await self._put_by(take, judged)

        await self._judge.judge(self.bell.root, fresh, tell)
        await self._refresh(judged.same)
        return judged.takes

    async def _put_by(self, take: Take, judged: Batch) -> None:
        """A part of a long file is staged at once, and others when they are too many."""
        if not take.last:
            await self._store.stage([take], now=self._clock())
            return
        self.records_refused += take.refused_count
        if self._is_same(take):
            judged.same.append(take.seed)
        elif full := judged.add(take):
            self._tell(await self._store.stage(full, now=self._clock()))

    def _put_off(self, seed: Seed, error: UnavailableError | None) -> None:
        """A file is to be read again later: it changed meanwhile, or what it shows cannot be kept now."""
        pause = self._shortage.note(seed.path, error) if error else None
        self._settling.look_again(seed, self._monotonic(), pause)

    def _has_to_wait(self, seed: Seed, judgement: Judgement) -> bool:
        """Whether a file is to be read again later because it is not finished."""
        if not judgement.unfinished or not self._patient or seed.path in self._retries.paths:
            return False  # what is judged again as it was has had its time
        return self._settling.may_be_unfinished(seed, self._monotonic())

    def _is_same(self, take: Take) -> bool:
        """Whether nothing can come of it; of what was refused something can: the settings, or the release, are new."""
        mark = self._marks.get(take.seed.path)
        return mark is not None and mark.sha256 == take.sha256 and not mark.is_refused

    async def _refresh(self, same: Sequence[Seed]) -> None:
        """Files that were touched, or written again with the same bytes, only look different."""
        for start in range(0, len(same), CHUNK):
            await self._store.refresh(same[start : start + CHUNK])
        for seed in same:
            self._keep(dataclasses.replace(self._marks[seed.path], seed=seed))

    async def _accept(self, takes: Sequence[Take]) -> int:
        """Let in what was judged and what is due; what expired goes."""
        events, more, now = 0, True, self._clock()
        accept = partial(self._store.accept, withdraw=self._withdraw, grace_seconds=self.missing.grace_seconds)
        if takes or not self.looks or (self._next_due is not None and self._next_due <= now):
            while more:
                accepted = await accept(takes, now=now, gone=self.missing.paths, limit=CHUNK)
                events, takes, more = events + len(accepted.events), (), accepted.more
                self._tell(accepted.marks)
                self._progress.accepted(CHUNK)
            if expired := await self._store.expire(now=now):
                await self._read_marks()  # what expired concerns the files that held it
            events += len(expired)
        return events

    def _tell(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            self._keep(mark)
            self.counts[mark.status] += 1
            say_if_refused(mark)

    def _keep(self, mark: Mark) -> None:
        self._marks.keep(mark)
        self._settling.forget(mark.seed.path)
        self._retries.judged(mark.seed.path)
        self._owners.read(mark.seed.path)
        self.bell.written.pop(mark.seed.path, None)
        (self._backfill or set()).discard(mark.seed.path)  # its next version is news

    async def _let_go(self) -> int:
        """Let the files go that have been away for the grace time."""
        if not (deleted := self.missing.take_deleted(self._monotonic(), len(self._marks))):
            return 0
        owners = self._owners.note_change(deleted).difference(deleted)
        events = await self._store.vanish(deleted, now=self._clock(), withdraw=self._withdraw)
        for path in deleted:
            self.missing.forget(path)
            self._owners.forget(path)
        await self._read_marks()  # copies of what went may stand for it now, or are to be read anew
        shown = await asyncio.to_thread(scan_paths, self.bell.root, sorted(owners))
        return len(events) + (await self._take_in(shown) if owners else 0)
