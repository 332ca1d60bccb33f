"""Addresses and networks, read strictly, and who counts as one."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import peers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::1", "::1"),
    ],
)
def test_an_address_is_read(text: str, found: str) -> None:
    assert str(peers.address(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", " 192.0.2.1", "192.0.2.1 ", "192.0.2", "192.0.2.01", "0x7f.1", "1", "192.0.2.1%eth0", "[::1]"),
        *("192.0.2.1:80", "localhost", "1９2.0.2.1", "١.٢.٣.٤", "::1%" + "x" * 100, "192.0.2.1/32", "\udcff"),
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert peers.address(text) is None


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_none(text: str) -> None:
    assert isinstance(peers.address(text), IPv4Address | IPv6Address | None)


@given(st.ip_addresses())
def test_what_an_address_is_written_as_is_read(given_: IPv4Address | IPv6Address) -> None:
    found = peers.address(str(given_))
    assert found == (getattr(given_, "ipv4_mapped", None) or given_)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.5", "10.0.0.5/32"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("fd00::/8", "fd00::/8"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.0.0.5", "10.0.0.5/32"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_is_read(text: str, found: str) -> None:
    assert peers.network(text) == ip_network(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.5/8", "'10.0.0.5/8' names an address and a network at once; write 10.0.0.0/8, or 10.0.0.5"),
        ("proxy.local", "'proxy.local' is neither an address nor a network; write for example 10.0.0.5"),
        ("10.0.0.0/33", "neither"),
        ("10.0.0.0-10.0.0.9", "neither"),
        ("10.0.0.5:80", "neither"),
        ("fe80::%eth0/64", "neither"),
        ("", "neither"),
        ("*", "neither"),
    ],
)
def test_what_is_no_network_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"write for example|write 10") as refused:
        peers.network(text)
    assert said in str(refused.value)


def test_an_address_is_within_the_networks_of_its_kind() -> None:
    networks = [peers.network("10.0.0.0/8"), peers.network("fd00::/8"), peers.network("::ffff:192.0.2.0/120")]
    for text, is_there in (("10.9.8.7", True), ("fd12::1", True), ("192.0.2.9", True), ("11.0.0.1", False)):
        assert peers.is_within(ip_address(text), networks) is is_there
    assert not peers.is_within(ip_address("::a00:1"), networks)
    assert not peers.is_within(ip_address("10.0.0.1"), [])


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:DB8:1:2:0::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::1", "::", True),
    ],
)
def test_who_counts_as_one(one: str, other: str, *, is_same: bool) -> None:
    assert (peers.party(one) == peers.party(other)) is is_same
