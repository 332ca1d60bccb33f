"""What a check is, what it finds, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from feeder.conform.visit import Profile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.conform.visit import Visit


class Outcome(StrEnum):
    """How a check ended."""

    PASS = "PASS"  # noqa: S105 (no password)
    FAIL = "FAIL"
    WARN = "WARN"
    SKIP = "SKIP"


class Level(StrEnum):
    """How much hangs on a check: ``PROMISED`` is a should for everybody and a must for those who promised it."""

    MUST = "must"
    SHOULD = "should"
    PROMISED = "promised"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw: one sentence of what was sent and what came."""

    outcome: Outcome
    evidence: str


def fine(evidence: str) -> Finding:
    """It is as it should be."""
    return Finding(Outcome.PASS, evidence)


def wrong(evidence: str) -> Finding:
    """It is not as it should be; of a should it becomes a warning."""
    return Finding(Outcome.FAIL, evidence)


def doubtful(evidence: str) -> Finding:
    """It is allowed, and somebody will suffer from it."""
    return Finding(Outcome.WARN, evidence)


def untold(reason: str) -> Finding:
    """Nothing could be seen that would answer the question."""
    return Finding(Outcome.SKIP, reason)


def judged(faults: list[str], otherwise: str) -> Finding:
    """Wrong with the first fault (and how many more there are), else fine."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return wrong(faults[0] + more) if faults else fine(otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to a server.

    ``code`` is the checklist's letter and number, ``clause`` where it is written, ``needs`` the profile that it
    belongs to (None: all). A ``lively`` check publishes, and so runs after all others and alone.
    """

    code: str
    title: str
    clause: str
    level: Level
    needs: Profile | None
    lively: bool
    look: Callable[[Visit], Awaitable[Finding]]


def check(  # noqa: PLR0913 (all that is to be said of one)
    code: str,
    title: str,
    clause: str,
    *,
    level: Level = Level.MUST,
    needs: Profile | None = None,
    lively: bool = False,
) -> Callable[[Callable[[Visit], Awaitable[Finding]]], Check]:
    """Make a check of a function that looks at a server."""

    def make(look: Callable[[Visit], Awaitable[Finding]]) -> Check:
        return Check(code=code, title=title, clause=clause, level=level, needs=needs, lively=lively, look=look)

    return make


@dataclass(frozen=True, slots=True)
class Verdict:
    """A check and how it ended."""

    check: Check
    outcome: Outcome
    evidence: str


def decide(one: Check, found: Finding, profile: Profile) -> Verdict:
    """What a finding means under a profile."""
    is_should = one.level is Level.SHOULD or (one.level is Level.PROMISED and profile is not Profile.FEEDER)
    outcome = Outcome.WARN if found.outcome is Outcome.FAIL and is_should else found.outcome
    return Verdict(one, outcome, found.evidence)
