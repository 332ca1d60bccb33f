"""A black-box conformance run against any server of server-sent events.

``wire`` asks over bare sockets (``target``: what is asked), ``answer`` takes apart what comes (``head``, ``chunks``,
``inflate``, ``text``), a ``visit`` shares what was heard among the checks of ``checks``, ``run`` has them all look,
and a ``verdict`` is what comes of it. The room knows nothing of the service that it judges.
"""

from feeder.conform.checks import CHECKS
from feeder.conform.head import Unheard
from feeder.conform.run import conform
from feeder.conform.target import Target
from feeder.conform.verdict import Check, Level, Outcome, Verdict
from feeder.conform.visit import Options, Profile

__all__ = ["CHECKS", "Check", "Level", "Options", "Outcome", "Profile", "Target", "Unheard", "Verdict", "conform"]
