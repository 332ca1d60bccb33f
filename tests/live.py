"""The web on a real socket over a real store, without the road in: articles are put into the store."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from feeder.media_folder import MediaFolder
from feeder.model import Article, Feed, Seed
from feeder.publish import Publisher, installed_renderers
from feeder.render import Site
from feeder.store import Take, open_store
from feeder.stream import Hub, Settings, form_of
from feeder.web import Parts, public_app, start

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from feeder.model import Event
    from feeder.store import Store

SITE = Site(title="The Daily Test", base_url="https://news.example", description="What happened.", language="en")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def article(title: str, body: str = "It rained.", **fields: Any) -> Article:
    """A candidate for the store; another title is another article, another body another version of it."""
    key = hashlib.sha256(title.encode()).hexdigest()
    digest = hashlib.sha256(repr((title, body, sorted(fields.items()))).encode()).hexdigest()
    given: dict[str, Any] = {
        "id": f"urn:test:{key[:12]}",
        "own_id": True,
        "slug": "-".join(re.findall("[a-z0-9]+", title.lower())),
        "title": title,
        "summary": body[:100],
        "text": body,
        "html": f"<p>{body}</p>",
        "published": datetime(2026, 3, 1, tzinfo=UTC),
        "published_precision": "day",
        "format": "seed",
        **fields,
    }
    return Article(**given, content_key=digest, digest=digest)


def taken(one: Article, number: int = 1) -> Take:
    """An article as it was read from a file of its own, which with another number is another file."""
    seed = Seed(f"{one.slug}.txt", 1, number, 1, 1)
    return Take(seed=seed, sha256=f"{number} {one.digest}", format="seed", articles=(one,))


@dataclass
class Live:
    """A served site."""

    store: Store
    hub: Hub
    publisher: Publisher
    session: aiohttp.ClientSession
    port: int
    clock: Clock
    runner: web.AppRunner
    media: MediaFolder
    _takes: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def accept(self, *articles: Article, publish: bool = True) -> list[Event]:
        """Put articles into the store, each from a file of its own, and wait for the stream and the feeds."""
        takes = [self._take(one) for one in articles]
        accepted = await self.store.accept(takes, now=self.clock.now)
        await self.caught_up()
        if publish:
            await self.publisher.publish()
        return list(accepted.events)

    async def retract(self, article_id: str, reason: str = "killed") -> list[Event]:
        events = await self.store.retract(article_id, now=self.clock.now, reason=reason)
        await self.caught_up()
        await self.publisher.publish()
        return list(events)

    async def caught_up(self) -> None:
        newest = (await self.store.bounds()).newest
        await until(lambda: self.hub.head >= newest)

    async def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        return await self.ask("GET", path, headers)

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes, Any]:
        url = self.url + path
        async with self.session.request(method, url, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.read(), answer.headers

    async def raw(self, request: bytes) -> bytes:
        """All that the server says to these bytes, until it closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        try:
            async with asyncio.timeout(10):
                return await reader.read()
        finally:
            writer.close()

    def _take(self, one: Article) -> Take:
        self._takes += 1
        return taken(one, self._takes)


@dataclass
class Clock:
    """The time, as the test has it."""

    now: datetime = NOON


@dataclass(kw_only=True)
class Plan:
    """What is to be served, and how."""

    folder: Path
    site: Site = SITE
    feeds: list[Feed] = field(default_factory=list)
    stream: Settings = field(default_factory=Settings)
    write_deadline_seconds: float = 30
    shutdown_seconds: float = 1
    head_seconds: float = 10
    port: int = 0
    page_size: int = 100
    entries: int = 50


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def serving(plan: Plan) -> AsyncIterator[Live]:
    """The site, live; the store stays in the folder, so that it can be served again."""
    async with AsyncExitStack() as stack:
        store = await open_store(f"sqlite:///{plan.folder}/feeder.db", data=plan.folder)
        stack.push_async_callback(store.close)
        form = form_of(plan.site)
        store.keep_lines(form)
        settings = replace(plan.stream, look_seconds=30, write_deadline_seconds=plan.write_deadline_seconds)
        hub = Hub(store, form.write, form=form.name, jitter=lambda: 0.5, settings=settings)
        publisher = Publisher(store, store, plan.site, plan.feeds, plan.folder / "feeds", page_size=plan.page_size)
        await publisher.publish()
        clock, media = Clock(), MediaFolder(plan.folder / "media")
        parts = Parts(
            site=plan.site,
            publications=publisher,
            articles=store,
            hub=hub,
            encode=form.write,
            renderers=installed_renderers(plan.site, ("rss", "atom", "json")),
            entries=plan.entries,
            drain_seconds=plan.shutdown_seconds,
            write_deadline_seconds=plan.write_deadline_seconds,
            media=media,
            clock=lambda: clock.now,
        )
        listening = stack.enter_context(socket.create_server(("127.0.0.1", plan.port)))
        runner = await start(
            public_app(parts), listening, shutdown_seconds=plan.shutdown_seconds, head_seconds=plan.head_seconds
        )
        stack.push_async_callback(runner.cleanup)
        task = asyncio.create_task(hub.run())
        stack.push_async_callback(_end, task)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        port = int(listening.getsockname()[1])
        await until(lambda: hub.trouble is None)
        yield Live(store, hub, publisher, session, port, clock, runner, media)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
