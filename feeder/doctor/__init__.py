"""Looking over a site: what is wrong with it, and what to do about each.

``facts`` gathers what is so, of the disk, the kernel, the store, the instance and the network; ``checks`` judges it,
purely; ``examination`` has it all looked at, one after the other. Nothing that is looked at is changed, and nothing is
guessed: what could not be looked at is ``NOT_CHECKED``. A ``Finding`` is a sentence on what is so, and another on what
to do about it.
"""

from __future__ import annotations

from feeder.doctor.examination import examine, without_settings
from feeder.doctor.finding import Finding, Verdict

__all__ = ["Finding", "Verdict", "examine", "without_settings"]
