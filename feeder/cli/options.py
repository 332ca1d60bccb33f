"""The flags that commands share, and how they become settings."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from feeder import config
from feeder.cli import suggestions
from feeder.errors import ConfigError, printable

if TYPE_CHECKING:
    from collections.abc import Callable

_FLAGS: Final = {
    "seeds": ("seeds.path", "DIR", "The folder of articles."),
    "feeds": ("feeds.path", "DIR", "The folder that feed files are written to."),
    "data": ("data.path", "DIR", "The service's own folder."),
    "store": ("store.url", "URL", "The store, for example sqlite:///data/feeder.db."),
    "base-url": ("site.base_url", "URL", "The address that readers use."),
    "host": ("server.host", "HOST", "The address to listen on."),
    "port": ("server.port", "N", "The port to listen on."),
    "workers": ("server.workers", "N", "How many processes serve the public."),
    "operator": ("operator.listen", "HOST:PORT", 'The operator\'s listener, or "off".'),
}

_COMPLETED: Final = {"DIR": suggestions.folders}


def settings_flags(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--config``, ``--set`` and the named flags; the command is given ``loaded``, the settings."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)  # with it go the options that the command has of its own
        def with_settings(config_file: Path | None, pairs: tuple[str, ...], **given: Any) -> Any:
            flags = {_FLAGS[name][0]: given.pop(name.replace("-", "_")) for name in names}
            return command(load(config_file, pairs, flags), **given)

        for name in reversed(names):
            key, metavar, text = _FLAGS[name]
            with_settings = click.option(
                f"--{name}", metavar=metavar, help=f"{text}  [{key}]", shell_complete=_COMPLETED.get(metavar)
            )(with_settings)
        with_settings = click.option(
            "--set",
            "pairs",
            multiple=True,
            metavar="SECTION.KEY=VALUE",
            help="Set any key; may be repeated.",
            shell_complete=suggestions.settings,
        )(with_settings)
        return click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=f"The settings file; {config.DEFAULT_FILE} is read if it is there.",
        )(with_settings)

    return add


def load(file: Path | None, pairs: tuple[str, ...], flags: dict[str, str | None]) -> config.Loaded:
    """The settings that a command line asks for; a named flag outweighs ``--set``."""
    if file is not None and file.is_dir():
        raise ConfigError(f"--config {printable(str(file))}: this is a folder; name the settings file in it")
    chosen = dict(_pair(text) for text in pairs)
    chosen |= {key: value for key, value in flags.items() if value is not None}
    return config.load(file, os.environ, chosen)


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise ConfigError(f"--set {printable(text)}: write it as SECTION.KEY=VALUE")
    return key.strip(), value
