"""The road in without the service around it: a real folder and a real store, with the clocks in hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feeder.errors import UnavailableError
from feeder.folder_bell import FolderBell
from feeder.ingest import Ingest
from feeder.judge import ChangedError, Judgement, Terms
from feeder.judge.judges import Tell
from feeder.judge.reading import judge
from feeder.model import Seed
from feeder.seeds import Missing, Settling
from feeder.store import Store


class Here:
    """Judges in this process, in a thread."""

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.judged: list[str] = []

    async def judge(self, folder: str, seeds: Iterable[Seed], tell: Tell) -> None:
        for seed in seeds:
            self.judged.append(seed.path)
            for part in await asyncio.to_thread(self.parts, folder, seed.path):
                await tell(seed, part)

    def parts(self, folder: str, name: str) -> list[Judgement | UnavailableError | None]:
        try:
            return list(judge(folder, name, self.terms))
        except ChangedError:
            return [None]
        except UnavailableError as error:
            return [error]


class Road:
    """A folder, a store and the road between them; ``now`` and ``ticks`` are the clocks."""

    def __init__(self, folder: Path, store: Store, terms: Terms | None = None) -> None:
        self.folder = folder
        self.store = store
        self.now = datetime(2026, 6, 1, 12, tzinfo=UTC)
        self.ticks = 0.0
        self.judge = Here(terms)

    def ingest(self, **changes: Any) -> Ingest:
        """The road as it is after a start; no file is still being written."""
        parts: dict[str, Any] = {
            "bell": FolderBell(str(self.folder)),
            "judge": self.judge,
            "store": self.store,
            "settling": Settling(1, 30),
            "missing": Missing(60),
            "clock": lambda: self.now,
            "monotonic": lambda: self.ticks,
            "is_written": lambda _: False,
        }
        return Ingest(**parts | changes)

    def pass_(self, seconds: float) -> None:
        self.ticks += seconds
        self.now += timedelta(seconds=seconds)
