from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from feeder import config
from feeder.config import KEYS, Settings, load
from feeder.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str) -> Path:
    file = Path("my.toml")
    file.write_text(text)
    return file


def test_flags_beat_the_environment_and_the_environment_beats_the_file() -> None:
    file = written('[site]\ntitle = "file"\ndescription = "file"\nauthor = "file"\n')
    loaded = load(
        file,
        {"FEEDER_SITE__TITLE": "environment", "FEEDER_SITE__DESCRIPTION": "environment"},
        {"site.title": "flag"},
    )
    site = loaded.settings.site
    assert (site.title, site.description, site.author) == ("flag", "environment", "file")
    assert loaded.origins == {
        "site.title": "flag for site.title",
        "site.description": "environment FEEDER_SITE__DESCRIPTION",
        "site.author": "my.toml",
    }


def test_the_default_file_is_read_if_it_is_there() -> None:
    assert load(None, {}, {}).settings == Settings()
    Path("config").mkdir()
    Path("config/feeder.toml").write_text('[site]\ntitle = "Here"\n')
    assert load(None, {}, {}).settings.site.title == "Here"


def test_a_named_file_must_be_there() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        load(Path("nowhere.toml"), {}, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[site]\ntitel = "x"', "my.toml: there is no setting 'site.titel'; the nearest is 'site.title'"),
        ('[sight]\ntitle = "x"', "my.toml: there is no setting 'sight.title'; the nearest is 'site.title'"),
        ("port = 80", "my.toml: there is no setting 'port'; the nearest is"),
        ('[server]\nport = "many"', "my.toml: server.port = 'many': Input should be a valid integer"),
        ("[server]\nport = 70000", "my.toml: server.port = 70000: Input should be less than or equal to 65535"),
        ('[site]\ntimezone = "Mars/Base"', "is not a time zone; write for example UTC"),
        ('[site]\nbase_url = "news.example"', "is not the address of a site"),
        ('[seeds]\nscan = "often"', 'write for example "30s"'),
        ('[operator]\nlisten = "8001"', "is not HOST:PORT"),
        ("[site\n", "my.toml: Expected"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_the_remedy(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(text), {}, {})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf_8_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_bytes('[site]\ntitle = "Café"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"my\.toml: it is not UTF-8 \(byte 19\); save it as UTF-8$"):
        load(tmp_path / "my.toml", {}, {})


def test_unknown_keys_of_flags_and_the_environment_are_refused_too() -> None:
    with pytest.raises(ConfigError, match=r"flag for seeds\.withdrw: .* nearest is 'seeds\.withdraw'"):
        load(None, {}, {"seeds.withdrw": "true"})
    with pytest.raises(ConfigError, match=r"environment FEEDER_STIE__TITLE: .* nearest is 'site\.title'"):
        load(None, {"FEEDER_STIE__TITLE": "x"}, {})
    with pytest.raises(ConfigError, match="write FEEDER_SITE__TITLE, with two underscores"):
        load(None, {"FEEDER_SITE_TITLE": "x"}, {})


def test_variables_that_a_container_platform_puts_there_are_not_ours() -> None:
    assert load(None, {"FEEDER_SERVICE_HOST": "10.0.0.1", "FEEDER_PORT_8000_TCP": "tcp://"}, {}).origins == {}


def test_text_from_outside_becomes_the_type_of_its_key() -> None:
    settings = load(
        None,
        {"FEEDER_SEEDS__WITHDRAW": "true", "FEEDER_FEEDS__FORMATS": "rss, json"},
        {"server.port": "0", "site.title": "2026", "seeds.settle_seconds": "0.5"},
    ).settings
    assert settings.seeds.withdraw is True
    assert settings.feeds.formats == ("rss", "json")
    assert (settings.server.port, settings.site.title, settings.seeds.settle_seconds) == (0, "2026", 0.5)


@pytest.mark.parametrize(
    "text", ["127.0.0.1:9000,[::1]:80", '["127.0.0.1:9000", "[::1]:80"]', " ['127.0.0.1:9000','[::1]:80'] "]
)
def test_a_list_may_be_written_as_in_the_file_or_as_words(text: str) -> None:
    assert load(None, {}, {"websub.allow": text}).settings.websub.allow == ("127.0.0.1:9000", "[::1]:80")


@pytest.mark.parametrize("text", ["[::1]:80", "[::1]:80,[::2]:81"])
def test_addresses_in_brackets_are_no_list(text: str) -> None:
    assert load(None, {}, {"websub.allow": text}).settings.websub.allow == tuple(text.split(","))


def test_proxies_are_addresses_and_networks() -> None:
    for text in ("10.0.0.5, FD00::0/8,::ffff:192.0.2.0/120", '["10.0.0.5", "fd00::/8", "192.0.2.0/24"]'):
        found = load(None, {}, {"server.trusted_proxies": text}).settings.server.trusted_proxies
        assert found == ("10.0.0.5/32", "fd00::/8", "192.0.2.0/24")
    assert load(None, {}, {}).settings.server.trusted_proxies == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("proxy.local", "'proxy.local' is neither an address nor a network; write for example 10.0.0.5"),
        ("10.0.0.5/8", "write 10.0.0.0/8, or 10.0.0.5"),
        ("10.0.0.5, *", "'*' is neither"),
        ("[10.0.0.5:80]", "neither"),
        ("[1, 2]", "'1' is neither"),
    ],
)
def test_a_proxy_that_is_none_is_refused_with_what_to_write(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(None, {}, {"server.trusted_proxies": text})
    assert "server.trusted_proxies" in str(refused.value)
    assert why in str(refused.value)


@pytest.mark.parametrize("scan", ["30s", "5m", "1.5h", "250ms", "*/10 * * * *", "0 6 * * mon-fri"])
def test_a_scan_is_an_interval_or_a_cron_line(scan: str) -> None:
    assert load(None, {}, {"seeds.scan": scan}).settings.seeds.scan == scan


def test_the_store_lies_in_the_data_folder_unless_it_is_named() -> None:
    assert load(None, {}, {}).settings.store_url == "sqlite:///data/feeder.db"
    assert load(None, {}, {"data.path": "/srv/f"}).settings.store_url == "sqlite:////srv/f/feeder.db"
    assert load(None, {}, {"data.path": "d", "store.url": "sqlite:///x.db"}).settings.store_url == "sqlite:///x.db"


def test_a_base_url_loses_the_slash_at_its_end() -> None:
    assert load(None, {}, {"site.base_url": "https://news.example/"}).settings.site.base_url == "https://news.example"


def test_the_shipped_file_has_every_key_at_its_default() -> None:
    shipped = (ROOT / "config" / "feeder.toml").read_text()
    assert shipped == config.sample()
    assert load(written(shipped), {}, {}).settings == Settings()
    sections, _, _ = shipped.partition("#[[feed]]\n")
    woken = awake(sections)
    assert {f"{section}.{key}" for section, keys in tomllib.loads(woken).items() for key in keys} == set(KEYS)
    assert load(written(woken), {}, {}).settings.model_dump() == Settings().model_dump()


def test_the_shipped_file_has_a_feed_with_every_key_as_an_example() -> None:
    _, _, table = (ROOT / "config" / "feeder.toml").read_text().partition("#[[feed]]\n")
    (feed,) = load(written("[[feed]]\n" + awake(table)), {}, {}).settings.feed
    assert feed.model_fields_set == set(config.ConfiguredFeed.model_fields)


def awake(text: str) -> str:
    """The settings file with the # taken away from its keys."""
    return "\n".join(line[1:] if line.startswith("#") and line[1:2].isalpha() else line for line in text.split("\n"))
