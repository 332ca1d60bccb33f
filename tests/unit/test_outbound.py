"""The guarded client: who is asked and who never is, against real sockets."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.errors import UnavailableError
from feeder.outbound import Outbound, is_public
from program import require
from subscriber import Subscriber, answering, subscribing

PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "192.0.1.1",
    "223.255.255.254",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
]
NOT_PUBLIC = [
    *["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"],
    *["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1"],
    *["198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"],
    *["::", "::1", "::127.0.0.1", "::1.1.1.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:1.1.1.1"],
    *["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1.1.1.1", "100::1", "2001::1", "2001:0:7f00:1::"],
    *["2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:101:101::1", "3fff::1"],
    *["5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:4700:4700::1111%eth0", "fec0::1"],
    *["ff02::1", "ff0e::1", "4000::1", "f000::1"],
    *["", "localhost", "127.1", "0x7f.1", "2130706433", "1.1.1.1.1", "1.1.1", " 1.1.1.1", "１.1.1.1", "[::1]"],
]


@pytest.mark.parametrize("address", PUBLIC)
def test_anybodys_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_others_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)))
@example(ipaddress.ip_address("192.88.99.7"))
@example(ipaddress.ip_address("::ffff:0.0.0.1"))
def test_nothing_is_public_that_python_knows_to_be_none(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(str(address)):
        mapped = getattr(address, "ipv4_mapped", None)
        assert (mapped or address).is_global
        assert not address.is_multicast
        assert not address.is_reserved or mapped or address in ipaddress.ip_network("64:ff9b::/96")


@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address), st.sampled_from(["::ffff:{}", "64:ff9b::{}"]))
def test_an_address_within_another_is_what_it_holds(address: ipaddress.IPv4Address, form: str) -> None:
    assert is_public(form.format(address)) == is_public(str(address))


@pytest.fixture
async def server() -> AsyncIterator[Subscriber]:
    async with subscribing() as found:
        yield found


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    found = Outbound()
    yield found
    await found.close()


LOOPBACK = [
    *["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "0", "0.0.0.0", "localhost", "LOCALHOST"],
    *["localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1."],
]


@contextmanager
def listening_everywhere(port: int) -> Iterator[list[socket.socket]]:
    """A port that counts who connects to it, by IPv4 and by IPv6; whoever is let through would be seen."""
    seen: list[socket.socket] = []
    with socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def accept() -> None:
            while not stop.is_set():
                try:
                    seen.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield seen
        finally:
            stop.set()
            thread.join()
            for one in seen:
                one.close()


def is_free(port: int) -> bool:
    try:
        with socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True):
            return True
    except OSError:
        return False


async def test_no_form_of_this_machine_is_connected_to(outbound: Outbound) -> None:
    require(is_free(8443), "port 8443 is taken")
    with listening_everywhere(8443) as seen:
        for host in LOOPBACK:
            with pytest.raises(UnavailableError):
                await outbound.get(f"http://{host}:8443/")
        await asyncio.sleep(0.1)
        assert seen == []
        reached = Outbound(["127.0.0.1:8443"], total_seconds=0.3)  # the listener does see who comes
        with pytest.raises(UnavailableError, match="no answer within"):
            await reached.get("http://127.0.0.1:8443/")
        await reached.close()
        assert len(seen) == 1


async def test_a_name_counts_as_the_address_that_it_leads_to(outbound: Outbound) -> None:
    assert outbound.refusal("http://localhost/") is None
    with pytest.raises(UnavailableError, match="is no public address"):
        await outbound.get("http://localhost/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1/", "127.0.0.1 is no public address"),
        ("http://0x7f.1/", "127.0.0.1 is no public address"),
        ("https://[::1]/", "::1 is no public address"),
        ("http://reader.example:8000/", "80, 443, 8080, 8443"),
        ("https://reader.example:22/", "80, 443, 8080, 8443"),
    ],
)
async def test_what_a_url_says_is_refused_at_once(outbound: Outbound, url: str, why: str) -> None:
    assert why in (outbound.refusal(url) or "")
    with pytest.raises(UnavailableError, match=r"port|public"):
        await outbound.get(url)


@pytest.mark.parametrize(
    "url", ["http://reader.example/", "https://reader.example/", "http://reader.example:8080/", "https://1.1.1.1:8443/"]
)
async def test_what_only_its_address_can_tell_is_not_refused_before(outbound: Outbound, url: str) -> None:
    assert outbound.refusal(url) is None


async def test_only_exactly_what_is_named_is_let_through(server: Subscriber) -> None:
    server.verify = answering(200)
    outbound = Outbound([f"LocalHost:{server.port}", "[::1]:9", "private.example:443"])
    assert (await outbound.get(f"http://LOCALHOST:{server.port}/")).status == 200
    for url in (f"http://127.0.0.1:{server.port}/", f"http://localhost.:{server.port}/", "http://localhost:8080/"):
        with pytest.raises(UnavailableError):
            await outbound.get(url)
    assert outbound.refusal("http://[0:0::1]:9/") is None
    assert outbound.refusal("https://private.example/") is None
    await outbound.close()
    trusting = Outbound(trusted=[server.url("/hub?x")])
    assert (await trusting.post(server.url("/other"), b"", {})).is_success
    await trusting.close()


async def ask(server: Subscriber, url: str = "/", total_seconds: float = 5) -> tuple[int, bytes]:
    outbound = Outbound([server.place], total_seconds=total_seconds)
    try:
        answer = await outbound.get(server.url(url))
        return answer.status, answer.body
    finally:
        await outbound.close()


async def test_redirects_are_not_followed(server: Subscriber) -> None:
    server.verify = answering(302, "moved", Location="/elsewhere")
    assert await ask(server) == (302, b"moved")
    assert len(server.asked) == 1


async def test_cookies_are_not_kept_and_nothing_of_the_environment_counts(
    server: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    seen = []

    async def note(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers)
        return web.Response(headers={"Set-Cookie": "a=b"})

    server.verify = note
    outbound = Outbound([f"localhost:{server.port}"])
    for _ in range(2):
        await outbound.get(f"http://localhost:{server.port}/")
    await outbound.close()
    assert [headers.get("Cookie") for headers in seen] == [None, None]
    assert seen[0]["User-Agent"].startswith("feeder/")
    assert seen[0]["Accept-Encoding"] == "identity"


async def test_little_is_read_and_nothing_unpacked(server: Subscriber) -> None:
    server.verify = answering(200, "x" * 1_000_000)
    assert await ask(server) == (200, b"x" * 4096)
    server.verify = answering(200, "not gzip", Content_Encoding="gzip")
    assert await ask(server) == (200, b"not gzip")


async def test_who_trickles_is_left(server: Subscriber) -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.02)

    server.verify = trickle
    with pytest.raises(UnavailableError, match=r"no answer within 0\.3 seconds"):
        await ask(server, total_seconds=0.3)


@pytest.mark.parametrize(
    "said", [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", b"\x16\x03\x01"]
)
async def test_what_is_not_http_is_no_answer(said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        outbound = Outbound([place])
        with pytest.raises(UnavailableError, match="no answer that is HTTP"):
            await outbound.get(f"http://{place}/")
        await outbound.close()


async def test_who_is_not_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outbound = Outbound([f"127.0.0.1:{port}", "no..name:80"])
    with pytest.raises(UnavailableError, match="refused"):
        await outbound.get(f"http://127.0.0.1:{port}/")
    with pytest.raises(UnavailableError, match="cannot be looked up"):
        await outbound.get("http://no..name/")
    await outbound.close()


async def test_a_large_body_is_sent_whole(server: Subscriber) -> None:
    body = bytes(range(256)) * 12_000
    outbound = Outbound([server.place])
    assert (await outbound.post(server.url(), body, {"Content-Type": "text/plain"})).status == 204
    await outbound.close()
    assert server.sent[0].body == body
    assert server.sent[0].headers["Content-Length"] == str(len(body))


async def test_a_certificate_is_checked(server: Subscriber) -> None:
    outbound = Outbound([server.place])
    with pytest.raises(UnavailableError):
        await outbound.get(f"https://{server.place}/")
    await outbound.close()
