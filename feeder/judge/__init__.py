"""What one file is: its articles, or the reason why not.

The judgement of ``feeder check`` and of the service is this one. The file is read in a worker process (``reading.py``;
its ``answer`` is that end of the pipe, ``judges.py`` the other); what goes over the pipe from there is JSON, never
pickles: a parser that a hostile file took over must not reach its parent. Here is what both ends know, so the parent
loads nothing of what reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from feeder.limits import Limits
from feeder.media_folder import LIMIT_BYTES

if TYPE_CHECKING:
    from feeder.model import Seed
    from feeder.store import Take


@dataclass(frozen=True, slots=True)
class Terms:
    """What a file is judged by besides its bytes; plain values that cross into a worker.

    ``zone`` is the site's zone by its IANA name. A file of more than ``file_bytes`` is refused unread, or of more than
    ``dump_bytes`` if its format is read an article at a time. The files that articles show are kept in the folder
    ``media``, up to ``media_bytes`` each; without one ("") they are only looked at.
    """

    zone: str = "UTC"
    media: str = ""
    media_bytes: int = LIMIT_BYTES
    file_bytes: int = 64 * 1024 * 1024
    dump_bytes: int = 16 * 1024 * 1024 * 1024
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A file as judged, or a part of it: what is to be stored of it, and whether it may only be half-written.

    That is told with the last part and concerns all of them.
    """

    take: Take
    unfinished: bool = False


class ChangedError(Exception):
    """The file went away, or changed while it was read: look again."""


def unread(seed: Seed) -> str:
    """What stands for the hash of a file that was not read."""
    return f"unread:{seed.size}:{seed.mtime_ns}"
