"""A ZIP archive of articles (PKWARE APPNOTE 6.3): each file in it as if the archive were a folder.

The directory at the archive's end is looked at before anything is unpacked. A file that must not be opened refuses
itself alone; an archive that is made to do harm is refused as a whole.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Final

from feeder import names
from feeder.errors import SeedError, UnfinishedError, printable
from feeder.parse import archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader

ARCHIVE_BYTES: Final = 64 * 1_048_576
"""Of the archive itself, which is held in memory; as ``limits.file_bytes`` is by default."""
MEMBERS: Final = 10_000
"""Files and folders in one archive."""
TOTAL_BYTES: Final = 512 * 1_048_576
"""Unpacked bytes of all files of one archive."""

_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_ENTRY, _DIRECTORY_END = b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_HEADER_BYTES: Final = 30
_ENCRYPTED: Final = 0x1 | 0x40
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Others (LZMA, bzip2) may take any amount of memory, and hardly anybody uses them."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_MEDIA: Final = re.compile(  # what lies beside an article and is none itself
    r".*\.(?:jpe?g|png|gif|webp|avif|heic|tiff?|bmp|svg|ico|mp3|m4a|ogg|wav|mp4|m4v|mov|webm)",
    re.IGNORECASE | re.DOTALL,
)
_DOCUMENTS: Final = (
    ("word/document.xml", "a Word document (DOCX)"),
    ("xl/workbook.xml", "an Excel workbook (XLSX)"),
    ("ppt/presentation.xml", "a PowerPoint presentation (PPTX)"),
    ("[Content_Types].xml", "an Office document"),
    ("META-INF/container.xml", "an EPUB book"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
    ("AndroidManifest.xml", "an Android package"),
    ("mimetype", "an OpenDocument file or an EPUB book"),
)
_BROKEN: Final = (
    zipfile.BadZipFile,
    struct.error,
    zlib.error,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
)
"""What ``zipfile`` raises for what others wrote."""


class Zip:
    """The parser of ZIP archives."""

    name = "zip"
    precedence = 1
    streams = False

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (its signature tells all)
        """By its first four bytes; see ``Parser``."""
        return head.startswith(_MAGIC)

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:
        """The articles of the files in it, in the archive's order; see ``Parser``."""
        packed = _packed(reader)
        with _opened(packed) as opened:
            infos = opened.infolist()
            if not infos:
                raise SeedError("there is nothing in the archive")
            _refuse_document({info.filename for info in infos})
            _refuse_bomb(infos)
            folder = name.rpartition("/")[0]
            for member in _members(infos):
                yield from _drafts(opened, member, f"{folder}/{member.path}" if folder else member.path)


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in the archive: its path with ``/``, and why it is not opened, if so."""

    info: zipfile.ZipInfo
    path: str
    fault: str | None


def _packed(reader: Reader) -> bytes:
    """The archive's bytes; the directory is not read yet, but is known to be there and not too long."""
    packed = reader.read(ARCHIVE_BYTES + 1)
    if len(packed) > ARCHIVE_BYTES:
        raise SeedError(f"the archive has more than {ARCHIVE_BYTES} bytes")
    if _DIRECTORY_END not in packed:
        raise UnfinishedError("the ZIP archive is cut off: its directory is missing", offset=len(packed))
    if packed.count(_DIRECTORY_ENTRY) > MEMBERS:
        raise SeedError(f"there are more than {MEMBERS} files in the archive")
    return packed


def _opened(packed: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(packed))
    except _BROKEN as error:
        raise SeedError(f"the ZIP archive is damaged: {error}") from None


def _refuse_document(found: set[str]) -> None:
    """Office documents, books and programs are ZIP archives too."""
    kind = next((kind for name, kind in _DOCUMENTS if name in found), None)
    if kind is not None:
        raise SeedError(f"{kind}, not an archive of articles", offset=0)


def _refuse_bomb(infos: list[zipfile.ZipInfo]) -> None:
    """Files that overlap, or that together unpack to too much, were made to do harm."""
    spans = sorted((info.header_offset, info.compress_size) for info in infos)
    if any(start + _LOCAL_HEADER_BYTES + size > following for (start, size), (following, _) in pairwise(spans)):
        raise SeedError("files in the archive overlap: a bomb")
    total = sum(info.file_size for info in infos)
    if total > TOTAL_BYTES:
        raise SeedError(f"the archive unpacks to {total} bytes, more than {TOTAL_BYTES}")


def _members(infos: list[zipfile.ZipInfo]) -> Iterator[_Member]:
    """The files that may be articles; folders, media and what nobody means (``__MACOSX``) are passed over."""
    seen: set[str] = set()
    for info in infos:
        path = _path(info)
        if path.endswith("/") or _MEDIA.fullmatch(path) or any(map(names.is_ignored, _visible(path))):
            continue
        fault = "there is another file of this name in the archive" if path in seen else _fault(info, path)
        seen.add(path)
        yield _Member(info, path, fault)


def _path(info: zipfile.ZipInfo) -> str:
    """A member's name with ``/``; UTF-8 where it is valid, as most tools mean it whether they say so or not."""
    name = info.orig_filename.partition("\0")[0]
    if not name.isascii():
        with suppress(ValueError):  # really the old code page, or said to be UTF-8
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _visible(path: str) -> list[str]:
    """The parts of a path, but for those that lead astray: these are refused, not ignored."""
    return [part for part in path.split("/") if part not in {"", ".", ".."}]


def _fault(info: zipfile.ZipInfo, path: str) -> str | None:
    """Why a member must not be opened."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a symbolic link in an archive is not followed"
    if kind not in {0, stat.S_IFREG}:
        return "no regular file"
    if path.startswith("/") or _DRIVE.match(path) or not {"", ".", ".."}.isdisjoint(path.split("/")):
        return "its name leads out of the archive"
    return _packing_fault(info)


def _packing_fault(info: zipfile.ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if info.compress_type not in _METHODS:
        return "packed by a method that is not understood; use deflate"
    if info.file_size > archive.MEMBER_BYTES:
        return f"it unpacks to {info.file_size} bytes, more than {archive.MEMBER_BYTES}"
    if archive.is_bomb(info.compress_size, info.file_size):
        return f"{info.compress_size} bytes unpack to {info.file_size}: a bomb"
    return None


def _drafts(opened: zipfile.ZipFile, member: _Member, path: str) -> Iterator[Draft | SeedError]:
    """The articles of one member; whatever is wrong with it is told with its name."""
    if member.fault:
        yield _named(SeedError(member.fault), member.path)
        return
    try:
        with _unpacked(opened, member.info) as file:
            for found in archive.drafts(path, _Whole(file)):
                yield _named(found, member.path) if isinstance(found, SeedError) else found
    except SeedError as error:
        yield _named(error, member.path)


def _unpacked(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return opened.open(info)
    except (*_BROKEN, RuntimeError) as error:  # RuntimeError: a password is needed after all
        raise SeedError(f"damaged: {error}") from None


def _named(error: SeedError, path: str) -> SeedError:
    return SeedError(f"{printable(path)}: {error.reason}", line=error.line, offset=error.offset)


class _Whole:
    """A ``Reader`` of one member that says in a sentence what is wrong with it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._file.read(archive.MEMBER_BYTES + 1 if size < 0 else size)
        except _BROKEN as error:
            raise SeedError(f"damaged: {error}") from None


PARSER: Final = Zip()
