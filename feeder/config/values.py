"""What a setting may be: checked and, where people may write it in several ways, brought into one."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field

from feeder import registry
from feeder.model import Filter
from feeder.peers import network


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


def peers(value: object) -> object:
    """A list of ``HOST:PORT``; a name is the same in any case of its letters."""
    value = words(value)
    if not isinstance(value, list):
        return value
    for peer in value:
        host, _, port = str(peer).rpartition(":")
        if not (_HOST.fullmatch(host) and port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
            raise ValueError(f"{peer!r} is not HOST:PORT; write for example reader.local:8080 or [::1]:8080")
    return [str(peer).lower() for peer in value]


def networks(value: object) -> object:
    """A list of addresses and networks, each as it is usually written."""
    value = words(value)
    return [str(network(str(one))) for one in value] if isinstance(value, list) else value


def hub(value: object) -> object:
    """``self``, the address of a hub, or "" for none."""
    if value == "self":
        return value
    return _web_address(value, 'is neither "self" nor the address of a hub; write for example https://hub.example/')


def picture(value: object) -> object:
    """The address of a picture, or "" for none."""
    return _web_address(value, "is not the address of a picture; write for example https://news.example/icon.png")


def _web_address(value: object, complaint: str) -> object:
    if isinstance(value, str) and value and not _is_web_address(value):
        raise ValueError(complaint)
    return value


def _is_web_address(text: str) -> bool:
    """Whether it is an absolute address that every reader can use as it stands."""
    try:
        parts = urlsplit(text)
        is_reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or half an address in brackets
        return False
    return (
        is_reachable and parts.scheme in {"http", "https"} and "#" not in text and _ADDRESS.fullmatch(text) is not None
    )


def feed_name(value: object) -> object:
    """What a feed can be called in an address."""
    if not _FEED_NAME.fullmatch(str(value)):
        raise ValueError("is no name for an address; write lower-case letters, digits and hyphens, at most 63")
    if value == "search":
        raise ValueError("is the name of the feeds of searches; write another one")
    return value


def language(value: object) -> object:
    """A language tag in its usual case, or "" for none."""
    from feeder.language import tag  # noqa: PLC0415 - most settings name no language, and it takes a while to load

    if not isinstance(value, str) or not value:
        return value
    found = tag(value)
    if found is None:
        raise ValueError("is not a language tag (BCP 47); write for example en or pt-BR")
    return found


def meant(field: str) -> BeforeValidator:
    """What is asked of articles: it must be something that can be searched for."""

    def check(value: object) -> object:
        if isinstance(value, str) and value:
            from feeder.query import of_filter  # noqa: PLC0415 - few files have feeds, and it takes a while to load

            of_filter(Filter(**{field: value}))
        return value

    return BeforeValidator(check)


def tables(value: object) -> object:
    """A list of tables; in JSON where only text can be (flags, environment)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError(f"is not JSON ({error}); {_EXAMPLE}") from None
    if not isinstance(value, list | tuple) or not all(isinstance(table, dict | BaseModel) for table in value):
        raise ValueError(f"is not a list of feeds; {_EXAMPLE}")
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
    """Lists can be written as in the file, or as words with commas, where only text can be (flags, environment)."""
    if not isinstance(value, str):
        return value
    try:
        listed = tomllib.loads(f"list = {value}")["list"]
    except tomllib.TOMLDecodeError:
        listed = None
    return listed if isinstance(listed, list) else [word.strip() for word in value.split(",") if word.strip()]


INTERVAL: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_CRON_FIELDS = 5
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_ADDRESS: Final = re.compile(r"[!-~]+")
_FEED_NAME: Final = re.compile(r"[a-z0-9-]{1,63}")
_EXAMPLE: Final = """write for example [{"name": "harbour", "tag": "ferries"}]"""


_A_YEAR = 366 * 24 * 3600
Seconds = Annotated[float, Field(ge=0, le=_A_YEAR, allow_inf_nan=False)]
SomeSeconds = Annotated[float, Field(gt=0, le=_A_YEAR, allow_inf_nan=False)]
Place = Annotated[str, Field(min_length=1)]
