from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from feeder.errors import UnavailableError
from feeder.judge.worker import Worker, WorkerLostError


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module whose function does what the request says."""
    (tmp_path / "worker_target.py").write_text(
        "import os, resource, signal, sys, time\n"
        "KINDS = [resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE]\n"
        "def answer(request):\n"
        "    print('noise on stdout')\n"
        "    if request == b'many': yield from (str(number).encode() for number in range(1, 4))\n"
        "    if request == b'much': bytearray(1 << 30)\n"
        "    if request == b'limits': yield repr([resource.getrlimit(kind)[0] for kind in KINDS]).encode()\n"
        "    if request == b'die': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    if request == b'leave': sys.exit(3)\n"
        "    if request == b'hang': time.sleep(600)\n"
        "    if request == b'pid': yield str(os.getpid()).encode()\n"
        "    elif request not in {b'many', b'much', b'limits', b''}: yield request[::-1]\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "worker_target:answer"


async def ask(worker: Worker, request: bytes) -> bytes:
    """The one answer to a request."""
    return b"".join([answer async for answer in worker.ask(request)])


async def test_it_answers_in_turn_whatever_a_library_prints(target: str) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        answers = await asyncio.gather(*(ask(worker, str(number).encode() * 100_000) for number in range(5)))
    finally:
        await worker.close()
    assert answers == [str(number).encode() * 100_000 for number in range(5)]
    assert await ask(worker, b"") == b""  # a closed worker starts again when asked
    await worker.close()


@pytest.mark.parametrize(("request_", "how"), [(b"die", "SIGKILL"), (b"leave", "exit code 3")])
async def test_one_that_dies_is_replaced_and_says_how(target: str, request_: bytes, how: str) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        with pytest.raises(WorkerLostError, match=how):
            await ask(worker, request_)
        assert await ask(worker, b"abc") == b"cba"
    finally:
        await worker.close()
    assert worker.losses == 1


async def test_where_no_process_can_be_started_the_request_is_not_to_blame(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        with monkeypatch.context() as broken:
            broken.setattr(sys, "executable", "/nowhere/python")
            with pytest.raises(UnavailableError, match="no process can be started to read files: No such file"):
                await ask(worker, b"abc")
        assert await ask(worker, b"abc") == b"cba"
    finally:
        await worker.close()
    assert worker.losses == 0


async def test_one_that_hangs_is_killed(target: str) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        pid = int(await ask(worker, b"pid"))
        worker.deadline_seconds = 0.2
        with pytest.raises(WorkerLostError, match=r"longer than 0\.2 seconds"):
            await ask(worker, b"hang")
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    finally:
        await worker.close()


async def test_an_answer_that_was_given_up_is_not_taken_for_the_next_one(target: str) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        await ask(worker, b"start")
        given_up = asyncio.create_task(ask(worker, b"hang"))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        assert await ask(worker, b"next") == b"txen"
    finally:
        await worker.close()


async def test_ctrl_c_does_not_reach_it(target: str) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        os.kill(int(await ask(worker, b"pid")), signal.SIGINT)
        assert await ask(worker, b"abc") == b"cba"
    finally:
        await worker.close()
    assert worker.losses == 0


async def test_it_ends_with_its_parent(target: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, os\n"
        "from feeder.judge.worker import Worker\n"
        "async def main():\n"
        f"    worker = Worker({target!r}, deadline_seconds=30)\n"
        "    async for pid in worker.ask(b'pid'):\n"
        "        print(pid.decode(), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, str(script), stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    async with asyncio.timeout(10):
        while is_running(int(told)):
            await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether the process lives; a dead one that nobody has reaped yet does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


async def test_a_request_may_have_many_answers_or_none(target: str) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        assert [answer async for answer in worker.ask(b"many")] == [b"1", b"2", b"3"]
        assert [answer async for answer in worker.ask(b"")] == []
        assert await ask(worker, b"abc") == b"cba"
    finally:
        await worker.close()


async def test_who_stops_reading_gets_nothing_of_it_with_the_next_request(target: str) -> None:
    worker = Worker(target, deadline_seconds=30)
    try:
        async with contextlib.aclosing(worker.ask(b"many")) as answers:
            assert await anext(answers) == b"1"
        assert await ask(worker, b"abc") == b"cba"
    finally:
        await worker.close()


async def test_it_may_not_use_more_memory_than_it_is_given(target: str) -> None:
    worker = Worker(target, deadline_seconds=30, memory_bytes=1 << 29)
    try:
        assert await ask(worker, b"limits") == repr([1 << 29, 64, 0]).encode()
        with pytest.raises(WorkerLostError, match="exit code 1"):
            await ask(worker, b"much")
        assert await ask(worker, b"abc") == b"cba"
    finally:
        await worker.close()
