"""One connection that listens: what it does when the kernel takes a part, or nothing, or the peer has gone."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

import pytest

from hearing import hearing, hub_of, until
from memory_log import MemoryLog
from polling import LOOPS

if TYPE_CHECKING:
    from hearing import Ear

RUNS_ON = LOOPS


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


def peer(ear: Ear) -> socket.socket:
    assert ear.listener.transport is not None
    return socket.socket(fileno=os.dup(ear.listener.transport.get_extra_info("socket").fileno()))


async def written(ear: Ear) -> None:
    await until(lambda: not ear.listener.is_paused)


async def test_what_the_kernel_does_not_take_comes_behind_what_it_took(log: MemoryLog) -> None:
    async with hearing(hub_of(log), buffer=4096) as ear:
        await written(ear)
        before = bytes(ear.plain)
        text = b"".join(b":%07d\n" % number for number in range(50_000))
        assert not ear.listener.send(text)
        assert ear.listener.is_paused
        await ear.hear(lambda: len(ear.plain) - len(before) >= len(text))
        await written(ear)
        assert ear.listener.send(b": and more\n")
        await ear.hear(lambda: ear.plain.endswith(b": and more\n"))
        assert bytes(ear.plain).endswith(text + b": and more\n")


async def test_nothing_is_sent_by_sending_nothing(log: MemoryLog) -> None:
    async with hearing(hub_of(log)) as ear:
        await written(ear)
        assert ear.listener.send(b"")


async def test_a_peer_that_takes_no_more_is_let_go(log: MemoryLog) -> None:
    hub = hub_of(log)
    async with hearing(hub) as ear:
        await written(ear)
        with peer(ear) as ours:
            ours.shutdown(socket.SHUT_WR)
        assert ear.listener.send(b":\n")
        await until(lambda: hub.listeners == 0)
        assert not hub._listeners


async def test_who_has_gone_is_written_nothing_whoever_has_its_file_now(log: MemoryLog) -> None:
    hub = hub_of(log)
    async with hearing(hub) as ear:
        await written(ear)
        had = ear.listener._fd
        ear.listener.abort()
        await until(lambda: hub.listeners == 0)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.setblocking(False)
            if ours.fileno() != had:
                os.dup2(ours.fileno(), had)
            try:
                assert ear.listener.send(b"not for you")
                ear.listener.end(b"nor this")
                ear.listener.abort()
                with pytest.raises(BlockingIOError):
                    theirs.recv(100)
                assert (ear.listener.transport, ear.listener._fd) == (None, -1)
            finally:
                if ours.fileno() != had:
                    os.close(had)


async def test_the_end_is_written_behind_everything_and_closes(log: MemoryLog) -> None:
    hub = hub_of(log)
    async with hearing(hub, buffer=4096) as ear:
        await written(ear)
        ear.listener.end(b":" * 100_000 + b"\nevent: x\ndata: last\n\n")
        assert ear.listener.is_ending
        await ear.hear()
        assert ear.names[-1] == "x"
        await until(lambda: hub.listeners == 0)


async def test_who_says_that_it_will_send_no_more_has_gone(log: MemoryLog) -> None:
    hub = hub_of(log)
    async with hearing(hub) as ear:
        await written(ear)
        with peer(ear) as ours:
            ours.shutdown(socket.SHUT_RD)
        await until(lambda: hub.listeners == 0)


async def test_whatever_it_says_is_nothing_to_anybody(log: MemoryLog) -> None:
    async with hearing(hub_of(log)) as ear:
        await written(ear)
        ear.listener.data_received(b"GET / HTTP/1.1\r\n\r\n")
        assert ear.listener.send(b":\n")
        await asyncio.sleep(0)
        assert ear.listener.transport is not None
