"""The files beside the articles of one file: found, kept, watched; and files that are no articles."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import media
from feeder.errors import UnavailableError
from feeder.judge.beside import Beside, media_file

PNG = b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(100)
JPEG = b"\xff\xd8\xff\xe0" + random.Random(2).randbytes(100)
SHA = "0" * 64


@dataclass
class Terms:
    media: str = ""
    media_bytes: int = 1000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    (folder / "world").mkdir(parents=True)
    return folder


@pytest.fixture
def beside(root: Path) -> Beside:
    return Beside(str(root), "world/a.md", Terms())


def put(root: Path, name: str, data: bytes = PNG) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def test_what_is_found_is_kept_before_anybody_hears_of_it(root: Path, tmp_path: Path) -> None:
    put(root, "world/x.png")
    beside = Beside(str(root), "world/a.md", Terms(media=str(tmp_path / "media")))
    found = beside.find("x.png")
    assert found is not None
    assert (found.type, found.length) == ("image/png", len(PNG))
    assert (tmp_path / "media" / found.url.rpartition("/")[2]).read_bytes() == PNG


def test_who_only_looks_writes_nothing(root: Path, tmp_path: Path, beside: Beside) -> None:
    put(root, "world/x.png")
    assert beside.find("x.png") is not None
    assert sorted(one.name for one in tmp_path.iterdir()) == ["seeds"]


def test_a_disk_that_does_not_take_it_is_no_fault_of_the_article(root: Path, tmp_path: Path) -> None:
    put(root, "world/x.png")
    (tmp_path / "media").write_text("no folder")
    with pytest.raises(UnavailableError, match="media cannot be used"):
        Beside(str(root), "world/a.md", Terms(media=str(tmp_path / "media"))).find("x.png")


def test_the_file_that_was_found_is_watched_and_where_a_better_one_may_come(root: Path, beside: Beside) -> None:
    put(root, "static/x.png")
    assert beside.find("/x.png") is not None
    assert beside.paths() == ("x.png", "static/x.png")


@pytest.mark.parametrize("name", ["x.png", "x.jpeg", "x.PNG", "x.png?w=300", "x"])
def test_what_is_not_there_is_watched_for_everywhere(beside: Beside, name: str) -> None:
    assert beside.find(name) is None
    assert beside.why_not(name) == "there is no such file beside the article"
    assert set(media.candidates(name, "world")) == set(beside.paths())
    assert f"world/{name.partition('?')[0]}" in beside.paths()


def test_what_is_there_and_not_shown_is_watched_and_its_reason_told(root: Path, beside: Beside) -> None:
    put(root, "world/x.png", b"no image at all")
    put(root, "world/d.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    put(root, "world/large.png", PNG * 20)
    os.mkfifo(root / "world" / "pipe.png")
    (root / "world" / "link.png").symlink_to("/etc/passwd")
    reasons = {}
    for name in ("x.png", "d.svg", "large.png", "pipe.png", "link.png"):
        assert beside.find(name) is None
        assert f"world/{name}" in beside.paths()
        reasons[name] = beside.why_not(name)
    assert reasons == {
        "x.png": "it is no image, sound, film or PDF that can be shown",
        "d.svg": "it is an SVG drawing, which can hold scripts",
        "large.png": f"it has {len(PNG) * 20} bytes, more than limits.media_bytes = 1000",
        "pipe.png": "it is no regular file",
        "link.png": "it is a symbolic link",
    }
    assert not beside.is_unfinished


@pytest.mark.parametrize("reference", ["../../etc/passwd", "/../../etc/passwd", "..", "%2e%2e/%2e%2e/etc/passwd"])
def test_nothing_leads_out_of_the_folder(root: Path, beside: Beside, reference: str) -> None:
    put(root.parent, "etc/passwd")
    assert beside.find(reference) is None
    assert all(".." not in path.split("/") for path in beside.paths())


@pytest.mark.parametrize("data", [b"", PNG])
def test_what_is_being_written_is_waited_for_and_watched(root: Path, beside: Beside, data: bytes) -> None:
    with put(root, "world/x.png", data).open("ab"):
        assert beside.find("x.png") is None
    assert beside.is_unfinished
    assert "world/x.png" in beside.paths()


def test_another_photo_in_its_place_is_another_content(root: Path) -> None:
    def combined(*references: str) -> str:
        beside = Beside(str(root), "world/a.md", Terms())
        for reference in references:
            beside.find(reference)
        return beside.combined(SHA)

    assert combined() == SHA
    without = combined("x.png")
    put(root, "world/x.png")
    first = combined("x.png")
    put(root, "world/x.png", JPEG)
    second = combined("x.png")
    put(root, "world/y.png")
    assert len({SHA, without, first, second, combined("x.png", "y.png")}) == 5
    assert combined("x.png") == second
    (root / "world" / "x.png").rename(root / "x.png")
    assert combined("x.png") not in {first, second}  # it is watched somewhere else now


def test_what_one_article_may_ask_for_each_may(root: Path, beside: Beside) -> None:
    for number in range(600):
        put(root, f"world/{number}.png", PNG + str(number).encode())
    found = [beside.find(f"{number}.png") for number in range(600)]
    assert sum(one is not None for one in found) == 500
    assert "more than 500 references" in beside.why_not("500.png")
    beside.begin()
    assert beside.find("599.png") is not None


def test_of_a_long_file_so_many_are_watched_and_no_more(beside: Beside) -> None:
    for number in range(3000):
        beside.begin()
        beside.find(f"{number}.png")
    assert len(beside.paths()) == 1000
    assert "world/0.png" in beside.paths()


@given(st.lists(st.text(max_size=8) | st.sampled_from(["x.png", "/x.png", "../x.png", "y.jpg"]), max_size=8))
def test_whatever_is_asked_for_every_place_is_a_plain_one(asked: list[str]) -> None:
    beside = Beside("/nowhere/at/all", "world/a.md", Terms())
    for reference in asked:
        assert beside.find(reference) is None
    assert all(path and not path.startswith(("/", ".")) and "\n" not in path for path in beside.paths())
    assert len(beside.combined(SHA)) == 64


# Files that are no articles


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("x.png", PNG), ("world/x.PNG", PNG), ("x.png", JPEG), ("x.jpeg", JPEG), ("x.pdf", b"%PDF-1.7"),
        ("x.tif", b"II*\0"), ("x.TIFF", b"MM\0*"), ("x.bmp", b"BM"), ("x.psd", b"8BPS"),
        ("style.css", b"p {}"), ("a/app.js", b"alert()"), ("drawing.svg", b"<svg/>"), ("font.woff2", b"wOF2"),
    ],
)  # fmt: skip
def test_media_and_parts_of_pages_are_no_articles(name: str, head: bytes) -> None:
    assert media_file(head, name) is not None


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("x.txt", PNG), ("x", PNG), ("png", PNG), ("x.png", b"a text"), ("x.png", b""), ("x.tif", b"a text"),
        ("x.md", b"BM"), ("x.png.txt", PNG), ("css", b"x"), ("x.css.md", b"x"),
    ],
)  # fmt: skip
def test_others_are_judged_by_what_they_hold(name: str, head: bytes) -> None:
    assert media_file(head, name) is None
