"""The machine's clocks."""

from __future__ import annotations

import ctypes
import sys
import time
from typing import Final

_TIME_ERROR: Final = 5
_NOT_SYNCHRONISED: Final = 0x40


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2), its beginning; the rest is room for what newer kernels write."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


def is_synchronised() -> bool | None:
    """Whether the kernel says that the clock is kept right; None if it says nothing. Asking changes nothing."""
    if sys.platform != "linux":
        return None
    asked = _Timex()
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked))
    if state < 0:
        return None
    return state != _TIME_ERROR and not asked.status & _NOT_SYNCHRONISED


class Parting:
    """Watches both clocks from now on."""

    def __init__(self) -> None:
        self._began = time.time() - time.monotonic()

    @property
    def seconds(self) -> float:
        """By how much the wall's clock went ahead of the monotonic one."""
        return time.time() - time.monotonic() - self._began
