"""The run: find out what the server is, have every check look, and give the verdicts in the checklist's order."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import orjson

from feeder.conform.checks import CHECKS
from feeder.conform.head import Unheard
from feeder.conform.target import Ask, Target
from feeder.conform.verdict import Finding, Outcome, decide, untold, wrong
from feeder.conform.visit import KINDS, Profile, Visit
from feeder.conform.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from feeder.conform.answer import Answer
    from feeder.conform.head import Head
    from feeder.conform.text import Block
    from feeder.conform.verdict import Check, Verdict
    from feeder.conform.visit import Options

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_MOST_HOPS: Final = 5
_OUR_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,45}\.[0-9]+")


async def conform(target: Target, options: Options) -> AsyncIterator[Verdict]:
    """Visit a server; one verdict for each check of the profile, in order, each as soon as it is there.

    Raises:
        Unheard: the server cannot be reached, or its first answer is not HTTP.
    """
    visit = await _begin(target, options)
    chosen = [one for one in CHECKS if one.needs in {None, visit.profile} and _is_wanted(one.code, options.only)]
    quiet = {one.code: asyncio.create_task(_look(one, visit)) for one in chosen if not one.lively}
    try:
        for one in chosen:
            if one.lively and options.publish is not None:
                await asyncio.gather(*quiet.values())
            found = await (quiet[one.code] if one.code in quiet else _look(one, visit))
            yield decide(one, found, visit.profile)
    finally:
        for task in quiet.values():
            task.cancel()
        await asyncio.gather(*quiet.values(), return_exceptions=True)
        await visit.close()


def _is_wanted(code: str, only: Sequence[str]) -> bool:
    """``B5`` means B5a and B5c, ``B`` all of B; ``A1`` does not mean A10."""
    return not only or any(re.fullmatch(rf"{re.escape(begin)}(?:(?<![0-9])[0-9]+)?[a-z]?", code) for begin in only)


async def _look(one: Check, visit: Visit) -> Finding:
    options = visit.options
    bound = 4 * options.seconds + 12 * options.patience_seconds + (options.trials if one.lively else 0)
    if one.lively and options.publish is None:
        return untold("needs something new to happen: --publish")
    try:
        async with asyncio.timeout(bound):
            return await one.look(visit)
    except Unheard as error:
        return wrong(str(error))
    except TimeoutError:
        return Finding(Outcome.FAIL, f"it came to no end within {bound:g} s")


async def _begin(target: Target, options: Options) -> Visit:
    """Follow redirects to the stream, and see whose it is."""
    hops: list[tuple[str, Head]] = []
    while True:
        wire = Wire(target, patience_seconds=options.patience_seconds, always=options.headers)
        async with wire.ask(Ask()) as answer:
            if answer.head.status not in _REDIRECTS or not answer.head["location"] or len(hops) == _MOST_HOPS:
                return Visit(wire, options, options.profile or await _profile(answer, options), hops)
        hops.append((str(target), answer.head))
        target = _next(target, answer.head)


def _next(target: Target, head: Head) -> Target:
    where = urljoin(str(target), head["location"])
    try:
        return Target.read(where)
    except ValueError as error:
        raise Unheard(f"{target} leads to {where!r}: {error}") from None


async def _profile(answer: Answer, options: Options) -> Profile:
    """Whose the stream is, by what it begins with."""
    await answer.listen(min(1.0, options.seconds), lambda heard: bool(heard.blocks))
    return Profile.FEEDER if any(_is_ours(block) for block in answer.blocks) else Profile.GENERIC


def _is_ours(block: Block) -> bool:
    """Whether a block is one that feeder's stream begins with: a checkpoint, or one of its events."""
    try:
        said = orjson.loads(block.data or "")
    except ValueError:
        return False
    if not isinstance(said, dict):
        return False
    if block.name == "checkpoint":
        return said.get("cursor") == block.id and _OUR_ID.fullmatch(block.id or "") is not None
    return block.name in KINDS and "_feeder" in said
