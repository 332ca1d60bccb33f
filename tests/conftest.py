"""The fixtures that many tests share."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import hypothesis
import pytest

from engines import ENGINES, SQLITE_DISAGREEMENTS, disagreements
from feeder.store import Store, open_store
from program import Place, Serve, services

pytest_plugins = ["browser"]

# How long an example takes on the wall's clock says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("soak", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
# The same examples in every run; `make soak` throws the dice.
hypothesis.settings.register_profile("same", hypothesis.settings.get_profile("soak"), derandomize=True, database=None)
hypothesis.settings.load_profile("soak" if os.environ.get("FEEDER_SOAK") else "same")

# A shell starts what runs in the background with Ctrl-C ignored, and the programs that are tested would inherit that.
with suppress(ValueError):  # only the main thread may, and elsewhere nobody presses it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Thousands of tests, collected, live until the end; a search for garbage need not look at them each time."""
    gc.collect()
    gc.freeze()


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The service runs on uvloop where there is one: modules with ``RUNS_ON`` are run on each of those."""
    module = item.getparent(pytest.Module)
    return getattr(module and module.obj, "RUNS_ON", {"asyncio": asyncio.new_event_loop})


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
async def serve(place: Place) -> AsyncIterator[Serve]:
    """Starts the service (again); whatever still runs at the end is stopped."""
    async with services(place) as start:
        yield start


@pytest.fixture(params=sorted(ENGINES))
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that does not exist yet, for each engine."""
    return ENGINES[request.param].format(folder=tmp_path / "data")


@pytest.fixture
async def store(store_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(store_url, data=tmp_path)
    yield opened
    await opened.close()
    if store_url.startswith("sqlite:"):
        assert disagreements(Path(store_url.removeprefix("sqlite:///")), SQLITE_DISAGREEMENTS) == []
