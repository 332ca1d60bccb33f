"""WebSub end to end in one process: a real subscriber, a real hub, real sockets. The Recommendation's MUSTs for hubs.

+------------------------------------------------------------------+------------------------------------------------+
| W3C WebSub, what a hub MUST (section)                            | the test                                       |
+==================================================================+================================================+
| accept callback, mode and topic (3.1.3); answer 202 (5.1.2)      | test_who_confirms_is_told                      |
| accept a secret (3.1.3); sign with HMAC of the body (7.1)        | test_deliveries_are_signed_with_the_secret     |
| ignore parameters that it does not understand (5.1)              | test_parameters_of_others_are_passed_over      |
| allow to re-request (3.1.3); override only once verified (5.1)   | test_a_renewal_counts_once_it_is_confirmed     |
| leave the state unchanged if verification fails (5.1)            | test_a_renewal_counts_once_it_is_confirmed     |
| support unsubscribing (3.1.3), verified too (5.3)                | test_who_confirms_to_leave_is_told_no_more     |
| ignore the lease of who unsubscribes (5.1)                       | test_who_confirms_to_leave_is_told_no_more     |
| decode non-reserved characters of topic and callback (5.1.1)     | test_escapes_that_are_not_needed_are_undone    |
| keep the callback's query, and append to it (5.1.1)              | test_the_query_of_a_callback_is_kept           |
| POST to the callback including its query (5.1.1)                 | test_the_query_of_a_callback_is_kept           |
| answer errors with 4xx or 5xx (5.1.2), in plain text (SHOULD)    | test_a_request_that_is_wrong_is_told_why       |
| not let the answer depend on the verification (5.1.2)            | test_the_answer_does_not_wait_for_verification |
| tell who is denied: mode, topic (5.2)                            | test_a_feed_that_ended_is_told_to_subscribers  |
| verify by GET: mode, topic, challenge, lease (5.3)               | test_who_confirms_is_told                      |
| take 3xx, 4xx, 5xx for a failed verification (5.3.1)             | test_what_does_not_confirm                     |
| take another body than the challenge for one (5.3.1)             | test_what_does_not_confirm                     |
| enforce leases, give no perpetual ones (5.3.1)                   | test_a_lease_ends, test_leases                 |
| send the topic's Content-Type and full content (7)               | test_who_confirms_is_told                      |
| send Link rel=hub and exactly one rel=self (7)                   | test_who_confirms_is_told                      |
| take 2xx for success, all else but 410 for failure (7)           | test_what_is_not_taken_is_sent_again           |
| ignore the body of the answer (7)                                | test_the_body_of_an_answer_is_ignored          |
| keep the subscription and try again until its lease ends (7)     | test_what_is_not_taken_is_sent_again           |
+------------------------------------------------------------------+------------------------------------------------+
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from feeder.model import Feed
from feeder.websub import Result, Verification
from live import until
from subscriber import (
    EAGER,
    HUB_SITE,
    QUICK,
    TOPIC,
    Answer,
    HubSite,
    Subscriber,
    answering,
    confirm,
    hub_site,
    subscribing,
)

DAYS = 24 * 3600


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    async with subscribing() as found:
        yield found


@pytest.fixture
async def site(tmp_path: Path, subscriber: Subscriber) -> AsyncIterator[HubSite]:
    async with hub_site(tmp_path, (subscriber.place,)) as found:
        await found.publish("There before")
        yield found


async def test_who_confirms_is_told(site: HubSite, subscriber: Subscriber) -> None:
    assert await site.ask("subscribe", subscriber.url()) == (
        202,
        "Accepted; the callback is asked whether it is meant.\n",
    )
    asked = await subscriber.until_asked()
    assert asked == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": asked["hub.challenge"],
        "hub.lease_seconds": str(10 * DAYS),
    }
    assert len(asked["hub.challenge"]) >= 43
    await site.verified()
    body = await site.publish("A storm")
    sent = await subscriber.until_sent()
    assert sent.body == body
    assert b"A storm" in body
    document = site.publisher.document("all", "atom")
    assert document is not None
    assert sent.headers["Content-Type"] == document.media_type == "application/atom+xml; charset=utf-8"
    assert sent.headers.getall("Link") == [f'<{HUB_SITE.hub}>; rel="hub", <{TOPIC}>; rel="self"']  # type: ignore[attr-defined]
    assert "X-Hub-Signature" not in sent.headers
    assert "Content-Encoding" not in sent.headers
    assert len(subscriber.sent) == 1


async def test_every_request_has_a_challenge_of_its_own(site: HubSite, subscriber: Subscriber) -> None:
    for _ in range(3):
        await site.subscribe(subscriber.url())
    assert len({query["hub.challenge"] for _, query in subscriber.asked}) == 3


async def test_deliveries_are_signed_with_the_secret(site: HubSite, subscriber: Subscriber) -> None:
    secret = "Geheim ☂ & more"
    await site.subscribe(subscriber.url(), secret=secret)
    await site.publish("A storm")
    assert (await subscriber.until_sent()).is_signed_with(secret)
    await site.subscribe(subscriber.url(), secret="another")
    await site.publish("Another storm")
    assert (await subscriber.until_sent(2)).is_signed_with("another")
    await site.subscribe(subscriber.url())
    await site.publish("No secret any more")
    assert "X-Hub-Signature" not in (await subscriber.until_sent(3)).headers


async def test_parameters_of_others_are_passed_over(site: HubSite, subscriber: Subscriber) -> None:
    status, _ = await site.ask("subscribe", subscriber.url(), verify="async", verify_token="x", **{"": "y"})
    assert status == 202
    await subscriber.until_asked()


async def test_a_renewal_counts_once_it_is_confirmed(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url(), secret="first", lease_seconds=str(DAYS))
    subscriber.verify = answering(404)
    await site.subscribe(subscriber.url(), secret="of somebody else", lease_seconds=str(20 * DAYS))
    (kept,) = await site.store.subscribers.subscriptions()
    assert (kept.secret, kept.expires) == (b"first", site.clock.now + timedelta(days=1))
    subscriber.verify = confirm
    site.clock.now += timedelta(hours=20)
    await site.subscribe(subscriber.url(), secret="second", lease_seconds=str(20 * DAYS))
    (kept,) = await site.store.subscribers.subscriptions()
    assert (kept.secret, kept.expires) == (b"second", site.clock.now + timedelta(days=20))
    await site.publish("A storm")
    assert (await subscriber.until_sent()).is_signed_with("second")


async def test_who_confirms_to_leave_is_told_no_more(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url())
    await site.subscribe(subscriber.url("/stays"))
    subscriber.verify = answering(404)
    assert (await site.ask("unsubscribe", subscriber.url()))[0] == 202
    await site.verified()
    assert len(site.hub.deliveries) == 2
    subscriber.verify = confirm
    assert (await site.ask("unsubscribe", subscriber.url(), lease_seconds="a while", secret="x" * 999))[0] == 202
    await site.verified()
    asked = (await subscriber.until_asked(4)).copy()  # type: ignore[attr-defined]
    asked.pop("hub.challenge")
    assert asked == {"hub.mode": "unsubscribe", "hub.topic": TOPIC}
    await site.publish("A storm")
    assert (await subscriber.until_sent()).path == "/stays"
    assert [one.callback for one in await site.store.subscribers.subscriptions()] == [subscriber.url("/stays")]


async def test_escapes_that_are_not_needed_are_undone(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url("/%63all%2Dback%2fx"), TOPIC.replace("all", "%61ll"))
    path, asked = subscriber.asked[0]
    assert path.startswith("/call-back%2fx?hub.mode=")
    assert asked["hub.topic"] == TOPIC


@pytest.mark.parametrize(
    ("own", "begins"),
    [
        ("/cb?a=1&b=%20+2", "/cb?a=1&b=%20+2&hub.mode=subscribe&"),
        ("/cb?hub.mode=mine", "/cb?hub.mode=mine&hub.mode=subscribe&"),
        ("/cb?", "/cb?hub.mode=subscribe&"),
        ("/cb?x?y", "/cb?x?y&hub.mode=subscribe&"),
        ("", "/?hub.mode=subscribe&"),
    ],
)
async def test_the_query_of_a_callback_is_kept(site: HubSite, subscriber: Subscriber, own: str, begins: str) -> None:
    await site.subscribe(subscriber.url(own))
    assert subscriber.asked[0][0].startswith(begins)
    assert quote(TOPIC, safe="") in subscriber.asked[0][0]
    await site.publish("A storm")
    assert (await subscriber.until_sent()).path in {own, own or "/", own.removesuffix("?")}


async def test_the_answer_does_not_wait_for_verification(site: HubSite, subscriber: Subscriber) -> None:
    meant = asyncio.Event()

    async def hesitate(request: web.Request) -> web.StreamResponse:
        await meant.wait()
        return await confirm(request)

    subscriber.verify = hesitate
    assert (await site.ask("subscribe", subscriber.url()))[0] == 202
    await subscriber.until_asked()
    assert len(site.hub.deliveries) == 0
    meant.set()
    await site.verified()
    assert len(site.hub.deliveries) == 1


async def echo_late(request: web.Request) -> web.StreamResponse:
    return web.Response(text=request.query["hub.challenge"] + "\n")


async def echo_as_an_error(request: web.Request) -> web.StreamResponse:
    return web.Response(status=404, text=request.query["hub.challenge"])


async def echo_at_length(request: web.Request) -> web.StreamResponse:
    return web.Response(text=request.query["hub.challenge"] + "x" * 100_000)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (answering(404), Verification.REFUSED),
        (answering(200, "yes"), Verification.REFUSED),
        (answering(200), Verification.REFUSED),
        (echo_late, Verification.REFUSED),
        (echo_as_an_error, Verification.REFUSED),
        (echo_at_length, Verification.REFUSED),
        (answering(302, Location="/callback2"), Verification.REFUSED),
        (answering(500), Verification.REFUSED),
    ],
)
async def test_what_does_not_confirm(
    site: HubSite, subscriber: Subscriber, answer: Answer, outcome: Verification
) -> None:
    subscriber.verify = answer
    await site.subscribe(subscriber.url())
    assert site.hub.verifications == {outcome: 1}
    assert len(subscriber.asked) == 1  # asked once; nothing was followed
    assert await site.store.subscribers.subscriptions() == []
    assert await site.store.subscribers.intents() == []


async def test_any_2xx_confirms(site: HubSite, subscriber: Subscriber) -> None:
    async def created(request: web.Request) -> web.StreamResponse:
        return web.Response(status=201, text=request.query["hub.challenge"])

    subscriber.verify = created
    await site.subscribe(subscriber.url())
    assert len(site.hub.deliveries) == 1


async def test_who_does_not_answer_does_not_confirm(tmp_path: Path, subscriber: Subscriber) -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    subscriber.verify = never
    async with hub_site(tmp_path, (subscriber.place,), total_seconds=0.2) as site:
        await site.subscribe(subscriber.url())
        assert site.hub.verifications == {Verification.UNANSWERED: 1}


@pytest.mark.parametrize(
    ("asked", "granted"),
    [("", 10 * DAYS), ("86400", DAYS), ("1", 3600), ("0", 3600), ("2592001", 30 * DAYS), ("9" * 4000, 30 * DAYS)],
)
async def test_leases(site: HubSite, subscriber: Subscriber, asked: str, granted: int) -> None:
    await site.subscribe(subscriber.url(), lease_seconds=asked)
    assert subscriber.asked[0][1]["hub.lease_seconds"] == str(granted)
    (kept,) = await site.store.subscribers.subscriptions()
    assert kept.expires == site.clock.now + timedelta(seconds=granted)


async def test_a_lease_ends(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url(), lease_seconds="3600")
    await site.subscribe(subscriber.url("/longer"), lease_seconds="7200")
    site.clock.now += timedelta(seconds=3600)
    await site.publish("A storm")
    assert (await subscriber.until_sent()).path == "/longer"
    await until(lambda: len(site.hub.deliveries) == 1)

    async def forgotten() -> int:
        return len(await site.store.subscribers.subscriptions())

    async with asyncio.timeout(5):
        while await forgotten() != 1:
            await asyncio.sleep(0.01)
    assert len(subscriber.sent) == 1


async def test_what_is_not_taken_is_sent_again(site: HubSite, subscriber: Subscriber) -> None:
    for status in (500, 404, 301, 429):
        subscriber.take = answering(status, Location="/elsewhere")
        before = len(subscriber.sent)
        await site.subscribe(subscriber.url(f"/{status}"))
        await site.publish(f"Of {status}")
        await subscriber.until_sent(before + 3)
        subscriber.take = answering(200)
        await until(lambda: site.hub.deliveries.failing == 0)
        assert {sent.path for sent in subscriber.sent} <= {"/500", "/404", "/301", "/429"}
    assert site.hub.deliveries.counts[Result.FAILED] >= 12


async def test_what_is_sent_again_is_the_newest(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url())
    subscriber.take = answering(503)
    await site.publish("First")
    await subscriber.until_sent(2)
    body = await site.publish("Second")
    subscriber.take = answering(200)
    await until(lambda: site.hub.deliveries.failing == 0)
    assert subscriber.sent[-1].body == body
    count = len(subscriber.sent)
    await asyncio.sleep(0.1)
    assert len(subscriber.sent) == count  # nothing of what was in between


async def test_one_delivery_at_a_time_and_news_meanwhile_are_one(site: HubSite, subscriber: Subscriber) -> None:
    go_on = asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return web.Response()

    subscriber.take = slow
    await site.subscribe(subscriber.url())
    await site.publish("First")
    await subscriber.until_sent()
    await site.publish("Second")
    body = await site.publish("Third")
    await asyncio.sleep(0.05)
    assert len(subscriber.sent) == 1
    go_on.set()
    assert (await subscriber.until_sent(2)).body == body
    await asyncio.sleep(0.1)
    assert len(subscriber.sent) == 2


async def test_410_ends_the_subscription(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url())
    subscriber.take = answering(410)
    await site.publish("First")
    await until(lambda: len(site.hub.deliveries) == 0)
    assert site.hub.deliveries.counts == {Result.GONE: 1}
    async with asyncio.timeout(5):
        while await site.store.subscribers.subscriptions():
            await asyncio.sleep(0.01)


async def test_the_body_of_an_answer_is_ignored(tmp_path: Path, subscriber: Subscriber) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async with hub_site(tmp_path, (subscriber.place,), total_seconds=2) as site:
        subscriber.take = endless
        await site.subscribe(subscriber.url())
        await site.publish("First")
        await until(lambda: site.hub.deliveries.counts == {Result.DELIVERED: 1})


async def test_a_subscription_is_of_one_topic(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url("/json"), HUB_SITE.feed_url("all", "json"))
    await site.publish("First")
    sent = await subscriber.until_sent()
    assert sent.headers["Content-Type"].startswith("application/feed+json")
    assert f'<{HUB_SITE.feed_url("all", "json")}>; rel="self"' in sent.headers["Link"]


async def test_what_came_between_asking_and_confirming_is_delivered(site: HubSite, subscriber: Subscriber) -> None:
    async def publish_first(request: web.Request) -> web.StreamResponse:
        await site.publish("Meanwhile")
        return await confirm(request)

    subscriber.verify = publish_first
    await site.subscribe(subscriber.url())
    assert b"Meanwhile" in (await subscriber.until_sent()).body


async def test_the_last_of_two_requests_counts(site: HubSite, subscriber: Subscriber) -> None:
    """A verification under way is void when its subscriber has asked for something else meanwhile."""
    late, first = asyncio.Event(), asyncio.Event()

    async def first_waits(request: web.Request) -> web.StreamResponse:
        if not first.is_set():
            first.set()
            await late.wait()
        return await confirm(request)

    subscriber.verify = first_waits
    assert (await site.ask("subscribe", subscriber.url()))[0] == 202
    await first.wait()
    assert (await site.ask("unsubscribe", subscriber.url()))[0] == 202
    await site.verified()
    late.set()
    await until(lambda: site.hub.verifications[Verification.CONFIRMED] == 2)
    assert len(site.hub.deliveries) == 0
    assert await site.store.subscribers.subscriptions() == []


@pytest.mark.parametrize(
    ("changed", "status", "why"),
    [
        ({"hub.mode": "listen"}, 400, "hub.mode"),
        ({"hub.mode": ""}, 400, "hub.mode"),
        ({"hub.topic": ""}, 400, "hub.topic is missing"),
        ({"hub.topic": "https://elsewhere.example/feeds/all.atom"}, 400, TOPIC.replace("atom", "rss")),
        ({"hub.topic": TOPIC + "?x"}, 400, "hub.topic"),
        ({"hub.topic": "/feeds/all.atom"}, 400, "hub.topic"),
        ({"hub.topic": HUB_SITE.page_url("all", 1, "atom")}, 400, "hub.topic"),
        ({"hub.topic": HUB_SITE.feed_url("nobody", "atom")}, 400, "hub.topic"),
        ({"hub.callback": ""}, 400, "hub.callback is missing"),
        ({"hub.callback": "ftp://reader.example/"}, 400, "absolute http"),
        ({"hub.callback": "//reader.example/"}, 400, "absolute http"),
        ({"hub.callback": "http://"}, 400, "absolute http"),
        ({"hub.callback": "http://reader.example:99999/"}, 400, "absolute http"),
        ({"hub.callback": "http://reader.example/#x"}, 400, "fragment"),
        ({"hub.callback": "http://me:pw@reader.example/"}, 400, "names a user"),
        ({"hub.callback": "http://@reader.example/"}, 400, "names a user"),
        ({"hub.callback": "http://reader.example/ x"}, 400, "ASCII"),
        ({"hub.callback": "http://reader.example/\r\nX: y"}, 400, "ASCII"),
        ({"hub.callback": "http://räder.example/"}, 400, "ASCII"),
        ({"hub.callback": "http://reader.example/" + "x" * 2048}, 400, "2048 bytes"),
        ({"hub.callback": "http://127.0.0.1/"}, 403, "127.0.0.1 is no public address"),
        ({"hub.callback": "http://2130706433/"}, 403, "127.0.0.1 is no public address"),
        ({"hub.callback": "http://[::ffff:10.0.0.1]/"}, 403, "no public address"),
        ({"hub.callback": "http://reader.example:22/"}, 403, "port"),
        ({"hub.lease_seconds": "ten"}, 400, "positive decimal integer"),
        ({"hub.lease_seconds": "-5"}, 400, "positive decimal integer"),
        ({"hub.lease_seconds": "1.5"}, 400, "positive decimal integer"),
        ({"hub.secret": "x" * 200}, 400, "shorter than 200 bytes"),
        ({"hub.secret": "ä" * 100}, 400, "shorter than 200 bytes"),
    ],
)
async def test_a_request_that_is_wrong_is_told_why(
    site: HubSite, changed: dict[str, str], status: int, why: str
) -> None:
    good = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": "http://reader.example/"}
    told, text = await site.post(good | changed)
    assert told == status, text
    assert why in text
    assert text.count("\n") == 1
    assert await site.store.subscribers.intents() == []
    assert site.hub.requests == {"accepted": 0, "refused": 1, "limited": 0}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"hub.mode=subscribe&hub.mode=unsubscribe", 400),
        (b"hub.mode=subscribe&hub.topic=%ff", 400),
        (b"hub.mode=subscribe&hub.topic=\xff", 400),
        (b"&".join(b"a%d=b" % number for number in range(101)), 400),
        (b"", 400),
        (b"x" * 70_000, 413),
    ],
)
async def test_a_body_that_is_no_form_is_refused(site: HubSite, body: bytes, status: int) -> None:
    assert (await site.post(body))[0] == status


async def test_a_request_is_a_form_and_is_posted(site: HubSite, subscriber: Subscriber) -> None:
    good = f"hub.mode=subscribe&hub.topic={TOPIC}&hub.callback={subscriber.url()}"
    assert (await site.post(good, **{"Content-Type": "application/json"}))[0] == 415
    charset = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert (await site.post(good, **charset))[0] == 202
    async with site.session.get(f"{site.url}/hub?{good}") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_an_error_is_plain_text(site: HubSite) -> None:
    async with site.session.post(f"{site.url}/hub", data={"hub.mode": "listen"}) as answer:
        assert answer.content_type == "text/plain"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_ping_to_our_own_hub_is_taken_and_does_nothing(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url())
    for name in ("hub.url", "hub.topic"):
        assert (await site.post({"hub.mode": "publish", name: TOPIC}))[0] == 202
    assert (await site.post({"hub.mode": "publish", "hub.url": "https://elsewhere.example/"}))[0] == 400
    assert (await site.post({"hub.mode": "publish"}))[0] == 400
    assert (site.hub.waiting, subscriber.sent) == (0, [])


async def test_limits(tmp_path: Path, subscriber: Subscriber) -> None:
    limits = replace(EAGER, most=3, most_per_host=2)
    other = f"localhost:{subscriber.port}"
    async with hub_site(tmp_path, (subscriber.place, other), limits=limits) as site:
        for number in range(2):
            await site.subscribe(subscriber.url(f"/{number}"))
        status, text = await site.ask("subscribe", subscriber.url("/2"))
        assert (status, "one host" in text) == (429, True)
        await site.subscribe(subscriber.url("/1"))  # a renewal needs no room
        await site.subscribe(f"http://{other}/")
        assert (await site.ask("subscribe", f"http://{other}/2"))[0] == 503
        assert (await site.ask("unsubscribe", subscriber.url("/1")))[0] == 202
        await site.verified()
        await site.subscribe(subscriber.url("/2"))


async def test_requests_that_wait_have_limits_too(tmp_path: Path, subscriber: Subscriber) -> None:
    go_on = asyncio.Event()

    async def hesitate(request: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return await confirm(request)

    subscriber.verify = hesitate
    other = f"localhost:{subscriber.port}"
    limits = replace(EAGER, most_waiting=3, most_waiting_per_host=2)
    async with hub_site(tmp_path, (subscriber.place, other), limits=limits) as site:
        answers = [await site.ask("subscribe", subscriber.url(f"/{number}")) for number in (0, 1, 2, 1)]
        assert [status for status, _ in answers] == [202, 202, 429, 202]
        assert [(await site.ask("subscribe", f"http://{other}/{number}"))[0] for number in (0, 1)] == [202, 503]
        async with site.session.post(
            f"{site.url}/hub", data={"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": f"http://{other}/1"}
        ) as answer:
            assert int(answer.headers["Retry-After"]) > 0
        go_on.set()
        await site.verified()
        assert len(site.hub.deliveries) == 3


async def test_one_host_is_asked_by_two_at_most(site: HubSite, subscriber: Subscriber) -> None:
    under_way = most = 0

    async def count(_: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return web.Response()

    subscriber.take = count
    for number in range(10):
        await site.subscribe(subscriber.url(f"/{number}"))
    await site.publish("First")
    await until(lambda: site.hub.deliveries.counts == {Result.DELIVERED: 10})
    assert most == 2


async def test_who_answers_late_costs_the_others_nothing(tmp_path: Path, subscriber: Subscriber) -> None:
    """More dead subscribers than there are places; each costs one try before it stands in a line of its own."""

    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    terms = replace(QUICK, at_once=2, again_at_once=2)
    async with subscribing() as dead:
        places = tuple(f"{host}:{dead.port}" for host in ("127.0.0.1", "localhost"))
        async with hub_site(tmp_path, (subscriber.place, *places), terms=terms, total_seconds=0.3) as site:
            for number in range(6):
                await site.subscribe(f"http://{places[number % 2]}/{number}")
            dead.take = never
            await site.publish("First")
            await until(lambda: site.hub.deliveries.failing == 6)
            await site.subscribe(subscriber.url())
            loop = asyncio.get_running_loop()
            for number in range(1, 6):
                began = loop.time()
                await site.publish(f"News {number}")
                await subscriber.until_sent(number)
                assert loop.time() - began < 0.25  # not one time-out of the dead


async def test_after_a_restart_everything_goes_on(tmp_path: Path, subscriber: Subscriber) -> None:
    allow, rare = (subscriber.place,), replace(QUICK, first_pause_seconds=60, longest_pause_seconds=60)
    async with hub_site(tmp_path, allow, terms=rare) as site:
        await site.subscribe(subscriber.url(), secret="kept")
        subscriber.take = answering(500)
        await site.publish("Not taken")
        await until(lambda: site.hub.deliveries.failing == 1)
    subscriber.take = answering(200)
    async with hub_site(tmp_path, allow) as site:
        sent = await subscriber.until_sent(2)
        assert b"Not taken" in sent.body
        assert sent.is_signed_with("kept")
        await until(lambda: site.hub.deliveries.failing == 0)
        for count in (3, 4):
            await site.publish(f"Taken, {count}")
            await subscriber.until_sent(count)
        await until(lambda: site.hub.deliveries.counts == {Result.DELIVERED: 3})
    async with hub_site(tmp_path, allow) as site:
        await asyncio.sleep(0.1)
        assert len(subscriber.sent) == 4  # what was taken is not sent again
        await site.publish("News")
        await subscriber.until_sent(5)


async def test_nothing_is_tried_before_its_pause_is_over_but_by_a_renewal(
    tmp_path: Path, subscriber: Subscriber
) -> None:
    rare = replace(QUICK, first_pause_seconds=60, longest_pause_seconds=60)
    async with hub_site(tmp_path, (subscriber.place,), terms=rare) as site:
        await site.subscribe(subscriber.url())
        subscriber.take = answering(500)
        await site.publish("First")
        await until(lambda: site.hub.deliveries.failing == 1)
        body = await site.publish("Second")
        await asyncio.sleep(0.1)
        assert len(subscriber.sent) == 1
        subscriber.take = answering(200)
        await site.subscribe(subscriber.url())  # it is there again, as it says itself
        assert (await subscriber.until_sent(2)).body == body


async def test_a_renewal_sends_nothing_again(site: HubSite, subscriber: Subscriber) -> None:
    await site.subscribe(subscriber.url())
    for count in (1, 2):
        await site.publish(f"Number {count}")
        await subscriber.until_sent(count)
    await until(lambda: site.hub.deliveries.counts == {Result.DELIVERED: 2})
    await site.subscribe(subscriber.url())  # before the second one was noted in the store
    await asyncio.sleep(0.1)
    assert len(subscriber.sent) == 2


async def test_nobody_is_denied_before_the_feeds_are_known(tmp_path: Path, subscriber: Subscriber) -> None:
    allow = (subscriber.place,)
    async with hub_site(tmp_path, allow) as site:
        await site.subscribe(subscriber.url("/old"))
    async with hub_site(tmp_path, allow, limits=replace(EAGER, grace_seconds=60)) as site:
        assert (await site.ask("subscribe", subscriber.url("/new")))[0] == 202
    async with hub_site(tmp_path, allow, is_published=False) as site:
        assert (await site.ask("subscribe", subscriber.url("/newer")))[0] == 503
        await asyncio.sleep(0.1)
        assert len(subscriber.asked) == 1
        await site.publisher.publish()
        await subscriber.until_asked(2)
        await until(lambda: len(site.hub.deliveries) == 2)
        assert [query["hub.mode"] for _, query in subscriber.asked] == ["subscribe", "subscribe"]


async def test_a_hub_that_was_told_before_is_told_no_more(tmp_path: Path, subscriber: Subscriber) -> None:
    async with hub_site(tmp_path) as site:
        await site.store.subscribers.follow(subscriber.url(), [("all", "atom")])
        await site.publish("Before")
    async with hub_site(tmp_path, (subscriber.place,)) as site:
        async with asyncio.timeout(5):
            while await site.store.subscribers.subscriptions():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert (len(site.hub.deliveries), subscriber.sent) == (0, [])


async def test_many_requests_at_once_keep_to_the_limits(tmp_path: Path, subscriber: Subscriber) -> None:
    limits = replace(EAGER, grace_seconds=60, most_waiting=3)
    async with hub_site(tmp_path, (subscriber.place,), limits=limits) as site:
        asked = [site.ask("subscribe", subscriber.url(f"/{number}")) for number in range(20)]
        statuses = [status for status, _ in await asyncio.gather(*asked)]
        assert sorted(statuses) == [202] * 3 + [503] * 17
        assert len(await site.store.subscribers.intents()) == 3


async def test_who_does_not_confirm_is_asked_slowly(tmp_path: Path, subscriber: Subscriber) -> None:
    moments = []

    async def refuse(_: web.Request) -> web.StreamResponse:
        moments.append(asyncio.get_running_loop().time())
        return web.Response(status=404)

    subscriber.verify = refuse
    limits = replace(EAGER, penalty_seconds=0.2)
    async with hub_site(tmp_path, (subscriber.place,), limits=limits) as site:
        for number in range(5):
            assert (await site.ask("subscribe", subscriber.url(f"/{number}")))[0] == 202
        await until(lambda: len(moments) == 5)
    assert moments[2] - moments[0] >= 0.2
    assert moments[4] - moments[2] >= 0.2


async def test_so_many_are_verified_at_once(tmp_path: Path, subscriber: Subscriber) -> None:
    under_way = most = 0

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1
        return await confirm(request)

    subscriber.verify = count
    hosts = (subscriber.place, f"localhost:{subscriber.port}")
    async with hub_site(tmp_path, hosts, limits=replace(EAGER, at_once=1)) as site:
        for number in range(4):
            for host in hosts:
                assert (await site.ask("subscribe", f"http://{host}/{number}"))[0] == 202
        await site.verified()
        assert len(site.hub.deliveries) == 8
    assert most == 1


async def test_so_many_are_told_at_once_that_a_feed_ended(tmp_path: Path, subscriber: Subscriber) -> None:
    hosts, extra = (subscriber.place, f"localhost:{subscriber.port}"), Feed(name="extra", title="Extra")
    async with hub_site(tmp_path, hosts, feeds=(extra,)) as site:
        for number in range(3):
            for host in hosts:
                await site.subscribe(f"http://{host}/{number}", HUB_SITE.feed_url("extra", "rss"))
        assert len(site.hub.deliveries) == 6
    under_way = most = 0

    async def count(_: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1
        return web.Response()

    subscriber.verify = count
    async with hub_site(tmp_path, hosts, limits=replace(EAGER, at_once=1)):
        await subscriber.until_asked(12)
    assert most == 1


async def test_a_request_that_was_accepted_is_verified_after_a_restart(tmp_path: Path, subscriber: Subscriber) -> None:
    allow = (subscriber.place,)
    async with hub_site(tmp_path, allow, limits=replace(EAGER, grace_seconds=60)) as site:
        assert (await site.ask("subscribe", subscriber.url(), secret="kept"))[0] == 202
    assert subscriber.asked == []
    async with hub_site(tmp_path, allow) as site:
        await subscriber.until_asked()
        await site.verified()
        await site.publish("News")
        assert (await subscriber.until_sent()).is_signed_with("kept")


async def test_a_feed_that_ended_is_told_to_subscribers(tmp_path: Path, subscriber: Subscriber) -> None:
    allow, extra = (subscriber.place,), Feed(name="extra", title="Extra")
    topic = HUB_SITE.feed_url("extra", "rss")
    async with hub_site(tmp_path, allow, feeds=(extra,)) as site:
        await site.subscribe(subscriber.url("/extra?x=1"), topic)
        await site.subscribe(subscriber.url("/all"))
    async with hub_site(tmp_path, allow, feeds=(extra,), limits=replace(EAGER, grace_seconds=60)) as site:
        assert (await site.ask("subscribe", subscriber.url("/late"), topic))[0] == 202
    async with hub_site(tmp_path, allow) as site:
        await subscriber.until_asked(4)
        told = {path.partition("?")[0]: query for path, query in subscriber.asked[2:]}
        denied = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": "the feed has ended"}
        assert told == {"/extra": {"x": "1", **denied}, "/late": denied}
        await site.verified()
        assert site.hub.verifications == {Verification.DENIED: 1}
        assert [one.feed for one in site.hub.deliveries.all()] == ["all"]
        async with asyncio.timeout(5):
            while len(await site.store.subscribers.subscriptions()) != 1:
                await asyncio.sleep(0.01)


async def test_a_stop_is_quick_and_loses_nothing(tmp_path: Path, subscriber: Subscriber) -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    allow, loop = (subscriber.place,), asyncio.get_running_loop()
    async with hub_site(tmp_path, allow) as site:
        await site.subscribe(subscriber.url())
        subscriber.take = never
        await site.publish("News")
        await subscriber.until_sent()
        began = loop.time()
    assert loop.time() - began < 2
    subscriber.take = answering(200)
    async with hub_site(tmp_path, allow):
        assert b"News" in (await subscriber.until_sent(2)).body
