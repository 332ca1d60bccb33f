"""Publishes marked events: by POST to a server, or as files renamed into a folder. A process of its own.

It prepares all it can, says ``ready``, waits for a line on standard input, publishes, and says ``done`` when all is
accepted. Usage: publisher.py TARGET FROM COUNT RATE WINDOW; the target is ``PORT/PATH`` or a folder. With a rate events
go at their times, a second apart in so many, whatever has become of those before; with 0 as fast as the server takes
them, which is with at most WINDOW unanswered requests, all on one connection.
"""

from __future__ import annotations

import re
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # it is started as a file

from stream.posts import HOLE, mark, marked, posts, seed

PATIENCE_SECONDS = 120
HEAD_END = b"\r\n\r\n"


class Line:
    """A connection on which requests follow each other without waiting for the answers."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
        self._begun = b""
        self.unanswered = 0

    def send(self, bodies: list[bytes]) -> None:
        self._socket.sendall(b"".join(f"{self._head}{len(body)}".encode() + HEAD_END + body for body in bodies))
        self.unanswered += len(bodies)

    def hear(self, *, until: int) -> None:
        """Take answers until at most so many are missing."""
        while self.unanswered > until:
            came = self._socket.recv(1 << 16)
            if not came:
                raise SystemExit("the server closed the publisher's connection")
            self._begun += came
            while size := self._whole():
                self._begun = self._begun[size:]
                self.unanswered -= 1

    def _whole(self) -> int:
        """The size of the first answer, 0 if it is not whole."""
        end = self._begun.find(HEAD_END)
        if end < 0:
            return 0
        head = self._begun[: end + 2]
        if not re.match(rb"HTTP/1.1 2\d\d ", head):
            raise SystemExit(f"the server said: {head.splitlines()[0].decode()}")
        length = re.search(rb"(?i)\r\nContent-Length: *(\d+)", head)
        size = end + len(HEAD_END) + (int(length[1]) if length else 0)
        return size if len(self._begun) >= size else 0


def pause(began: float, place: int, rate: float) -> None:
    """Wait for an event's time."""
    wait = began + place / rate - time.monotonic() if rate else 0
    if wait > 0:
        time.sleep(wait)


def begin() -> float:
    print("ready", flush=True)
    sys.stdin.readline()
    return time.monotonic()


def by_post(port: int, path: str, numbers: range, rate: float, window: int) -> None:
    bodies = posts(numbers.stop - 1)
    line = Line(port, path)
    began = begin()
    at_once = 1 if rate else max(window // 2, 1)  # in one piece, so that the publisher's core is the listeners'
    for place in range(0, len(numbers), at_once):
        pause(began, place, rate)
        line.send([marked(bodies[number - 1], number) for number in numbers[place : place + at_once]])
        line.hear(until=len(numbers) if rate else window - at_once)
    line.hear(until=0)


def by_file(folder: Path, numbers: range, rate: float) -> None:
    texts = {number: seed(number) for number in numbers}
    begun = folder.parent / "begun"
    began = begin()
    for place, number in enumerate(numbers):
        pause(began, place, rate)
        begun.write_text(texts[number].replace(HOLE, mark(number), 1))
        begun.rename(folder / f"{number:07}.txt")


def main() -> None:
    target, first, count, rate, window = sys.argv[1:]
    numbers = range(int(first), int(first) + int(count))
    port, separator, path = target.partition("/")
    if port.isdigit():
        by_post(int(port), separator + path, numbers, float(rate), int(window))
    else:
        by_file(Path(target), numbers, float(rate))
    print("done", flush=True)


main()
