"""The addresses that are listened on, and the one that several processes share."""

from __future__ import annotations

import socket
import sys
from contextlib import closing, suppress

import pytest

from feeder.errors import ConfigError
from feeder.listening import SharedPort, bind, url_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: a port is shared on Linux only")
TAKEN = "server.port: cannot listen on .*: Address already in use"


def port_of(shared: SharedPort) -> int:
    return int(shared.url.rpartition(":")[2])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_connections_are_spread_over_those_that_listen(host: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("NOT TESTED: there is no IPv6 here")
    with closing(SharedPort(host, 0)) as shared, shared.socket() as one, shared.socket() as other:
        assert url_of(one) == url_of(other) == shared.url
        for each in (one, other):
            each.listen(256)
            each.setblocking(False)
        clients = [socket.create_connection((host, port_of(shared))) for _ in range(100)]
        met = [taken(each) for each in (one, other)]
        for client in clients:
            client.close()
    assert sum(met) == 100
    assert min(met) > 10


def taken(listening: socket.socket) -> int:
    """How many connections wait there."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            listening.accept()[0].close()
            count += 1
    return count


def test_nobody_else_gets_the_address_whether_somebody_listens_or_not() -> None:
    with closing(SharedPort("127.0.0.1", 0)) as shared:
        port = port_of(shared)
        for refused in (lambda: bind("127.0.0.1", port, "server.port"), lambda: SharedPort("127.0.0.1", port)):
            with pytest.raises(ConfigError, match=TAKEN):
                refused()
        with shared.socket() as one:
            one.listen()
            for refused in (lambda: bind("127.0.0.1", port, "server.port"), lambda: SharedPort("127.0.0.1", port)):
                with pytest.raises(ConfigError, match=TAKEN):
                    refused()
        with pytest.raises(ConnectionRefusedError):  # what holds the address takes no connections
            socket.create_connection(("127.0.0.1", port))
        with shared.socket() as again:
            again.listen()
    with bind("127.0.0.1", port, "server.port"):
        pass


def test_an_address_that_another_program_shares_is_taken_all_the_same() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ConfigError, match=TAKEN):
            SharedPort("127.0.0.1", other.getsockname()[1])


def test_an_address_that_is_not_ours_is_told_with_its_key() -> None:
    with pytest.raises(ConfigError, match=r"server\.port: cannot listen on 192\.0\.2\.1:0"):
        SharedPort("192.0.2.1", 0)
