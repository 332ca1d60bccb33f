"""What a page shows of an article's media."""

from __future__ import annotations

import pytest

from feeder.model import Enclosure
from feeder.pages.figures import Figures, figures_of, size
from live import article

PICTURES = [Enclosure(f"/media/{digit * 64}.jpg", "image/jpeg", 5) for digit in "123"]
SONG = Enclosure(f"/media/{'a' * 64}.mp3", "audio/mpeg", 5)
PHONE = Enclosure(f"/media/{'b' * 64}.heic", "image/heic", 5)
ELSEWHERE = Enclosure("https://m.example/x.jpg", "image/jpeg", 5)


def test_pictures_come_in_their_order_and_the_rest_is_to_be_fetched() -> None:
    found = figures_of(article("A", images=(PHONE, *PICTURES), enclosures=(SONG,)))
    assert found == Figures(PICTURES[0], (PICTURES[1], PICTURES[2]), (PHONE, SONG))


def test_what_the_body_shows_is_not_shown_twice() -> None:
    body = f'<p><img src="{PICTURES[0].url}"><a href="{SONG.url}">Hear it</a></p>'
    found = figures_of(article("A", html=body, images=(PICTURES[0], PICTURES[1]), enclosures=(SONG,)))
    assert found == Figures(PICTURES[1], (), ())


def test_a_picture_that_is_enclosed_as_well_is_one() -> None:
    assert figures_of(article("A", images=(PICTURES[0],), enclosures=(PICTURES[0],))) == Figures(PICTURES[0], (), ())


def test_what_lies_elsewhere_is_not_fetched_from_there_by_the_page() -> None:
    assert figures_of(article("A", images=(ELSEWHERE,), enclosures=(ELSEWHERE,))) == Figures(None, (), ())


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (2449, "2.4 kB"), (9949, "9.9 kB"),
        (9951, "10 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"), (31_000_000, "31 MB"), (5 * 10**12, "5.0 TB"),
        (10**16, "10000 TB"),
    ],
)  # fmt: skip
def test_sizes_are_said_in_two_figures(length: int, said: str) -> None:
    assert size(length) == said
