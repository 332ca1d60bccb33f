"""How a program listens to a stream: commands to try, each with what it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A line for a shell, and what it gives."""

    gives: str
    line: str


def commands(live: str, *, is_search: bool = False) -> tuple[Command, ...]:
    """Ways to listen to a stream whose address has parameters; a search chooses its words already.

    None where there is no stream.
    """
    if not live:
        return ()
    chosen = Command("Only what has these words, in the language of the search", _curl(f"{live}&q=ferry+OR+bridge"))
    return (
        Command("What is new, the moment it happens", _curl(live)),
        Command("The last hour first, then what is new", _curl(f"{live}&since=1h")),
        *(() if is_search else (chosen,)),
        Command("Only what is in one language", _curl(f"{live}&language=en")),
        Command(
            "All there is, one JSON object a line, and then the end",
            f"curl -H 'Accept: application/x-ndjson' '{live}&since=earliest&poll=1'",
        ),
    )


def _curl(address: str) -> str:
    return f"curl -N '{address}'"
