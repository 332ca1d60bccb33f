"""Reading one file in a worker process: it is parsed, its drafts normalised, and what it shows is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson

from feeder import record
from feeder.errors import SeedError, UnavailableError, UnfinishedError
from feeder.judge import ChangedError, Judgement, Terms, unread
from feeder.judge.beside import Beside, media_file
from feeder.limits import Limits
from feeder.normalize import normalize
from feeder.parse import HEAD_BYTES, parser_for, parsers
from feeder.seeds import IrregularError, LinkError, open_below, seed_of
from feeder.store import Refusal, Take

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.model import Article, Draft, Seed
    from feeder.parse import Parser

_PART_ARTICLES: Final = 200
_PART_CHARACTERS: Final = 1_048_576
_PART_BYTES: Final = 67_108_864
"""A part of a file ends with so many articles, or so much text in them, or after so much of the file was read: the
parent hears of a long file before its patience ends, and neither side keeps much of it in memory."""
_MOST_REFUSED: Final = 1000
"""Refused records of one file that are told one by one; the others are counted."""


def judge(folder: str, name: str, terms: Terms) -> Iterator[Judgement]:
    """Read and judge one file, part by part; ``name`` is its path below ``folder``.

    Raises:
        ChangedError: see there.
        SeedError: the file cannot be opened.
        UnavailableError: what is shown beside it cannot be kept now.
    """
    descriptor = _open(folder, name)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = seed_of(os.fstat(descriptor), name)
        beside = Beside(folder, name, terms)
        for judgement in _Reading(before, _HashingReader(file), terms, beside).parts():
            if judgement.take.last and seed_of(os.fstat(descriptor), name) != before:
                raise ChangedError
            yield judgement


def _open(folder: str, name: str) -> int:
    """A descriptor of a regular file; links are not followed and a pipe does not block."""
    try:
        return open_below(folder, name)
    except LinkError as error:
        raise SeedError(f"the file cannot be opened: {error.reason}") from error
    except (FileNotFoundError, IrregularError):
        raise ChangedError from None
    except OSError as error:
        raise SeedError(f"the file cannot be opened: {error.strerror}") from error


class _HashingReader:
    """The file's bytes from the beginning, hashed as they pass; the head can be seen before it is read."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._head = b""
        self._hash = hashlib.sha256()
        self._has_ended = False
        self.bytes_read = 0
        self.seen = b""

    def head(self) -> bytes:
        self.seen = self._head = self._take(HEAD_BYTES)
        return self._head

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._take(size)
        if size < 0:
            size = 1 << 62
        given, self._head = self._head[:size], self._head[size:]
        return given + (self._take(size - len(given)) if size > len(given) else b"")

    def _take(self, size: int) -> bytes:
        """Exactly ``size`` bytes unless the file ends; an unbuffered read may give fewer at once.

        Where it has ended it is not asked again: what it may have got since is another file.
        """
        pieces, left = [], size if size >= 0 else 1 << 62
        while left > 0 and not self._has_ended:
            piece: bytes = self._file.read(min(left, 1 << 20))
            self._has_ended = not piece
            pieces.append(piece)
            left -= len(piece)
        taken = b"".join(pieces)
        self._hash.update(taken)
        self.bytes_read += len(taken)
        return taken

    def sha256(self) -> str:
        while self._take(1 << 20):
            pass
        return self._hash.hexdigest()


class _Reading:
    """One file on its way through its parser."""

    def __init__(self, seed: Seed, reader: _HashingReader, terms: Terms, beside: Beside) -> None:
        self._seed = seed
        self._beside = beside
        self._reader = reader
        self._terms = terms
        self._parser: Parser | None = None
        self._zone = ZoneInfo(terms.zone)
        self._articles: list[Article] = []
        self._characters = 0
        self._first = 1
        self._refused: list[Refusal] = []
        self._refused_count = 0
        self._bytes_told = 0
        self._end: SeedError | None = None
        self._is_cut = False

    def parts(self) -> Iterator[Judgement]:
        """The parts of the file; there is always a last one."""
        if ignored := media_file(self._reader.head(), self._seed.path):
            is_large = self._seed.size > self._terms.media_bytes  # it is not shown, so nobody asks what is in it
            sha256 = unread(self._seed) if is_large else self._reader.sha256()
            yield Judgement(Take(seed=self._seed, sha256=sha256, ignored=ignored))
            return
        try:
            for number, found in enumerate(self._records(), 1):
                self._is_cut = isinstance(found, UnfinishedError)
                self._take(found, number)
                if self._is_part():
                    yield self._part()
        except SeedError as error:
            self._end = error
        except UnavailableError:
            raise  # our disk, and no fault of the file
        except MemoryError:
            self._end = SeedError("it needs more memory than limits.parse_memory_bytes allows")
        except Exception as error:  # noqa: BLE001 - a parser's own fault must cost no more than this file
            self._end = SeedError(f"the parser failed on it ({type(error).__name__}: {error})"[:500])
        yield self._last()

    def _records(self) -> Iterator[Draft | SeedError]:
        self._parser = parser_for(self._reader.seen, self._seed.path)
        self._check_size(streams=self._parser.streams)
        return self._parser.parse(self._seed.path, self._reader)

    def _check_size(self, *, streams: bool) -> None:
        name = "dump_bytes" if streams else "file_bytes"
        most = getattr(self._terms, name)
        if self._seed.size > most:
            raise SeedError(f"the file has {self._seed.size} bytes, more than limits.{name} = {most}")

    def _take(self, found: Draft | SeedError, number: int) -> None:
        try:
            if isinstance(found, SeedError):
                raise found
            self._beside.begin()
            name, form = self._seed.path, self._parser.name if self._parser else ""
            article = normalize(
                found, name=name, format=form, zone=self._zone, limits=self._terms.limits, beside=self._beside
            )
        except SeedError as error:
            self._refuse(error, number)
        else:
            self._articles.append(article)
            self._characters += len(article.html)

    def _refuse(self, error: SeedError, record: int | None) -> None:
        self._refused_count += 1
        if len(self._refused) < _MOST_REFUSED:
            self._refused.append(Refusal(error.reason, line=error.line, offset=error.offset, record=record))

    def _is_part(self) -> bool:
        return (
            len(self._articles) >= _PART_ARTICLES
            or self._characters >= _PART_CHARACTERS
            or self._reader.bytes_read - self._bytes_told >= _PART_BYTES
        )

    def _part(self) -> Judgement:
        """What was read since the last part."""
        take = Take(seed=self._seed, sha256="", articles=tuple(self._articles), first=self._first, last=False)
        self._first += len(self._articles)
        self._articles, self._characters, self._bytes_told = [], 0, self._reader.bytes_read
        return Judgement(take)

    def _last(self) -> Judgement:
        refusal = None
        if self._first == 1 and not self._articles:
            refusal = self._refusal()
        elif self._end is not None:
            self._refuse(self._end, None)  # what follows; what stands before it is good
        take = Take(
            seed=self._seed,
            sha256=self._beside.combined(self._sha256()),
            format=self._parser.name if self._parser else None,
            articles=tuple(self._articles),
            refused=() if refusal else tuple(self._refused),
            refused_count=0 if refusal else self._refused_count,
            refusal=refusal,
            first=self._first,
            companions=self._beside.paths(),
        )
        is_cut = self._is_cut or isinstance(self._end, UnfinishedError)
        return Judgement(take, is_cut or self._beside.is_unfinished)

    def _refusal(self) -> Refusal:
        """Why there is not one article: the first reason speaks for the file."""
        if self._refused:
            return dataclasses.replace(
                self._refused[0], record=self._refused[0].record if self._refused_count > 1 else None
            )
        error = self._end or SeedError("there is no article in the file")
        return Refusal(error.reason, line=error.line, offset=error.offset)

    def _sha256(self) -> str:
        """The hash of the file; a large one that broke off is not read to its end: its look stands for its bytes."""
        if self._end is not None and self._seed.size > self._terms.file_bytes:
            return unread(self._seed)
        return self._reader.sha256()


# The worker's end of the pipe.


def answer(request: bytes) -> Iterator[bytes]:
    """Judge the files that are asked about, one after the other; see ``judges.ask`` for the request."""
    if not request:
        return _warm_up()
    asked = orjson.loads(request)
    terms = asked["terms"]
    limits, folder_of_media = Limits(**terms.pop("limits")), os.fsdecode(bytes.fromhex(terms.pop("media")))
    folder = os.fsdecode(bytes.fromhex(asked["folder"]))
    return _answers(folder, asked["names"], Terms(**terms, limits=limits, media=folder_of_media))


def _answers(folder: str, names: Sequence[str], terms: Terms) -> Iterator[bytes]:
    for number, name in enumerate(names):
        try:
            for judgement in judge(folder, os.fsdecode(bytes.fromhex(name)), terms):
                yield _pack(number, judgement)
        except ChangedError:
            yield orjson.dumps({"file": number, "changed": True})
        except SeedError as error:
            yield orjson.dumps({"file": number, "unopened": error.reason})
        except UnavailableError as error:
            yield orjson.dumps({"file": number, "unavailable": str(error)})


def _warm_up() -> Iterator[bytes]:
    """Load what the first file would otherwise wait for: the parsers."""
    parsers()
    yield b"{}"


def _pack(number: int, judgement: Judgement) -> bytes:
    take = judgement.take
    return orjson.dumps(
        {
            "file": number,
            "look": [take.seed.size, take.seed.mtime_ns, take.seed.ctime_ns, take.seed.inode],
            "sha256": take.sha256,
            "format": take.format,
            "articles": [orjson.Fragment(record.encode(article)) for article in take.articles],
            "refused": take.refused,
            "refused_count": take.refused_count,
            "refusal": take.refusal,
            "first": take.first,
            "last": take.last,
            "companions": [os.fsencode(path).hex() for path in take.companions],
            "ignored": take.ignored,
            "unfinished": judgement.unfinished,
        }
    )
