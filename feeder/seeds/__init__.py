"""Which files are there: settled, and new or changed.

``look`` tells what the folder holds (the truth), ``settle`` when a file may be read, ``bell`` that it is time
to look (a hint).
"""

from __future__ import annotations

from feeder.seeds.bell import FolderBell
from feeder.seeds.look import Scan, is_ignored, scan, scan_paths, seed_of
from feeder.seeds.missing import Missing
from feeder.seeds.settle import Settling, is_being_written

__all__ = [
    "FolderBell",
    "Missing",
    "Scan",
    "Settling",
    "is_being_written",
    "is_ignored",
    "scan",
    "scan_paths",
    "seed_of",
]
