"""The settings: typed, from the file, the environment and the flags, in that order of growing weight.

``cli`` reads them; only it and what stands right below it (``service``, ``passes``, ``wiring``, and who listens) know
them. Every other part receives plain values.
"""

from __future__ import annotations

import difflib
import json
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from feeder.config.complaints import complaint
from feeder.config.settings import ConfiguredFeed, Log, Settings
from feeder.config.values import INTERVAL, UNITS
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

__all__ = [
    "DEFAULT_FILE",
    "FEEDS",
    "INTERVAL",
    "KEYS",
    "UNITS",
    "ConfiguredFeed",
    "Loaded",
    "Log",
    "Settings",
    "check_folders",
    "check_site",
    "load",
    "sample",
]

DEFAULT_FILE: Final = Path("config/feeder.toml")
PREFIX: Final = "FEEDER_"

FEEDS: Final = "feed"
"""The one setting that is no section: a list of tables, set as a whole."""

SECTIONS: Final = {name: model for name, model in Settings.model_fields.items() if name != FEEDS}
KEYS: Final = {
    f"{section}.{key}": field
    for section, model in SECTIONS.items()
    for key, field in model.annotation.model_fields.items()  # type: ignore[union-attr]
}
"""Every key, as ``section.key``, with what is known of it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and where each value that is not a default came from (``section.key``, or ``feed``, to words)."""

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
    try:
        sections = tomllib.loads(path.read_text("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if file is None:
            return
        raise ConfigError(f"{path}: {error.strerror}") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    for section, keys in sections.items():
        _check_section(path, section, keys)
        if isinstance(keys, dict):
            yield str(path), {f"{section}.{key}": value for key, value in keys.items()}
        else:
            yield str(path), {section: keys}


def _check_section(path: Path, section: str, keys: object) -> None:
    """That a section, or a list of tables, has a name that is one's."""
    if section == FEEDS and isinstance(keys, dict):
        raise ConfigError(f"{path}: write [[{FEEDS}]], with two brackets on each side, above every feed")
    if section != FEEDS and isinstance(keys, list) and any(isinstance(table, dict) for table in keys):
        raise ConfigError(f"{path}: there are no tables [[{section}]]; the only such are [[{FEEDS}]]")
    if keys == {} and section not in SECTIONS:
        nearest = difflib.get_close_matches(section, SECTIONS, n=1, cutoff=0)[0]
        raise ConfigError(f"{path}: there is no section [{section}]; the nearest is [{nearest}]")


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Layer]:
    for name in sorted(environ):
        if not name.startswith(PREFIX):
            continue
        words = name.removeprefix(PREFIX).lower()
        if words == FEEDS:
            yield f"environment {name}", {FEEDS: environ[name]}
        elif "__" in words:
            yield f"environment {name}", {words.replace("__", ".", 1): environ[name]}
        elif near := [key for key in KEYS if key.replace(".", "_") == words]:
            # Other programs put FEEDER_* variables of their own there; this one was surely meant for us.
            proper = PREFIX + near[0].replace(".", "__").upper()
            raise ConfigError(f"environment {name}: write {proper}, with two underscores behind the section")


def _from_flags(flags: Mapping[str, str]) -> Iterator[_Layer]:
    for key, value in flags.items():
        yield f"flag for {key}", {key: value}


def _check_known(key: str, origin: str) -> None:
    if key.startswith(f"{FEEDS}."):
        raise ConfigError(f'{origin}: feeds are set as a whole, in JSON: {FEEDS}=[{{"name": …}}, …]')
    if key not in KEYS and key != FEEDS:
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


def check_site(settings: Settings, folder: Path) -> None:
    """That a site is written beside our other folders: who serves it serves all that lies in it.

    Raises:
        ConfigError: names the key.
    """
    written = folder.resolve()
    named = {"seeds.path": settings.seeds.path, "feeds.path": settings.feeds.path, "data.path": settings.data.path}
    for key, path in named.items():
        other = Path(path).resolve()
        if written.is_relative_to(other):
            raise ConfigError(f"--site {str(folder)!r} lies in {key} = {path!r}; name a folder beside it")
        if other.is_relative_to(written):
            raise ConfigError(
                f"--site {str(folder)!r} would show {key} = {path!r} to everyone, which lies in it; "
                "name a folder beside it"
            )


def _validate(values: Mapping[str, object], origins: Mapping[str, str]) -> Settings:
    nested: dict[str, dict[str, object]] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        nested.setdefault(section, {})[name] = value
    given = nested | {section: keys[""] for section, keys in nested.items() if "" in keys}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise ConfigError(complaint(error.errors()[0], values, origins)) from None


def sample(chosen: Mapping[str, object] | None = None) -> str:
    """The settings file with every key commented out at its default, as ``config/feeder.toml`` is shipped.

    The keys that are ``chosen`` (``section.key`` to value) stand there with their values instead.

    Raises:
        ConfigError: such a value cannot be; named as a flag's.
    """
    given = dict(chosen or {})
    _validate(given, {key: f"flag for {key}" for key in given})
    lines = [
        "# The settings of feeder. Each key stands here with its default; take the # away to change it.",
        "# The environment (FEEDER_SECTION__KEY) outweighs this file, a flag (--set section.key=value) both.",
    ]
    for section, model in SECTIONS.items():
        lines += ["", f"# {model.annotation.__doc__}", f"[{section}]"]
        for key, field in model.annotation.model_fields.items():  # type: ignore[union-attr]
            lines += _told(key, field, field.default, given.get(f"{section}.{key}"))
    lines += ["", *_wrapped(f"{ConfiguredFeed.__doc__} Here is one as an example."), f"#[[{FEEDS}]]"]
    for key, field in ConfiguredFeed.model_fields.items():
        lines += _told(key, field, field.examples[0] if field.examples else field.default)
    return "\n".join(lines) + "\n"


def _told(key: str, field: FieldInfo, value: object, chosen: object = None) -> list[str]:
    """A key as it stands in the file: with what was chosen, or else commented out."""
    line = f"#{key} = {_in_toml(value)}" if chosen is None else f"{key} = {_in_toml(chosen)}"
    return [*_wrapped(field.description or ""), line]


def _in_toml(value: object) -> str:
    """A value; a text with quotation marks in it literally, because people will edit it.

    JSON's escapes are TOML's too, but for DEL, which only TOML wants escaped.
    """
    is_quoting = isinstance(value, str) and '"' in value and "'" not in value and value.isprintable()
    return f"'{value}'" if is_quoting else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), 100, initial_indent="# ", subsequent_indent="# ")
