from __future__ import annotations

import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.parse import HEAD_BYTES, json_lines, whole
from feeder.parse.json_lines import PARSER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft

GOOD = '{"title": "Ferry %d", "text": "The ferry stopped.", "date": "2019-04-30"}'
BAD = st.sampled_from(
    ["{", "nope", '{"title": "x", "text": ', "[]", "7", '"text"', "{}", '{"a" 1}', "\u00e9", '{"title": 1}}']
)


class Pieces:
    """A reader of pieces as they come, whatever is asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1, /) -> bytes:
        return next(self._pieces, b"")


def take(raw: bytes, *, step: int = 1 << 20) -> list[Draft | SeedError]:
    return list(PARSER.parse("a.jsonl", Pieces(raw[at : at + step] for at in range(0, len(raw), step))))


@given(
    lines=st.lists(st.integers(0, 99) | BAD | st.just(""), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    step=st.integers(1, 40),
)
def test_each_line_is_a_record_or_refuses_itself_by_its_number(
    lines: list[int | str], end: str, last: bool, step: int
) -> None:
    written = [line if isinstance(line, str) else GOOD % line for line in lines]
    found = take((end.join(written) + (end if last else "")).encode(), step=step)
    expected = [
        f"Ferry {line}" if isinstance(line, int) else number for number, line in enumerate(lines, 1) if line != ""
    ]
    assert [each.line if isinstance(each, SeedError) else each.title for each in found] == expected


@given(counts=st.lists(st.integers(0, 3), min_size=1, max_size=5), step=st.integers(1, 40))
def test_records_of_a_sequence_begin_at_the_lines_they_begin_at(counts: list[int], step: int) -> None:
    records = ["\x1e" + "\n" * count + "{\n" for count in counts]
    found = take("".join(records).encode(), step=step)
    starts = [1 + sum(counts[:number]) + number for number in range(len(counts))]
    assert [each.line for each in found if isinstance(each, SeedError)] == starts


def test_a_line_of_fifty_megabytes_is_refused_alone_in_bounded_memory() -> None:
    def pieces() -> Iterator[bytes]:
        yield (GOOD % 1).encode() + b'\n{"title": "'
        for _ in range(800):
            yield b"x" * 65_536
        yield b'"}\n' + (GOOD % 3).encode()

    tracemalloc.start()
    first, error, third = PARSER.parse("a.jsonl", Pieces(pieces()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not isinstance(first, SeedError)
    assert not isinstance(third, SeedError)
    assert isinstance(error, SeedError)
    assert (error.line, first.title, third.title) == (2, "Ferry 1", "Ferry 3")
    assert "no single article" in error.reason
    assert peak < 4 * whole.LARGEST


def test_a_long_file_is_read_as_it_comes() -> None:
    def endless() -> Iterator[bytes]:
        number = 0
        while True:
            yield (GOOD % number).encode() + b"\n"
            number += 1

    found = PARSER.parse("a.jsonl", Pieces(endless()))
    assert [next(found).title for _ in range(3)] == ["Ferry 0", "Ferry 1", "Ferry 2"]  # type: ignore[union-attr]


def test_a_line_in_another_encoding_is_read_by_itself() -> None:
    good = (GOOD % 1).encode()
    other = '{"title": "Fähre fällt aus", "text": "Für Fußgänger fährt ein Boot über die Förde.", "date": "2019-04-30"}'
    first, second = take(good + b"\n" + other.encode("cp1252"))
    assert not isinstance(first, SeedError)
    assert not isinstance(second, SeedError)
    assert (first.encoding, second.encoding) == ("utf-8", "cp1252")
    assert (second.title, second.warnings) == ("Fähre fällt aus", ("encoding guessed: cp1252",))


def test_a_byte_that_is_no_text_is_refused_with_its_line() -> None:
    _, error = take((GOOD % 1).encode() + b'\n{"title": "\x00"}')
    assert isinstance(error, SeedError)
    assert error.line == 2


def test_utf_16_that_ends_within_a_character_is_refused() -> None:
    raw = ((GOOD % 1) + "\n").encode("utf-16") + b"{"
    with pytest.raises(SeedError, match="not utf-16"):
        take(raw, step=7)


LOG = '{"level": "info", "msg": "started", "time": "2019-04-30T10:00:00Z"}'


@pytest.mark.parametrize(
    ("raw", "name", "claimed"),
    [
        (f"{GOOD % 1}\n{GOOD % 2}\n", "a.json", True),
        (f"{GOOD % 1}\n{GOOD % 2}\n", "a.txt", True),
        (f"{GOOD % 1}\n", "a.jsonl", True),
        (f"{GOOD % 1}\n", "a.json", False),
        (f"{{broken\n{GOOD % 1}\n", "a.ndjson", True),
        (f"\ufeff{GOOD % 1}\n\n{GOOD % 2}", "a.json", True),
        ("\x1e{", "a.json-seq", True),
        (f"{LOG}\n{LOG}\n", "app.jsonl", False),
        (json.dumps(json.loads(GOOD % 1), indent=1), "a.jsonl", False),
        (json.dumps([json.loads(GOOD % 1)] * 3, indent=1), "a.json", False),
        (f"{GOOD % 1}\n{GOOD % 2}\n", "a.md", False),
        ('{"title": "x", "text": "' + "y" * HEAD_BYTES, "a.jsonl", True),
        ('{"title": "x", "text": "' + "y" * HEAD_BYTES, "a.json", False),
    ],
)
def test_it_is_told_by_its_lines_and_its_suffix(raw: str, name: str, claimed: bool) -> None:
    assert PARSER.claims(raw.encode()[:HEAD_BYTES], name) is claimed


def test_the_reader_may_give_as_little_as_it_likes() -> None:
    raw = ((GOOD % 1) + "\n" + (GOOD % 2)).encode("utf-16")
    assert [found.title for found in take(raw, step=1) if not isinstance(found, SeedError)] == ["Ferry 1", "Ferry 2"]


def test_what_is_pending_is_forgotten_with_its_record() -> None:
    pending = json_lines._Pending(b"\n")
    pending.add(b"x" * (whole.LARGEST + 1))
    assert list(pending.record()) == [(1, None, False)]
    pending.add(b"y")
    assert list(pending.record()) == [(2, b"y", False)]


def test_memory_does_not_grow_with_the_number_of_lines() -> None:
    raw = b"".join((GOOD % number).encode() + b"\n" for number in range(2_000))
    tracemalloc.start()
    count = sum(1 for _ in PARSER.parse("a.jsonl", io.BytesIO(raw)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 2_000
    assert peak < 3_000_000


@pytest.mark.parametrize(
    ("end", "is_cut"),
    [
        (b'{"title": "Half of', True),
        (b'{"title": "Half of\n', False),
        (b'{"title": "Half of\n{"title": "B", "text": "b"}', False),
        (b"nope", False),
    ],
)
def test_only_a_record_that_the_file_ends_in_may_go_on(end: bytes, *, is_cut: bool) -> None:
    source = b'{"title": "A", "text": "a"}\n' + end
    errors = [found for found in PARSER.parse("a.jsonl", io.BytesIO(source)) if isinstance(found, SeedError)]
    assert [error.line for error in errors] == [2]
    assert isinstance(errors[0], UnfinishedError) is is_cut
