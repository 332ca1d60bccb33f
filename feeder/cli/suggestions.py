"""What shells suggest for the flags that commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from feeder.config import KEYS

if TYPE_CHECKING:
    import click


def settings(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The keys that ``--set`` takes, each with the equals sign that follows."""
    known = ((f"{key}=", field.description or "") for key, field in KEYS.items())
    return [CompletionItem(key, help=text.partition(". ")[0]) for key, text in known if key.startswith(incomplete)]


def folders(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Folders, by the shell's own means."""
    return [CompletionItem(incomplete, type="dir")]
