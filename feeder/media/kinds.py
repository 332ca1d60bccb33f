"""What a media file is, by its first bytes; what its name claims counts for nothing.

Only what browsers and players take as data is known here. An SVG drawing is not: it is a document that may run
scripts, and at an address of the site's own they would run as the site.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEAD_BYTES: Final = 4096
"""As much of a file as ``kind_of`` needs to see."""


class MediaKind(NamedTuple):
    """The extension in lower case, without a dot, and the media type."""

    extension: str
    type: str


TYPES: Final[Mapping[str, str]] = {
    "avif": "image/avif",
    "flac": "audio/flac",
    "gif": "image/gif",
    "heic": "image/heic",
    "jpg": "image/jpeg",
    "m4a": "audio/mp4",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
}
"""The media type of each extension; each kind has one extension only, so that the same bytes have one address."""

SUFFIXES: Final = frozenset(TYPES) | {"jpeg", "jpe", "jfif", "heif", "m4v", "oga", "aac", "mpga", "qt"}
"""What the names of such files end with, in lower case: hints only."""

_STARTS: Final = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
)
_RIFF: Final = {b"WEBP": "webp", b"WAVE": "wav"}
_BRANDS: Final = {  # ISO/IEC 14496-12 section 4.3, and the registry at mp4ra.org
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "heic"),
    **dict.fromkeys((b"M4A ", b"M4B "), "m4a"),
    b"qt  ": "mov",
    **dict.fromkeys((b"isom", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash", b"f4v "), "mp4"),
    **{b"iso%d" % number: "mp4" for number in range(2, 10)},
}
_OGG_CODECS: Final = (
    (b"OpusHead", "opus"),
    (b"\x01vorbis", "ogg"),
    (b"\x7fFLAC", "ogg"),
    (b"Speex   ", "ogg"),
    (b"\x80theora", "ogv"),
    (b"fishead\0", "ogv"),
)
_WEBM: Final = re.compile(rb"\x1aE\xdf\xa3.{0,200}?B\x82.{1,8}?webm", re.DOTALL)
_SVG: Final = re.compile(rb"<(?:\w+:)?svg[\s>]", re.IGNORECASE)


def kind_of(head: bytes) -> MediaKind | None:
    """What a file is that begins with these bytes (``HEAD_BYTES`` of them); None if it is not shown."""
    extension = next((extension for start, extension in _STARTS if head.startswith(start)), None)
    extension = extension or _riff(head) or _iso(head) or _ogg(head) or _other(head)
    return MediaKind(extension, TYPES[extension]) if extension else None


def why_not(head: bytes) -> str:
    """Why a file that begins so is not shown, as a sentence for its author."""
    if not head:
        return "there is nothing in it"
    if _SVG.search(head):
        return "it is an SVG drawing, which can hold scripts"
    return "it is no image, sound, film or PDF that can be shown"


def _riff(head: bytes) -> str | None:
    return _RIFF.get(head[8:12]) if head.startswith(b"RIFF") else None


def _iso(head: bytes) -> str | None:
    """A file of the ISO base media format says what it is by brands, the best fitting first."""
    if head[4:8] != b"ftyp":
        return None
    return next((_BRANDS[brand] for brand in _brands(head) if brand in _BRANDS), None)


def _brands(head: bytes) -> Iterator[bytes]:
    end = min(int.from_bytes(head[:4], "big"), len(head))
    yield head[8:12]
    for place in range(16, end - 3, 4):
        yield head[place : place + 4]


def _ogg(head: bytes) -> str | None:
    """The codec of the first stream (RFC 3533 section 6: the payload follows a table of segments)."""
    if not head.startswith(b"OggS") or len(head) <= _OGG_TABLE:
        return None
    payload = head[_OGG_TABLE + 1 + head[_OGG_TABLE] :]
    return next((extension for start, extension in _OGG_CODECS if payload.startswith(start)), None)


_OGG_TABLE: Final = 26


def _other(head: bytes) -> str | None:
    if _WEBM.match(head):
        return "webm"
    return "mp3" if _is_mpeg_audio(head) else None


def _is_mpeg_audio(head: bytes) -> bool:
    """Whether it begins with the header of an MPEG audio frame of layer III (ISO/IEC 11172-3 section 2.4.1.3)."""
    if len(head) < len("sync") or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 (the sync word)
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in {0, 15} and sample_rate != 3  # noqa: PLR2004 (reserved)
