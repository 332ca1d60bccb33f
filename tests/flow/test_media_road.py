"""Images beside articles through the running program: they come, change and go with the articles that show them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import orjson
import pytest

from feeder.config import load
from feeder.listening import bind
from feeder.service import Service
from feeder.wiring import opened
from program import Place, Running, Serve, disk


def photo(number: int = 0, size: int = 400) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + random.Random(number).randbytes(size)


def name_of(data: bytes) -> str:
    return f"{hashlib.sha256(data).hexdigest()}.png"


def address(data: bytes) -> str:
    return f"/media/{name_of(data)}"


def story(
    title: str,
    head: str = "",
    body: str = "It was so, and not for the first time, people said.",
    day: str = "2026-01-02",
) -> str:
    return f"---\ntitle: {title}\ndate: {day}\n{head}---\n\n{body}\n"


def with_image(title: str, name: str = "photo.png", **fields: str) -> str:
    return story(title, f"image: {name}\n", **fields)


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


async def status_of(running: Running, data: bytes) -> int:
    return (await running.get(address(data)))[0]


async def until_status(running: Running, data: bytes, status: int) -> None:
    async def answers() -> bool:
        return await status_of(running, data) == status

    await running.until(answers)


async def until_files(running: Running, status: str, number: int) -> None:
    async def counted() -> bool:
        told = f'feeder_files{{status="{status}"}} {number}.0'
        return told.encode() in (await running.get(running.operator + "/metrics"))[1]

    await running.until(counted)


def checked(place: Place, *paths: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in place.run("check", "--json", *paths).stdout.splitlines()]


async def test_photos_of_head_and_body_are_in_every_feed_and_on_the_stream(place: Place, serve: Serve) -> None:
    head, chart, paper = photo(1), photo(2), b"%PDF-1.7\n" + bytes(50)
    place.drop("world/photo.png", head)
    place.drop("world/pictures/the chart.png", chart)
    place.drop("world/report.pdf", paper)
    body = "Look: ![a chart](<pictures/the chart.png>)\n\nAnd [read](report.pdf), or [more](other.md).\n"
    place.drop("world/a.md", with_image("A story", body=body))
    running = await serve()
    (event,) = await running.until_log(1)
    await running.until_titles("A story")
    full = {data: running.url + address(data) for data in (head, chart)}
    pdf = f"{running.url}/media/{hashlib.sha256(paper).hexdigest()}.pdf"
    attachments = [{"url": full[data], "mime_type": "image/png", "size_in_bytes": len(data)} for data in (head, chart)]
    for item in (event["data"], (await running.feed())["items"][0]):
        assert item["image"] == full[head]
        assert item["attachments"] == attachments
        assert f'src="{full[chart]}"' in item["content_html"]
        assert f'href="{pdf}"' in item["content_html"]
        assert f'href="{running.url}/articles/other.md"' in item["content_html"]
    for suffix in ("rss", "atom"):
        (entry,) = feedparser.parse((await running.get(f"/feeds/all.{suffix}"))[1]).entries
        enclosed = [(one.href, one.type, int(one.length)) for one in entry.enclosures]
        assert (full[head], "image/png", len(head)) in enclosed
        assert f'src="{full[chart]}"' in entry.content[0].value
    image, document = "image/png", "application/pdf"
    for data, where, kind in ((head, full[head], image), (chart, full[chart], image), (paper, pdf, document)):
        status, answer, headers = await running.get(where)
        assert (status, answer, headers["Content-Type"]) == (200, data, kind)
    assert place.run("publish", "--strict").returncode == 75  # the service has the folder
    assert b"quarantined" not in (await running.get(running.operator + "/quarantine"))[1]


@pytest.mark.parametrize("is_down", [False, True])
async def test_a_photo_comes_changes_goes_and_comes_back(place: Place, serve: Serve, *, is_down: bool) -> None:
    """Each step while the service runs, and each while it is down."""
    place.settings |= {"seeds.withdraw_grace_seconds": "0.3", "seeds.scan": "200ms"}
    running = await serve()

    async def step(number: int, name: str, text: str | bytes | None) -> dict[str, Any]:
        nonlocal running
        if is_down:
            assert await running.stop() == 0
        if text is None:
            (place.seeds / name).unlink()
        else:
            place.drop(name, text)
        if is_down:
            running = await serve()
        events = await running.until_log(number)
        assert kinds(events) == ["published"] + ["updated"] * (number - 1)
        found: dict[str, Any] = events[-1]["data"]
        return found

    first, second = photo(1), photo(2)
    assert "image" not in await step(1, "a.md", with_image("A story"))
    assert (await step(2, "photo.png", first))["image"] == running.url + address(first)
    assert await status_of(running, first) == 200
    assert (await step(3, "photo.png", second))["image"] == running.url + address(second)
    assert (await status_of(running, first), await status_of(running, second)) == (404, 200)
    assert "image" not in await step(4, "photo.png", None)
    assert await status_of(running, second) == 404
    assert (await step(5, "photo.png", second))["image"] == running.url + address(second)
    assert await status_of(running, second) == 200


async def test_a_photo_is_not_taken_away_before_its_absence_has_lasted(place: Place, serve: Serve) -> None:
    place.settings["seeds.withdraw_grace_seconds"] = "30"
    place.drop("photo.png", photo())
    place.drop("a.md", with_image("A story"))
    running = await serve()
    await running.until_log(1)
    (place.seeds / "photo.png").unlink()

    async def missed() -> bool:
        return b"feeder_files_missing 1.0" in (await running.get(running.operator + "/metrics"))[1]

    await running.until(missed)
    place.drop("photo.png", photo())
    place.drop("b.md", story("Another story"))
    assert kinds(await running.until_log(2)) == ["published", "published"]
    assert await status_of(running, photo()) == 200


async def test_an_article_that_moves_with_its_photo_is_no_news(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.withdraw": "true", "seeds.withdraw_grace_seconds": "0.1", "seeds.scan": "100ms"}
    place.drop("trips/2026/index.md", with_image("A trip", body="Seen: ![x](more/x.png)"))
    place.drop("trips/2026/photo.png", photo(1))
    place.drop("trips/2026/more/x.png", photo(2))
    running = await serve()
    before = await running.until_log(1)
    (place.seeds / "trips" / "2026").rename(place.seeds / "trips" / "january")
    await until_files(running, "ignored", 2)
    place.drop("b.md", story("Another story"))
    events = await running.until_log(2)
    await running.until(lambda: only_known(running, 4))
    assert (await running.log())[:1] == before
    assert len(events) == 2
    assert [await status_of(running, photo(number)) for number in (1, 2)] == [200, 200]
    place.drop("trips/january/photo.png", photo(3))
    assert kinds(await running.until_log(3)) == ["published", "published", "updated"]


async def only_known(running: Running, number: int) -> bool:
    """Whether so many files are known and none is missing."""
    text = (await running.get(running.operator + "/metrics"))[1].decode()
    files = [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("feeder_files{")]
    return sum(files) == number and "feeder_files_missing 0.0" in text


async def test_what_two_articles_show_stays_until_both_are_retracted(place: Place, serve: Serve) -> None:
    place.drop("photo.png", photo())
    place.drop("a.md", with_image("One"))
    place.drop("b.md", with_image("Two", day="2026-01-03"))
    running = await serve()
    first, second = (event["data"]["id"] for event in await running.until_log(2))
    await running.command("/retract", id=first)
    await running.until_log(3)
    assert await status_of(running, photo()) == 200
    await running.command("/retract", id=second)
    await running.until_log(4)
    assert await status_of(running, photo()) == 404
    assert "image" not in str(await running.log())


async def test_a_photo_is_there_from_its_articles_moment_to_its_end(place: Place, serve: Serve) -> None:
    place.drop("photo.png", photo())
    running = await serve()
    begin = datetime.now(UTC) + timedelta(seconds=1.5)
    place.drop("a.md", with_image("Later", day=begin.isoformat()))
    kept = place.folder / "data" / "media" / name_of(photo())
    while datetime.now(UTC) < begin - timedelta(seconds=0.2):
        status = await status_of(running, photo())
        assert status == 404 or datetime.now(UTC) >= begin
        await asyncio.sleep(0.05)
    assert kept.exists()
    (event,) = await running.until_log(1)
    assert event["data"]["image"] == running.url + address(photo())
    assert datetime.fromisoformat(event["data"]["_feeder"]["at"]) >= begin
    assert await status_of(running, photo()) == 200
    end = datetime.now(UTC) + timedelta(seconds=1)
    head = f"image: photo.png\nexpires: {end.isoformat()}\n"
    place.drop("a.md", story("Later", head, day=begin.isoformat()))
    assert kinds(await running.until_log(3)) == ["published", "updated", "retracted"]
    assert datetime.now(UTC) >= end
    assert await status_of(running, photo()) == 404


HOSTILE = {
    "link.png": "it is a symbolic link",
    "pipe.png": "it is no regular file",
    "sparse.png": "more than limits.media_bytes",
    "drawing.svg": "it is an SVG drawing",
    "text.png": "it is no image",
    "../../etc/passwd": "there is no such file",
    "/etc/passwd": "there is no such file",
    "deep/link/photo.png": "symbolic link",
}


async def test_what_cannot_be_shown_is_left_out_and_told(place: Place, serve: Serve) -> None:
    (place.seeds / "link.png").symlink_to("/etc/passwd")
    os.mkfifo(place.seeds / "pipe.png")
    with (place.seeds / "sparse.png").open("wb") as sparse:
        sparse.write(photo())
        sparse.truncate(200 * 1024 * 1024)
    place.drop("drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    place.drop("text.png", "no image at all")
    (place.folder / "elsewhere").mkdir()
    (place.folder / "elsewhere" / "photo.png").write_bytes(photo())
    (place.seeds / "deep").mkdir()
    (place.seeds / "deep" / "link").symlink_to(place.folder / "elsewhere")
    for number, name in enumerate(HOSTILE):
        place.drop(f"head-{number}.md", with_image(f"Head {number}", name))
        place.drop(f"body-{number}.md", story(f"Body {number}", body=f"Seen: ![x]({name})"))
    told = {account["path"]: account for account in checked(place, "seeds")}
    for number, reason in enumerate(HOSTILE.values()):
        for path in (f"seeds/head-{number}.md", f"seeds/body-{number}.md"):
            assert told[path]["status"] == "published"
            (warning,) = told[path]["items"][0]["warnings"]
            assert reason in warning
    assert [told[f"seeds/{name}"]["status"] for name in ("drawing.svg", "sparse.png", "link.png")] == ["ignored"] * 3
    assert told["seeds/text.png"]["status"] == "quarantined"
    assert not (place.folder / "data").exists()
    running = await serve()
    events = await running.until_log(2 * len(HOSTILE))
    assert not any("image" in event["data"] or "attachments" in event["data"] for event in events)
    assert list((place.folder / "data" / "media").iterdir()) == []
    (place.seeds / "link.png").unlink()
    place.drop("link.png", photo(1))
    place.drop("text.png", photo(2))
    assert kinds(await running.until_log(2 * len(HOSTILE) + 4))[-4:] == ["updated"] * 4
    assert [await status_of(running, photo(number)) for number in (1, 2)] == [200, 200]


async def test_an_article_waits_for_a_photo_that_is_being_written_and_no_longer(place: Place, serve: Serve) -> None:
    place.settings |= {"seeds.grace_seconds": "60", "seeds.scan": "1h"}
    running = await serve()
    with (place.seeds / "photo.png").open("wb") as writing:
        writing.write(photo()[:100])
        writing.flush()
        place.drop("a.md", with_image("With a photo"))
        await running.until(lambda: waits(running, 2))  # the photo and its article
        place.drop("b.md", story("Without"))
        await running.until_log(1)
        writing.write(photo()[100:])
    events = await running.until_log(2)  # at once, and not when its patience is over
    assert events[1]["data"]["image"] == running.url + address(photo())
    place.drop("c.md", story("Another"))
    assert kinds(await running.until_log(3)) == ["published"] * 3


async def waits(running: Running, number: int) -> bool:
    text = (await running.get(running.operator + "/metrics"))[1]
    return f"feeder_files_waiting {number}.0".encode() in text


async def test_a_photo_that_is_never_finished_holds_its_article_up_for_the_grace_time_only(
    place: Place, serve: Serve
) -> None:
    place.settings |= {"seeds.grace_seconds": "0.5", "seeds.scan": "100ms"}
    running = await serve()
    with (place.seeds / "photo.png").open("wb") as writing:
        writing.write(photo()[:100])
        writing.flush()
        place.drop("a.md", with_image("A story"))
        (event,) = await running.until_log(1)
        assert "image" not in event["data"]
        writing.write(photo()[100:])
    events = await running.until_log(2)
    assert events[-1]["data"]["image"].startswith(running.url + "/media/")
    await until_status(running, photo(), 200)


async def test_while_the_media_folder_cannot_be_used_only_what_needs_it_waits(place: Place, serve: Serve) -> None:
    running = await serve()
    media = place.folder / "data" / "media"
    media.rmdir()
    media.write_text("in the way")
    place.drop("photo.png", photo())
    place.drop("a.md", with_image("With a photo"))
    place.drop("b.md", story("Without"))
    assert [event["data"]["title"] for event in await running.until_log(1)] == ["Without"]
    status, body, _ = await running.get(running.operator + "/readyz")
    assert status == 503
    assert b"data/media cannot be used" in body
    media.unlink()
    events = await running.until_log(2)
    assert events[1]["data"]["image"] == running.url + address(photo())
    await running.until(running.ready)
    assert "mended" in running.said()


@pytest.fixture
def small_disk(place: Place) -> Iterator[Path]:
    """A data folder with room for eight megabytes."""
    with disk(place.folder / "data", megabytes=8) as data:
        yield data


async def test_a_photo_that_the_disk_has_no_room_for_comes_when_there_is(
    place: Place, small_disk: Path, serve: Serve
) -> None:
    running = await serve()
    filler, room = small_disk / "filler", os.statvfs(small_disk)
    filler.write_bytes(bytes(room.f_bavail * room.f_frsize - 1_500_000))
    large = photo(size=2_000_000)
    place.drop("photo.png", large)
    place.drop("a.md", with_image("With a photo"))
    place.drop("b.md", story("Without"))
    assert [event["data"]["title"] for event in await running.until_log(1)] == ["Without"]

    async def is_told() -> bool:
        return b"No space left" in (await running.get(running.operator + "/readyz"))[1]

    await running.until(is_told)  # a look ends after what it took in is published
    assert [one.name for one in (small_disk / "media").iterdir()] == []
    filler.unlink()
    await running.until_log(2)
    await running.until(running.ready)
    assert (await running.get(address(large)))[1] == large


async def test_killed_between_the_photos_and_their_article_it_publishes_it_once(place: Place, serve: Serve) -> None:
    pictures = {f"{number}.png": photo(number, 300_000) for number in range(40)}
    for name, data in pictures.items():
        place.drop(f"album/{name}", data)
    running = await serve()
    place.drop("album/index.md", story("An album", body="Seen:\n\n" + "\n\n".join(f"![]({name})" for name in pictures)))
    media = place.folder / "data" / "media"

    async def some_are_kept() -> bool:
        return any(media.iterdir())

    await running.until(some_are_kept)
    await running.stop(signal.SIGKILL)
    assert len([one for one in media.iterdir() if one.suffix == ".png"]) < len(pictures)
    running = await serve()
    (event,) = await running.until_log(1)
    assert len(event["data"]["attachments"]) == len(pictures)
    assert {one.name for one in media.iterdir()} == {name_of(data) for data in pictures.values()}
    assert [await status_of(running, data) for data in pictures.values()] == [200] * len(pictures)


async def test_a_pass_for_cron_does_all_of_it(place: Place) -> None:
    place.settings["seeds.withdraw_grace_seconds"] = "0"
    media = place.folder / "data" / "media"

    def items() -> list[dict[str, Any]]:
        assert place.run("publish", "--strict").returncode == 0
        found: list[dict[str, Any]] = orjson.loads((place.feeds / "all.json").read_bytes())["items"]
        return found

    place.drop("a.md", with_image("A story"))
    assert "image" not in items()[0]
    place.drop("photo.png", photo())
    assert items()[0]["image"].endswith(address(photo()))
    (place.seeds / "photo.png").unlink()
    assert "image" not in items()[0]
    shutil.rmtree(media)
    media.write_text("in the way")
    media.rename(place.folder / "data" / "elsewhere")
    place.drop("photo.png", photo())
    assert items()[0]["image"].endswith(address(photo()))
    assert (media / name_of(photo())).read_bytes() == photo()


async def test_files_of_a_page_are_ignored_and_a_picture_that_claims_to_be_a_text_is_refused(place: Place) -> None:
    for name in ("photo.png", "again.JPG", "clip.gif"):
        place.drop(f"page/{name}", photo())
    for name in ("style.css", "app.js", "drawing.svg"):
        place.drop(f"page/{name}", "body {}")
    place.drop("photo.txt", photo())
    place.drop("a.md", story("A story"))
    done = place.run("publish")
    assert "files: 6 ignored, 1 published, 1 quarantined" in done.stdout
    assert "refused: photo.txt:" in done.stdout
    assert place.run("publish").stdout.startswith("files: nothing new")
    statuses = {account["path"]: account["status"] for account in checked(place, "seeds")}
    assert [statuses[f"seeds/page/{name}"] for name in ("photo.png", "style.css")] == ["ignored", "ignored"]


async def test_the_hourly_sweep_takes_what_nobody_shows_and_nothing_else(place: Place) -> None:
    shown, held, old, fresh = (photo(number) for number in range(4))
    place.drop("shown.png", shown)
    place.drop("held.png", held)
    place.drop("a.md", with_image("Shown", "shown.png"))
    place.drop("b.md", with_image("Held", "held.png", day="2999-01-01"))
    assert place.run("publish").returncode == 0
    media = place.folder / "data" / "media"
    for data in (old, fresh):
        (media / name_of(data)).write_bytes(data)
    for data in (shown, held, old):
        os.utime(media / name_of(data), (1_700_000_000, 1_700_000_000))
    flags = {"data.path": str(place.folder / "data"), "seeds.path": str(place.seeds), "feeds.path": str(place.feeds)}
    settings = load(None, {}, flags).settings
    async with opened(settings) as (store, judges):
        with bind("127.0.0.1", 0, "server.port") as address:
            await Service(settings, store, judges, address)._forget_unused_media()
    assert {one.name for one in media.iterdir()} == {name_of(data) for data in (shown, held, fresh)}


async def test_an_article_with_many_photos_answers_while_it_is_taken_in(place: Place, serve: Serve) -> None:
    """What is kept is copied in the worker: nobody waits for it."""
    running = await serve()
    for number in range(30):
        place.drop(f"{number}.png", photo(number, 1_000_000))
    place.drop("a.md", story("An album", body="Seen:\n\n" + "\n\n".join(f"![]({number}.png)" for number in range(30))))
    longest = 0.0
    while not await running.titles():
        started = asyncio.get_running_loop().time()
        await running.get("/feeds/all.json")
        longest = max(longest, asyncio.get_running_loop().time() - started)
    assert longest < 1
