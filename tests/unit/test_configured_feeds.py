"""The tables of ``[[feed]]`` and the settings of WebSub, in a file, the environment and flags."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feeder.config import ConfiguredFeed, load
from feeder.errors import ConfigError
from program import Place

TWO = """
[feeds]
archive_entries = 25

[[feed]]
name = "harbour"
title = "From the harbour"
tag = "ferries"
entries = 20
formats = ["rss", "json"]
icon = "https://news.example/boat.png"

[[feed]]
name = "in-spanish"
language = "es"
query = 'ferry OR "night boat"'
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str) -> Path:
    file = Path("my.toml")
    file.write_text(text)
    return file


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(text), {}, {})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_feeds_are_read_in_their_order_each_with_what_it_filters_by() -> None:
    loaded = load(written(TWO), {}, {})
    harbour, spanish = loaded.settings.feed
    assert (harbour.name, harbour.title, harbour.entries, harbour.formats) == (
        "harbour",
        "From the harbour",
        20,
        ("rss", "json"),
    )
    assert harbour.filters == {"tag": "ferries"}
    assert spanish.filters == {"language": "es", "query": 'ferry OR "night boat"'}
    assert (spanish.entries, spanish.formats) == (None, None)
    assert loaded.settings.feeds.archive_entries == 25
    assert loaded.origins["feed"] == "my.toml"


def test_a_feed_of_everything_may_be_named_and_all_may_be_dressed_up() -> None:
    latest, everything = load(
        written('[[feed]]\nname = "latest"\nentries = 5\n[[feed]]\nname = "all"\ntitle = "The Paper"\n'), {}, {}
    ).settings.feed
    assert latest.filters == everything.filters == {}
    assert everything.title == "The Paper"


@pytest.mark.parametrize("name", ["a", "a" * 63, "2026", "night-ferry"])
def test_what_a_feed_may_be_called(name: str) -> None:
    assert load(None, {}, {"feed": json.dumps([{"name": name}])}).settings.feed == (ConfiguredFeed(name=name),)


NAMED = '[[feed]]\nname = "fine"\n[[feed]]\nname = "harbour"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            NAMED + 'sectoin = "x"',
            "my.toml: [[feed]] 2 ('harbour'): there is no key 'sectoin'; the nearest is 'section'",
        ),
        ('[[feed]]\ntitle = "x"', 'my.toml: [[feed]] 1: it has no name; write for example name = "harbour"'),
        ('[[feed]]\nname = "Harbour"', "my.toml: [[feed]] 1 ('Harbour'): name = 'Harbour': is no name for an address"),
        ('[[feed]]\nname = ""', "name = '': is no name for an address"),
        (f'[[feed]]\nname = "{"a" * 64}"', "is no name for an address"),
        ('[[feed]]\nname = "search"', "name = 'search': is the name of the feeds of searches"),
        (
            '[[feed]]\nname = "all"\ntag = "x"',
            "[[feed]] 1 ('all'): \"all\" is the feed of everything, and cannot have 'tag'",
        ),
        (NAMED + '[[feed]]\nname = "fine"', "my.toml: [[feed]] 3 ('fine'): the same name is that of [[feed]] 1"),
        (NAMED + "entries = 0", "[[feed]] 2 ('harbour'): entries = 0: Input should be greater than 0"),
        (NAMED + 'entries = "some"', "[[feed]] 2 ('harbour'): entries = 'some': Input should be a valid integer"),
        (NAMED + 'formats = ["rs"]', "formats = ['rs']: there is no format 'rs'; the nearest is 'rss'"),
        (NAMED + "formats = []", "[[feed]] 2 ('harbour'): formats = []: "),
        (NAMED + "formats = [1]", "there is no format '1'"),
        (NAMED + 'language = "in English"', "language = 'in English': is not a language tag (BCP 47)"),
        (NAMED + "query = 'night \"boat'", "query = 'night \"boat': The quotation mark at character 7 has no partner"),
        (
            NAMED + 'query = "ferry OR"',
            "[[feed]] 2 ('harbour'): query = 'ferry OR': Nothing is searched for on one side of OR",
        ),
        (NAMED + 'tag = "-"', "[[feed]] 2 ('harbour'): tag = '-': tag: needs a value"),
        (NAMED + f'author = "{"a " * 300}"', "The query has more than 500 characters"),
        (NAMED + 'icon = "boat.png"', "icon = 'boat.png': is not the address of a picture"),
        (
            '[feeds]\nformats = ["rss"]\n[[feed]]\nname = "x"\nformats = ["rss", "atom"]',
            "[[feed]] 1 ('x'): the format 'atom' is not among those of feeds.formats (rss)",
        ),
        ('[feed]\nname = "x"', "my.toml: write [[feed]], with two brackets on each side"),
        ('[[feeds]]\nname = "x"', "my.toml: there are no tables [[feeds]]; the only such are [[feed]]"),
        ('feed = "x"', "my.toml: feed = 'x': is not JSON"),
        ('feed = ["x"]', "my.toml: feed = ['x']: is not a list of feeds"),
        ("feed = 5", "my.toml: feed = 5: is not a list of feeds"),
        (
            '[websub]\nhub = "hub.example"',
            "my.toml: websub.hub = 'hub.example': is neither \"self\" nor the address of a hub",
        ),
        ("[websub]\nhub = []", "my.toml: websub.hub = []: Input should be a valid string"),
        ('[websub]\nhub = "http://hub.example:99999/"', "is neither"),
        ('[websub]\nallow = ["localhost"]', "'localhost' is not HOST:PORT"),
        ('[websub]\nallow = ["localhost:0"]', "'localhost:0' is not HOST:PORT"),
        ('[websub]\nallow = ["http://localhost:80"]', "'http://localhost:80' is not HOST:PORT"),
        ("[websub]\nallow = 80", "my.toml: websub.allow = 80: Input should be a valid tuple"),
        ("[feeds]\narchive_entries = 0", "my.toml: feeds.archive_entries = 0: Input should be greater than 0"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_its_table_and_its_key(text: str, said: str) -> None:
    assert said in complaint(text)


def test_the_environment_and_flags_set_all_feeds_at_once_in_json() -> None:
    file = written(TWO)
    loaded = load(file, {"FEEDER_FEED": '[{"name": "one", "entries": 3}]'}, {})
    assert loaded.settings.feed == (ConfiguredFeed(name="one", entries=3),)
    assert loaded.origins["feed"] == "environment FEEDER_FEED"
    assert load(file, {"FEEDER_FEED": '[{"name": "one"}]'}, {"feed": "[]"}).settings.feed == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "one",
            "flag for feed: feed = 'one': is not JSON (Expecting value: line 1 column 1 (char 0)); write for example [",
        ),
        ('{"name": "one"}', "is not a list of feeds; write for example"),
        (
            '[{"name": "one", "nam": 2}]',
            "flag for feed: [[feed]] 1 ('one'): there is no key 'nam'; the nearest is 'name'",
        ),
    ],
)
def test_what_is_wrong_in_json_is_named_too(value: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {}, {"feed": value})
    assert said in str(caught.value)


def test_one_key_of_a_feed_cannot_be_set_alone() -> None:
    with pytest.raises(ConfigError, match=r"flag for feed\.title: feeds are set as a whole, in JSON"):
        load(None, {}, {"feed.title": "x"})


def test_a_language_is_a_tag_in_its_usual_case() -> None:
    (feed,) = load(None, {}, {"feed": '[{"name": "x", "language": "PT_br"}]'}).settings.feed
    assert feed.language == "pt-BR"


def test_callbacks_that_the_hub_may_call_are_hosts_with_ports() -> None:
    assert load(None, {}, {}).settings.websub.hub == "self"
    settings = load(None, {"FEEDER_WEBSUB__ALLOW": "Reader.local:8080, [::1]:9000"}, {"websub.hub": ""}).settings
    assert settings.websub.allow == ("reader.local:8080", "[::1]:9000")
    assert settings.websub.hub == ""
    assert load(None, {}, {"websub.hub": "https://hub.example/"}).settings.websub.hub == "https://hub.example/"


def test_the_commands_show_and_check_feeds_and_say_what_they_could_be(tmp_path: Path) -> None:
    file, feeder = written(TWO), Place(tmp_path).run
    shown = feeder("config", "show", "--config", file)
    assert '[[feed]]  # my.toml\nname = "harbour"\ntitle = "From the harbour"\ntag = "ferries"' in shown.stdout
    told = json.loads(feeder("config", "show", "--config", file, "--json").stdout)
    assert [feed["name"] for feed in told["feed"]] == ["harbour", "in-spanish"]
    assert "feed" in json.loads(feeder("config", "check", "--config", file, "--json").stdout)["set"]
    schema = json.loads(feeder("config", "schema").stdout)
    assert schema["properties"]["feed"]["items"]["$ref"].endswith("/ConfiguredFeed")
    assert schema["$defs"]["ConfiguredFeed"]["required"] == ["name"]


def test_a_wrong_feed_stops_every_command(tmp_path: Path) -> None:
    refused = Place(tmp_path).run("config", "check", "--config", written(NAMED + 'qeury = "x"'))
    assert refused.returncode == 2
    assert "my.toml: [[feed]] 2 ('harbour'): there is no key 'qeury'; the nearest is 'query'" in refused.stderr
