"""Which images, enclosures and links of an article are passed on, and which files beside it are shown."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import attachments, media
from feeder.limits import Limits
from feeder.model import Enclosure
from feeder.safe_html import sanitise

PHOTO = Enclosure(f"/media/{'a' * 64}.jpg", "image/jpeg", 5)
CHART = Enclosure(f"/media/{'b' * 64}.png", "image/png", 6)
SONG = Enclosure(f"/media/{'c' * 64}.mp3", "audio/mpeg", 7)


class Folder:
    """What lies beside an article, by reference."""

    def __init__(self, **files: Enclosure) -> None:
        self.files = {name.replace("_", "."): file for name, file in files.items()}
        self.asked: list[str] = []

    def find(self, reference: str) -> Enclosure | None:
        self.asked.append(reference)
        return self.files.get(reference)

    def why_not(self, reference: str) -> str:
        return f"there is no {reference}"


BESIDE = Folder(photo_jpg=PHOTO, again_jpg=PHOTO, chart_png=CHART, song_mp3=SONG)


def shown(*given_: Enclosure, beside: attachments.Beside = BESIDE) -> tuple[tuple[Enclosure, ...], list[str]]:
    warnings: list[str] = []
    return attachments.shown(given_, "an image", warnings.append, beside), warnings


def test_a_file_beside_the_article_is_shown_as_what_it_is_and_under_its_title() -> None:
    claimed = Enclosure("photo.jpg", "text/html", 99, "  At \n dawn ")
    assert shown(claimed) == ((Enclosure(PHOTO.url, "image/jpeg", 5, "At dawn"),), [])


def test_each_file_is_shown_once_whatever_it_is_called() -> None:
    found, _ = shown(Enclosure("photo.jpg", title="First"), Enclosure("again.jpg", title="Second"))
    assert found == (Enclosure(PHOTO.url, "image/jpeg", 5, "First"),)


def test_what_is_not_there_is_left_out_and_told() -> None:
    assert shown(Enclosure("lost.jpg"), Enclosure("chart.png")) == (
        (CHART,),
        ["an image is left out: 'lost.jpg': there is no lost.jpg"],
    )


def test_the_web_is_passed_on_and_never_asked_for_beside_the_article() -> None:
    beside = Folder()
    found, warnings = shown(Enclosure("https://m.example/x.jpg", "image/jpeg", 8, "X"), beside=beside)
    assert found == (Enclosure("https://m.example/x.jpg", "image/jpeg", 8, "X"),)
    assert (beside.asked, warnings) == ([], [])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:image/png;base64,AA", "//x/y.jpg"])
def test_other_addresses_are_left_out_and_told(url: str) -> None:
    found, warnings = shown(Enclosure(url))
    assert found == ()
    assert len(warnings) == 1
    assert repr(url) in warnings[0]


@pytest.mark.parametrize(
    ("given_", "passed"),
    [
        (("image/jpeg", 5), ("image/jpeg", 5)),
        (("jpeg", 5), (None, 5)),
        (('image/jpeg"><x', 0), (None, 0)),
        (("image/svg+xml", -1), ("image/svg+xml", None)),
        ((None, None), (None, None)),
    ],
)
def test_a_type_or_length_that_is_none_is_left_out(
    given_: tuple[str | None, int | None], passed: tuple[str | None, int | None]
) -> None:
    ((found,), _) = shown(Enclosure("https://m.example/x", *given_))
    assert (found.type, found.length) == passed


def test_without_files_nothing_is_found_and_it_is_said() -> None:
    assert shown(Enclosure("photo.jpg"), beside=attachments.NOTHING) == (
        (),
        ["an image is left out: 'photo.jpg': there is no such file beside the article"],
    )


# The body


def body(
    html: str, *images: Enclosure, beside: attachments.Beside = BESIDE
) -> tuple[str, tuple[Enclosure, ...], list[str]]:
    warnings: list[str] = []
    found, pictures = attachments.from_body(html, images, warnings.append, beside)
    return found, pictures, warnings


def test_pictures_of_the_body_are_shown_there_and_as_images_behind_the_others() -> None:
    html, images, warnings = body('<p><img src="chart.png" alt="x"><img src="photo.jpg"></p>', PHOTO)
    assert html == f'<p><img src="{CHART.url}" alt="x"><img src="{PHOTO.url}"></p>'
    assert images == (PHOTO, CHART)
    assert warnings == []


def test_a_link_to_a_file_leads_to_it_and_is_no_image() -> None:
    html, images, _ = body('<p><a href="song.mp3">Hear it</a></p>')
    assert html == f'<p><a href="{SONG.url}">Hear it</a></p>'
    assert images == ()


def test_links_to_other_articles_are_not_looked_for() -> None:
    beside = Folder()
    html = '<a href="other.md">o</a><a href="/about/">a</a><a href="https://x.example/p.jpg">p</a>'
    assert body(html, beside=beside) == (html, (), [])
    assert beside.asked == []


@pytest.mark.parametrize("name", ["lost.jpg", "lost.JPEG", "drawing.svg", "picture", "lost.png?w=300", "../../x"])
def test_a_picture_that_is_not_shown_is_told(name: str) -> None:
    html = f'<p><img src="{name}"></p>'
    assert body(html) == (
        html,
        (),
        [f"a file that the body names is not shown: {name!r}: there is no {name}"],
    )


def test_of_many_that_are_not_shown_one_is_told_with_their_number() -> None:
    _, _, (warning,) = body('<img src="a.jpg"><img src="b.jpg"><a href="c.pdf">c</a><img src="a.jpg">')
    assert warning == "a file that the body names is not shown: 'a.jpg': there is no a.jpg (and 2 more)"


pieces = st.sampled_from(["photo.jpg", "chart.png", "song.mp3", "lost.jpg", "other.md", "https://m.example/x.jpg"])
tags = st.builds(
    lambda name, key, value: f'<{name} {key}="{escape(value)}">',
    st.sampled_from(["img", "a", "p", "blockquote"]),
    st.sampled_from(["src", "href", "alt", "cite"]),
    pieces,
)


@given(st.lists(tags | st.text(max_size=5), max_size=12).map("".join))
def test_every_image_is_one_of_the_body_and_every_address_of_ours_one_that_was_found(given_html: str) -> None:
    clean = sanitise(given_html, Limits())
    assert clean is not None
    html, images, _ = body(clean)
    assert tuple(image.url for image in images) == media.pictures(html)
    ours = {reference for reference in media.references(html) if media.is_ours(reference)}
    assert ours <= {PHOTO.url, CHART.url, SONG.url}
    for name in ("photo.jpg", "chart.png"):
        assert name not in media.references(html)
