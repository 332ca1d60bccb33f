"""A subscriber of WebSub on a real socket, and our hub beside a real store and publisher for it to subscribe at."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from feeder import registry
from feeder.model import Article, Feed
from feeder.outbound import Outbound
from feeder.peers import network
from feeder.publish import Publisher
from feeder.store import Store, Take, open_store
from feeder.stream import Hub as StreamHub
from feeder.web import Parts, public_app, start
from feeder.websub import Hub, Limits, Terms, Topics
from live import NOON, SITE, Clock, article, until

HUB_SITE = replace(SITE, hub=f"{SITE.base_url}/hub")
TOPIC = HUB_SITE.feed_url("all", "atom")
QUICK = Terms(between_seconds=0.01, first_pause_seconds=0.02, longest_pause_seconds=0.05, look_seconds=0.2)
EAGER = Limits(grace_seconds=0, penalty_seconds=0)


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Delivery:
    """A content distribution request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        expected = "sha256=" + hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return self.headers.get("X-Hub-Signature") == expected


async def confirm(request: web.Request) -> web.StreamResponse:
    """What a subscriber answers that meant what it asked."""
    return web.Response(text=request.query["hub.challenge"])


def answering(status: int, text: str = "", **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


@dataclass
class Subscriber:
    """What it was asked and sent; how it answers can be changed at any time."""

    port: int
    verify: Answer = confirm
    take: Answer = field(default_factory=lambda: answering(204))
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    sent: list[Delivery] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/callback") -> str:
        return f"http://{self.place}{path}"

    async def until_asked(self, count: int = 1) -> Mapping[str, str]:
        await until(lambda: len(self.asked) >= count)
        return self.asked[count - 1][1]

    async def until_sent(self, count: int = 1) -> Delivery:
        await until(lambda: len(self.sent) >= count)
        return self.sent[count - 1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            self.asked.append((request.raw_path, dict(request.query)))
            return await self.verify(request)
        self.sent.append(Delivery(request.raw_path, request.headers, await request.read()))
        return await self.take(request)


@asynccontextmanager
async def subscribing(port: int = 0) -> AsyncIterator[Subscriber]:
    with socket.create_server(("127.0.0.1", port)) as listening:
        subscriber = Subscriber(int(listening.getsockname()[1]))
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{path:.*}", subscriber._answer)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            yield subscriber
        finally:
            await runner.cleanup()


@dataclass
class HubSite:
    """A served site with its hub."""

    store: Store
    publisher: Publisher
    hub: Hub
    url: str
    session: aiohttp.ClientSession
    clock: Clock
    takes: int = 0

    async def post(self, body: str | bytes | Mapping[str, str], **headers: str) -> tuple[int, str]:
        form = body if isinstance(body, Mapping) else None
        data = None if form else body
        told = {"Content-Type": "application/x-www-form-urlencoded"} | headers if data is not None else headers
        async with self.session.post(f"{self.url}/hub", data=form or data, headers=told) as answer:
            return answer.status, await answer.text()

    async def ask(self, mode: str, callback: str, topic: str = TOPIC, **parameters: str) -> tuple[int, str]:
        given = {"mode": mode, "callback": callback, "topic": topic, **parameters}
        return await self.post({f"hub.{name}": value for name, value in given.items()})

    async def subscribe(self, callback: str, topic: str = TOPIC, **parameters: str) -> None:
        """Ask, and wait until it was verified, with whatever outcome."""
        status, text = await self.ask("subscribe", callback, topic, **parameters)
        assert status == 202, text
        await self.verified()

    async def verified(self) -> None:
        await until(lambda: not self.hub.waiting)

    async def accept(self, *articles: Article) -> None:
        """Publish articles."""
        takes = []
        for one in articles:
            self.takes += 1
            takes.append(take(one, self.takes))
        await self.store.accept(takes, now=self.clock.now)
        await self.publisher.publish()

    async def publish(self, title: str) -> bytes:
        """Publish one, and give the topic's document that has it."""
        await self.accept(article(title))
        document = self.publisher.document("all", "atom")
        assert document is not None
        return document.body


def take(one: Article, number: int) -> Take:
    from feeder.model import Seed

    return Take(seed=Seed(f"{one.slug}.txt", 1, number, 1, 1), sha256=str(number), format="seed", articles=(one,))


@asynccontextmanager
async def hub_site(  # noqa: PLR0913 - what a test may want otherwise
    folder: Path,
    allow: tuple[str, ...] = (),
    *,
    limits: Limits = EAGER,
    terms: Terms = QUICK,
    total_seconds: float = 5,
    feeds: tuple[Feed, ...] = (),
    is_published: bool = True,
    now: datetime = NOON,
    body_deadline_seconds: float = 20,
    head_seconds: float = 10,
) -> AsyncIterator[HubSite]:
    """The site; the store stays in the folder, so that it can be served again."""
    async with AsyncExitStack() as stack:
        store = await open_store(f"sqlite:///{folder}/feeder.db", data=folder)
        stack.push_async_callback(store.close)
        publisher = Publisher(store, store, HUB_SITE, feeds, folder / "feeds")
        if is_published:
            await publisher.publish()
        clock = Clock(now)
        outbound = Outbound(allow, total_seconds=total_seconds)
        topics = Topics(publisher, HUB_SITE, ("rss", "atom", "json"))
        hub = Hub(
            store.subscribers, topics, outbound, HUB_SITE.hub or "", clock=lambda: clock.now, limits=limits, terms=terms
        )
        encode = registry.find("renderers", "json")(HUB_SITE).entry
        parts = Parts(
            site=HUB_SITE,
            publications=publisher,
            articles=store,
            hub=StreamHub(store, encode),
            encode=encode,
            websub=hub,
            body_deadline_seconds=body_deadline_seconds,
            trusted_proxies=[network("127.0.0.1")],
        )
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        runner = await start(public_app(parts), listening, shutdown_seconds=1, head_seconds=head_seconds)
        stack.push_async_callback(runner.cleanup)
        task = asyncio.create_task(hub.run())
        stack.push_async_callback(_end, task)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        site = HubSite(store, publisher, hub, url, session, clock)
        await until(lambda: hub._group is not None or not is_published)
        yield site


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
