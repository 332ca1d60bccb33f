"""The one door for plug-ins: parsers, renderers and stores are found by name through entry points.

The built-in ones use the same door, so a stranger's package adds a format with one line of its own
``pyproject.toml``. A name is looked up once and kept.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from feeder.errors import ConfigError


@cache
def offers(group: str) -> dict[str, EntryPoint]:
    """All that is on offer in a group (``"parsers"``, ``"renderers"``, ``"stores"``), sorted by name.

    Raises:
        ConfigError: two packages offer the same name, or the package itself is not installed.
    """
    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=f"feeder.{group}"), key=lambda point: (point.name, point.value)):
        earlier = found.setdefault(point.name, point)
        if earlier.value != point.value:
            raise ConfigError(
                f"two packages offer {point.name!r} under feeder.{group}: {_owner(earlier)} and {_owner(point)}; "
                "remove one of them"
            )
    if not found:
        raise ConfigError(f"nothing is installed under feeder.{group}; install the package with `pip install -e .`")
    return found


@cache
def find(group: str, name: str) -> Any:
    """What a plug-in's entry point names; imported at the first call.

    Raises:
        ConfigError: nothing of that name is on offer.
    """
    point = offers(group).get(name)
    if point is None:
        raise ConfigError(f"no {name!r} among the {group}; there are: {', '.join(offers(group))}")
    return point.load()


def release(group: str, name: str) -> str:
    """Which plug-in stands behind a name, and of which release of its package.

    Raises:
        KeyError: nothing of that name is on offer.
    """
    point = offers(group)[name]
    return f"{point.value} {point.dist.version if point.dist else ''}"


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value
