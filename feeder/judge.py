"""What one file is: its articles, or the reason why not.

The judgement of ``feeder check`` and of the service is this one. It reads the file, so it runs in a worker
process (``ask`` and ``answer`` are its two ends); what goes over the pipe from there is JSON, never pickles: a
parser that a hostile file took over must not reach its parent.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import orjson
import structlog

from feeder import language, record
from feeder.errors import SeedError, UnfinishedError
from feeder.normalize import Limits, normalize
from feeder.parse import HEAD_BYTES, parser_for, parsers
from feeder.parse.worker import Worker, WorkerLostError
from feeder.seeds import seed_of
from feeder.store import Refusal, Take

if TYPE_CHECKING:
    from types import TracebackType

    from feeder.model import Article, Seed
    from feeder.parse import Parser


_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a file is judged by besides its bytes; plain values that cross into a worker.

    ``zone`` is the site's zone by its IANA name; ``file_bytes`` the size above which a file is refused unread.
    """

    zone: str = "UTC"
    file_bytes: int = 64 * 1024 * 1024
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A file as judged: what is to be stored of it, and whether it may only be half-written."""

    take: Take
    unfinished: bool = False


class ChangedError(Exception):
    """The file went away, or changed while it was read: look again."""


def judge(folder: str, name: str, terms: Terms) -> Judgement:
    """Read and judge one file; ``name`` is its path below ``folder``.

    Raises:
        ChangedError: see there.
    """
    descriptor = _open(os.path.join(folder, name))
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = seed_of(os.fstat(descriptor), name)
        reader = _HashingReader(file)
        judgement = _judge(before, reader, terms)
        if seed_of(os.fstat(descriptor), name) != before:
            raise ChangedError
    return judgement


def _open(path: str) -> int:
    """A descriptor of a regular file; links are not followed and a pipe does not block."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ChangedError from None
    except OSError as error:
        raise SeedError(f"the file cannot be opened: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ChangedError
    return descriptor


class _HashingReader:
    """The file's bytes from the beginning, hashed as they pass; the head can be seen before it is read."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._head = b""
        self._hash = hashlib.sha256()

    def head(self) -> bytes:
        self._head = self._take(HEAD_BYTES)
        return self._head

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._take(size)
        if size < 0:
            size = 1 << 62
        given, self._head = self._head[:size], self._head[size:]
        return given + (self._take(size - len(given)) if size > len(given) else b"")

    def _take(self, size: int) -> bytes:
        """Exactly ``size`` bytes unless the file ends; an unbuffered read may give fewer at once."""
        pieces, left = [], size if 0 <= size < 1 << 62 else None
        while left is None or left > 0:
            piece: bytes = self._file.read(1 << 20 if left is None else min(left, 1 << 20))
            if not piece:
                break
            pieces.append(piece)
            left = None if left is None else left - len(piece)
        taken = b"".join(pieces)
        self._hash.update(taken)
        return taken

    def sha256(self) -> str:
        while self._take(1 << 20):
            pass
        return self._hash.hexdigest()


def _judge(seed: Seed, reader: _HashingReader, terms: Terms) -> Judgement:
    parser: Parser | None = None
    try:
        _check_size(seed, terms)
        parser = parser_for(reader.head(), seed.path)
        articles, refused = _articles(parser, seed, reader, terms)
    except SeedError as error:
        # A file above the limit is not read at all: its look stands for its bytes.
        sha256 = reader.sha256() if seed.size <= terms.file_bytes else _unread(seed)
        refusal = Refusal(error.reason, line=error.line, offset=error.offset)
        take = Take(seed=seed, sha256=sha256, format=parser.name if parser else None, refusal=refusal)
        return Judgement(take, isinstance(error, UnfinishedError))
    return Judgement(Take(seed=seed, sha256=reader.sha256(), format=parser.name, articles=articles, refused=refused))


def _check_size(seed: Seed, terms: Terms) -> None:
    if seed.size > terms.file_bytes:
        raise SeedError(f"the file has {seed.size} bytes, more than limits.file_bytes = {terms.file_bytes}")


def _unread(seed: Seed) -> str:
    return f"unread:{seed.size}:{seed.mtime_ns}"


def _articles(
    parser: Parser, seed: Seed, reader: _HashingReader, terms: Terms
) -> tuple[tuple[Article, ...], tuple[Refusal, ...]]:
    """The articles of a file, and the records of it that were refused.

    Raises:
        SeedError: not one article could be made; the first reason speaks for the file.
    """
    articles: list[Article] = []
    refused: list[Refusal] = []
    first: SeedError | None = None
    zone = ZoneInfo(terms.zone)
    for number, found in enumerate(parser.parse(seed.path, reader), 1):
        try:
            if isinstance(found, SeedError):
                raise found
            articles.append(normalize(found, name=seed.path, format=parser.name, zone=zone, limits=terms.limits))
        except SeedError as error:
            first = first or error
            refused.append(Refusal(error.reason, line=error.line, offset=error.offset, record=number))
    if not articles:
        raise first or SeedError("there is no article in the file")
    return tuple(articles), tuple(refused)


# The two ends of the pipe.


def ask(folder: str, name: str, terms: Terms) -> bytes:
    """The request to a worker: which file, and by which terms."""
    return orjson.dumps(
        {
            "folder": os.fsencode(folder).hex(),
            "name": os.fsencode(name).hex(),
            "terms": dataclasses.asdict(terms),
        }
    )


def answer(request: bytes) -> bytes:
    """The worker's side: judge the file that is asked about."""
    if not request:
        return _warm_up()
    asked = orjson.loads(request)
    terms = asked["terms"]
    limits = Limits(**terms.pop("limits"))
    name = os.fsdecode(bytes.fromhex(asked["name"]))
    folder = os.fsdecode(bytes.fromhex(asked["folder"]))
    try:
        judgement = judge(folder, name, Terms(**terms, limits=limits))
    except ChangedError:
        return b"{}"
    except SeedError as error:
        return orjson.dumps({"unopened": error.reason})
    except Exception as error:  # noqa: BLE001 - a parser's own fault must cost no more than this file
        return orjson.dumps({"unopened": f"the parser failed on it ({type(error).__name__}: {error})"[:500]})
    return _pack(judgement)


def _warm_up() -> bytes:
    """Load what the first file would otherwise wait for: the parsers and the language profiles."""
    parsers()
    language.detect("Whatever is loaded by the first article is loaded now, before it comes.")
    return b"{}"


def _pack(judgement: Judgement) -> bytes:
    take = judgement.take
    return orjson.dumps(
        {
            "look": [take.seed.size, take.seed.mtime_ns, take.seed.ctime_ns, take.seed.inode],
            "sha256": take.sha256,
            "format": take.format,
            "articles": [orjson.Fragment(record.encode(article)) for article in take.articles],
            "refused": take.refused,
            "refusal": take.refusal,
            "unfinished": judgement.unfinished,
        }
    )


def understand(reply: bytes, seed: Seed) -> Judgement:
    """The parent's side: the judgement that a worker sent.

    Raises:
        ChangedError: the file went away or changed while it was read.
    """
    told = orjson.loads(reply)
    if not told:
        raise ChangedError
    if "unopened" in told:
        return Judgement(Take(seed=seed, sha256=_unread(seed), refusal=Refusal(told["unopened"])))
    size, mtime_ns, ctime_ns, inode = told["look"]
    return Judgement(
        Take(
            seed=dataclasses.replace(seed, size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, inode=inode),
            sha256=told["sha256"],
            format=told["format"],
            articles=tuple(record.restore(article) for article in told["articles"]),
            refused=tuple(Refusal(**refusal) for refusal in told["refused"]),
            refusal=Refusal(**told["refusal"]) if told["refusal"] else None,
        ),
        told["unfinished"],
    )


class Judges:
    """A few workers that judge files side by side.

    Use it as an asynchronous context manager; their processes end with the block.
    """

    def __init__(self, terms: Terms, *, workers: int, deadline_seconds: float) -> None:
        self.terms = terms
        self._workers = [Worker("feeder.judge:answer", deadline_seconds=deadline_seconds) for _ in range(workers)]
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        for worker in self._workers:
            self._idle.put_nowait(worker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            await worker.close()

    @property
    def losses(self) -> int:
        """How many workers died or were killed over a file."""
        return sum(worker.losses for worker in self._workers)

    async def warm_up(self) -> None:
        """Start the workers and have them load what they need; one that is lost meanwhile is replaced when asked."""
        answers = await asyncio.gather(*(worker.ask(b"") for worker in self._workers), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, WorkerLostError):
                _log.warning("a parser process was lost while it started", reason=str(answer))
            elif isinstance(answer, BaseException):
                raise answer

    async def judge(self, folder: str, seed: Seed) -> Judgement:
        """What a file below ``folder`` is.

        Raises:
            ChangedError: the file went away or changed while it was read.
        """
        worker = await self._idle.get()
        try:
            reply = await worker.ask(ask(folder, seed.path, self.terms))
        except WorkerLostError as error:
            return Judgement(Take(seed=seed, sha256=_unread(seed), refusal=Refusal(f"it could not be read: {error}")))
        finally:
            self._idle.put_nowait(worker)
        return understand(reply, seed)
