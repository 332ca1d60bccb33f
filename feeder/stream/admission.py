"""How many may listen: in total, and from one address. Pure.

A place is a :class:`Seat`, given back when the listener goes. What is kept is a number for each address that listens
now, so nobody can make it grow by coming and going.
"""

from __future__ import annotations

from enum import StrEnum

from feeder import peers


class Refusal(StrEnum):
    """Why there is no place."""

    FULL = "full"
    ADDRESS = "address"


class Seat:
    """The place of one listener."""

    __slots__ = ("_admission", "_party")

    def __init__(self, admission: Admission, party: str | None) -> None:
        self._admission: Admission | None = admission
        self._party = party

    def leave(self) -> None:
        """Give the place back; a second time does nothing."""
        admission, self._admission = self._admission, None
        if admission is not None:
            admission._free(self._party)  # noqa: SLF001 - the two are one thing


class Admission:
    """Places for ``most`` listeners, ``most_per_address`` of them for one address; 0 sets no limit.

    Of IPv6 a network of 64 bits counts as one address, because that is what one customer has.
    """

    def __init__(self, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._parties: dict[str, int] = {}
        self.listeners = 0
        """How many have a place now."""
        self.refused: dict[Refusal, int] = dict.fromkeys(Refusal, 0)
        """How many were refused one since the start."""

    @property
    def parties(self) -> int:
        """How many addresses are counted now."""
        return len(self._parties)

    def enter(self, address: str | None) -> Seat | None:
        """A place for a listener from an address (None: one that is not counted by it); None if there is none."""
        refusal, party = None, None
        if 0 < self._most <= self.listeners:
            refusal = Refusal.FULL
        elif address is not None and self._most_per_address > 0:
            party = peers.party(address)
            if self._parties.get(party, 0) >= self._most_per_address:
                refusal = Refusal.ADDRESS
        if refusal is not None:
            self.refused[refusal] += 1
            return None
        if party is not None:
            self._parties[party] = self._parties.get(party, 0) + 1
        self.listeners += 1
        return Seat(self, party)

    def _free(self, party: str | None) -> None:
        self.listeners -= 1
        if party is None:
            return
        left = self._parties[party] - 1
        if left:
            self._parties[party] = left
        else:
            del self._parties[party]
