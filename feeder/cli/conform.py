"""``feeder conform``: a black-box conformance run against any server of server-sent events."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from feeder.cli.screen import Screen
from feeder.cli.terminal import BAD, GOOD, ODD, QUIET, say_json
from feeder.errors import UnavailableError, printable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.conform import Options, Target, Verdict

_FAILED: Final = 1
_COLOURS: Final = {"PASS": GOOD, "FAIL": BAD, "WARN": ODD, "SKIP": QUIET}
_INDENT: Final = 11


@click.command
@click.argument("url", metavar="URL")
@click.option("--profile", type=click.Choice(["auto", "generic", "feeder"]), default="auto", show_default=True,
              help="What is expected: the standards, or feeder's contract besides.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=20, show_default=True, metavar="N",
              help="How long mere listening may take; more than a heartbeat to see one.")  # fmt: skip
@click.option("--heartbeat", type=click.FloatRange(0.1, 600), default=15, show_default=True, metavar="SECONDS",
              help="The longest silence that the server allows itself.")  # fmt: skip
@click.option("--publish", metavar="COMMAND", help="A shell command that makes one new event, for the live checks.")
@click.option("--trials", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N",
              help="How often a listener joins while events are published.")  # fmt: skip
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent with every request.")
@click.option("--only", metavar="CODES", help="Only these checks, such as A,B5,D3c.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for each check.")
@click.option("--verbose", "-v", is_flag=True, help="Evidence and clause of every check, also of those that passed.")
def command(  # noqa: PLR0913 (its flags)
    *,
    url: str,
    profile: str,
    seconds: float,
    heartbeat: float,
    publish: str | None,
    trials: int,
    headers: tuple[str, ...],
    only: str | None,
    as_json: bool,
    verbose: bool,
) -> None:
    """Judge any server-sent-events server from outside, check by check.

    URL is the address of a stream, ours or any. A few connections at a time read it in many ways; nothing is changed
    there. Exits with 1 if a check failed.
    """
    from feeder.conform import Options, Profile

    options = Options(
        profile=None if profile == "auto" else Profile(profile),
        seconds=seconds,
        heartbeat_seconds=heartbeat,
        publish=None if publish is None else _publishing(publish),
        trials=trials,
        headers=dict(_field(text) for text in headers),
        only=_codes(only),
    )
    count = asyncio.run(_run(_target(url), options, _as_json if as_json else _teller(is_verbose=verbose)))
    if not as_json:
        screen = Screen()
        screen.line()
        screen.line(_summary(count))
    if count["FAIL"]:
        sys.exit(_FAILED)


def _target(url: str) -> Target:
    from feeder.conform import Target

    try:
        return Target.read(url)
    except ValueError as error:
        raise click.BadParameter(f"{printable(url)}: {error}", param_hint="URL") from None


def _field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or any(letter in text for letter in "\r\n\0"):
        raise click.BadParameter("write it as 'NAME: VALUE'", param_hint="--header")
    return name.strip(), value.strip()


def _codes(text: str | None) -> list[str]:
    from feeder.conform import CHECKS

    codes = [code.strip() for code in (text or "").split(",") if code.strip()]
    for code in codes:
        if not any(one.code.startswith(code) for one in CHECKS):
            raise click.BadParameter(f"there is no check {printable(code)}", param_hint="--only")
    return codes


def _publishing(shell_command: str) -> Callable[[], Awaitable[None]]:
    async def publish() -> None:
        process = await asyncio.create_subprocess_shell(shell_command, stdout=asyncio.subprocess.DEVNULL)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if code:
            raise UnavailableError(f"--publish ended with {code}: {shell_command}")

    return publish


async def _run(target: Target, options: Options, tell: Callable[[Verdict], None]) -> Counter[str]:
    from feeder.conform import Unheard, conform

    count: Counter[str] = Counter()
    try:
        async for verdict in conform(target, options):
            count[verdict.outcome] += 1
            tell(verdict)
    except Unheard as error:
        raise UnavailableError(printable(str(error))) from None
    return count


def _as_json(verdict: Verdict) -> None:
    told = {
        "code": verdict.check.code,
        "title": verdict.check.title,
        "outcome": verdict.outcome.value,
        "level": verdict.check.level.value,
        "evidence": verdict.evidence,
        "clause": verdict.check.clause,
    }
    say_json(told)


def _teller(*, is_verbose: bool) -> Callable[[Verdict], None]:
    screen = Screen()

    def tell(verdict: Verdict) -> None:
        outcome = verdict.outcome.value
        screen.columns([((outcome, _COLOURS[outcome]), f"{verdict.check.code:4} {verdict.check.title}")])
        if is_verbose or outcome != "PASS":
            screen.line(verdict.evidence, indent=_INDENT)
        if is_verbose or outcome in {"FAIL", "WARN"}:
            screen.line((f"[{verdict.check.clause}]", QUIET), indent=_INDENT)

    return tell


def _summary(count: Counter[str]) -> str:
    parts = (
        f"{count[name]} {word}" for name, word in (("PASS", "passed"), ("FAIL", "failed"), ("WARN", "to think of"))
    )
    return f"{count.total()} checks: {', '.join(parts)}, {count['SKIP']} could not be seen"
