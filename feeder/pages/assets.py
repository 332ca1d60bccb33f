"""The few files that pages need beside themselves, as they are in the package."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


def _read() -> dict[str, bytes]:
    folder = files("feeder.pages") / "static"
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir(), key=lambda file: file.name)}


ASSETS: Final[Mapping[str, bytes]] = _read()
"""Every file by its name: styles, the script, the icon."""
