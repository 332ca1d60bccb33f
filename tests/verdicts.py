"""Runs of the conformance checks, and what of their verdicts is bad."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE
from typing import Any

from feeder.conform import Options, Profile, Target, Verdict, conform
from program import COMMAND
from right_stream import Stream, streaming

QUICK: dict[str, Any] = {"seconds": 0.25, "heartbeat_seconds": 0.2, "patience_seconds": 5, "trials": 30}


TIMED = {"B11", "E3", "E6"}
"""A warning of these may speak of the machine that the tests run on."""


def bad(verdicts: list[Verdict]) -> dict[str, str]:
    found = [
        one for one in verdicts if one.outcome == "FAIL" or (one.outcome == "WARN" and one.check.code not in TIMED)
    ]
    return {one.check.code: one.evidence for one in found}


async def run(stream: Stream, profile: str, query: str = "", **options: Any) -> list[Verdict]:
    async with streaming(stream) as url:
        chosen = Options(profile=Profile(profile), **{**QUICK, **options})
        return [verdict async for verdict in conform(Target.read(url + query), chosen)]


async def judge(url: str, **options: Any) -> list[Verdict]:
    chosen = Options(**{"seconds": 1, "heartbeat_seconds": 0.3, **options})
    return [verdict async for verdict in conform(Target.read(url), chosen)]


async def command(*arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(*COMMAND, "conform", *arguments, stdout=PIPE, stderr=PIPE)
    out, complaint = await process.communicate()
    return process.returncode, out.decode(), complaint.decode()
