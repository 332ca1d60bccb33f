from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.model import Draft
from feeder.parse import archive, gzip_file
from feeder.parse.gzip_file import PARSER, Unpacked
from reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

READING = Reading(PARSER, "a.txt.gz")
read, one = READING.read, READING.one

SEED = b"date 2019-04-30 Bridge closed\n\nThe bridge was shut at noon after a lorry struck its gate.\n"
MAIL = (
    b"From ann@example.org Tue Apr 30 11:32:00 2019\nFrom: Ann Example <ann@example.org>\nSubject: Bridge %d\n"
    b"Date: Tue, 30 Apr 2019 11:32:00 -0400\nMessage-ID: <%d@example.org>\n\nThe bridge was shut at noon, %d said.\n\n"
)


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("a.txt.gz", "a.txt"),
        ("news/2019-04-30/a.txt.GZ", "news/2019-04-30/a.txt"),
        ("a.gzip", "a"),
        ("a.txt", "a.txt"),
        ("news.gz/a", "news.gz/a"),
        (".gz", ".gz"),
    ],
)
def test_the_name_of_what_is_packed_keeps_its_folder(name: str, member: str) -> None:
    assert one(gzip.compress(SEED), name).member == member


@pytest.mark.parametrize(
    ("stored", "member"),
    [
        (b"a.txt", "in/a.txt"),
        (b"/etc/../a.txt", "in/a.txt"),
        (b"x\\a.txt", "in/a.txt"),
        (b"..", "in/file"),
        (b"Br\xc3\xbccke.txt", "in/Brücke.txt"),
        (b"Br\xfccke.txt", "in/Brücke.txt"),
        (b"a\n.txt", "in/a .txt"),
    ],
)
def test_a_stored_name_is_used_without_any_folder(stored: bytes, member: str) -> None:
    plain = gzip.compress(SEED, mtime=0)
    raw = plain[:3] + b"\x08" + plain[4:10] + stored + b"\0" + plain[10:]
    assert one(raw, "in/file").member == member


def test_a_stored_name_stands_behind_an_extra_field() -> None:
    plain = gzip.compress(SEED, mtime=0)
    raw = plain[:3] + b"\x0c" + plain[4:10] + b"\x03\x00abc" + b"a.txt\0" + plain[10:]
    assert one(raw, "in/file").member == "in/a.txt"


def test_the_articles_are_those_of_the_file_within_with_its_format() -> None:
    draft = one(gzip.compress(SEED))
    assert (draft.format, draft.title) == ("seed", "Bridge closed")


@given(cut=st.integers(1, len(gzip.compress(SEED)) - 1))
@settings(max_examples=60, deadline=None)
def test_a_file_cut_anywhere_is_unfinished(cut: int) -> None:
    with pytest.raises(UnfinishedError):
        read(gzip.compress(SEED)[:cut])


@given(at=st.integers(0, 200), value=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_gives_the_article_or_is_refused(at: int, value: int) -> None:
    raw = bytearray(gzip.compress(SEED, mtime=0))
    raw[at % len(raw)] = value
    with suppress(SeedError):
        for found in PARSER.parse("a.txt.gz", io.BytesIO(bytes(raw))):
            assert isinstance(found, SeedError) or found.title == "Bridge closed"


@given(data=st.binary(max_size=3000), sizes=st.lists(st.integers(1, 700), min_size=1), members=st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_what_comes_out_is_what_went_in_whatever_is_asked_for(data: bytes, sizes: list[int], members: int) -> None:
    step = len(data) // members + 1
    raw = b"".join(gzip.compress(data[start : start + step]) for start in range(0, len(data) or 1, step))
    unpacked, pieces = Unpacked(io.BytesIO(raw + bytes(7))), []
    for size in (size for _ in range(4000) for size in sizes):
        piece = unpacked.read(size)
        assert len(piece) <= size
        if not piece:
            break
        pieces.append(piece)
    assert b"".join(pieces) == data
    assert not unpacked.strays


def packed_mails(count: int) -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        for number in range(count):
            noise = b" ".join(b"%d" % zlib.crc32(b"%d %d" % (number, word)) for word in range(20))
            packed.write(MAIL % (number, number, number) + noise + b"\n\n")
    return file.getvalue()


def test_a_file_of_many_articles_streams_in_bounded_memory() -> None:
    raw = packed_mails(4000)
    reader = io.BytesIO(raw)
    found: Iterator[Draft | SeedError] = PARSER.parse("a.mbox.gz", reader)
    tracemalloc.start()
    try:
        first = next(found)
        assert isinstance(first, Draft)
        assert first.title == "Bridge 0"
        assert reader.tell() < len(raw) / 2
        assert sum(1 for _ in found) == 3999
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    raw = gzip.compress(MAIL % (1, 1, 1) + b"a" * 30_000_000)
    with pytest.raises(SeedError, match="a bomb"):
        read(raw, "a.mbox.gz")


def test_a_long_article_is_whole() -> None:
    words = " ".join(str(zlib.crc32(b"%d" % number)) for number in range(30_000))
    (paragraph,) = one(gzip.compress(b"date 2019-04-30 Bridge\n\n" + words.encode())).paragraphs or ()
    assert paragraph == words


def test_all_that_is_unpacked_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzip_file, "TOTAL_BYTES", 200_000)
    with pytest.raises(SeedError, match="unpack to more than"):
        read(packed_mails(5000), "a.mbox.gz")


def test_a_file_that_does_not_stream_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBER_BYTES", 100_000)
    noise = b"".join(str(zlib.crc32(b"%d" % number)).encode() for number in range(20_000))
    with pytest.raises(SeedError, match="more than 100000 bytes unpacked"):
        read(gzip.compress(SEED + noise))


def test_the_check_sum_of_a_stream_is_looked_at_in_the_end() -> None:
    raw = bytearray(packed_mails(10))
    raw[-6] ^= 1
    with pytest.raises(SeedError, match="incorrect data check"):
        read(bytes(raw), "a.mbox.gz")


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_behind_the_signature_make_it_fail_otherwise_than_by_refusing(rest: bytes) -> None:
    with suppress(SeedError):
        read(b"\x1f\x8b\x08" + rest)
