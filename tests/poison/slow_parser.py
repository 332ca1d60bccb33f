"""A parser that takes its time, so that a pass is long on any machine."""

from __future__ import annotations

import time
from collections.abc import Iterator

from feeder.model import Draft
from feeder.parse import Reader
from feeder.parse.seed import PARSER as SEED


class Slow:
    """The seed form, a few milliseconds later."""

    name = "slow"
    precedence = 0
    streams = False

    def claims(self, head: bytes, name: str) -> bool:
        return SEED.claims(head, name)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft]:
        time.sleep(0.004)
        yield from SEED.parse(name, reader)  # type: ignore[misc]


PARSER = Slow()
