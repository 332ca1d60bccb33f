from __future__ import annotations

import io

import pytest

from feeder.errors import SeedError
from feeder.parse.whole import LARGEST, read
from feeder.parse.writing import front_matter
from feeder.parse.writing.body import with_body
from linear import in_linear_time


class Endless(io.RawIOBase):
    taken = 0

    def read(self, size: int = -1, /) -> bytes:
        assert size >= 0, "it must not be read without end"
        self.taken += size
        return b"a" * size


def test_a_file_larger_than_any_article_is_refused_before_it_is_read_whole() -> None:
    file = Endless()
    with pytest.raises(SeedError, match=f"more than {LARGEST} bytes"):
        read(file)
    assert file.taken == LARGEST + 1


def test_the_largest_file_is_read_and_told_how() -> None:
    source = read(io.BytesIO(b"a" * LARGEST))
    assert (len(source.lines[0]), source.encoding, source.warnings) == (LARGEST, "utf-8", ())
    source = read(io.BytesIO("Der Brücke größter Bogen ist über dem Fluß".encode("cp1252")))
    assert source.draft({"warnings": ("x",)}).warnings == ("encoding guessed: cp1252", "x")


@pytest.mark.parametrize("piece", ["![", "[", "a|b\n-|-\n", "_a", "- a\n", "a\n\n", "<b>"])
def test_no_markdown_takes_long(piece: str) -> None:
    def told() -> None:
        fields = with_body({"where": {}, "title": "T"}, piece * (1_000_000 // len(piece)), "md")
        assert fields["warnings"] == ("too long or too much markup for Markdown; shown as plain text",)

    in_linear_time(told)


def test_a_long_post_stays_markdown() -> None:
    post = "## Part\n\nSome *words* and a [link](https://example.org/a) in a_sentence.\n\n" * 2500
    assert "warnings" not in with_body({"where": {}, "title": "T"}, post, "md")


@pytest.mark.parametrize(
    "key", ["a." * 30_000 + "a = 1", "[" + "a ." * 20_000 + "a]", "b = {" + "'a'." * 15_000 + "a=1}"]
)
def test_dotted_keys_are_refused_before_they_cost_anything(key: str) -> None:
    def refused() -> None:
        with pytest.raises(SeedError, match="nested too deep") as refusal:
            front_matter.read(front_matter.Block("toml", f"x = 1\n{key}\n", "", 2))
        assert refusal.value.line == 3

    in_linear_time(refused)


LONG = "a." * 50


@pytest.mark.parametrize(
    "text", ["x = [1.5, " + "2.5, " * 50 + "3.5]", f'x = "{LONG}"', f"x = 1 # {LONG}", f"x = '''\n{LONG}'''"]
)
def test_dots_of_numbers_texts_and_comments_are_no_depth(text: str) -> None:
    assert "x" in front_matter.read(front_matter.Block("toml", text, "", 2))
