"""Serving with several processes: the service writes, and its workers answer readers and listeners.

Each worker is the public side (``feeder.public``) over a store that it only reads. Between it and the service are two
lines, which end with either side: a pipe that is a bell (a byte: there is news in the log), and a channel
(``channel.py``) with words (``words.py``). Down the channel come the settings, at once and by value, what is published
(issues), and answers; up come what has arrived, what the worker has counted, and what is for the service to do
(requests to our own WebSub hub).

``team.py`` is the service's side: ``post.py`` keeps one worker there, whatever becomes of its processes, ``sums.py``
adds up what they count. ``work.py`` is the worker's.
"""

from __future__ import annotations

from feeder.workers.team import Workers
from feeder.workers.work import Lines, work

__all__ = ["Lines", "Workers", "work"]
