"""What the service and a worker say to each other.

Down the channel go objects of ours, pickled: a worker trusts the service, which made it. What comes up is JSON and
nothing more: a worker talks to the world, and who took it over must not reach the service by what it says.
"""

from __future__ import annotations

import dataclasses
import json
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from feeder import __version__
from feeder.publish.document import Sheet
from feeder.publish.issue import by_itself
from feeder.web.operator import metrics
from feeder.workers.rows import readers_in_rows, readers_of_rows

if TYPE_CHECKING:
    from feeder.config import Settings
    from feeder.model import Feed
    from feeder.public import Share
    from feeder.publish.document import Document
    from feeder.render import Site
    from feeder.store import Epoch
    from feeder.web.readership import Readers

RELEASE: Final = __version__.encode()
"""What the service says before all else: after an upgrade, objects of the one release may be unknown to the other."""
MOST_BYTES: Final = 1024 * 1024
"""The longest message of a worker."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The first word: what to serve, and how."""

    settings: Settings
    site: Site
    share: Share
    secret: bytes
    """What all workers know pollers by."""


@dataclass(frozen=True, slots=True)
class Complete:
    """The sheets that came are an issue, with those of earlier ones: show it, and say that you do by its number."""

    number: int
    feeds: tuple[Feed, ...]
    epochs: tuple[Epoch, ...]
    opml: Document | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request of a worker's: taken (200), or refused with a status of HTTP and a sentence."""

    number: int
    status: int = 200
    text: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Take no more connections, say goodbye to listeners, and end."""


Downward: TypeAlias = Terms | Sheet | Complete | Answer | Leave


def down(word: Downward) -> bytes:
    """A word to a worker."""
    return pickle.dumps(by_itself(word) if isinstance(word, Sheet) else word, pickle.HIGHEST_PROTOCOL)


def read_down(message: bytes) -> Downward:
    """A word from the service."""
    word: Downward = pickle.loads(message)  # noqa: S301 - it comes from the process that made this one
    return word


@dataclass(frozen=True, slots=True)
class Up:
    """Connections are taken from now on."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The issue of this number is shown."""

    number: int


@dataclass(frozen=True, slots=True)
class State:
    """Now and then: why the worker is not ready, what its parts have counted, what of the machine it uses.

    ``limited`` requests to our own WebSub hub were not handed on since the last time, as too many came from an address.
    """

    reasons: list[str]
    measures: list[metrics.Measure]
    listeners: int
    cpu_seconds: float
    resident_bytes: int
    distrusts_index: bool = False
    limited: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """Now and then: who reads the feeds."""

    readers: Readers


@dataclass(frozen=True, slots=True)
class Request:
    """Something for our own WebSub hub, a form as it came; wait for the ``Answer`` of this number."""

    number: int
    body: bytes


Upward: TypeAlias = Up | Shown | State | Seen | Request
_UPWARD: Final[dict[str, type[Upward]]] = {kind.__name__: kind for kind in (Up, Shown, State, Seen, Request)}


def up(word: Upward) -> bytes:
    """A word to the service."""
    if isinstance(word, Seen):
        return orjson.dumps({"word": "Seen", "readers": readers_in_rows(word.readers)})  # it may be long
    fields = dataclasses.asdict(word)
    if isinstance(word, Request):
        fields["body"] = word.body.decode("latin-1")
    return json.dumps({"word": type(word).__name__, **fields}).encode()


def _measure(fields: dict[str, Any]) -> metrics.Measure:
    buckets = tuple((bound, count) for bound, count in fields.pop("buckets"))
    return metrics.Measure(**fields, buckets=buckets)


def read_up(message: bytes) -> Upward:
    """A word from a worker.

    Raises:
        ValueError: it is none.
    """
    try:
        fields: dict[str, Any] = json.loads(message)
        kind = _UPWARD[fields.pop("word")]
        if kind is Request:
            fields["body"] = fields["body"].encode("latin-1")
        elif kind is State:
            fields["measures"] = [_measure(measure) for measure in fields["measures"]]
        elif kind is Seen:
            fields["readers"] = readers_of_rows(fields["readers"])
        return kind(**fields)
    except (TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"a worker's word cannot be read: {error!r}") from error
