"""For what must not take time that grows with the square of its input."""

from __future__ import annotations

import os
import resource
import traceback
import warnings
from collections.abc import Callable

CPU_SECONDS = 10
"""Several times what the largest of these inputs takes; what is quadratic takes minutes."""


def in_linear_time(call: Callable[[], object]) -> None:
    """Do it in a process of its own, which the system ends when it has used up its CPU time, in a regex too."""
    with warnings.catch_warnings():
        # Where tests run side by side a thread of pytest-xdist waits for the next one: it holds nothing the call needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        try:
            call()
        except BaseException:  # noqa: BLE001 - whatever it was, it is the parent's to say
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "it failed, or took too long"
