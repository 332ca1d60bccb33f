"""The address of a media file: ``/media/SHA256.EXT``, within the site and the same for ever."""

from __future__ import annotations

import re
from typing import Final

_PLACE: Final = "/media/"
_NAME: Final = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{2,5})", re.ASCII)


def address(sha256: str, extension: str) -> str:
    """Where a file with this content is shown, within the site."""
    return f"{_PLACE}{sha256}.{extension}"


def parse(given: str) -> tuple[str, str] | None:
    """The SHA-256 and the extension of such an address; None for any other."""
    found = _NAME.fullmatch(given.removeprefix(_PLACE)) if given.startswith(_PLACE) else None
    return (found[1], found[2]) if found else None


def is_ours(given: str) -> bool:
    """Whether an address is that of a file kept here."""
    return parse(given) is not None


def is_name(given: str) -> bool:
    """Whether it is the name of a kept file: what stands behind ``/media/``."""
    return _NAME.fullmatch(given) is not None
