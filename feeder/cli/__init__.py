"""The commands, one file each."""

from __future__ import annotations


def main() -> None:
    """The ``feeder`` command."""
