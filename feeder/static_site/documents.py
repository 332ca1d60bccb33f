"""Feed documents and pages of archives as they lie in the feeds folder: the same bytes at the same addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from feeder.model import Feed


def documents(folder: Path, feeds: Iterable[Feed], suffixes: Collection[str]) -> Iterator[tuple[str, Path]]:
    """The address of each document that there is, and its file.

    Raises:
        OSError: the folder cannot be read.
    """
    for feed in feeds:
        kinds = [suffix for suffix in suffixes if feed.formats is None or suffix in feed.formats]
        for name in [f"{feed.name}.{suffix}" for suffix in kinds]:
            yield f"feeds/{name}", folder / name
        yield from _archive(folder, feed.name, kinds)
    yield "feeds.opml", folder / "feeds.opml"


def _archive(folder: Path, name: str, kinds: Collection[str]) -> Iterator[tuple[str, Path]]:
    place = f"{name}/archive"
    try:
        names = sorted(file.name for file in (folder / place).iterdir())
    except FileNotFoundError:
        return
    for file in names:
        number, _, suffix = file.partition(".")
        if number.isascii() and number.isdigit() and suffix in kinds:
            yield f"feeds/{place}/{file}", folder / place / file
