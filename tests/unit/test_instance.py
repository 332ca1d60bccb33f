from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from feeder.errors import OccupiedError, UnavailableError
from feeder.instance import Instance, announce, own, running

HERE = Instance(pid=os.getpid(), public="http://127.0.0.1:8000", operator="http://127.0.0.1:8001")


def test_a_data_folder_has_one_owner_who_says_where_he_is(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with own(data):
        announce(data, HERE)
        assert running(data) == HERE
        with pytest.raises(OccupiedError, match=f"process {os.getpid()}, http://127.0.0.1:8000"), own(data):
            pass
        assert running(data) == HERE
    assert running(data) is None
    with own(data):
        pass


async def test_the_lock_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom feeder.instance import own\n"
        "with own(Path(sys.argv[1])):\n    print('mine', flush=True)\n    time.sleep(600)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"mine\n"
    with pytest.raises(OccupiedError), own(tmp_path):
        pass
    process.kill()
    await process.communicate()
    with own(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnavailableError, match=r"Not a directory; .*--data"), own(tmp_path / "file" / "data"):
        pass


def test_nonsense_in_the_announcement_is_no_announcement(tmp_path: Path) -> None:
    (tmp_path / "instance.json").write_text("{nonsense")
    assert running(tmp_path) is None
