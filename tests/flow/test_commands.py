"""The commands as people type them, with mistakes on purpose: one line, what, where, what to do; never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from program import COMMAND, Place, require

ROOT = Path(__file__).parents[2]


def article(title: str, day: str = "2026-01-02") -> str:
    return f" date {day} {title}\n\nSomething happened in the city, and it was not the first time.\n"


def checked(place: Place, *paths: str) -> list[dict[str, Any]]:
    done = place.run("check", "--json", *paths)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_check_says_how_a_file_is_read(place: Place) -> None:
    shutil.copy(ROOT / "seeds" / "000_39792b1896ac9294.txt", place.seeds)
    (account,) = checked(place, "seeds/000_39792b1896ac9294.txt")
    (item,) = account.pop("items")
    assert account == {
        "path": "seeds/000_39792b1896ac9294.txt",
        "format": "seed",
        "status": "published",
        "reason": None,
        "refused": [],
    }
    assert item["published"] == "2019-04-30T00:00:00+00:00"
    assert (item["published_precision"], item["language"], item["authors"]) == ("day", "en", [])
    assert len(item["text"].split("\n\n")) == 25
    assert item["id"].startswith("urn:uuid:")


def test_the_order_of_hashes_shows_in_no_output(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case of every format; what is read of a record is also what tells whether the record has changed."""
    told = []
    for seed in ("0", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        told.append(place.run("check", "--json", ROOT / "tests" / "cases").stdout)
    assert len(told[0].splitlines()) > 500
    assert told[0] == told[1]


def test_check_and_the_service_agree_on_ids(place: Place) -> None:
    place.drop("a.txt", article("A story"))
    place.drop("b.md", "---\nid: https://news.example/b\ntitle: B\ndate: 2026-01-03\n---\n\nText.\n")
    told = {item["title"]: item["id"] for account in checked(place, "seeds") for item in account["items"]}
    assert place.run("publish").returncode == 0
    shown = {item["title"]: item["id"] for item in json.loads((place.feeds / "all.json").read_bytes())["items"]}
    assert told == shown


def test_check_tells_every_fate_and_exits_1_only_for_refusals(place: Place) -> None:
    head = "---\ntitle: T\ndate: 2026-01-02\n{}\n---\n\nText.\n"
    place.drop("a-draft.md", head.format("draft: true"))
    place.drop("b-expired.md", head.format("expires: 2026-01-03"))
    place.drop("c-later.md", head.format("embargo: 2999-01-03"))
    place.drop("world/d.txt", article("Fine"))
    (place.seeds / ".hidden.txt").write_text("x")
    (place.seeds / "z-link.txt").symlink_to("a-draft.md")
    done = place.run("check", "seeds", "--json")
    fates = {Path(a["path"]).name: a["status"] for a in map(json.loads, done.stdout.splitlines())}
    assert fates == {
        ".hidden.txt": "ignored",
        "a-draft.md": "draft",
        "b-expired.md": "expired",
        "c-later.md": "scheduled",
        "d.txt": "published",
        "z-link.txt": "ignored",
    }
    assert done.returncode == 0
    place.drop("e-bad.txt", article("No such day", day="2026-02-30"))
    assert place.run("check", "seeds").returncode == 1


def test_sections_are_counted_from_the_folder_that_is_checked(place: Place) -> None:
    place.drop("world/americas/a.txt", article("A"))
    (place.folder / "elsewhere").mkdir()
    shutil.copytree(place.seeds / "world", place.folder / "elsewhere" / "world")
    assert [a["items"][0]["section"] for a in checked(place, "seeds")] == ["world/americas"]
    assert [a["items"][0]["section"] for a in checked(place, "elsewhere")] == ["world/americas"]
    assert [a["items"][0]["section"] for a in checked(place, "seeds/world/americas/a.txt")] == ["world/americas"]
    assert [a["items"][0]["section"] for a in checked(place, "elsewhere/world/americas")] == [None]


def test_check_writes_nothing(place: Place) -> None:
    place.drop("a.txt", article("A"))
    before = sorted(place.folder.rglob("*"))
    place.run("check", "seeds")
    assert sorted(place.folder.rglob("*")) == before


def test_check_knows_duplicates_only_of_a_store_that_is_named(place: Place) -> None:
    place.drop("a.txt", article("A"))
    place.run("publish")
    place.drop("copy.txt", article("A"))
    assert [a["status"] for a in checked(place, "seeds/copy.txt")] == ["published"]
    (account,) = checked(place, "--store", "sqlite:///data/feeder.db", "seeds/copy.txt")
    assert (account["status"], account["reason"]) == ("duplicate", "the same article as a.txt")


def test_check_for_people_shows_where_each_field_came_from_and_the_place_of_what_is_refused(place: Place) -> None:
    place.drop("world/a.txt", article("A story"))
    place.drop("bad.txt", article("No such day", day="2026-02-30"))
    place.drop("dump.jsonl", '{"title": "One", "date": "2026-01-02", "body": "It rained."}\n{"title": \n')
    shown = place.run("check", "seeds").stdout
    assert "    title       A story  [head line]\n" in shown
    assert " words, 1 paragraph\n" in shown
    assert "    section     world  [folder]\n" in shown
    assert "quarantined  seeds/bad.txt  (seed)\n    '2026-02-30' is not in the calendar" in shown
    assert "        > 1 |  date 2026-02-30 No such day\n            |       ^^^^^^^^^^\n          2 |\n" in shown
    assert '    record 2: the JSON ends too early (line 2)\n          1 | {"title": "One"' in shown
    assert shown.endswith("\n3 files: 2 published, 1 refused; 1 record refused\n")
    quiet = place.run("check", "--quiet", "seeds")
    assert (quiet.returncode, "A story" in quiet.stdout, "title  " in quiet.stdout) == (1, False, False)
    assert [line.split()[1] for line in quiet.stdout.splitlines() if not line.startswith(" ")] == [
        "seeds/bad.txt", "seeds/dump.jsonl"
    ]  # fmt: skip
    accounts = map(json.loads, place.run("check", "-q", "--json", "seeds").stdout.splitlines())
    assert [account["path"] for account in accounts] == ["seeds/bad.txt", "seeds/dump.jsonl"]
    assert checked(place, "seeds/bad.txt")[0]["line"] == 1


def test_check_says_what_cannot_be_read(place: Place) -> None:
    place.drop("a.txt", article("A story"))
    place.drop("closed/b.txt", article("Another"))
    (place.seeds / "empty").mkdir()
    done = place.run("check", "seeds/empty")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There is no file to check.\n")
    (place.seeds / "a.txt").chmod(0)
    (place.seeds / "closed").chmod(0)
    done = run_without_privileges(place, "check", "--json", "seeds")
    told = {account["path"]: account["reason"] for account in map(json.loads, done.stdout.splitlines())}
    assert (done.returncode, done.stderr) == (1, "")
    assert told == {
        "seeds/a.txt": "the file cannot be opened: Permission denied",
        "seeds/closed": "it cannot be read: Permission denied",
    }
    done = run_without_privileges(place, "quarantine", "list", "--data", "seeds/closed")
    said = f"feeder: the store {place.seeds}/closed/feeder.db may not be opened: Permission denied\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    (place.seeds / "closed").chmod(0o755)


def run_without_privileges(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*without_privileges(), *COMMAND, *arguments], cwd=place.folder, env=place.environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def without_privileges() -> list[str]:
    """What runs a command that the system's permissions hold for, also as root."""
    if os.geteuid():
        return []
    require(setpriv := shutil.which("setpriv"), "setpriv (util-linux), as the tests run as root")
    return [str(setpriv), "--bounding-set=-all", "--inh-caps=-all"]


def test_odd_names_are_shown_safely(place: Place) -> None:
    (place.seeds / "two\nlines \x1b[31m.txt").write_text(article("Odd"))
    bad = place.seeds / b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    bad.write_text(article("Odder"))
    done = place.run("check", "--json", "seeds")
    assert len(done.stdout.splitlines()) == 2
    assert {json.loads(line)["path"] for line in done.stdout.splitlines()} == {
        "seeds/caf\\xe9.txt",
        "seeds/two\nlines \x1b[31m.txt",
    }
    assert "two\\nlines \\x1b[31m.txt" in place.run("check", "seeds").stdout
    assert place.run("publish").returncode == 0


def test_publish_is_one_pass_that_says_what_it_did(place: Place) -> None:
    place.drop("a.txt", article("A story"))
    place.drop("bad.txt", article("No such day", day="2026-02-30"))
    first = place.run("publish")
    assert first.returncode == 0
    assert "files: 1 published, 1 quarantined\nevents: 1\n" in first.stdout
    assert "refused: bad.txt: " in first.stdout
    files = {file.name: file.read_bytes() for file in place.feeds.iterdir()}
    assert {"all.rss", "all.atom", "all.json"} <= files.keys()
    second = place.run("publish", "--strict")
    assert second.returncode == 1
    assert "files: nothing new\nevents: 0\n" in second.stdout
    assert {file.name: file.read_bytes() for file in place.feeds.iterdir()} == files
    place.drop("b.txt", article("Another"))
    told = json.loads(place.run("publish", "--json").stdout)
    assert {status: count for status, count in told.pop("files").items() if count} == {"published": 1}
    assert told | {"files_written": 0} == {
        "refused": [], "waiting": [], "events": 1, "feeds": 1, "files_written": 0, "problems": []
    }  # fmt: skip
    (place.seeds / "bad.txt").write_text(article("No such day", day="2026-02-31"))
    (refused,) = json.loads(place.run("publish", "--json").stdout)["refused"]
    assert (refused["path"], refused["line"]) == ("bad.txt", 1)


def test_an_article_is_retracted_once(place: Place) -> None:
    place.drop("a.txt", article("A story"))
    place.run("publish")
    (item,) = json.loads((place.feeds / "all.json").read_bytes())["items"]
    told = json.loads(place.run("retract", "--json", item["id"]).stdout)
    assert (told["id"], told["retracted"], len(told["events"])) == (item["id"], True, 1)
    assert json.loads(place.run("retract", "--json", item["id"]).stdout)["retracted"] is False
    assert place.run("retract", item["id"]).stdout == f"{item['id']} was retracted already\n"


def test_publish_leaves_a_file_that_is_being_written_for_the_next_run(place: Place) -> None:
    with (place.seeds / "slow.txt").open("w") as writing:
        writing.write(article("Slow"))
        writing.flush()
        assert "waiting: slow.txt" in place.run("publish", "--set", "seeds.settle_seconds=0.1").stdout
    assert "files: 1 published" in place.run("publish").stdout


def test_a_pass_without_a_seeds_folder_says_so(place: Place) -> None:
    done = place.run("publish", "--seeds", "nowhere")
    assert done.returncode == 1
    assert "nowhere is not there" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("serve", "--set", "site.titel=x"), 2, "there is no setting 'site.titel'; the nearest is 'site.title'"),
        (("serve", "--set", "nonsense"), 2, "--set nonsense: write it as SECTION.KEY=VALUE"),
        (("serve", "--config", "nowhere.toml"), 2, "nowhere.toml: No such file or directory"),
        (("serve", "--port", "many"), 2, "server.port = 'many'"),
        (("serve", "--set", "seeds.scan=99 99 * * *"), 2, "seeds.scan = '99 99 * * *'"),
        (
            ("serve", "--store", "oracle://x"),
            2,
            "store.url = 'oracle://x': there is no store 'oracle'; the nearest is 'sqlite'",
        ),
        (("serve", "--set", "store.retention_days=inf"), 2, "store.retention_days = 'inf'"),
        (("serve", "--set", "seeds.scan=99999999999999h"), 2, "seeds.scan = '99999999999999h'"),
        (("serve", "--set", "seeds.scan=0s"), 2, "seeds.scan = '0s'"),
        (("serve", "--host", ""), 2, "server.host = ''"),
        (("serve", "--feeds", "seeds"), 2, "feeds.path = 'seeds' lies in seeds.path = 'seeds'"),
        (("publish", "--data", "seeds/data"), 2, "data.path = 'seeds/data' lies in seeds.path = 'seeds'"),
        (
            ("serve", "--host", "192.0.2.1", "--port", "0"),
            2,
            "server.port: cannot listen on 192.0.2.1:0: Cannot assign requested address\n",
        ),
        (("publish", "--site", "seeds/public"), 2, "--site 'seeds/public' lies in seeds.path = 'seeds'; name a folder"),
        (("publish", "--data", "file/below"), 1, "the data folder file/below cannot be used"),
        (("publish", "--set", "feeds.formats=rss,fax"), 2, "there is no format 'fax'; the nearest is"),
        (("config", "check", "--set", "feeds.formats="), 2, "feeds.formats = ''"),
        (("check", "nowhere.txt"), 2, "nowhere.txt: there is no such file or folder"),
        (("retract", "urn:uuid:x"), 1, "there is no article with the id urn:uuid:x"),
        (("config", "check", "--set", "site.timezone=Mars"), 2, "is not a time zone"),
    ],
)
def test_a_mistake_is_one_line(place: Place, arguments: tuple[str, ...], code: int, said: str) -> None:
    (place.folder / "file").write_text("")
    done = place.run(*arguments)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("serv",), ("check",), ("serve", "--nonsense"), ("publish", "extra")])
def test_wrong_usage_exits_2(place: Place, arguments: tuple[str, ...]) -> None:
    done = place.run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("feeder")
    assert done.stderr.count("\n") == 1


def test_config_show_tells_each_value_and_where_it_came_from(place: Place) -> None:
    place.settings["site.author"] = "Desk"
    (place.folder / "config").mkdir()
    (place.folder / "config" / "feeder.toml").write_text('[site]\ntitle = "Örtlich"\n')
    lines = place.run("config", "show", "--set", "server.port=9").stdout.splitlines()
    assert 'site.title = "Örtlich"  # config/feeder.toml' in lines
    assert 'site.author = "Desk"  # environment FEEDER_SITE__AUTHOR' in lines
    assert "server.port = 9  # flag for server.port" in lines
    assert 'seeds.path = "seeds"  # default' in lines
    as_json = json.loads(place.run("config", "show", "--json").stdout)
    assert as_json["site"]["title"] == "Örtlich"


def test_config_check_and_schema(place: Place) -> None:
    assert place.run("config", "check").stdout == "The settings are right.\n"
    assert json.loads(place.run("config", "check", "--json", "--set", "site.title=x").stdout)["ok"] is True
    schema = json.loads(place.run("config", "schema").stdout)
    assert schema["additionalProperties"] is False
    assert "timezone" in schema["$defs"]["Site"]["properties"]


def test_help_loads_no_command_and_cuts_nothing_short(place: Place) -> None:
    loaded = "print([module for module in sys.modules if module.startswith('feeder.c')])"
    program = f"import sys; from feeder.cli import main\ntry: main()\nfinally: {loaded}"
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], cwd=place.folder, env=place.environment(),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.endswith("\n['feeder.cli']\n")
    assert "..." not in done.stdout.partition("Commands:")[2]
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_and_version(place: Place) -> None:
    assert place.run("--version").stdout.startswith("feeder 0.")
    told = place.run("--help").stdout
    for command in ("serve", "publish", "check", "retract", "withdraw", "config"):
        assert command in told
        assert place.run(command, "--help").returncode == 0


def test_commands_run_without_standard_streams(place: Place) -> None:
    place.drop("a.txt", article("A"))
    closed = subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} publish <&- >&- 2>&-"],
        cwd=place.folder,
        env=place.environment(),
        check=False,
    )
    assert closed.returncode == 0
    assert (place.feeds / "all.rss").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("command", ["config show", "check seeds", "--help"])
def test_a_full_disk_behind_the_output_is_said_in_one_line(place: Place, command: str) -> None:
    place.drop("a.txt", article("A"))
    full = subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} {command} >/dev/full"],
        cwd=place.folder, env=place.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (full.returncode, full.stderr) == (1, "feeder: the output cannot be written: No space left on device\n")


def test_a_module_among_the_articles_is_not_run(place: Place) -> None:
    (place.folder / "orjson.py").write_text("open('ran', 'w')\n")
    place.drop("a.txt", article("A"))
    files = subprocess.run(
        [Path(sys.executable).parent / "feeder", "publish"], cwd=place.folder, capture_output=True, check=False
    )
    assert files.returncode == 0
    assert not (place.folder / "ran").exists()
    assert (place.feeds / "all.rss").exists()


def test_a_mass_deletion_is_confirmed_while_nothing_runs(place: Place) -> None:
    place.settings |= {"seeds.withdraw": "true", "seeds.withdraw_grace_seconds": "0"}
    for number in range(12):
        place.drop(f"{number:02}.txt", article(f"Story {number}"))
    place.run("publish")
    for number in range(8):
        (place.seeds / f"{number:02}.txt").unlink()
    held = place.run("publish")
    assert held.returncode == 1
    assert "8 files vanished at once" in held.stdout
    assert place.run("withdraw").stdout.split() == [f"{number:02}.txt" for number in range(8)]
    assert len(json.loads(place.run("withdraw", "--json").stdout)["held"]) == 8
    assert place.run("withdraw", "--confirm").stdout == "confirmed: 8 files\n"
    assert json.loads(place.run("withdraw", "--json", "--confirm").stdout) == {"confirmed": 0}
    assert len(json.loads((place.feeds / "all.json").read_bytes())["items"]) == 4
    assert place.run("publish").returncode == 0


def test_who_confirms_deletions_hears_that_they_withdraw_nothing_by_default(place: Place) -> None:
    for number in range(2):
        place.drop(f"{number}.txt", article(f"Story {number}"))
    place.run("publish")
    (place.seeds / "0.txt").unlink()
    said = place.run("withdraw", "--confirm").stdout
    assert said.splitlines() == [
        "confirmed: 1 file",
        "seeds.withdraw is off: the files are forgotten, and their articles stay published",
    ]
    assert len(json.loads((place.feeds / "all.json").read_bytes())["items"]) == 2


def test_deletions_are_noticed_from_one_run_to_the_next(place: Place) -> None:
    place.settings |= {"seeds.withdraw": "true", "seeds.withdraw_grace_seconds": "1"}
    for number in range(3):
        place.drop(f"{number}.txt", article(f"Story {number}"))
    place.run("publish")
    (place.seeds / "1.txt").unlink()
    assert "events: 0" in place.run("publish").stdout
    deadline = time.monotonic() + 20
    while "events: 0" in place.run("publish").stdout:
        assert time.monotonic() < deadline
    assert len(json.loads((place.feeds / "all.json").read_bytes())["items"]) == 2


def test_ctrl_c_while_the_commands_are_loading_shows_no_traceback() -> None:
    interrupted = """
import sys

class Pressed:
    def find_spec(self, name, *_):
        if name == "click":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Pressed())
from feeder.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
