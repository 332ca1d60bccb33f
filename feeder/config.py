"""The settings: typed, from the file, the environment and the flags, in that order of growing weight.

Only ``service`` and ``cli`` know them; every part below receives plain values. The text of each field is what the
JSON Schema and the commented ``config/feeder.toml`` say of it.
"""

from __future__ import annotations

import difflib
import json
import re
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError

from feeder import registry
from feeder.errors import ConfigError
from feeder.judge import Terms
from feeder.normalize import Limits as BodyLimits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_FILE: Final = Path("config/feeder.toml")
PREFIX: Final = "FEEDER_"


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        raise ValueError("is not a time zone; write for example UTC or Europe/Madrid") from None
    return value


def _base_url(value: object) -> object:
    parts = urlsplit(str(value))
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment):
        raise ValueError("is not the address of a site; write for example https://news.example")
    return str(value).rstrip("/")


def _address(value: object) -> object:
    if value == "off":
        return value
    host, separator, port = str(value).rpartition(":")
    if not (separator and host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise ValueError('is not HOST:PORT; write for example 127.0.0.1:8001, or "off"')
    return value


def _schedule(value: object) -> object:
    interval = INTERVAL.fullmatch(value) if isinstance(value, str) else None
    seconds = float(interval[1]) * UNITS[interval[2]] if interval else 0
    if not 0 < seconds <= _A_YEAR and not (isinstance(value, str) and len(value.split()) == _CRON_FIELDS):
        raise ValueError('is neither an interval nor a cron line; write for example "30s", "5m" or "*/10 * * * *"')
    return value


def _formats(value: object) -> object:
    value = _words(value)
    for name in value if isinstance(value, list) else ():
        _check_offered("renderers", str(name), "format")
    return value


def _store_url(value: object) -> object:
    _check_offered("stores", str(value).partition(":")[0], "store")
    return value


def _check_offered(group: str, name: str, what: str) -> None:
    offers = registry.offers(group)
    if name not in offers:
        nearest = difflib.get_close_matches(name, offers, n=1, cutoff=0)[0]
        raise ValueError(f"there is no {what} {name!r}; the nearest is {nearest!r} (of {', '.join(offers)})")


def _words(value: object) -> object:
    """Lists can be written as words with commas where only text can be (flags, environment)."""
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


INTERVAL: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_CRON_FIELDS = 5


_A_YEAR = 366 * 24 * 3600
Seconds = Annotated[float, Field(ge=0, le=_A_YEAR, allow_inf_nan=False)]
SomeSeconds = Annotated[float, Field(gt=0, le=_A_YEAR, allow_inf_nan=False)]
Place = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Section):
    """Who publishes, and where readers find it."""

    title: str = Field("feeder", description="The site's name; the title of the feed of everything.")
    description: str = Field("", description="One sentence on what is published here.")
    base_url: Annotated[str, BeforeValidator(_base_url)] = Field(
        "",
        description="The address that readers use, without a slash at its end; every link is made from it. "
        "Empty: the address that the service listens on.",
    )
    language: str = Field("", description="The language of the site as a BCP 47 tag (en, pt-BR); empty: not said.")
    author: str = Field("", description="Who is named where an article names nobody; empty: the title.")
    rights: str = Field("", description="The copyright line of every feed.")
    icon: str = Field("", description="The address of a square picture of the site.")
    timezone: Annotated[str, BeforeValidator(_zone)] = Field(
        "UTC", description="Dates and times that are written without a zone are of this one, never of the host's."
    )


class Seeds(_Section):
    """The folder of articles, and when it is looked at."""

    path: Place = Field("seeds", description="The folder; it is only ever read.")
    scan: Annotated[str, BeforeValidator(_schedule)] = Field(
        "30s",
        description='How often the whole folder is looked at: an interval ("30s", "5m") or a cron line in the '
        "site's zone. Where the system tells of changes, a look follows at once; this one is the safety net.",
    )
    notify: bool = Field(
        default=True,
        description="Listen to what the system tells of the folder. Off: only the scan looks, and a file is taken "
        "in when two looks agree.",
    )
    settle_seconds: Seconds = Field(
        1, description="Where the system does not tell who is writing: two looks this far apart must agree."
    )
    grace_seconds: Seconds = Field(
        30, description="How long a file may stay open without a change, or look cut off, before it is judged as it is."
    )
    withdraw: bool = Field(default=False, description="Whether a deleted file retracts its article.")
    withdraw_grace_seconds: Seconds = Field(60, description="How long a file must be away to count as deleted.")


class Feeds(_Section):
    """The feed files."""

    path: Place = Field("feeds", description="The folder they are written to.")
    entries: PositiveInt = Field(50, description="How many articles a feed shows.")
    formats: Annotated[tuple[str, ...], BeforeValidator(_formats)] = Field(
        ("rss", "atom", "json"), min_length=1, description="The formats that are written."
    )


class Store(_Section):
    """Where the log of events and the articles are kept."""

    url: Annotated[str, BeforeValidator(_store_url)] = Field(
        "sqlite:///data/feeder.db",
        description="The store. Left out, it lies in the data folder; three slashes are relative, four absolute.",
    )
    retention_days: float = Field(
        0,
        ge=0,
        le=36_500,
        allow_inf_nan=False,
        description="How long events can be replayed, in days; 0 keeps them all. Articles stay in any case.",
    )


class Data(_Section):
    """The service's own folder."""

    path: Place = Field("data", description="It holds the store, and the addresses of the running instance.")


class Server(_Section):
    """The public listener."""

    host: Place = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port; 0 takes a free one.")


class Operator(_Section):
    """The operator's listener: health, metrics and the commands; never for the public."""

    listen: Annotated[str, BeforeValidator(_address)] = Field(
        "127.0.0.1:8001", description='HOST:PORT, or "off". If the default port is taken, another one is used.'
    )


class Stream(_Section):
    """The live stream; 0 means no limit."""

    heartbeat_seconds: SomeSeconds = Field(15, description="The longest silence on a stream.")
    max_listeners: int = Field(20000, ge=0, description="How many may listen at once.")
    lifetime_seconds: Seconds = Field(
        3600, description="About how long a connection lasts before the client is asked to come back."
    )
    drain_seconds: Seconds = Field(
        5, description="How long saying goodbye may take when the service stops; 0 does not wait."
    )
    write_deadline_seconds: Seconds = Field(30, description="How long a listener may leave what was sent to it unread.")


class Limits(_Section):
    """What a file may cost."""

    file_bytes: PositiveInt = Field(64 * 1024 * 1024, description="A larger file is refused unread.")
    article_bytes: PositiveInt = Field(1024 * 1024, description="The text of one article, in bytes of UTF-8.")
    html_bytes: PositiveInt = Field(256 * 1024, description="A longer body in HTML is kept as plain text.")
    html_depth: PositiveInt = Field(256, description="Likewise one whose tags are nested deeper than this.")
    html_tags: PositiveInt = Field(20_000, description="Likewise one with more tags.")
    parse_seconds: SomeSeconds = Field(30, description="How long reading one file may take; then its worker is killed.")
    parse_workers: PositiveInt = Field(1, description="How many files are read side by side.")


class Log(_Section):
    """What the service says of itself."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least important line shown.")
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="auto: for people at a terminal, JSON lines elsewhere."
    )


class Settings(_Section):
    """All settings of a service."""

    site: Site = Site()
    seeds: Seeds = Seeds()
    feeds: Feeds = Feeds()
    data: Data = Data()
    store: Store = Store()
    server: Server = Server()
    operator: Operator = Operator()
    stream: Stream = Stream()
    limits: Limits = Limits()
    log: Log = Log()

    @property
    def store_url(self) -> str:
        """The store's URL; unless it was set, it lies in the data folder."""
        if "url" in self.store.model_fields_set:
            return self.store.url
        return f"sqlite:///{Path(self.data.path) / 'feeder.db'}"

    @property
    def terms(self) -> Terms:
        """What files are judged by."""
        limits = self.limits
        return Terms(
            zone=self.site.timezone,
            file_bytes=limits.file_bytes,
            limits=BodyLimits(
                article_bytes=limits.article_bytes,
                html_bytes=limits.html_bytes,
                html_depth=limits.html_depth,
                html_tags=limits.html_tags,
            ),
        )


KEYS: Final = {
    f"{section}.{key}": field
    for section, model in Settings.model_fields.items()
    for key, field in model.annotation.model_fields.items()  # type: ignore[union-attr]
}
"""Every key, as ``section.key``, with what is known of it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and where each value that is not a default came from (``section.key`` to words)."""

    settings: Settings
    origins: Mapping[str, str]


def load(file: Path | None, environ: Mapping[str, str], flags: Mapping[str, str]) -> Loaded:
    """The settings of a file, overridden by the environment, overridden by flags (``section.key`` to text).

    Without a ``file``, ``config/feeder.toml`` is read if it is there.

    Raises:
        ConfigError: names the key, where it was written, and the nearest known key or what to write instead.
    """
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for origin, layer in (*_from_file(file), *_from_environment(environ), *_from_flags(flags)):
        for key, value in layer.items():
            _check_known(key, origin)
            values[key], origins[key] = value, origin
    return Loaded(_validate(values, origins), origins)


_Layer = tuple[str, dict[str, object]]


def _from_file(file: Path | None) -> Iterator[_Layer]:
    path = file or DEFAULT_FILE
    if file is None and not path.exists():
        return
    try:
        sections = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    for section, keys in sections.items():
        if isinstance(keys, dict):
            if not keys and section not in Settings.model_fields:
                nearest = difflib.get_close_matches(section, Settings.model_fields, n=1, cutoff=0)[0]
                raise ConfigError(f"{path}: there is no section [{section}]; the nearest is [{nearest}]")
            yield str(path), {f"{section}.{key}": value for key, value in keys.items()}
        else:
            yield str(path), {section: keys}


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Layer]:
    for name in sorted(environ):
        if not name.startswith(PREFIX):
            continue
        words = name.removeprefix(PREFIX).lower()
        if "__" in words:
            yield f"environment {name}", {words.replace("__", ".", 1): environ[name]}
        elif near := [key for key in KEYS if key.replace(".", "_") == words]:
            # Other programs put FEEDER_* variables of their own there; this one was surely meant for us.
            proper = PREFIX + near[0].replace(".", "__").upper()
            raise ConfigError(f"environment {name}: write {proper}, with two underscores behind the section")


def _from_flags(flags: Mapping[str, str]) -> Iterator[_Layer]:
    for key, value in flags.items():
        yield f"flag for {key}", {key: value}


def _check_known(key: str, origin: str) -> None:
    if key not in KEYS:
        raise ConfigError(f"{origin}: there is no setting {key!r}{_nearest(key)}")


def _nearest(key: str) -> str:
    near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.0 if "." in key else 0.3)
    return f"; the nearest is {near[0]!r}" if near else ""


def check_folders(settings: Settings) -> None:
    """That nothing is written where articles are read: a folder of ours in another would feed on itself.

    Raises:
        ConfigError: names the keys.
    """
    seeds = Path(settings.seeds.path).resolve()
    for key, path in (("feeds.path", settings.feeds.path), ("data.path", settings.data.path)):
        written = Path(path).resolve()
        if written == seeds or written.is_relative_to(seeds):
            raise ConfigError(
                f"{key} = {path!r} lies in seeds.path = {settings.seeds.path!r}, which is only ever read; "
                "name a folder beside it"
            )


def _validate(values: Mapping[str, object], origins: Mapping[str, str]) -> Settings:
    nested: dict[str, dict[str, object]] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        nested.setdefault(section, {})[name] = value
    try:
        return Settings.model_validate(nested)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"][:2])
        what = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{origins[key]}: {key} = {values[key]!r}: {what}") from None


def sample() -> str:
    """The settings file with every key commented out at its default, as ``config/feeder.toml`` is shipped."""
    lines = [
        "# The settings of feeder. Each key stands here with its default; take the # away to change it.",
        "# The environment (FEEDER_SECTION__KEY) outweighs this file, a flag (--set section.key=value) both.",
    ]
    for section, model in Settings.model_fields.items():
        lines += ["", f"# {model.annotation.__doc__}", f"[{section}]"]
        for key, field in model.annotation.model_fields.items():  # type: ignore[union-attr]
            lines += textwrap.wrap(field.description, 100, initial_indent="# ", subsequent_indent="# ")
            lines.append(f"#{key} = {json.dumps(field.default)}")
    return "\n".join(lines) + "\n"
