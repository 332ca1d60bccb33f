"""How often one address may ask: so many requests at once, and then so many a second.

A bucket of tokens for each address, as one number: the moment at which it will be full again (the generic cell rate
algorithm, ITU-T I.371 annex A). Whose moment has passed is as good as unknown and is forgotten; of those that remain
at most ``most`` are known, and who has not asked for the longest goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from feeder import peers

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST: Final = 10_000


class Allowance:
    """What each address may ask.

    Args:
        a_second: how many requests a second in the long run.
        at_once: how many after a pause.
        clock: seconds of any origin that only ever grow.
        most: how many addresses are known at most.
    """

    def __init__(self, a_second: float, at_once: int, clock: Callable[[], float], *, most: int = _MOST) -> None:
        self._between_seconds = 1 / a_second
        self._slack_seconds = (at_once - 1) / a_second
        self._clock = clock
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, address: str | None) -> float:
        """Count a request of an address (None: one that is not counted); after how many seconds it may come, 0: now.

        A request that may not come now is not counted. Of IPv6 a network of 64 bits is one address.
        """
        if address is None:
            return 0
        now, party = self._clock(), peers.party(address)
        self._forget(now)
        full_at = max(self._full_at.get(party, now), now)
        wait = max(full_at - now - self._slack_seconds, 0)
        self._full_at[party] = full_at if wait else full_at + self._between_seconds
        self._full_at.move_to_end(party)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return wait

    def _forget(self, now: float) -> None:
        """Those in front whose buckets are full again; who stands behind a longer wait goes with it."""
        while self._full_at:
            party, full_at = self._full_at.popitem(last=False)
            if full_at > now:
                self._full_at[party] = full_at
                self._full_at.move_to_end(party, last=False)
                return
