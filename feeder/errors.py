"""What can go wrong, sorted by what happens next.

::

    FeederError
    ├── SeedError           this file, or one record of it, is refused and recorded; the service goes on
    │   └── UnfinishedError it may be half-written: look again until the grace time is over, then refuse it
    ├── UnavailableError    the store, the disk or a peer is away: wait with jittered pauses, same call again
    ├── LostError           nobody knows what reached the disk: end the process, the next one starts from the truth
    ├── ConfigError         stop, exit 2: names the key, the file and the nearest known key
    └── OccupiedError       another instance owns the data folder: stop, exit 75

Anything else is a bug: it ends the process loudly and loses nothing.
"""

from __future__ import annotations


class FeederError(Exception):
    """Whatever feeder itself reports; ``str()`` is one line for the person who can mend it."""


class SeedError(FeederError):
    """A file, or one record of it, cannot be an article.

    ``reason`` is one sentence without the path; ``line`` (from 1) or ``offset`` (bytes, from 0) is the place
    where there is one.
    """

    def __init__(self, reason: str, *, line: int | None = None, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.offset = offset

    def __str__(self) -> str:
        return self.reason + place(self.line, self.offset)


class UnfinishedError(SeedError):
    """A file that looks cut off: an unclosed front matter, half a character at its end, nothing in it yet."""


class UnavailableError(FeederError):
    """Something that the service needs is away for the moment; the same call may succeed later."""


class LostError(FeederError):
    """What was written can no longer be trusted to be on the disk; the same call must not be made again.

    After a failed fsync the kernel may answer the next one with success although the data is gone.
    """


class ConfigError(FeederError):
    """A setting, a flag or the environment is wrong; the message names the key and what to write instead."""


class OccupiedError(FeederError):
    """Another instance owns the data folder."""


def place(line: int | None, offset: int | None) -> str:
    """Where in a file, as the tail of a sentence: `` (line 3)``, `` (byte 117)`` or nothing."""
    if line is not None:
        return f" (line {line})"
    return f" (byte {offset})" if offset is not None else ""


def readable(path: str) -> str:
    """A path as text: bytes that are no text are shown by their number, everything else stands as it is."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def printable(path: str) -> str:
    """A path on one line, for people and logs: line breaks and other control characters are escaped too."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in readable(path))
