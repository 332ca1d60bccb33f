"""A clock that is set while the service runs (libfaketime stands between it and the machine's clock)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from program import Place, Serve, require

LIBRARIES = [
    path
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib")
    if (path := Path(folder, "faketime", "libfaketime.so.1")).exists()
]
STORY = " date 2026-01-02 {}\n\nSomething happened in the city, and it was not the first time.\n"


async def test_a_clock_set_back_an_hour_does_not_stop_the_scan(place: Place, serve: Serve) -> None:
    require(LIBRARIES, "libfaketime is missing (apt-get install faketime)")
    place.settings |= {"seeds.notify": "false", "seeds.scan": "300ms", "seeds.settle_seconds": "0"}
    clock = place.folder / "clock"

    def set_clock(hours: int) -> None:
        fresh = place.folder / "clock.new"
        fresh.write_text(f"{hours:+d}h")
        fresh.rename(clock)

    set_clock(0)
    running = await serve(
        prefix=(
            "env",
            f"LD_PRELOAD={LIBRARIES[0]}",
            f"FAKETIME_TIMESTAMP_FILE={clock}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        )
    )
    place.drop("before.txt", STORY.format("Before"))
    before = await running.until_log(1)
    set_clock(-1)

    async def noticed() -> bool:
        return b"feeder_clock_steps_total 1.0" in (await running.get(running.operator + "/metrics"))[1]

    await running.until(noticed)
    place.drop("after.txt", STORY.format("After"))
    events = await running.until_log(2)
    moments = [datetime.fromisoformat(event["data"]["_feeder"]["at"]) for event in events]
    assert moments[1] >= moments[0]  # the log's time does not go back
    assert abs(moments[0] - datetime.now(UTC)) < timedelta(minutes=5)
    assert events[:1] == before
