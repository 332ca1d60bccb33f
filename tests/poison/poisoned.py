"""A worker that dies of one file, for the tests of who outlives it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import orjson

from feeder.judge import reading

if TYPE_CHECKING:
    from collections.abc import Iterator


def answer(request: bytes) -> Iterator[bytes]:
    """Answers like ``reading.answer``, until it comes to a file that holds nothing but the word poison."""
    if not request:
        yield from reading.answer(request)
        return
    asked = orjson.loads(request)
    folder = bytes.fromhex(asked["folder"])
    for number, name in enumerate(asked["names"]):
        with open(os.path.join(folder, bytes.fromhex(name)), "rb") as file:  # noqa: PTH118, PTH123 - bytes
            if file.read() == b"poison":
                os.kill(os.getpid(), signal.SIGKILL)
        for told in reading.answer(orjson.dumps({**asked, "names": [name]})):
            yield orjson.dumps({**orjson.loads(told), "file": number})
