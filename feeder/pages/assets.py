"""The few files that pages need beside themselves, as they are in the package."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_PALETTE: Final = "palette.css"
_COLOURED: Final = ("feed-document.css", "style.css")
"""The styles that begin with the palette: that of pages, and that of feeds that a browser opens."""


def _read() -> dict[str, bytes]:
    folder = files("feeder.pages") / "static"
    found = {file.name: file.read_bytes() for file in sorted(folder.iterdir(), key=lambda file: file.name)}
    palette = found.pop(_PALETTE)
    return found | {name: palette + found[name] for name in _COLOURED}


ASSETS: Final[Mapping[str, bytes]] = _read()
"""Every file by its name: styles, the script, the icon."""
