"""WebSub (W3C Recommendation of 2018): who asks for it is sent a feed's new document the moment there is one.

A road beside the files and the stream: each subscription is a cursor on the log. ``requests`` reads what subscribers
ask for, ``hub`` is our own hub (it verifies who asks, and sends), ``outer`` tells the hub of others instead,
``deliveries`` is what both do: read on from the cursor, again and again, until it is taken. ``limiter`` says how much
at once, ``topics`` which documents there are.
"""

from __future__ import annotations

from feeder.websub.deliveries import Result, Terms
from feeder.websub.hub import Hub, Limits, Verification
from feeder.websub.outer import OuterHub
from feeder.websub.requests import RequestError
from feeder.websub.topics import Document, Documents, Topics

__all__ = [
    "Document",
    "Documents",
    "Hub",
    "Limits",
    "OuterHub",
    "RequestError",
    "Result",
    "Terms",
    "Topics",
    "Verification",
]
