"""What is installed, and what is set. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.doctor.finding import counted, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.doctor.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The releases of what we stand on; ``uvloop`` is "" where it is missing, None where it need not be there."""

    feeder: str
    python: str
    uvloop: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The settings: the file that was read ("": none), how many keys are set, what is wrong with them ("": nothing).

    ``sought`` is the file that is read if it is there.
    """

    file: str
    sought: str
    keys: int
    error: str = ""


def judge_installed(installed: Installed) -> Iterator[Finding]:
    """Whether the program is whole."""
    said = f"feeder {installed.feeder} on Python {installed.python}"
    if installed.uvloop == "":
        yield problem("program", f"{said}, without uvloop.", "Install it again: pip install -e . (or make run).")
    else:
        yield ok("program", f"{said}{f', uvloop {installed.uvloop}' if installed.uvloop else ''}.")


def judge_configured(configured: Configured) -> Iterator[Finding]:
    """Whether the settings can be read and agree."""
    if configured.error:
        yield problem("settings", f"{configured.error}.", "Mend it; feeder config check says whether it is right.")
    elif configured.file:
        yield ok("settings", f"{configured.file} is right: {counted(configured.keys, 'key')} set.")
    elif configured.keys:
        yield ok("settings", f"Without a file: {counted(configured.keys, 'key')} set by flags and the environment.")
    else:
        yield warning(
            "settings",
            f"There is no {configured.sought} here: everything has its default.",
            "Run it in the site's folder, or name the file with --config; feeder init DIR makes a new site.",
        )
