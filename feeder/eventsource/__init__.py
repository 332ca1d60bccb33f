"""A client of event streams: ours, and any other that is ``text/event-stream`` (HTML 9.2).

``parser`` makes messages of bytes, and ``gzip`` reads a coded stream as it comes. ``connection`` is one connection from
its head to its end. ``source`` follows an address across connections: it comes back, and reads on from the last id.
"""

from feeder.eventsource.connection import RefusedError
from feeder.eventsource.parser import Message, Parser, TooLongError
from feeder.eventsource.source import Patience, Pause, Source

__all__ = ["Message", "Parser", "Patience", "Pause", "RefusedError", "Source", "TooLongError"]
