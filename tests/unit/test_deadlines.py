"""One deadline for many, by one timer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from feeder.web.deadlines import Deadlines
from live import until


@dataclass(eq=False)
class One:
    """Who notes the moment at which it was late."""

    late: list[float] = field(default_factory=list)

    def be_late(self) -> None:
        self.late.append(asyncio.get_running_loop().time())


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_who_does_not_end_in_time_is_late_and_nobody_else() -> None:
    deadlines, began = Deadlines(0.1, asyncio.get_running_loop()), now()
    first, second, in_time = One(), One(), One()
    deadlines.begin(first)
    deadlines.begin(in_time)
    await asyncio.sleep(0.05)
    deadlines.begin(second)
    deadlines.end(in_time)
    assert len(deadlines) == 2
    await until(lambda: second.late)
    assert (len(deadlines), deadlines.missed, len(first.late), in_time.late) == (0, 2, 1, [])
    assert 0.09 < first.late[0] - began < second.late[0] - began - 0.02
    await until(lambda: deadlines._timer is None)


async def test_who_begins_again_gets_no_more_time_and_who_ended_does() -> None:
    deadlines, began = Deadlines(0.1, asyncio.get_running_loop()), now()
    again, anew = One(), One()
    deadlines.begin(anew)
    for _ in range(4):
        deadlines.begin(again)
        await asyncio.sleep(0.02)
    deadlines.end(anew)
    deadlines.end(anew)
    deadlines.begin(anew)
    await until(lambda: anew.late)
    assert again.late[0] - began < 0.16
    assert anew.late[0] - began > 0.17


async def test_nobody_is_waited_for_after_the_close_or_without_a_limit() -> None:
    closed, endless = (Deadlines(seconds, asyncio.get_running_loop()) for seconds in (0.02, 0))
    one = One()
    for deadlines in (closed, endless):
        deadlines.begin(one)
        deadlines.close()
        deadlines.end(one)
    await asyncio.sleep(0.06)
    assert one.late == []


async def test_a_thousand_have_one_timer() -> None:
    deadlines = Deadlines(0.05, asyncio.get_running_loop())
    many = [One() for _ in range(1000)]
    deadlines.begin(many[0])
    timer = deadlines._timer
    for one in many[1:]:
        deadlines.begin(one)
    assert deadlines._timer is timer is not None
    for one in many[1:]:
        deadlines.end(one)
    await until(lambda: many[0].late)
    assert deadlines.missed == 1
