"""What a parser makes of some bytes: what the unit tests of a format ask again and again."""

from __future__ import annotations

import io
from dataclasses import dataclass

from feeder.errors import SeedError
from feeder.model import Draft
from feeder.parse import Parser


@dataclass(frozen=True)
class Reading:
    """A parser, and what a file is called if the test does not say."""

    parser: Parser
    name: str

    def read(self, raw: bytes, name: str | None = None) -> list[Draft | SeedError]:
        return list(self.parser.parse(self.name if name is None else name, io.BytesIO(raw)))

    def one(self, raw: bytes, name: str | None = None) -> Draft:
        """The only thing in a file, which is an article."""
        (found,) = self.read(raw, name)
        assert isinstance(found, Draft), found
        return found
