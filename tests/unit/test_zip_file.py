from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.model import Draft
from feeder.parse import zip_file
from feeder.parse.zip_file import PARSER
from reading import Reading

READING = Reading(PARSER, "a.zip")
read, one = READING.read, READING.one

SEED = b"date 2019-04-30 Bridge closed\n\nThe bridge was shut at noon after a lorry struck its gate.\n"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2019, 4, 30, 12, 0, 0)), data, method)
    return file.getvalue()


def titles(raw: bytes) -> list[str | None]:
    return [found.title if isinstance(found, Draft) else found.reason for found in read(raw)]


@pytest.mark.parametrize("name", ["a.zip", "world/americas/a.zip"])
def test_a_member_lies_in_the_folder_of_its_archive(name: str) -> None:
    draft = one(packed(("sub/b.txt", SEED)), name)
    folder = name.rpartition("/")[0]
    assert draft.member == (f"{folder}/sub/b.txt" if folder else "sub/b.txt")
    assert draft.format == "seed"


@pytest.mark.parametrize(
    "name",
    [
        "../a.txt",
        "/a.txt",
        "a/../b.txt",
        "a//b.txt",
        "./a.txt",
        "C:\\a.txt",
        "C:a.txt",
        "..\\a.txt",
        "a/..",
        "\\\\host\\a",
    ],
)
def test_no_name_leads_out_of_the_archive(name: str) -> None:
    assert [title for title in titles(packed((name, SEED))) if title] == [
        f"{name.replace(chr(92), '/')}: its name leads out of the archive"
    ]


@pytest.mark.parametrize(
    "name", [".a.txt", "a.txt~", "__MACOSX/._a.txt", "x/.git/a.txt", "Thumbs.db", "a.jpg", "b/c.MP4"]
)
def test_what_nobody_means_and_media_are_passed_over(name: str) -> None:
    assert titles(packed((name, SEED), ("b.txt", SEED))) == ["Bridge closed"]


def test_a_name_with_control_characters_is_told_on_one_line() -> None:
    (reason,) = titles(packed(("a\nb.txt", b"nothing")))
    assert str(reason).startswith("a\\nb.txt: ")


def test_more_files_than_allowed_are_refused_before_the_directory_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "MEMBERS", 3)
    assert titles(packed(*((f"{number}.txt", SEED) for number in range(3)))) == ["Bridge closed"] * 3
    with pytest.raises(SeedError, match="more than 3 files"):
        read(packed(*((f"{number}.txt", SEED) for number in range(4))))


def test_a_long_article_is_whole() -> None:
    words = " ".join(str(number * 7919) for number in range(30_000))
    draft = one(packed(("a.txt", b"date 2019-04-30 Bridge\n\n" + words.encode())))
    assert draft.paragraphs == (words,)


def test_all_that_is_unpacked_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "TOTAL_BYTES", 1000)
    with pytest.raises(SeedError, match="more than 1000"):
        read(packed(*((f"{number}.txt", SEED) for number in range(20))))


def test_the_archive_itself_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "ARCHIVE_BYTES", 100)
    with pytest.raises(SeedError, match="the archive has more than 100 bytes"):
        read(packed(("a.txt", SEED)))


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_says() -> None:
    raw = packed(("a.txt", SEED + b"a" * 5000))
    at = raw.index(b"PK\x01\x02") + 24
    lying = raw[:at] + (len(SEED)).to_bytes(4, "little") + raw[at + 4 :]
    (reason,) = titles(lying)
    assert str(reason).startswith("a.txt: damaged")


@given(at=st.integers(0, 4000), value=st.integers(0, 255))
@settings(max_examples=400, deadline=None)
def test_a_damaged_archive_gives_its_articles_or_refuses_them(at: int, value: int) -> None:
    raw = bytearray(packed(("a.txt", SEED), ("b/c.txt", SEED)))
    raw[at % len(raw)] = value
    with suppress(SeedError):
        for found in PARSER.parse("a.zip", io.BytesIO(bytes(raw))):
            assert isinstance(found, SeedError) or found.title == "Bridge closed"


@given(cut=st.integers(4, 300))
@settings(max_examples=60, deadline=None)
def test_an_archive_cut_anywhere_is_refused_as_a_whole(cut: int) -> None:
    raw = packed(("a.txt", SEED), ("b/c.txt", SEED))
    with pytest.raises(SeedError, match=r"cut off|damaged"):
        read(raw[: min(cut, len(raw) - 1)])


@given(
    st.lists(st.sampled_from([b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\0" * 18, b"\xff" * 4, SEED]), max_size=8)
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_it_fail_otherwise_than_by_refusing(pieces: list[bytes]) -> None:
    with suppress(SeedError):
        read(b"PK\x03\x04" + b"".join(pieces))
