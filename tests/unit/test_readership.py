"""Who reads the feeds: what is counted, who is known, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from feeder.web import readership
from feeder.web.readership import DAY_SECONDS, LOOKS_A_SECOND, Asked, Poll, Poller, Readers, Readership, together

if TYPE_CHECKING:
    from feeder.peers import Address

RSS = ("all", "rss")
HERE, THERE = ip_address("198.51.100.7"), ip_address("203.0.113.9")


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Site:
    """A site whose document changes when it is told to."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.readership = Readership(self.clock, b"secret")
        self.state = "1"

    def poll(
        self, agent: str, address: Address | None = HERE, *, had: str | None = None, document: tuple[str, str] = RSS
    ) -> None:
        is_unchanged = had == self.state
        poll = Poll(document, self.state, 0 if is_unchanged else 1000, had is not None, is_unchanged)
        self.readership.look(poll, address, agent)
        self.clock.now += 1

    def pollers(self) -> list[Poller]:
        return sorted(self.readership.readers().pollers.values(), key=lambda one: (one.agent, one.feed, one.suffix))


@pytest.fixture
def site() -> Site:
    return Site()


def test_who_asks_with_what_it_has_wastes_nothing(site: Site) -> None:
    site.poll("newsboat/2.32")
    site.poll("newsboat/2.32", had="1")
    site.state = "2"
    site.poll("newsboat/2.32", had="1")
    (one,) = site.pollers()
    assert (one.polls, one.bare, one.unchanged, one.wasted, one.wasted_bytes) == (3, 1, 1, 0, 0)


def test_who_is_sent_what_was_just_sent_wastes_it_with_and_without_a_condition(site: Site) -> None:
    for had in (None, None, "0", '"old"'):
        site.poll("curl/8.5", had=had)
    site.state = "2"
    site.poll("curl/8.5")
    (one,) = site.pollers()
    assert (one.polls, one.bare, one.unchanged, one.wasted, one.wasted_bytes) == (5, 3, 0, 3, 3000)


def test_a_head_or_a_delta_wastes_nothing(site: Site) -> None:
    for _ in range(3):
        site.readership.look(Poll(RSS, "1", 0, is_conditional=False, is_unchanged=False), HERE, "lynx")
    assert site.pollers()[0].wasted == 0


def test_pollers_are_told_apart_by_address_program_and_document(site: Site) -> None:
    site.poll("a/1")
    site.poll("a/1", THERE)
    site.poll("b/1")
    site.poll("b/1", document=("all", "atom"))
    site.poll("b/1", document=("all", "atom"))
    assert [(one.agent, one.suffix, one.network, one.polls) for one in site.pollers()] == [
        ("a/1", "rss", "198.51.100.0/24", 1),
        ("a/1", "rss", "203.0.113.0/24", 1),
        ("b/1", "atom", "198.51.100.0/24", 2),
        ("b/1", "rss", "198.51.100.0/24", 1),
    ]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (HERE, "198.51.100.0/24"),
        (ip_address("2001:db8:1:2:3::4"), "2001:db8:1::/48"),
        (ip_address("127.0.0.1"), "this machine"),
        (ip_address("::1"), "this machine"),
        (None, "unknown"),
    ],
)
def test_of_an_address_only_the_network_is_kept(site: Site, address: Address | None, shown: str) -> None:
    site.poll("a/1", address)
    ((digest, poller),) = site.readership.readers().pollers.items()
    assert poller.network == shown
    assert str(address) not in repr((digest, replace(poller, network="")))


def test_the_number_that_a_service_announces_is_its_last_one(site: Site) -> None:
    site.poll("Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)")
    assert [(one.agent, one.subscribers) for one in site.pollers()] == [("Feedly/1.0", 16)]


def test_so_many_are_looked_at_in_a_second_and_no_more(site: Site) -> None:
    poll = Poll(RSS, "1", 1000, is_conditional=False, is_unchanged=False)
    for _ in range(LOOKS_A_SECOND + 50):
        site.readership.look(poll, HERE, "wrk")
    assert site.readership.readers().looked_at == LOOKS_A_SECOND
    looks = [site.readership.looks_left]
    site.readership.begin(int(site.clock.now) + 1)
    assert [*looks, site.readership.looks_left] == [0, LOOKS_A_SECOND]
    site.clock.now += 1
    site.readership.look(poll, HERE, "wrk")
    assert site.readership.readers().looked_at == LOOKS_A_SECOND + 1


def polled(site: Site, programs: int, *, times: int = 1) -> None:
    """So many programs poll, one after another."""
    for _ in range(times):
        for number in range(programs):
            site.poll(f"p{number}")


def told(readers: Readers) -> int:
    """How many pollers there are, as far as it is known."""
    return sum(map(readers.stands_for, readers.pollers.values()))


def test_of_too_many_pollers_some_are_known_at_each_of_their_polls(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readership, "MOST_POLLERS", 200)
    polled(site, 3000, times=4)
    readers = site.readership.readers()
    assert readers.one_in in {16, 32}
    assert 90 <= len(readers.pollers) <= 200
    assert 2200 <= told(readers) <= 3800
    steady = [one for one in readers.pollers.values() if one.polls == 4]
    assert len(steady) == len(readers.pollers), "who is left when they were halved was known from his first poll"
    assert {one.wasted for one in steady} == {3}


def test_when_there_are_few_again_all_are_known_but_not_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readership, "MOST_POLLERS", 40)
    polled(site, 300)
    many = site.readership.readers().halvings
    assert many >= 3
    site.clock.now += DAY_SECONDS
    halvings = []
    for _ in range(many + 1):
        polled(site, 5)
        halvings.append(site.readership.readers().halvings)
        site.clock.now += 3600
    assert halvings == [*range(many - 1, -1, -1), 0]
    polled(site, 5)
    assert told(site.readership.readers()) == 5


def test_services_that_announce_subscribers_are_known_however_many_others_there_are(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readership, "MOST_POLLERS", 40)
    site.poll("Feedly/1.0 (16 subscribers)")
    polled(site, 500)
    site.poll("NewsBlur (3 subscribers)")
    readers = site.readership.readers()
    services = {one.agent: readers.stands_for(one) for one in readers.pollers.values() if one.subscribers}
    assert services == {"Feedly/1.0": 1, "NewsBlur": 1}


def test_who_only_says_that_it_has_subscribers_does_not_crowd_the_others_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readership, "MOST_POLLERS", 40)
    for number in range(300):
        site.poll(f"liar{number} ({number + 1} subscribers)")
    readers = site.readership.readers()
    assert sum(not one.is_sampled for one in readers.pollers.values()) == 10
    assert len(readers.pollers) <= 40
    site.clock.now += DAY_SECONDS
    site.poll("Feedly/1.0 (16 subscribers)")
    assert [one.is_sampled for one in site.readership.readers().pollers.values()] == [False], "there is room again"


def test_who_has_not_come_for_a_day_is_forgotten(site: Site) -> None:
    site.poll("a")
    site.clock.now += DAY_SECONDS
    site.poll("b")
    assert [one.agent for one in site.pollers()] == ["b"]
    site.clock.now += DAY_SECONDS
    assert site.pollers() == []


def test_documents_that_nobody_asked_for_are_not_told(site: Site) -> None:
    site.readership.asked(("all", "atom"))
    site.readership.asked(RSS).unchanged += 1
    assert site.readership.readers().asked == {RSS: Asked(unchanged=1)}


def test_several_processes_are_one_site() -> None:
    one, other = (Readership(Clock(), b"secret") for _ in range(2))
    for each, times in ((one, 2), (other, 3)):
        each.asked(RSS).whole += times
        each.asked(RSS).bytes += 10
        for _ in range(times):
            each.look(Poll(RSS, "1", 10, is_conditional=False, is_unchanged=False), HERE, "curl/8")
    other.look(Poll(RSS, "1", 0, is_conditional=True, is_unchanged=True), THERE, "curl/8")
    found = together([one.readers(), Readers(), other.readers()])
    assert (found.asked, found.requests, found.looked_at) == ({RSS: Asked(whole=5, bytes=20)}, 5, 6)
    assert sorted((each.polls, each.wasted) for each in found.pollers.values()) == [(1, 0), (5, 3)]
    assert one.readers().asked[RSS] == Asked(whole=2, bytes=10), "what is summed stays what it was"


def test_of_several_processes_those_are_known_whom_all_would_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readership, "MOST_POLLERS", 100)
    sites = [Site() for _ in range(3)]
    for site, programs in zip(sites, (900, 60, 600), strict=True):
        polled(site, programs)
    found = together(site.readership.readers() for site in sites)
    assert found.halvings >= max(site.readership.readers().halvings for site in sites)
    assert len(found.pollers) <= 100
    assert 600 <= told(found) <= 1300
    halved = Readers(pollers={"f" * 16: Poller(*RSS, "new", "", 0, first=0, last=0)})
    assert together([halved, Readers(halvings=1)]).pollers == {}
    assert together([halved, Readers()]).pollers == halved.pollers
    few = [Site() for _ in range(2)]
    for number, site in enumerate(few):
        for program in range(80):
            site.poll(f"{number} {program}")
    assert {site.readership.readers().halvings for site in few} == {0}
    both = together(site.readership.readers() for site in few)
    assert (both.one_in, 100 <= told(both) <= 240) == (2, True)
