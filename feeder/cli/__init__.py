"""The commands, one file each; here is what they share: how they start and how they end."""

from __future__ import annotations

import errno
import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

import click

from feeder import __version__
from feeder.errors import ConfigError, FeederError, OccupiedError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

REFUSED, USAGE, OCCUPIED, INTERRUPTED = 1, 2, 75, 130
"""Exit codes: some input was refused or a check failed, the usage or configuration is wrong, another instance
owns the data folder (``EX_TEMPFAIL`` of sysexits.h), ended by SIGINT (as a shell tells it)."""

_BETWEEN_SEARCHES: Final = (50_000, 20, 20)

_COMMANDS: Final = {
    "init": "Make a new site: settings, a first article, folders.",
    "serve": "Watch the folder, publish what comes, and serve it.",
    "publish": "Do all of that once, for cron, without serving.",
    "check": "Show how files would be taken in, or why not.",
    "retract": "Withdraw one article for good.",
    "withdraw": "Show, or confirm, a mass deletion that was held back.",
    "quarantine": "Show the refused files; have them judged again.",
    "status": "Show whether it runs and is ready, and what it has.",
    "doctor": "Look a site over, and say how to mend what is wrong.",
    "feeds": "List the feeds with their addresses.",
    "tail": "Follow a live stream, ours or any other.",
    "conform": "Judge any server of server-sent events from outside.",
    "config": "Show, check and explain the settings.",
    "completion": "Print the script that completes commands in a shell.",
}
"""Each command and what it does, in the words of ``feeder --help``, which loads none of them."""
_HIDDEN: Final = ("worker",)


def search_seldom_for_cycles() -> None:
    """Set how many objects are made between two searches of the garbage collector.

    Ours have few cycles, and an import of 100,000 articles makes millions of objects: with Python's 700, one search in
    a hundred walks through them all and holds up the loop meanwhile.
    """
    gc.set_threshold(*_BETWEEN_SEARCHES)


class _Commands(click.Group):
    """Commands are imported when they are run, so that each starts as quickly as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in (*_COMMANDS, *_HIDDEN):
            return None
        command: click.Command = import_module(f"feeder.cli.{cmd_name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Names alone where the shell shows no more (bash): nothing need be imported for them."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-") or not os.environ.get("_FEEDER_COMPLETE", "").startswith("bash_"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in _COMMANDS if name.startswith(incomplete)]


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="feeder %(version)s")
def commands() -> None:
    """Publish articles that are files: as RSS, Atom, JSON Feed and a live stream."""


def main() -> None:
    """The ``feeder`` command; whatever a user did wrong ends in one line and an exit code."""
    _open_standard_streams()
    try:
        code = commands(prog_name="feeder", standalone_mode=False)  # click gives the code of an Exit back
        sys.stdout.flush()
        sys.exit(code)
    except click.ClickException as error:
        _end_usage(error)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except FeederError as error:
        _end(error)
    except BaseExceptionGroup as group:
        known, bugs = group.split(FeederError)
        if bugs is not None or known is None:
            raise
        _end(_first(known))
    except OSError as error:
        if error.filename is not None or error.errno not in {errno.EPIPE, errno.ENOSPC, errno.EIO}:
            raise
        _cannot_say(error)


def _open_standard_streams() -> None:
    """A daemon may be started without them; what is opened next must not take their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            while os.open(os.devnull, os.O_RDWR) < number:
                pass
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115 - for ever
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows few characters is no reason to end


def _cannot_say(error: OSError) -> NoReturn:
    """What was to be said cannot be written: its reader has left, or the disk is full."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains once more at its end
    if error.errno != errno.EPIPE:
        click.echo(f"feeder: the output cannot be written: {error.strerror}", err=True)
    sys.exit(REFUSED)


def _end_usage(error: click.ClickException) -> NoReturn:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
    else:
        from feeder.cli import mistakes

        called = next((word for word in sys.argv[1:] if word in _COMMANDS), None)
        click.echo(mistakes.told(error, f"feeder {called}" if called else "feeder"), err=True)
    sys.exit(error.exit_code)


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
