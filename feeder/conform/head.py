"""The head of an answer, read from its bytes, with what is wrong about them (RFC 9112 sections 2 to 5). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_STATUS: Final = re.compile(rb"HTTP/1\.[01] [1-5][0-9][0-9] [\t\x20-\x7e\x80-\xff]*")
_LOOSE_STATUS: Final = re.compile(rb"HTTP/([0-9]\.[0-9]) +([0-9]{3})(?: (.*))?")
_FIELD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*))?")


class Unheard(Exception):  # noqa: N818 (it is no error of ours: the server was asked and could not be heard)
    """The server could not be heard as HTTP: no connection, no answer, no head. One sentence."""


@dataclass(frozen=True, slots=True)
class Head:
    """A status line and fields; ``complaints`` are sentences about what RFC 9112 does not allow."""

    version: str
    status: int
    fields: tuple[tuple[str, str], ...]
    complaints: tuple[str, ...] = ()

    def all(self, name: str) -> list[str]:
        """The values of every field of this name."""
        return [value for one, value in self.fields if one == name.lower()]

    def __getitem__(self, name: str) -> str:
        """The value of a field, several joined as a list (RFC 9110 section 5.3); empty if there is none."""
        return ", ".join(self.all(name))

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def members(self, name: str) -> set[str]:
        """The members of a list, in small letters and without what follows a semicolon or an equals sign."""
        parts = (re.split("[;=]", part)[0].strip().lower() for part in self[name].split(","))
        return {part for part in parts if part}

    @property
    def media_type(self) -> str:
        """The media type in small letters, without parameters."""
        return self["content-type"].partition(";")[0].strip().lower()

    @property
    def is_stream(self) -> bool:
        """Whether an ``EventSource`` would read it: exactly 200 and text/event-stream (HTML 9.2.3)."""
        return self.status == 200 and self.media_type == "text/event-stream"  # noqa: PLR2004 (the status)

    def __str__(self) -> str:
        return f"{self.status} {self.media_type or 'without a Content-Type'}"


def read_head(raw: bytes) -> Head:
    """The head whose bytes these are, up to and with its empty line.

    Raises:
        Unheard: there is no status line.
    """
    first, *lines = raw.removesuffix(b"\r\n\r\n").split(b"\r\n")
    found = _LOOSE_STATUS.fullmatch(first)
    if found is None:
        raise Unheard(f"the answer does not begin with a status line but with {first[:40]!r}")
    complaints = [] if _STATUS.fullmatch(first) else [f"the status line is {first[:60]!r}"]
    complaints += [f"the line {line[:60]!r} is no field" for line in lines if not _FIELD.fullmatch(line)]
    fields = tuple(_field(line) for line in lines)
    complaints += [f"{name} is there {count} times" for name, count in _repeated(fields)]
    return Head(found[1].decode(), int(found[2]), fields, tuple(complaints))


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.lower(), value.strip(" \t")


_ONCE: Final = ("content-type", "content-length", "access-control-allow-origin", "date", "location", "etag")


def _repeated(fields: tuple[tuple[str, str], ...]) -> list[tuple[str, int]]:
    names = [name for name, _ in fields]
    return [(name, names.count(name)) for name in _ONCE if names.count(name) > 1]
