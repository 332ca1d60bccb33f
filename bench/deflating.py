"""The stream in gzip: what an event costs in bytes and CPU when it is compressed once for all, and how else.

Usage: bench/deflating.py [events] [rounds] [listeners]
"""

from __future__ import annotations

import os
import socket
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence

from events import SITE, happened
from isal import isal_zlib
from stories import story

from feeder import registry
from feeder.stream import deflate, frames
from feeder.stream.chunked import chunk

EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 600
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
LISTENERS = int(sys.argv[3]) if len(sys.argv) > 3 else 400
SIZES = {"1 KB": 60, "5 KB": 720}

Push = Callable[[bytes], bytes]


def told(number: int, words: int) -> bytes:
    """An event as a listener reads it."""
    event = happened(number, story(number, words=words))
    data = registry.find("renderers", "json")(SITE).entry(event)
    return frames.event(event, data).written(frames.Codec.SSE)


def window() -> Push:
    shared = deflate.Window()
    return lambda plain: shared.push(plain)[0]


def chain(new: Callable[[], zlib._Compress | isal_zlib.Compress], kilobytes: int) -> Push:
    """A window of some compressor with a key push each so many kilobytes; never again for 0, always for 1."""
    compressor, pushed = new(), 0

    def push(plain: bytes) -> bytes:
        nonlocal compressor, pushed
        if kilobytes and pushed >= kilobytes * 1024:
            compressor, pushed = new(), 0
        pushed += len(plain)
        return compressor.compress(plain) + compressor.flush(zlib.Z_SYNC_FLUSH)

    return push


def of_zlib(level: int) -> Callable[[], zlib._Compress]:
    return lambda: zlib.compressobj(level, zlib.DEFLATED, -15)


def of_isal(level: int) -> Callable[[], isal_zlib.Compress]:
    return lambda: isal_zlib.compressobj(level, wbits=-15)


def ways() -> Iterator[tuple[str, Callable[[], Push]]]:
    yield "as it is", lambda: bytes
    yield "**key frames**", lambda: deflate.key_frame
    for level in (1, 4, 6):
        yield f"key frames, zlib {level}", lambda level=level: chain(of_zlib(level), 1)
    yield "**shared window**", window
    for kilobytes in (16, 32, 128, 256, 0):
        name = f"a key push in {kilobytes} KB" if kilobytes else "no second key push"
        yield f"shared window, {name}", lambda kilobytes=kilobytes: chain(of_isal(3), kilobytes)
    for level in (1, 4, 6):
        yield f"shared window, zlib {level}", lambda level=level: chain(of_zlib(level), 64)
    yield "a compressor for each listener, zlib 6", lambda: chain(of_zlib(6), 0)


def compressing(make: Callable[[], Push], plains: Sequence[bytes]) -> tuple[float, float]:
    """Bytes an event, and microseconds of CPU: the least of the rounds."""
    least, size = float("inf"), 0
    for _ in range(ROUNDS):
        push = make()
        start = time.process_time_ns()
        size = sum(len(push(plain)) for plain in plains)
        least = min(least, (time.process_time_ns() - start) / 1000 / len(plains))
    return size / len(plains), least


def delivering(make: Callable[[], Push], plains: Sequence[bytes]) -> float:
    """Microseconds of CPU for each listener that an event is written to, all that is shared included."""
    pairs = [socket.socketpair() for _ in range(LISTENERS)]
    for near, far in pairs:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        far.setblocking(False)
    spent, push = [], make()
    for plain in plains:
        start = time.process_time_ns()
        piece = chunk(push(plain))
        written = [os.write(near.fileno(), piece) for near, _ in pairs]
        spent.append((time.process_time_ns() - start) / 1000 / LISTENERS)
        for (_, far), size in zip(pairs, written, strict=True):
            assert len(far.recv(size, socket.MSG_WAITALL)) == size == len(piece)
    for near, far in pairs:
        near.close()
        far.close()
    return statistics.median(spent)


def main() -> None:
    all_plains = {name: [told(number, words) for number in range(EVENTS)] for name, words in SIZES.items()}
    print(f"# {EVENTS} events, each compressed alone ({ROUNDS} rounds)\n")
    print("| coding | " + " | ".join(f"{name}: bytes | of it | us" for name in SIZES) + " |")
    print("|---" * (1 + 3 * len(SIZES)) + "|")
    for name, make in ways():
        cells = []
        for plains in all_plains.values():
            size, spent = compressing(make, plains)
            cells += [f"{size:,.0f}", f"{size * len(plains) / sum(map(len, plains)):.2f}", f"{spent:.1f}"]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    whole = b"".join(all_plains["5 KB"])
    joined = {"100 KB": [whole[at : at + 100_000] for at in range(0, len(whole), 100_000)]}
    print(f"\n# CPU for each of {LISTENERS} listeners that a piece is written to (us, medians)\n")
    print("| written | 1 KB | 5 KB | 100 KB |\n|---|---|---|---|")
    made = {"as they are": lambda: bytes, "in key frames": lambda: deflate.key_frame, "in the shared window": window}
    for name, make in made.items():
        spent = [delivering(make, plains[:60]) for plains in (all_plains | joined).values()]
        print(f"| {name} | " + " | ".join(f"{each:.2f}" for each in spent) + " |", flush=True)


if __name__ == "__main__":
    main()
