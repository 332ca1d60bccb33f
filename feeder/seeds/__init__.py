"""Which files are there: settled, and new or changed.

``look`` tells what the folder holds (the truth), ``settle`` when a file may be read; that it is time to look is told
by ``folder_bell`` (a hint). ``opening`` opens nothing but regular files below the folder, ``companion`` those beside
an article. The processes that judge files load this room: nothing in it needs a loop or a log.
"""

from __future__ import annotations

from feeder.names import is_ignored
from feeder.seeds.companion import Companions
from feeder.seeds.look import Scan, Scanning, scan, scan_paths, seed_of
from feeder.seeds.missing import Missing
from feeder.seeds.opening import IrregularError, LinkError, open_below, open_first
from feeder.seeds.settle import Settling, is_being_written

__all__ = [
    "Companions",
    "IrregularError",
    "LinkError",
    "Missing",
    "Scan",
    "Scanning",
    "Settling",
    "is_being_written",
    "is_ignored",
    "open_below",
    "open_first",
    "scan",
    "scan_paths",
    "seed_of",
]
