"""One deadline for many, by one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from feeder.web.connections.deadlines import Deadlines


class Slow(asyncio.SelectorEventLoop):
    """A loop whose time goes on when it is told to, and which rings then; only its clock and its timers are used."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 0.0
        self.timers: list[asyncio.TimerHandle] = []

    def time(self) -> float:
        return self.moment

    def call_at(  # type: ignore[override] # its types say no more here
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        self.timers.append(asyncio.TimerHandle(when, callback, args, self, context))
        return self.timers[-1]

    def go_on(self, seconds: float) -> None:
        self.moment += seconds
        while due := [timer for timer in self.timers if timer.when() <= self.moment and not timer.cancelled()]:
            self.timers.remove(due[0])
            due[0]._run()


@pytest.fixture
def loop() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.close()


@dataclass(eq=False)
class One:
    """Who notes the moment at which it was late."""

    loop: asyncio.AbstractEventLoop
    late: list[float] = field(default_factory=list)

    def be_late(self) -> None:
        self.late.append(self.loop.time())


def test_who_does_not_end_in_time_is_late_and_nobody_else(loop: Slow) -> None:
    deadlines = Deadlines(10, loop)
    first, second, in_time = One(loop), One(loop), One(loop)
    deadlines.begin(first)
    deadlines.begin(in_time)
    loop.go_on(4)
    deadlines.begin(second)
    deadlines.end(in_time)
    assert len(deadlines) == 2
    loop.go_on(6)
    assert (first.late, second.late, len(deadlines)) == ([10], [], 1)
    loop.go_on(4)
    assert (len(deadlines), deadlines.missed, first.late, second.late, in_time.late) == (0, 2, [10], [14], [])
    assert deadlines._timer is None


def test_who_begins_again_gets_no_more_time_and_who_ended_does(loop: Slow) -> None:
    deadlines, again, anew = Deadlines(10, loop), One(loop), One(loop)
    deadlines.begin(anew)
    for _ in range(4):
        deadlines.begin(again)
        loop.go_on(2)
    deadlines.end(anew)
    deadlines.end(anew)
    deadlines.begin(anew)
    for _ in range(10):
        loop.go_on(1)
    assert (again.late, anew.late) == ([10], [18])


def test_nobody_is_waited_for_after_the_close_or_without_a_limit(loop: Slow) -> None:
    closed, endless, one = Deadlines(2, loop), Deadlines(0, loop), One(loop)
    for deadlines in (closed, endless):
        deadlines.begin(one)
        deadlines.close()
        deadlines.end(one)
    loop.go_on(6)
    assert one.late == []


def test_a_thousand_have_one_timer(loop: Slow) -> None:
    deadlines = Deadlines(5, loop)
    many = [One(loop) for _ in range(1000)]
    for one in many:
        deadlines.begin(one)
    assert len(loop.timers) == 1
    for one in many[1:]:
        deadlines.end(one)
    loop.go_on(5)
    assert (deadlines.missed, many[0].late) == (1, [5])
