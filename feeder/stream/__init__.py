"""The live stream: frames made once and shared, and a cursor for each reader (the road out to listeners)."""

from feeder.stream.choice import EVERYTHING, Choice, Seen, seen
from feeder.stream.cursor import Wish
from feeder.stream.cursor import read as read_wish
from feeder.stream.frames import Codec
from feeder.stream.hub import Counts, Hub, Settings
from feeder.stream.subscription import Subscription, Terms, subscribe

__all__ = [
    "EVERYTHING",
    "Choice",
    "Codec",
    "Counts",
    "Hub",
    "Seen",
    "Settings",
    "Subscription",
    "Terms",
    "Wish",
    "read_wish",
    "seen",
    "subscribe",
]
