"""A new site: what its files say, and that nothing is ever written over."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.config import KEYS, load, sample
from feeder.errors import ConfigError, UnavailableError
from feeder.new_site import ARTICLE, UNIT, Plan, files_of, make, unit

LATE = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
PLAN = Plan(folder=Path("/srv/news"), settings={}, program=("/opt/feeder/bin/feeder",), user="ana", now=LATE)


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_settings_are_the_shipped_ones_but_for_what_was_chosen(tmp_path: Path) -> None:
    chosen = {"site.title": 'The "Daily" Test', "site.timezone": "Europe/Madrid", "site.base_url": "https://a.example/"}
    text = files_of(replace(PLAN, settings=chosen))["config/feeder.toml"]
    plain, ours = sample().splitlines(), text.splitlines()
    assert len(plain) == len(ours)
    other = [new for old, new in zip(plain, ours, strict=True) if old != new]
    assert other == [
        "title = 'The \"Daily\" Test'",
        'base_url = "https://a.example/"',
        'timezone = "Europe/Madrid"',
    ]
    file = tmp_path / "feeder.toml"
    file.write_text(text)
    loaded = load(file, {}, {})
    assert loaded.settings.site.title == 'The "Daily" Test'
    assert loaded.settings.site.base_url == "https://a.example"
    assert set(loaded.origins) == set(chosen)


@given(st.text())
def test_any_text_can_be_a_value(title: str) -> None:
    told = tomllib.loads(sample({"site.title": title})) if title.isprintable() else {"site": {"title": title}}
    assert told["site"]["title"] == title


@given(st.text(st.characters(codec="utf-8")))
def test_a_text_with_control_characters_survives_too(title: str) -> None:
    assert tomllib.loads(sample({"site.title": title}))["site"]["title"] == title


def test_every_key_stands_in_the_file() -> None:
    text = files_of(PLAN)["config/feeder.toml"]
    assert [key for key in KEYS if f"#{key.partition('.')[2]} = " not in text] == []
    assert tomllib.loads(text) == {key.partition(".")[0]: {} for key in KEYS}


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-05-04"), ("Pacific/Auckland", "2026-05-05")])
def test_the_first_article_has_the_day_of_the_sites_zone(zone: str, day: str) -> None:
    text = files_of(replace(PLAN, settings={"site.timezone": zone}))[ARTICLE]
    assert text.startswith(f"date {day} Welcome")


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("site.timezone", "Madrid", "Europe/Madrid"),
        ("site.language", "english please", "pt-BR"),
        ("site.base_url", "news.example", "https://news.example"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(tmp_path: Path, key: str, value: str, word: str) -> None:
    with pytest.raises(ConfigError, match=rf"{key}.*{word}"):
        make(replace(PLAN, folder=tmp_path / "news", settings={key: value}))
    assert not (tmp_path / "news").exists()


def test_the_unit_names_the_site_by_its_absolute_paths() -> None:
    said = lines(unit(PLAN))
    assert "WorkingDirectory=/srv/news" in said
    assert "ExecStart=/opt/feeder/bin/feeder serve" in said
    assert "ReadWritePaths=/srv/news/data /srv/news/feeds" in said
    assert "User=ana" in said


def test_names_that_systemd_would_read_otherwise_are_written_so_that_it_does_not() -> None:
    said = lines(unit(replace(PLAN, folder=Path('/srv/50% "news"\\here'), program=("/opt/a b/feeder",))))
    assert 'WorkingDirectory=/srv/50%% "news"\\here' in said
    assert 'ExecStart="/opt/a b/feeder" serve' in said
    assert r'ReadWritePaths="/srv/50%% \"news\"\\here/data" "/srv/50%% \"news\"\\here/feeds"' in said


def contents(folder: Path) -> dict[str, Any]:
    found = sorted(folder.rglob("*"))
    return {str(one.relative_to(folder)): one.read_text() if one.is_file() else None for one in found}


def test_a_site_is_made_with_the_folders_above_it(tmp_path: Path) -> None:
    folder = tmp_path / "srv" / "news"
    files = make(replace(PLAN, folder=folder))
    assert files == list(files_of(PLAN))
    assert {name for name, text in contents(folder).items() if text is not None} == set(files)


@pytest.mark.parametrize("name", files_of(PLAN))
def test_nothing_is_written_if_one_of_its_files_is_there(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / name
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text("theirs")
    before = contents(tmp_path)
    with pytest.raises(ConfigError, match="is there already, and nothing is written over"):
        make(replace(PLAN, folder=tmp_path))
    assert contents(tmp_path) == before


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / UNIT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="is there already"):
        make(replace(PLAN, folder=tmp_path))
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_with_other_things_becomes_a_site_and_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "mine.txt").write_text("date 2026-05-01 Mine\n\nText.\n")
    (tmp_path / ".gitignore").write_text("*.swp\n")
    make(replace(PLAN, folder=tmp_path))
    assert (tmp_path / "seeds" / "mine.txt").read_text().endswith("Text.\n")
    assert (tmp_path / ".gitignore").read_text() == "*.swp\n"


def test_what_cannot_be_finished_is_undone(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "data").write_text("a file of that name")
    with pytest.raises(UnavailableError, match=r"data cannot be made: .*; name another folder"):
        make(replace(PLAN, folder=folder))
    assert contents(folder) == {"data": "a file of that name"}
