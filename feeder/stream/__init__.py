"""The live stream: frames made once and shared, and a cursor for each reader (the road out to listeners)."""

from feeder.stream.choice import EVERYTHING, Choice, Seen, seen
from feeder.stream.cursor import Wish
from feeder.stream.cursor import read as read_wish
from feeder.stream.desk import Counts, Settings, Terms
from feeder.stream.form import form_of
from feeder.stream.frames import Codec
from feeder.stream.hub import Hub
from feeder.stream.snapshot import MOST_IN_SNAPSHOT
from feeder.stream.wire import Wire

__all__ = [
    "EVERYTHING",
    "MOST_IN_SNAPSHOT",
    "Choice",
    "Codec",
    "Counts",
    "Hub",
    "Seen",
    "Settings",
    "Terms",
    "Wire",
    "Wish",
    "form_of",
    "read_wish",
    "seen",
]
