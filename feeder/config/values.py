"""What a setting may be: checked and, where people may write it in several ways, brought into one."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field

from feeder import registry


def zone(value: object) -> object:
    """The name of a time zone."""
    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        raise ValueError("is not a time zone; write for example UTC or Europe/Madrid") from None
    return value


def base_url(value: object) -> object:
    """The address of a site, without a slash at its end; "" is none."""
    parts = urlsplit(str(value))
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment):
        raise ValueError("is not the address of a site; write for example https://news.example")
    return str(value).rstrip("/")


def address(value: object) -> object:
    """``HOST:PORT``, or ``off``."""
    if value == "off":
        return value
    host, separator, port = str(value).rpartition(":")
    if not (separator and host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise ValueError('is not HOST:PORT; write for example 127.0.0.1:8001, or "off"')
    return value


def schedule(value: object) -> object:
    """An interval, or a cron line (which is read when it is used)."""
    interval = INTERVAL.fullmatch(value) if isinstance(value, str) else None
    seconds = float(interval[1]) * UNITS[interval[2]] if interval else 0
    if not 0 < seconds <= _A_YEAR and not (isinstance(value, str) and len(value.split()) == _CRON_FIELDS):
        raise ValueError('is neither an interval nor a cron line; write for example "30s", "5m" or "*/10 * * * *"')
    return value


def formats(value: object) -> object:
    """Formats that are offered."""
    value = words(value)
    for name in value if isinstance(value, list) else ():
        _check_offered("renderers", str(name), "format")
    return value


def store_url(value: object) -> object:
    """The URL of a kind of store that is offered."""
    _check_offered("stores", str(value).partition(":")[0], "store")
    return value


def _check_offered(group: str, name: str, what: str) -> None:
    offers = registry.offers(group)
    if name not in offers:
        nearest = difflib.get_close_matches(name, offers, n=1, cutoff=0)[0]
        raise ValueError(f"there is no {what} {name!r}; the nearest is {nearest!r} (of {', '.join(offers)})")


def words(value: object) -> object:
    """Lists can be written as words with commas where only text can be (flags, environment)."""
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


INTERVAL: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_CRON_FIELDS = 5


_A_YEAR = 366 * 24 * 3600
Seconds = Annotated[float, Field(ge=0, le=_A_YEAR, allow_inf_nan=False)]
SomeSeconds = Annotated[float, Field(gt=0, le=_A_YEAR, allow_inf_nan=False)]
Place = Annotated[str, Field(min_length=1)]
