"""What a check finds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How grave it is; what could not be looked at is none of the other three."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of what is so, and one of what to do about it (empty where there is nothing to do)."""

    check: str
    verdict: Verdict
    says: str
    remedy: str = ""


def ok(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, Verdict.OK, says)


def warning(check: str, says: str, remedy: str) -> Finding:
    """It works, and not as well as it could, or not for ever."""
    return Finding(check, Verdict.WARNING, says, remedy)


def problem(check: str, says: str, remedy: str) -> Finding:
    """Something does not work."""
    return Finding(check, Verdict.PROBLEM, says, remedy)


def not_checked(check: str, why: str, remedy: str = "") -> Finding:
    """Nothing is known of it."""
    return Finding(check, Verdict.NOT_CHECKED, why, remedy)


def counted(number: int, what: str) -> str:
    """``1 file``, ``1,204 files``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


_STEP = 1024


def sized(number: float) -> str:
    """Bytes as people read them: ``512 bytes``, ``1.5 GiB``."""
    if number < _STEP:
        return counted(int(number), "byte")
    for unit in ("KiB", "MiB", "GiB"):
        number /= _STEP
        if number < _STEP:
            return f"{number:.1f} {unit}"
    return f"{number / _STEP:.1f} TiB"
