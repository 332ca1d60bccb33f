"""``feeder completion``: what shells complete of our commands, flags, settings and refused files.

Click has the machinery: a shell calls the command with ``_FEEDER_COMPLETE`` set, and shows what it says. So whatever is
asked here is asked while somebody waits for a key: it is little, and an error is no suggestion.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.config import Settings

NAME: Final = "feeder"
SHELLS: Final = ("bash", "zsh", "fish")

_PATIENCE_SECONDS: Final = 1.0
_MOST_BYTES: Final = 64 * 1024 * 1024
"""A larger store is not asked while somebody waits; a running instance is."""

_BETTER_IN_BASH: Final = {
    "COMPREPLY+=($value)": 'COMPREPLY+=("$value"); [[ $value == *= ]] && compopt -o nospace',
    "complete -o nosort": "complete -o nosort -o bashdefault -o default",
}
"""Behind ``--set site.title=`` the value follows, and no blank; and where nothing of ours fits, files may."""


@click.command
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    r"""Print the script that lets SHELL complete commands, flags, settings and files.

    \b
    bash:  feeder completion bash > ~/.local/share/bash-completion/completions/feeder
    zsh:   feeder completion zsh > "${fpath[1]}/_feeder"
    fish:  feeder completion fish > ~/.config/fish/completions/feeder.fish
    """
    click.echo(script(ctx.find_root().command, shell), nl=False)


def script(commands: click.Command, shell: str) -> str:
    """The script of a shell, as click has it."""
    shape = get_completion_class(shell)
    assert shape is not None  # noqa: S101 - one of SHELLS
    made = shape(commands, {}, NAME, f"_{NAME.upper()}_COMPLETE")
    source = shape.source_template % made.source_vars()
    for plain, better in _BETTER_IN_BASH.items() if shell == "bash" else ():
        source = source.replace(plain, better)
    return source


def refused(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The refused files, as the running instance tells them; of a small store that nobody has open, as it does."""
    with suppress(Exception):  # a key was pressed: whatever is wrong, it is said when the command is run
        return [CompletionItem(path) for path in _paths(ctx.params) if path.startswith(incomplete)]
    return []


def _paths(given: dict[str, Any]) -> Iterable[str]:
    from feeder.cli import operator
    from feeder.cli.options import load
    from feeder.errors import UnavailableError

    flags = {"data.path": given.get("data"), "store.url": given.get("store")}
    known = load(given.get("config_file"), given.get("pairs") or (), flags).settings
    try:
        files = operator.call(known.data.path, "/quarantine", timeout_seconds=_PATIENCE_SECONDS)["files"]
    except UnavailableError:
        is_small = (Path(known.data.path) / "feeder.db").stat().st_size < _MOST_BYTES
        return asyncio.run(_kept(known)) if is_small else []
    return sorted(file["path"] for file in files)


async def _kept(known: Settings) -> list[str]:
    from feeder.accounts import refused as refused_of
    from feeder.errors import readable
    from feeder.store import open_store

    store = await open_store(known.store_url, data=Path(known.data.path), write=False)
    try:
        return sorted(readable(mark.seed.path) for mark in refused_of(await store.marks(), None))
    finally:
        await store.close()
