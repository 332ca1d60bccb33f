"""The commands, one file each; here is what they share: how they start and how they end."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final, NoReturn

import click

from feeder import __version__
from feeder.errors import ConfigError, FeederError, OccupiedError

REFUSED, USAGE, OCCUPIED = 1, 2, 75
"""Exit codes: some input was refused or a check failed, the usage or configuration is wrong, another instance
owns the data folder (``EX_TEMPFAIL`` of sysexits.h)."""

_COMMANDS: Final = ("serve", "publish", "check", "retract", "withdraw", "config")


class _Commands(click.Group):
    """Commands are imported when they are run, so that each starts as quickly as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"feeder.cli.{cmd_name}").command
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="feeder %(version)s")
def commands() -> None:
    """Publish articles that are files: as RSS, Atom, JSON Feed and a live stream."""


def main() -> None:
    """The ``feeder`` command; whatever a user did wrong ends in one line and an exit code."""
    try:
        sys.exit(commands(standalone_mode=False))  # click gives the code of an Exit back
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)  # ended by SIGINT, as a shell tells it
    except FeederError as error:
        _end(error)
    except BaseExceptionGroup as group:
        known, bugs = group.split(FeederError)
        if bugs is not None or known is None:
            raise
        _end(_first(known))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has left; there is nobody to tell
        sys.exit(REFUSED)


def _end(error: FeederError) -> NoReturn:
    click.echo(f"feeder: {error}", err=True)
    sys.exit(_code(error))


def _first(group: BaseExceptionGroup[FeederError]) -> FeederError:
    """What ended the parts that ran side by side: the first that failed ended the others."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _code(error: FeederError) -> int:
    if isinstance(error, ConfigError):
        return USAGE
    return OCCUPIED if isinstance(error, OccupiedError) else REFUSED
