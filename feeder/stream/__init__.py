"""The live stream: frames made once and shared, and a cursor for each reader (the road out to listeners)."""

from feeder.stream.cursor import Wish
from feeder.stream.cursor import read as read_wish
from feeder.stream.frames import Codec
from feeder.stream.hub import Counts, Hub, Settings
from feeder.stream.subscription import Subscription, Terms, subscribe

__all__ = ["Codec", "Counts", "Hub", "Settings", "Subscription", "Terms", "Wish", "read_wish", "subscribe"]
