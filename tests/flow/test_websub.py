"""WebSub with the real program: kill -9, another hub, no hub."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import pytest

from program import Place, Serve
from subscriber import Subscriber, answering, subscribing

STORY = "2026-03-01 {}\n\nIt rained.\n"


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    async with subscribing() as found:
        yield found


def story(place: Place, title: str) -> None:
    place.drop(f"{title.lower().replace(' ', '-')}.txt", STORY.format(title))


async def test_subscriptions_survive_kill_9(place: Place, serve: Serve, subscriber: Subscriber) -> None:
    place.settings |= {"websub.allow": subscriber.place, "site.base_url": "https://news.example"}
    story(place, "There before")
    running = await serve()
    await running.until_titles("There before")
    form = {
        "hub.mode": "subscribe",
        "hub.topic": "https://news.example/feeds/all.rss",
        "hub.callback": subscriber.url("/cb?of=me"),
        "hub.secret": "s3cret",
    }
    async with running.session.post(running.url + "/hub", data=form) as answer:
        assert answer.status == 202, await answer.text()
    # Killed before it can ask: what was answered with 202 is asked after all.
    await running.stop(signal.SIGKILL)
    subscriber.asked.clear()
    running = await serve()
    asked = await subscriber.until_asked()
    assert asked["of"] == "me"

    async def is_subscribed() -> bool:
        return b"feeder_websub_subscriptions 1.0" in (await running.get(running.operator + "/metrics"))[1]

    await running.until(is_subscribed)
    subscriber.take = answering(503)
    story(place, "A storm")
    await subscriber.until_sent()
    await running.stop(signal.SIGKILL)
    subscriber.take = answering(204)
    count = len(subscriber.sent)
    running = await serve()
    sent = await subscriber.until_sent(count + 1)
    assert sent.path == "/cb?of=me"
    assert sent.is_signed_with("s3cret")
    assert b"A storm" in sent.body
    assert sent.body == (await running.get("/feeds/all.rss"))[1] == (place.feeds / "all.rss").read_bytes()

    async def counted() -> bool:
        return (
            b'feeder_websub_deliveries_total{outcome="delivered"} 1.0'
            in (await running.get(running.operator + "/metrics"))[1]
        )

    await running.until(counted)
    assert await running.stop() == 0
    assert "s3cret" not in running.said()
    assert "of=me" not in running.said()


async def test_a_subscriber_of_a_private_network_is_not_called(
    place: Place, serve: Serve, subscriber: Subscriber
) -> None:
    story(place, "A storm")
    running = await serve()
    await running.until_titles("A storm")
    base = {"hub.mode": "subscribe", "hub.topic": f"{running.url}/feeds/all.rss"}
    async with running.session.post(running.url + "/hub", data=base | {"hub.callback": subscriber.url()}) as answer:
        assert answer.status == 403
    async with running.session.post(running.url + "/hub", data=base | {"hub.callback": "http://localhost/"}) as answer:
        assert answer.status == 202  # only its address tells, and that is looked at when it is asked

    async def was_not_reached() -> bool:
        return (
            b'feeder_websub_verifications_total{outcome="unanswered"} 1.0'
            in (await running.get(running.operator + "/metrics"))[1]
        )

    await running.until(was_not_reached)
    assert "127.0.0.1 is no public address" in running.said() or "::1 is no public address" in running.said()


async def test_the_hub_of_others_is_told(place: Place, serve: Serve, subscriber: Subscriber) -> None:
    """It is trusted because it is configured; who asks at our own hub is led to it."""
    place.settings |= {"websub.hub": subscriber.url("/hub?key=1"), "site.base_url": "https://news.example"}
    story(place, "There before")
    running = await serve()
    topics = {f"https://news.example/feeds/all.{suffix}" for suffix in ("rss", "atom", "json")}

    def told() -> list[str]:
        forms = [dict(parse_qsl(sent.body.decode())) for sent in subscriber.sent]
        assert all(form["hub.mode"] == "publish" and form["hub.url"] == form["hub.topic"] for form in forms)
        return [form["hub.url"] for form in forms]

    async def all_told() -> bool:
        return set(told()) == topics

    await running.until(all_told)
    assert {sent.path for sent in subscriber.sent} == {"/hub?key=1"}
    assert subscriber.sent[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    async with running.session.post(running.url + "/hub", data={"a": "b"}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (308, subscriber.url("/hub?key=1"))
    await asyncio.sleep(0.5)
    subscriber.sent.clear()
    subscriber.take = answering(500)
    story(place, "A storm")
    await subscriber.until_sent(3)
    await running.stop(signal.SIGKILL)
    subscriber.take = answering(204)
    subscriber.sent.clear()
    running = await serve()
    await running.until(all_told)  # it was not taken before the end
    await asyncio.sleep(0.5)
    await running.stop()
    subscriber.sent.clear()
    running = await serve()
    await asyncio.sleep(0.5)
    assert subscriber.sent == []  # nothing has changed since it was told


async def test_without_a_hub_there_is_none(place: Place, serve: Serve) -> None:
    place.settings["websub.hub"] = ""
    story(place, "A storm")
    running = await serve()
    await running.until_titles("A storm")
    async with running.session.post(running.url + "/hub", data={"hub.mode": "subscribe"}) as answer:
        assert answer.status == 404
    assert b"websub" not in (await running.get(running.operator + "/metrics"))[1]
    assert b"/hub" not in (await running.get("/feeds/all.atom"))[1]
