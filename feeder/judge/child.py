"""The child's side of a process that can be killed (``worker.py``): it answers until its parent closes the pipe.

It is started for every worker, and again for every file that kills one, so it loads what answers and nothing besides:
the parent's side has a loop, and this one has no use for it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import signal
import struct
import sys
import time
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LENGTH = struct.Struct(">I")
"""What stands in front of a request and of an answer; nothing (a length of zero) ends the answers."""
_END = LENGTH.pack(0)
_ANSWERS = 1
"""The descriptor of standard output."""
_LONGEST_HELD_SECONDS = 0.005
_HELD_BYTES = 262_144
"""Answers are sent together for so long, or until they are so many bytes; Python's 8 KiB are two small articles."""
_MOST_DESCRIPTORS = 64
_GARBAGE_THRESHOLD = 50_000
"""Objects between two searches for cycles: articles have none, and Python's 700 would search after every few."""


def serve(answer: Callable[[bytes], Iterable[bytes]], requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent closes the pipe (or is gone).

    Answers that follow each other quickly are sent together: waking the parent costs more than a small one.
    """
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        request = requests.read(LENGTH.unpack(head)[0])
        sent = time.monotonic()
        for reply in answer(request):
            answers.write(LENGTH.pack(len(reply)) + reply)
            if time.monotonic() - sent > _LONGEST_HELD_SECONDS:
                answers.flush()
                sent = time.monotonic()
        answers.write(_END)
        answers.flush()


def confine(memory_bytes: int) -> None:
    """Bound what this process may use: memory, descriptors; it leaves no core file behind, full of articles."""
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_DESCRIPTORS, _MOST_DESCRIPTORS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Run as a worker: the arguments are the target's name and the most memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    confine(int(sys.argv[2]))
    gc.set_threshold(_GARBAGE_THRESHOLD)
    module, _, name = sys.argv[1].partition(":")
    sys.stdout = sys.stderr  # whatever a library prints must not stand among the answers
    with contextlib.suppress(BrokenPipeError), open(_ANSWERS, "wb", buffering=_HELD_BYTES, closefd=False) as answers:
        serve(getattr(importlib.import_module(module), name), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
    sys.stderr.flush()
    os._exit(0)  # all is said, and taking apart what was loaded would take a tenth of the time that loading it took
