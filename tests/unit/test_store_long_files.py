"""What a file of many articles costs in SQLite: in proportion to its length, however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engines import NOON, article, take
from feeder.model import Article
from feeder.store import open_store
from feeder.store.sqlite.store import Sqlite

STEPS = 100


class Counted:
    """A store whose work is counted, in hundreds of steps of SQLite's virtual machine."""

    def __init__(self, store: Sqlite) -> None:
        self.store = store
        self.steps = 0

    async def begin(self) -> None:
        def step() -> int:
            self.steps += 1
            return 0

        await self.store._writing.run(lambda connection: connection.set_progress_handler(step, STEPS))

    async def read(self, articles: Sequence[Article]) -> int:
        """Take in a file of these; gives the steps for each article."""
        before = self.steps
        for start in range(0, len(articles), 200):
            last = start + 200 >= len(articles)
            part = take("a.jsonl", *articles[start : start + 200], first=start + 1, last=last)
            await self.store.stage([part], now=NOON)
        more = True
        while more:
            more = (await self.store.accept([], now=NOON)).more
        return (self.steps - before) * STEPS // len(articles)


async def costs(folder: Path, number: int) -> list[int]:
    """The steps for each article: at first, with one edited, and with all of them changed."""
    store = await open_store(f"sqlite:///{folder}/{number}.db", data=folder)
    assert isinstance(store, Sqlite)
    counted = Counted(store)
    await counted.begin()
    words = [f"It happened in street {one}, and nobody in house {one * 7} had seen it." for one in range(number)]
    records = [article(text, title=f"Story {one}") for one, text in enumerate(words)]
    edited = [*records[:-1], article(words[-1] + " Until that day.", title=f"Story {number - 1}")]
    changed = [article(text, title=f"Story {one}", section="News") for one, text in enumerate(words)]
    found = [await counted.read(one) for one in (records, edited, changed)]
    assert (await store.bounds()).newest == number + 1 + number
    await store.close()
    return found


async def test_the_cost_of_a_record_does_not_grow_with_the_file(tmp_path: Path) -> None:
    short, long = await costs(tmp_path, 400), await costs(tmp_path, 2400)
    for few, many in zip(short, long, strict=True):
        assert many < 2 * few, (short, long)
