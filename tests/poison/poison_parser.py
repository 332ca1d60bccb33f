"""A parser that some files are the end of: what a faulty plug-in, or a library's bug, does to its process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

from feeder.model import Draft
from feeder.parse import Reader


class Poison:
    """Claims what speaks of its deadly words; notes each try in the file that PLUGIN_LOG names."""

    name = "poison"
    precedence = 0
    streams = False

    def claims(self, head: bytes, name: str) -> bool:
        return b"deadly" in head

    def parse(self, name: str, reader: Reader) -> Iterator[Draft]:
        with open(os.environ["PLUGIN_LOG"], "a") as log:  # noqa: PTH123 - as parsers do
            log.write(f"{name}\n")
        while b"deadly slow" in reader.read():
            time.sleep(60)
        os.kill(os.getpid(), signal.SIGKILL)
        yield Draft()


PARSER = Poison()
