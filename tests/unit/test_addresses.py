"""Whom a request counts for: by the connection, or by what a trusted proxy says."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.peers import network
from feeder.web.connections.addresses import _client, forwarded_hops_of, hops_of, peer
from linear import in_linear_time
from wire import request, wired

TRUSTED = [network(one) for one in ("10.0.0.0/8", "fd00::/8", "127.0.0.1")]
CLIENT = "203.0.113.9"
EVIL = "198.51.100.66"


def plain(*lines: str) -> str | None:
    found = _client(hops_of(lines), TRUSTED)
    return None if found is None else str(found)


def forwarded(*lines: str) -> str | None:
    found = _client(forwarded_hops_of(lines), TRUSTED)
    return None if found is None else str(found)


# X-Forwarded-For


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((CLIENT,), CLIENT),
        ((f"{EVIL}, {CLIENT}",), CLIENT),
        ((f"{EVIL}, {CLIENT}, 10.0.0.7, 10.0.0.8",), CLIENT),
        ((f"{EVIL},{CLIENT},10.0.0.7",), CLIENT),
        ((EVIL, CLIENT), CLIENT),
        ((EVIL, CLIENT, "10.0.0.7"), CLIENT),
        ((f"{EVIL}, {CLIENT}", "10.0.0.7 , 10.0.0.8"), CLIENT),
        ((f"garbage, {CLIENT}",), CLIENT),
        ((f"{CLIENT}, , ",), CLIENT),
        ((f"{CLIENT}:4711",), CLIENT),
        (("2001:db8::1",), "2001:db8::1"),
        (("[2001:db8::1]",), "2001:db8::1"),
        (("[2001:db8::1]:4711",), "2001:db8::1"),
        (("::ffff:203.0.113.9",), CLIENT),
        (("fe80::1%eth0",), "fe80::1"),
        (("10.0.0.7, 10.0.0.8",), "10.0.0.7"),
        ((f"{CLIENT}, fd12::1",), CLIENT),
        ((f"{EVIL}, unknown",), None),
        ((f"{EVIL}, unknown, 10.0.0.7",), None),
        ((f"{EVIL}, {CLIENT}x",), None),
        ((f"{EVIL} {CLIENT}",), None),
        ((f"{EVIL}, {CLIENT}:x",), None),
        ((f"{EVIL}, [203.0.113",), None),
        (("",), None),
        ((",,,",), None),
        ((), None),
    ],
)
def test_the_nearest_who_is_not_trusted_counts(lines: tuple[str, ...], found: str | None) -> None:
    assert plain(*lines) == found


# Forwarded


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((f"for={CLIENT}",), CLIENT),
        ((f"For={CLIENT};Proto=http;by=10.0.0.7",), CLIENT),
        ((f"proto=http; by=10.0.0.7 ; FOR={CLIENT}",), CLIENT),
        ((f"for={EVIL}, for={CLIENT}, for=10.0.0.7;by=10.0.0.8",), CLIENT),
        ((f"for={EVIL}", f"for={CLIENT}"), CLIENT),
        ((f'for="{CLIENT}:4711"',), CLIENT),
        (('for="[2001:db8:cafe::17]:4711"',), "2001:db8:cafe::17"),
        (('for="[2001:db8:cafe::17]"',), "2001:db8:cafe::17"),
        (('for="[2001:db8::1]:_port"',), "2001:db8::1"),
        (("for=[2001:db8::1]",), "2001:db8::1"),
        (('for="[::ffff:203.0.113.9]"',), CLIENT),
        ((r'for="203.0.113\.9"',), CLIENT),
        ((f'for={CLIENT};ext="a, b; for=1.2.3.4"',), CLIENT),
        ((rf'for={CLIENT};ext="\", for=1.2.3.4"',), CLIENT),
        ((rf'ext="\\";for={CLIENT}',), CLIENT),
        ((f";for={CLIENT};",), CLIENT),
        ((f"for={CLIENT}, ,",), CLIENT),
        # a quotation mark that the client left open
        ((f'for="{EVIL}, for={CLIENT}',), CLIENT),
        ((rf'for="{EVIL}\", for={CLIENT}',), CLIENT),
        (('for="x, for="[2001:db8::1]"',), "2001:db8::1"),
        ((rf'for={EVIL}, for={CLIENT};ext="a\", b"',), CLIENT),
        # nobody is named
        ((f"for={EVIL}, for=unknown",), None),
        ((f"for={EVIL}, for=_hidden",), None),
        ((f'for={EVIL}, for="_hidden:80"',), None),
        ((f"for={EVIL}, by=10.0.0.7",), None),
        ((f"for={EVIL}, for={EVIL};for={CLIENT}",), None),
        ((f"for={EVIL}, for={CLIENT} x",), None),
        ((f"for={EVIL}, for = {CLIENT}",), None),
        ((f'for={EVIL}, for="{CLIENT}',), None),
        ((f"for={EVIL}, {CLIENT}",), None),
        ((f"for={EVIL}, for=",), None),
        ((f"for={EVIL}, for=10.0.0.7;x",), None),
        ((f"for={EVIL}, for={CLIENT};ext=" + "x" * 2000,), None),
        ((f"for={EVIL}, " + ";" * 2000 + f"for={CLIENT}",), None),
        (("",), None),
        ((), None),
    ],
)
def test_the_nearest_node_who_is_not_trusted_counts(lines: tuple[str, ...], found: str | None) -> None:
    assert forwarded(*lines) == found


def test_a_proxy_s_element_behind_a_long_one_counts() -> None:
    """What a client sends in front may be as long as it likes."""
    assert forwarded('for="' + "x" * 8000 + f", for={CLIENT}") == CLIENT
    assert plain("x" * 8000 + f", {CLIENT}") == CLIENT


def test_a_way_without_an_end_is_not_followed() -> None:
    hops = hops_of(["10.0.0.1," * 1000])
    assert _client(hops, TRUSTED) == ip_address("10.0.0.1")
    assert len(list(hops)) == 1000 - 32


# Anything

PIECES = st.lists(
    st.sampled_from(
        [
            *(
                ",",
                ";",
                '"',
                "\\",
                " ",
                "[",
                "]",
                ":",
                "=",
                "%",
                "\t",
                "\x00",
                "é",
                "\udcff",
                "for=",
                "For",
                "by=",
                "_x",
            ),
            *(CLIENT, EVIL, "10.0.0.7", "2001:db8::1", "::ffff:1.2.3.4", "80", "1" * 70, "[2001:db8::1]:80", "unknown"),
        ]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)
READERS = (hops_of, forwarded_hops_of)
Reader = Callable[[Sequence[str]], Iterator[object]]


@pytest.mark.parametrize("reader", READERS)
@given(lines=st.lists(PIECES, max_size=4))
def test_whatever_stands_there_is_an_address_or_none(reader: Reader, lines: list[str]) -> None:
    for found in reader(lines):
        assert isinstance(found, IPv4Address | IPv6Address | None)


@given(lines=st.lists(PIECES, max_size=3), front=PIECES, address=st.ip_addresses())
@example(lines=[], front='for="', address=IPv4Address("192.0.2.1"))
@example(lines=[], front="\\", address=IPv4Address("192.0.2.1"))
def test_nothing_in_front_changes_what_the_proxy_said(
    lines: list[str], front: str, address: IPv4Address | IPv6Address
) -> None:
    said = getattr(address, "ipv4_mapped", None) or address
    node = str(address) if isinstance(address, IPv4Address) else f'"[{address}]:4711"'
    for separator in (",", ", "):
        assert next(iter(hops_of([*lines, f"{front}{separator}{address}"]))) == said
        assert next(iter(forwarded_hops_of([*lines, f"{front}{separator}for={node}"]))) == said


@pytest.mark.parametrize(
    "unit", ['"', "\\", ",", ";", " ", "for=", 'for="\\', "[", "a=b;", '"\\"', '\\\\"', "for=10.0.0.1,"]
)
def test_reading_takes_no_longer_than_there_is_to_read(unit: str) -> None:
    line = unit * (300_000 // len(unit))

    def read() -> None:
        for reader in READERS:
            for one in (line, f"for={line}", f'"{line}', f'for="{line}"', f"{line}, for={CLIENT}"):
                list(reader([one]))

    in_linear_time(read)


# The request


@dataclass
class Door:
    """A server that answers with whom it takes the asker for."""

    port: int
    path: Path

    async def ask(self, *lines: str, source: str = "127.0.0.1") -> str:
        connector = aiohttp.TCPConnector(local_addr=(source, 0))
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        url = f"http://127.0.0.1:{self.port}/"
        async with aiohttp.ClientSession(connector=connector) as session, session.get(url, headers=headers) as answer:
            return await answer.text()

    async def ask_by_unix_socket(self, *lines: str) -> str:
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        connector, url = aiohttp.UnixConnector(str(self.path)), "http://localhost/"
        async with aiohttp.ClientSession(connector=connector) as session, session.get(url, headers=headers) as answer:
            return await answer.text()


@asynccontextmanager
async def door(folder: Path, *trusted: str) -> AsyncIterator[Door]:
    networks = [network(one) for one in trusted]

    async def tell(asked: web.Request) -> web.Response:
        return web.Response(text=str(peer(asked, networks)))

    app = web.Application()
    app.router.add_get("/", tell)
    runner = web.AppRunner(app)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        try:
            await web.SockSite(runner, listening).start()
            await web.UnixSite(runner, str(folder / "s")).start()
            yield Door(int(listening.getsockname()[1]), folder / "s")
        finally:
            await runner.cleanup()


async def test_this_machine_is_not_counted(tmp_path: Path) -> None:
    async with door(tmp_path) as here:
        assert await here.ask() == "None"
        assert await here.ask(source="127.0.0.9") == "None"
        assert await here.ask_by_unix_socket() == "None"


async def test_headers_of_who_is_not_trusted_mean_nothing(tmp_path: Path) -> None:
    async with door(tmp_path, "127.0.0.9", "10.0.0.0/8") as here:
        for line in (f"X-Forwarded-For: {CLIENT}", f"Forwarded: for={CLIENT}"):
            assert await here.ask(line) == "None"
            assert await here.ask_by_unix_socket(line) == "None"
            assert await here.ask(line, source="127.0.0.9") == CLIENT


async def test_a_trusted_proxy_on_this_machine_names_another(tmp_path: Path) -> None:
    async with door(tmp_path, "127.0.0.1") as here:
        for ask in (here.ask, here.ask_by_unix_socket):
            assert await ask(f"X-Forwarded-For: {CLIENT}") == CLIENT
            assert await ask(f"Forwarded: for={CLIENT}") == CLIENT
            assert await ask(f"X-Forwarded-For: {EVIL}", f"x-forwarded-for: {CLIENT}") == CLIENT
            assert await ask(f"Forwarded: for={EVIL}", f"forwarded: for={CLIENT}") == CLIENT
            assert await ask("X-Forwarded-For: 127.0.0.1") == "None"
            assert await ask("Forwarded: for=unknown") == "None"
            assert await ask() == "None"


async def test_a_client_cannot_say_it_in_the_other_header(tmp_path: Path) -> None:
    """Proxies write ``X-Forwarded-For`` and pass ``Forwarded`` on as it came."""
    async with door(tmp_path, "127.0.0.1") as here:
        assert await here.ask(f"Forwarded: for={EVIL}", f"X-Forwarded-For: {CLIENT}") == CLIENT
        assert await here.ask(f"Forwarded: for={EVIL}", "X-Forwarded-For: unknown") == "None"


async def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    async with door(tmp_path, "127.0.0.1") as here, wired(here.port) as wire:
        for value in ("\xff\xfe", "for=\xff", f"for=\xff, for={CLIENT}"):
            said = await wire.ask(request("GET", "/", f"Forwarded: {value}"))
            assert said.body == (CLIENT.encode() if CLIENT in value else b"None")
