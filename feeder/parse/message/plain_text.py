"""The plain text of a mail: its paragraphs, without what programs put around what somebody wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.parse import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_QUOTED: Final = re.compile(r"(?P<marks>>(?: ?>)*+) ?")
_SIGNATURE: Final = "-- "
_RULE: Final = re.compile(r"_{30,}\s*")
_LIST_FOOTER: Final = re.compile(r"mailing list|unsubscribe|https?://", re.IGNORECASE)
_FOOTER_LINES: Final = 6
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNED_END: Final = "-----BEGIN PGP SIGNATURE-----"
_ENCRYPTED: Final = "-----BEGIN PGP MESSAGE-----"


class Flow(Enum):
    """How lines are broken: where the author did; softly after a blank, which stays or goes when they are joined."""

    FIXED = auto()
    FLOWED = auto()
    DELETING = auto()


@dataclass(frozen=True, slots=True)
class Text:
    """The paragraphs, the first of them if it may be a headline, and what was left out."""

    paragraphs: tuple[str, ...]
    heading: str
    warnings: tuple[str, ...]


def read(shown: str, *, flowed: Flow) -> Text:
    """A plain text of a mail.

    Raises:
        SeedError: it is encrypted.
    """
    lines = shown.split("\n")
    if any(line.startswith(_ENCRYPTED) for line in lines):
        raise SeedError("the mail is encrypted")
    lines, warnings = _without_ends(_without_armour(lines))
    paragraphs = _quoted_apart(lines) if flowed is Flow.FIXED else _unflowed(lines, deleting=flowed is Flow.DELETING)
    first = paragraphs[0] if paragraphs else ""
    return Text(paragraphs, first if plain.is_headline(first) and "\n" not in first else "", tuple(warnings))


def _without_armour(lines: list[str]) -> list[str]:
    """What is signed between the lines of a clear-text signature (RFC 9580 section 7)."""
    start = next((number for number, line in enumerate(lines) if line.rstrip() == _SIGNED), None)
    if start is None:
        return lines
    begins = next((number for number in range(start, len(lines)) if not lines[number].strip()), start)
    ends = next((number for number in range(begins, len(lines)) if lines[number].rstrip() == _SIGNED_END), len(lines))
    return [line.removeprefix("- ") for line in lines[begins:ends]]


def _without_ends(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines before the footer of a mailing list and the author's signature (RFC 3676 section 4.3)."""
    warnings = []
    for number in range(len(lines) - 1, max(-1, len(lines) - 1 - _FOOTER_LINES), -1):
        if _RULE.fullmatch(lines[number]) and any(_LIST_FOOTER.search(line) for line in lines[number:]):
            lines = lines[:number]
            warnings.append("the footer of the mailing list was left out")
            break
    at = next((number for number in range(len(lines) - 1, 0, -1) if lines[number] == _SIGNATURE), None)
    if at is not None and any(line.strip() for line in lines[:at]):
        lines = lines[:at]
        warnings.append("the signature was left out")
    return lines, warnings


def _quoted_apart(lines: list[str]) -> tuple[str, ...]:
    """Paragraphs of lines broken by hand; what is quoted stands alone, marked once."""
    parted: list[str] = []
    before = ""
    for line in lines:
        found = _QUOTED.match(line)
        marks, rest = (found["marks"], line[found.end() :]) if found else ("", line)
        if marks != before:
            parted.append("")
        is_first = marks != before or not (parted and parted[-1].strip())
        before = marks
        parted.append(f"{marks} {rest}" if marks and is_first and rest.strip() else rest)
    return plain.paragraphs(parted)


def _unflowed(lines: Iterable[str], *, deleting: bool) -> tuple[str, ...]:
    """Paragraphs of flowed text, in which each line break that is left is meant."""
    block: list[str] = []
    paragraphs = []
    for line in (*_joined(lines, deleting=deleting), ""):
        if line.strip():
            block.append(line.strip())
        elif block:
            paragraphs.append("\n".join(block))
            block = []
    return tuple(paragraphs)


def _joined(lines: Iterable[str], *, deleting: bool) -> Iterator[str]:
    """The lines with soft breaks undone; quotes of another depth begin a new one (RFC 3676 section 4.5)."""
    pieces: list[str] = []
    depth = 0
    for line in lines:
        bare = line.lstrip(">")
        found, bare = len(line) - len(bare), bare.removeprefix(" ")
        if pieces and found != depth:
            yield _marked(pieces, depth)
            pieces = []
        depth = found
        is_soft = bare.endswith(" ") and bare != _SIGNATURE
        pieces.append(bare[:-1] if is_soft and deleting else bare)
        if not is_soft:
            yield _marked(pieces, depth)
            pieces = []
    if pieces:
        yield _marked(pieces, depth)


def _marked(pieces: list[str], depth: int) -> str:
    joined = "".join(pieces)
    return f"{'>' * depth} {joined}" if depth and joined.strip() else joined
