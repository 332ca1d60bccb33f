"""A store against a model: whatever files do, the log stays a log and every readable file has its article shown."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engines import ENGINES
from feeder.model import Article, Event, Feed, Filter, Kind, Seed
from feeder.query import may_match, parse
from feeder.store import Refusal, Status, Take, open_store

if TYPE_CHECKING:
    from feeder.store import Store

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATHS = st.sampled_from(["a.txt", "b.txt", "c.txt", "d.txt"])
TEXTS = st.sampled_from(["rain", "snow", "hail", "sun"])
WET = Feed(name="wet", title="Wet", shelf="=wet", wanted=Filter(query="rain OR snow"))
SHELVES = (None, "rain", "sun", "fog", "=wet")


def article(text: str, tone: int) -> Article:
    key = hashlib.sha256(text.encode()).hexdigest()[:32]
    return Article(
        id=f"urn:uuid:{key}",
        slug="weather",
        title=text,
        summary="",
        html="",
        text=text,
        published=START - timedelta(days=len(text)),
        urgency=tone,
        section=text,
        sections=(text,),
        content_key=key,
        digest=f"{key}{tone}",
        format="seed",
    )


class Folder(RuleBasedStateMachine):
    """Files come, change, move, are copied and vanish; now and then the store is closed, restored or pruned."""

    engine = "sqlite"

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.scratch = tempfile.TemporaryDirectory()
        self.files: dict[str, Article] = {}
        self.gone: dict[str, Article] = {}
        self.broken: dict[str, Article] = {}
        self.log: list[Event] = []
        self.killed: set[str] = set()
        self.oldest = 1
        self.now = START
        self.serial = itertools.count(1)
        self.store = self.opened()

    def opened(self) -> Store:
        url = ENGINES[self.engine].format(folder=self.scratch.name)
        store = self.runner.run(open_store(url, data=Path(self.scratch.name)))
        self.runner.run(store.define([WET]))
        return store

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.runner.run(self.store.close())
            self.runner.close()
            self.scratch.cleanup()

    def put(self, path: str, one: Article) -> None:
        self.files[path] = one
        self.gone.pop(path, None)
        self.broken.pop(path, None)

    def take(self, path: str) -> Take:
        number = next(self.serial)
        one = self.files[path]
        return Take(seed=Seed(path, 1, number, number, 1), sha256=one.digest, articles=(one,))

    def look(self, *paths: str, staged: bool = False, limit: int = 500) -> None:
        """What a look at the folder does with the files that changed."""
        takes = [self.take(path) for path in paths]
        if staged:
            self.runner.run(self.store.stage(takes, now=self.now))
            takes = []
        more = True
        while more:
            accepting = self.store.accept(takes, now=self.now, gone=self.gone, limit=limit, withdraw=True)
            accepted = self.runner.run(accepting)
            self.told(accepted.events)
            takes, more = [], accepted.more

    def told(self, events: tuple[Event, ...] | list[Event]) -> None:
        """New events join the log as it is remembered here."""
        for event in events:
            assert event.seq == len(self.log) + 1
            assert not self.log or event.at >= self.log[-1].at
            self.log.append(event)

    @rule(path=PATHS, text=TEXTS, tone=st.integers(1, 2), staged=st.booleans())
    def write(self, path: str, text: str, tone: int, *, staged: bool) -> None:
        self.put(path, article(text, tone))
        self.look(path, staged=staged)

    @rule(one=PATHS, other=PATHS, text=TEXTS, limit=st.integers(1, 2))
    def write_two_at_once(self, one: str, other: str, text: str, limit: int) -> None:
        self.put(one, article(text, 1))
        self.put(other, article("fog", 2))
        self.look(*{one, other}, limit=limit)

    @rule(path=PATHS)
    def break_a_file(self, path: str) -> None:
        """It holds no readable article now, but what it held stays in view."""
        for held in (self.files, self.gone):
            if path in held:
                self.broken[path] = held.pop(path)
        refused = Take(seed=Seed(path, 9, 9, 9, 9), sha256="broken", refusal=Refusal("no date"))
        accepted = self.runner.run(self.store.accept([refused], now=self.now, gone=self.gone))
        assert accepted.events == ()

    @precondition(lambda self: self.files)
    @rule(data=st.data(), new=PATHS, is_copy=st.booleans())
    def move_or_copy(self, data: st.DataObject, new: str, *, is_copy: bool) -> None:
        old = data.draw(st.sampled_from(sorted(self.files)))
        if new != old:
            self.put(new, self.files[old])
            if not is_copy:
                self.gone[old] = self.files.pop(old)
            self.look(new)

    @precondition(lambda self: len(self.files) > 1)
    @rule(data=st.data(), staged=st.booleans(), limit=st.integers(1, 3))
    def change_places(self, data: st.DataObject, *, staged: bool, limit: int) -> None:
        """Files exchange their names, in one look: that is no news, where all of them were shown."""
        paths = data.draw(st.lists(st.sampled_from(sorted(self.files)), min_size=2, unique=True))
        newest = self.runner.run(self.store.newest(None, 99))
        shown = {event.article.digest for event in newest if event.article}
        is_clear = len({digest[:32] for digest in shown}) == len(newest)  # no two articles say the same
        holding = [self.files[path] for path in paths]
        before = len(self.log)
        for path, one in zip(paths, [*holding[1:], holding[0]], strict=True):
            self.put(path, one)
        self.look(*paths, staged=staged, limit=limit)
        if (
            is_clear
            and {one.digest for one in holding} <= shown
            and len({one.content_key for one in holding}) == len(holding)
        ):
            assert len(self.log) == before

    @rule(new=PATHS, old=PATHS, text=TEXTS, limit=st.integers(1, 3))
    def write_in_the_place_of_what_moved(self, new: str, old: str, text: str, limit: int) -> None:
        if new != old and old in self.files:
            self.put(new, self.files[old])
            self.put(old, article(text, 1))
            self.look(new, old, limit=limit)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.files)))
        self.gone[path] = self.files.pop(path)

    @rule(seconds=st.integers(0, 90))
    def let_go_of_what_is_gone(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds - 30)  # clocks step back, too
        self.told(self.runner.run(self.store.vanish(list(self.gone), now=self.now, withdraw=True)))
        self.gone.clear()
        self.look()

    @precondition(lambda self: self.log)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.log))
        self.told(self.runner.run(self.store.retract(event.article_id, now=self.now, reason="libel")))
        self.killed.add(event.article_id)

    @rule()
    def restart(self) -> None:
        self.runner.run(self.store.close())
        self.store = self.opened()

    @rule()
    def prune(self) -> None:
        self.runner.run(self.store.prune(self.now))
        self.oldest = max([self.oldest, *(event.seq + 1 for event in self.log if event.at < self.now)])

    @invariant()
    def the_log_is_what_was_told(self) -> None:
        if not hasattr(self, "store"):
            return
        retracted = {event.article_id: event.seq for event in self.log if event.kind is Kind.RETRACTED}
        for kept, told in zip(self.read(), self.log[self.oldest - 1 :], strict=True):
            same = (kept.seq, kept.epoch, kept.at, kept.kind, kept.article_id, kept.slug, kept.version, kept.shelves)
            assert same == (
                *(told.seq, told.epoch, told.at, told.kind, told.article_id, told.slug, told.version),
                told.shelves,
            )
            is_stripped = told.kind is not Kind.RETRACTED and retracted.get(told.article_id, 0) > told.seq
            assert kept.retracted == is_stripped
            assert kept.article == (None if is_stripped else told.article)
            self.has_traces(kept)

    def has_traces(self, kept: Event) -> None:
        """Of a retracted article all that it ever said is known, forgotten or not; of others nothing."""
        assert (kept.traces is not None) is (kept.retracted or kept.kind is Kind.RETRACTED)
        if kept.traces:
            versions = [
                one.article for one in self.log[: kept.seq] if one.article and one.article_id == kept.article_id
            ]
            assert all(may_match(parse(f'{one.text} title:"{one.title}"'), kept.traces) for one in versions)
            assert {name for one in versions for name in one.sections} <= set(kept.traces.sections)

    @invariant()
    def what_a_change_replaced_is_the_version_before(self) -> None:
        if not hasattr(self, "store"):
            return
        log = self.read()
        expected = {}
        for event in log:
            before = [one for one in self.log[: event.seq - 1] if one.article_id == event.article_id][-1:]
            is_change = event.kind in {Kind.UPDATED, Kind.CORRECTED} and not event.retracted
            if is_change:
                expected[event.seq] = before[0]
        told = self.runner.run(self.store.replaced(log))
        assert {seq for seq, before in expected.items() if before.seq >= self.oldest} <= told.keys()
        assert told == {seq: expected[seq].article for seq in told}

    def read(self) -> list[Event]:
        """The whole log, in small pages."""
        events: list[Event] = []
        while page := self.runner.run(self.store.read(events[-1].seq if events else 0, 3)):
            events += page
        return events

    @invariant()
    def every_article_has_one_life_at_a_time(self) -> None:
        histories: dict[str, list[Event]] = defaultdict(list)
        for event in getattr(self, "log", []):
            histories[event.article_id].append(event)
        assert len({history[0].slug for history in histories.values()}) == len(histories)
        for history in histories.values():
            assert len({event.slug for event in history}) == 1
            assert history[0].kind is Kind.PUBLISHED
            for before, after in itertools.pairwise(history):
                was_shown = before.kind is not Kind.RETRACTED
                assert (after.kind is Kind.PUBLISHED) != was_shown
                assert after.version == before.version + (after.kind is not Kind.RETRACTED)
                if was_shown and after.article and before.article:
                    assert after.article.digest != before.article.digest

    @invariant()
    def every_readable_file_has_its_article_shown(self) -> None:
        if not hasattr(self, "store"):
            return
        newest = self.runner.run(self.store.newest(None, 99))
        shown = {event.article.digest for event in newest if event.article}
        assert len(newest) == len([event for event in newest if event.article])
        assert not self.killed & {event.article_id for event in newest}
        here = {one.content_key for one in self.files.values()}
        if not self.killed:
            assert here <= {digest[:32] for digest in shown}
        assert shown <= {event.article.digest for event in self.log if event.article}
        away = {one.content_key for one in (*self.gone.values(), *self.broken.values())}
        for event in newest:
            # A file that is away or broken holds what it last held, though the article may say something else now.
            said = {e.article.content_key for e in self.log if e.article and e.article_id == event.article_id}
            assert event.article
            assert event.article.content_key in here | away or said & away

    @invariant()
    def marks_and_sections_agree_with_what_is_shown(self) -> None:
        if not hasattr(self, "store"):
            return
        marks = {mark.seed.path: mark for mark in self.runner.run(self.store.marks())}
        refused = {path for path, mark in marks.items() if mark.status is Status.QUARANTINED}
        assert set(self.files) <= set(marks) <= {*self.files, *self.gone} | refused
        assert not set(self.files) & refused
        newest = self.runner.run(self.store.newest(None, 99))
        names = {name for event in newest if event.article for name in event.article.sections}
        assert [section.name for section in self.runner.run(self.store.sections())] == sorted(names)
        for name in names:
            here = self.runner.run(self.store.newest(name, 99))
            assert here == [event for event in newest if event.article and name in event.article.sections]

    @invariant()
    def who_stands_where_and_who_has_left_follows_from_the_log(self) -> None:
        if not hasattr(self, "store"):
            return
        for shelf in SHELVES:
            last = {one.article_id: one for one in self.log if shelf is None or shelf in one.shelves}  # by first coming
            shown = [one.seq for one in last.values() if one.kind is not Kind.RETRACTED and shelf not in one.left]
            front = self.runner.run(self.store.front(shelf, 99, 99))
            assert [one.seq for one in front.shown] == sorted(shown, reverse=True)
            gone = {one.seq: one.reason for one in last.values() if one.seq not in shown}
            assert [(stone.seq, stone.reason) for stone in front.gone] == sorted(gone.items(), reverse=True)
            page = self.runner.run(self.store.page(shelf, 1, len(last) or 1))
            assert [one.seq for one in page.shown] == shown if page else not last


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_whatever_files_do_the_store_agrees_with_its_model(engine: str) -> None:
    machine = type("Folder", (Folder,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
