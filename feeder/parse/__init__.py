"""What a parser is: bytes of one input format become drafts.

A parser is pure: it knows neither clock nor folder nor network. It runs in a worker process that can be killed
(``judge/worker.py``), so it may be slow or hungry, but it never has to defend the service.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from feeder import registry
from feeder.parse import unclaimed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.errors import SeedError
    from feeder.model import Draft

HEAD_BYTES = 65536
"""How much of a file ``claims`` is shown."""


class Reader(Protocol):
    """The bytes of the file, read once from the beginning; bounded by the caller's limits."""

    def read(self, size: int = -1, /) -> bytes:
        """``size`` bytes, fewer only where the file ends; all that is left for -1, nothing at the end."""
        ...


class Parser(Protocol):
    """One input format; register it under the entry-point group ``feeder.parsers``."""

    name: str
    """The format's name as ``feeder check`` shows it."""

    precedence: int
    """Who is asked first: 0-9 unmistakable signatures, 10-49 formats known by their structure, 50-89 by a
    weak sign or only the file's suffix, 90-99 the last resorts."""

    streams: bool
    """Whether a file of any size is read in bounded memory, an article at a time. Where not, the parser is given
    files up to ``limits.file_bytes`` only."""

    def claims(self, head: bytes, name: str) -> bool:
        """Whether a file is of this format, by its first ``HEAD_BYTES`` bytes first and its name second.

        Must be quick and linear, must not raise, and must not claim what ``parse`` would not understand as
        this format (a file that is of the format but broken is claimed: its refusal can then say why).
        """
        ...

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """The articles of the file in its order; ``name`` is its path below the seeds folder.

        A record that cannot be read among others is yielded as a ``SeedError``; the others go on. An
        ``UnfinishedError`` as the last of them says that the file ends in the middle of the record. Raises
        ``SeedError`` when nothing of the file can be read, ``UnfinishedError`` when it looks cut off.
        """
        ...


@cache
def parsers() -> tuple[Parser, ...]:
    """Every installed parser, in the order in which they are asked."""
    found: list[Parser] = [registry.find("parsers", name) for name in registry.offers("parsers")]
    return tuple(sorted(found, key=lambda parser: (parser.precedence, parser.name)))


def parser_for(head: bytes, name: str) -> Parser:
    """The first parser that claims the file.

    Raises:
        SeedError: none does; the reason says what the file is, where that can be told.
    """
    for parser in parsers():
        if parser.claims(head, name):
            return parser
    raise unclaimed.reason(head, name, whole=len(head) < HEAD_BYTES)
