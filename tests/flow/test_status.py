"""What `feeder status` and `feeder feeds` tell, of a running instance and of a store alone."""

from __future__ import annotations

import json

from program import Place, Serve

STATUSES = ("published", "scheduled", "draft", "withdrawn", "expired", "duplicate", "ignored", "quarantined")


def article(title: str, day: str = "2026-01-02") -> str:
    return f" date {day} {title}\n\nSomething happened in the city, and it was not the first time.\n"


async def test_status_tells_of_an_instance_and_without_one_of_the_store(place: Place, serve: Serve) -> None:
    assert json.loads(place.run("status", "--json").stdout) | {"store": ""} == {
        "running": False, "pid": None, "public": None, "operator": None, "ready": False,
        "reasons": ["no instance is running"], "files": dict.fromkeys(STATUSES, 0), "refused": 0, "last_event": None,
        "store": "",
    }  # fmt: skip
    assert not (place.folder / "data").exists()  # to ask changes nothing
    running = await serve()
    place.drop("a.txt", article("A story"))
    place.drop("bad.txt", article("Bad", day="2026-02-30"))
    await running.until_titles("A story")

    async def refused() -> bool:
        return b'feeder_files{status="quarantined"} 1.0' in (await running.get(running.operator + "/metrics"))[1]

    await running.until(refused)
    told = json.loads(place.run("status", "--json").stdout)
    assert (told["running"], told["pid"], told["public"], told["operator"], told["ready"], told["reasons"]) == (
        True, running.process.pid, running.url, running.operator, True, []
    )  # fmt: skip
    assert {status: number for status, number in told["files"].items() if number} == {"published": 1, "quarantined": 1}
    (event,) = await running.log()
    assert (told["last_event"]["id"], told["last_event"]["title"], told["refused"]) == (event["id"], "A story", 1)
    said = place.run("status").stdout
    assert said.startswith(f"running: yes, ready (process {running.process.pid}, feeder ")
    assert (
        f"\npublic: {running.url}\noperator: {running.operator}\nsince: {told['since']}\nlisteners: 0\nfeeds: 1\n"
        in said
    )
    assert "\nfiles: 1 published, 1 quarantined\nrefused: 1, in whole or in part; see: feeder quarantine list\n" in said
    assert (told["stream"]["listeners"], told["feeds"]) == (0, 1)
    await running.stop()
    later = json.loads(place.run("status", "--json").stdout)
    assert {key: later[key] for key in ("files", "refused", "last_event")} == {
        key: told[key] for key in ("files", "refused", "last_event")
    }
    assert place.run("status").stdout.startswith("running: no\nfiles: ")


async def test_an_instance_that_is_not_ready_says_why(place: Place, serve: Serve) -> None:
    running = await serve()
    place.seeds.rename(place.folder / "elsewhere")
    await running.command("/look")

    async def troubled() -> bool:
        return not await running.ready()

    await running.until(troubled)
    told = json.loads(place.run("status", "--json").stdout)
    assert (told["running"], told["ready"]) == (True, False)
    assert "is not there" in told["reasons"][0]
    said = place.run("status").stdout
    assert said.startswith("running: yes, but NOT READY (process ")
    assert f"\nbecause: {told['reasons'][0]}\n" in said


async def test_an_instance_without_a_listener_for_the_operator_is_told_of(place: Place, serve: Serve) -> None:
    place.drop("a.txt", article("A story"))
    place.run("publish")
    (place.folder / "data" / "instance.json").write_text(
        json.dumps({"pid": 1, "public": "http://127.0.0.1:9", "operator": None})
    )
    told = json.loads(place.run("status", "--json").stdout)
    assert (told["running"], told["public"], told["files"]["published"]) == (None, "http://127.0.0.1:9", 1)
    assert "runs without an operator's listener" in told["reasons"][0]


async def test_feeds_are_told_with_their_addresses(place: Place, serve: Serve) -> None:
    assert "there is no store" in place.run("feeds").stderr
    place.settings["site.title"] = "The Example"
    place.drop("world/a.txt", article("A story"))
    place.drop("b.txt", article("Another", day="2026-01-03"))
    place.run("publish")
    everything, world = json.loads(place.run("feeds", "--json").stdout)["feeds"]
    assert (everything["name"], everything["title"], everything["section"]) == ("all", "The Example", None)
    assert (world["name"], world["title"], world["section"]) == ("world", "The Example – world", "world")
    assert world["addresses"]["atom"] == "http://127.0.0.1:8000/feeds/world.atom"
    assert (everything["last_event"]["title"], world["last_event"]["title"]) == ("Another", "A story")
    running = await serve()
    rows = [line.split("\t") for line in place.run("feeds").stdout.splitlines()]
    assert rows[1][:5] == ["world", "The Example – world", "rss atom json", "50", world["last_event"]["at"]]
    addresses = [address for row in rows for address in row[5].split()]
    assert len(addresses) == 6
    for address in addresses:
        assert (await running.get(address))[0] == 200
        assert address.startswith(running.url)
    given = json.loads(place.run("feeds", "--json", "--base-url", "https://news.example").stdout)["feeds"]
    assert given[0]["addresses"]["rss"] == "https://news.example/feeds/all.rss"


def test_configured_feeds_are_told_with_what_they_show_and_their_formats(place: Place) -> None:
    place.drop("world/a.txt", article("A story"))
    place.settings["feed"] = json.dumps(
        [
            {"name": "latest", "title": "Latest", "entries": 5, "formats": ["json"]},
            {"name": "world", "tag": "ferries", "query": "boat -strike"},
        ]
    )
    place.run("publish")
    everything, latest, world = json.loads(place.run("feeds", "--json").stdout)["feeds"]
    assert (everything["name"], everything["filter"], everything["formats"]) == ("all", {}, ["rss", "atom", "json"])
    assert (latest["title"], latest["entries"], latest["filter"], latest["section"]) == ("Latest", 5, {}, None)
    assert latest["addresses"] == {"json": "http://127.0.0.1:8000/feeds/latest.json"}
    assert latest["last_event"]["title"] == "A story"
    assert (world["section"], world["filter"]) == (None, {"tag": "ferries", "query": "boat -strike"})
    row = place.run("feeds").stdout.splitlines()[2].split("\t")
    assert (row[:2], row[4], row[6]) == (["world", "feeder – world"], "none yet", "tag: ferries; query: boat -strike")
