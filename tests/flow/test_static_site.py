"""The site as files: what stands where, what a pass writes anew, and what becomes of what is gone."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from feeder import likeness
from feeder.errors import ConfigError, OccupiedError, UnavailableError
from feeder.model import Feed, Usage
from feeder.static_site import articles as article_pages
from feeder.static_site import folder as site_folder
from feeder.static_site.folder import Folder
from live import SITE, article
from static_site import Press, answers, links, marks, press, tree

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")
DEAD = ("/events", "/search", "/hub", "/opensearch.xml")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Press]:
    async with press(tmp_path / "desk") as opened:
        yield opened


def slugs(desk: Press) -> set[str]:
    return {path.parent.name for path in desk.root.glob("articles/*/index.html")}


async def test_a_site_has_a_file_at_each_address_and_every_link_leads_to_one(desk: Press) -> None:
    kept = desk.keep("photo.png", PNG)
    shown = f'<p>Look.</p><img src="{kept.address}" alt="A bridge">'
    await desk.accept(
        article("A bridge", html=shown, section="Local News", sections=("local-news",)),
        article("العربية", slug="2026-03-01-alarbyt", language="ar"),
        article("Third", "Three."),
    )
    written = await desk.write()
    assert (written.pages, written.removed, written.problems, written.kept) == (3, 0, (), ())
    there = tree(desk.root)
    assert written.written == len(there)
    assert there.keys() >= {
        "index.html",
        "404.html",
        "articles/a-bridge/index.html",
        "articles/a-bridge.json",
        "articles/a-bridge.md",
        "articles/2026-03-01-alarbyt/index.html",
        "feeds/index.html",
        "feeds/all/index.html",
        "feeds/all.rss",
        "feeds/local-news.atom",
        "feeds/all/archive/1.json",
        "feeds.opml",
        "sitemap.xml",
        "sitemap-news.xml",
        "robots.txt",
        "favicon.svg",
        f"media/{kept.name}",
    }
    for file in (path for path in (desk.folder / "feeds").rglob("*.*") if path.name[0] != "."):
        address = file.name if file.name == "feeds.opml" else str(file.relative_to(desk.folder))
        assert there[address] == file.read_bytes()
    styles = {
        match[1].decode() for body in there.values() if (match := re.search(rb'xml-stylesheet[^>]*href="([^"]*)', body))
    }
    assert styles
    assert all(answers(desk.root, desk.site, link) for link in styles)
    assert b"Disallow:\n\nSitemap: https://news.example/sitemap.xml\n" in there["robots.txt"]
    pages = {name: body for name, body in there.items() if name.endswith(".html")}
    for name, page in pages.items():
        for link in links(page):
            assert answers(desk.root, desk.site, link), (name, link)
            assert not link.removeprefix(SITE.base_url).startswith(DEAD), (name, link)
        assert page.count(b"<script") == page.count(b'<script type="application/ld+json">')
        assert b'http-equiv="Content-Security-Policy"' in page


async def test_a_second_pass_writes_nothing(desk: Press) -> None:
    await desk.accept(article("One"), article("Two"))
    await desk.write()
    before = marks(desk.root)
    desk.now += timedelta(seconds=90)
    written = await desk.write()
    assert (written.pages, written.written, written.removed) == (0, 0, 0)
    assert marks(desk.root) == before


async def test_an_event_touches_what_shows_its_article_and_nothing_else(desk: Press) -> None:
    one, other = article("One", section="Sport", sections=("sport",)), article("Other")
    await desk.accept(one, other, *(article(f"Old {number}") for number in range(40)))
    await desk.write()
    before = marks(desk.root)
    await desk.accept(replace(article("One", "It is dry now."), section="Sport", sections=("sport",)))
    written = await desk.write()
    after = marks(desk.root)
    touched = {name for name in after if after[name] != before.get(name) and not name.startswith(".feeder")}
    assert written.pages == 1
    mine = {"articles/one/index.html", "articles/one/history/index.html", "articles/one.json", "articles/one.md"}
    assert mine | {"index.html", "feeds/sport.json", "feeds/sport/index.html"} <= touched
    assert b"dry" in tree(desk.root)["articles/one/history/index.html"]
    assert not {name for name in touched if name.startswith("articles/") and "/one" not in name}


async def test_a_page_that_shows_another_article_follows_it(desk: Press) -> None:
    text = " ".join(f"word{number} of the long and winding report" for number in range(60))
    first = article("The report", text, sketch=likeness.sketch(text))
    await desk.accept(first)
    await desk.accept(article("Another report", f"{text} Bye.", sketch=likeness.sketch(f"{text} Bye.")))
    await desk.write()
    assert b"The report" in tree(desk.root)["articles/another-report/index.html"]
    await desk.retract(first)
    assert (await desk.write()).pages == 2
    assert b"The report" not in tree(desk.root)["articles/another-report/index.html"]


async def test_nothing_of_a_retracted_article_is_left_and_its_address_says_so(desk: Press) -> None:
    kept = desk.keep("photo.png", PNG)
    shown = f'<p>Quagga.</p><img src="{kept.address}" alt="Quagga">'
    bad = article("Zanzibar", "Quagga.", html=shown, keywords=("ships",))
    await desk.accept(bad, article("Two", keywords=("ships",)), article("Three"))
    await desk.accept(replace(bad, correction="Quagga was wrong.", digest="other"))
    await desk.write()
    assert "articles/zanzibar/history/index.html" in tree(desk.root)
    assert b"Zanzibar" in tree(desk.root)["articles/two/index.html"]
    (desk.root / "articles/.feeder-zanzibar.md.tmp").write_text("Quagga, as a crash left it.")
    assert [name for name, body in tree(desk.root).items() if b"Quagga" in body]
    await desk.accept(replace(bad, usage=Usage.WITHDRAWN))
    written = await desk.write()
    there = tree(desk.root)
    assert not [name for name, body in there.items() if b"Quagga" in body or b"Zanzibar" in body]
    assert not list(desk.root.glob("media/*"))
    assert written.removed == 3  # the photo, the Markdown, and the history
    page = there["articles/zanzibar/index.html"]
    assert b"no longer here" in page
    assert b'content="noindex"' in page
    assert orjson.loads(there["articles/zanzibar.json"])["_feeder"]["retracted"] is True
    assert there["articles/zanzibar/gone"] == b""
    assert b"/articles/zanzibar /articles/zanzibar/index.html 410!\n" in there["_redirects"]
    assert b"zanzibar" not in there["sitemap.xml"]

    await desk.accept(bad)  # it returns with the same words
    await desk.write()
    there = tree(desk.root)
    assert b"Quagga" in there["articles/zanzibar/index.html"]
    assert "articles/zanzibar/gone" not in there
    assert b"410" not in there["_redirects"]
    assert f"media/{kept.name}" in there


async def test_settings_make_all_pages_anew(desk: Press, tmp_path: Path) -> None:
    await desk.accept(article("One"), article("Two"))
    await desk.write()
    desk.site = replace(desk.site, title="The Evening Test")
    assert (await desk.write()).pages == 2
    assert all(b"The Evening Test" in body for name, body in tree(desk.root).items() if name.endswith(".html"))
    desk.feeds = [Feed(name="all", title="Everything there is")]
    assert (await desk.write()).pages == 2
    fresh = tmp_path / "fresh"
    await desk.write(fresh)
    assert tree(fresh) == tree(desk.root)


async def test_a_feed_that_is_gone_goes_and_its_files_with_it(desk: Press) -> None:
    desk.feeds = [Feed(name="extra", title="Extra", shelf=None)]
    await desk.accept(article("One"), article("Two"))
    await desk.write()
    assert {"feeds/extra.rss", "feeds/extra/archive/1.rss"} <= tree(desk.root).keys()
    desk.feeds = []
    await desk.write()
    assert not [name for name in tree(desk.root) if "extra" in name]
    assert not (desk.root / "feeds" / "extra").exists()


async def test_another_store_takes_away_what_the_first_one_had_and_leaves_what_is_not_ours(
    desk: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_pages, "STRETCH", 2)
    kept = desk.keep("photo.png", PNG)
    await desk.accept(*(article(f"Old {number}", html=f'<img src="{kept.address}">') for number in range(5)))
    await desk.write()
    mine = [
        "articles/mine/index.html",
        "articles/old-1/notes.txt",
        "media/mine.png",
        "downloads/press.pdf",
        "about.html",
    ]
    for name in mine:
        (desk.root / name).parent.mkdir(parents=True, exist_ok=True)
        (desk.root / name).write_text("mine")
    async with press(tmp_path / "other") as other:
        await other.accept(article("New"), article("Old 3"))
        await other.write(desk.root)
        fresh = tmp_path / "fresh"
        await other.write(fresh)
        assert tree(desk.root) == tree(fresh) | dict.fromkeys(mine, b"mine")
    assert {path.name for path in (desk.root / ".feeder").glob("articles-*")} == {"articles-1.json"}


class Full(Folder):
    """A disk that is full after so many files, or when one of a name is to be written."""

    def __init__(self, root: Path, left: int = 1000, name: str = "nothing") -> None:
        super().__init__(root)
        self.left = left
        self.name = name

    def _beside(self, path: Path) -> Path:
        self.left -= 1
        if self.left < 0 or self.name in path.parts:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return super()._beside(path)


async def break_off(desk: Press, folder: Folder) -> None:
    broken = await desk.made()
    broken._folder = folder
    with pytest.raises(UnavailableError, match="No space left on device"):
        await broken.write(desk.now)


async def test_who_shows_what_was_written_before_a_pass_broke_off_follows_in_the_next(
    desk: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_pages, "STRETCH", 1)
    first = article("Zanzibar", keywords=("ships",))
    await desk.accept(first)
    await desk.accept(article("Two", keywords=("ships",)))
    await desk.write()
    await desk.retract(first)
    await break_off(desk, Full(desk.root, name="two"))
    assert b"no longer here" in tree(desk.root)["articles/zanzibar/index.html"]
    assert b"Zanzibar" in tree(desk.root)["articles/two/index.html"]
    await desk.write()
    assert not [name for name, body in tree(desk.root).items() if b"Zanzibar" in body]


async def test_what_was_written_before_a_pass_broke_off_is_known_to_be_ours(desk: Press) -> None:
    await desk.accept(article("One"), article("Two"))
    await desk.write()
    desk.feeds = [Feed(name="extra", title="Extra")]
    await break_off(desk, Full(desk.root, name="extra"))
    assert "feeds/extra.rss" in tree(desk.root)
    desk.feeds = []
    await desk.write()
    assert not [name for name in tree(desk.root) if "extra" in name]


@pytest.mark.parametrize("at", [1, 2, 7, 20, 33])
async def test_a_pass_that_breaks_off_is_mended_by_the_next(
    desk: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """At any of its writes: what a full disk ends, a crash ends in the same place."""
    monkeypatch.setattr(article_pages, "STRETCH", 3)
    kept = desk.keep("photo.png", PNG)
    bad = article("Zanzibar", html=f'<img src="{kept.address}">')
    await desk.accept(bad, *(article(f"Old {number}") for number in range(4)))
    await desk.write()
    await desk.retract(bad)
    await desk.accept(*(article(f"New {number}") for number in range(6)), article("Old 1", "It snowed."))

    await break_off(desk, Full(desk.root, at))
    await desk.retract(article("Old 2"))
    await desk.write()
    fresh = tmp_path / "fresh"
    await desk.write(fresh)
    assert tree(desk.root) == tree(fresh)


@pytest.mark.parametrize(
    "note",
    [b"", b"{", b"[]", b'{"files": ["../../outside.txt", ".feeder/x", "/etc/passwd", ""]}', b'{"files": 7}', b"\xff\0"],
)
async def test_notes_that_somebody_wrote_cost_work_and_harm_nothing(desk: Press, tmp_path: Path, note: bytes) -> None:
    outside = desk.folder.parent / "outside.txt"
    outside.write_text("mine")
    await desk.accept(article("One"), article("Two"))
    await desk.write()
    known = orjson.loads((desk.root / ".feeder/site.json").read_bytes())
    with_files = orjson.dumps(known | orjson.loads(note)) if note.startswith(b'{"files": [') else note
    (desk.root / ".feeder/site.json").write_bytes(with_files)
    (desk.root / ".feeder/articles-1.json").write_bytes(note)
    (desk.root / ".feeder/articles-x.json").write_bytes(note)
    await desk.accept(article("Three"))
    await desk.write()
    await desk.write(tmp_path / "fresh")
    assert tree(desk.root) == tree(tmp_path / "fresh")
    assert outside.read_text() == "mine"


@pytest.mark.parametrize("damage", [Path.unlink, lambda note: note.write_bytes(b"{")])
async def test_a_note_of_articles_that_is_lost_is_made_again_with_all_that_it_told_of(
    desk: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], object]
) -> None:
    monkeypatch.setattr(article_pages, "STRETCH", 2)
    kept = desk.keep("photo.png", PNG)
    await desk.accept(article("Old", html=f'<img src="{kept.address}">'), *(article(f"Old {n}") for n in range(4)))
    await desk.write()
    for number in (1, 3):
        damage(desk.root / f".feeder/articles-{number}.json")
    await desk.retract(article("Old 1"))
    await desk.write()
    await desk.write(tmp_path / "fresh")
    assert tree(desk.root) == tree(tmp_path / "fresh")
    assert f"media/{kept.name}" in tree(desk.root)
    assert (await desk.write()).written == 0


async def test_a_site_below_a_path_leads_to_itself(tmp_path: Path) -> None:
    site = replace(SITE, base_url="https://news.example/le/monde")
    async with press(tmp_path / "below", site) as desk:
        await desk.accept(article("One"), article("Two"))
        await desk.retract(article("Two"))
        await desk.write()
        there = tree(desk.root)
        for name, page in there.items():
            if name.endswith(".html"):
                assert all(answers(desk.root, site, link) for link in links(page)), name
        assert b"\n/le/monde/articles/two /le/monde/articles/two/index.html 410!\n" in there["_redirects"]
        assert b"location /le/monde/ {" in (desk.root / ".feeder/nginx.conf").read_bytes()


async def test_what_the_owner_wrote_stays_and_another_site_is_refused(desk: Press, tmp_path: Path) -> None:
    desk.root.mkdir()
    (desk.root / "robots.txt").write_text("User-agent: *\n")
    await desk.accept(article("One"))
    await break_off(desk, Full(desk.root, name="feeds.opml"))
    assert (await desk.write()).kept == ("robots.txt",)
    (desk.root / "404.html").write_text("ours, of another release")
    (desk.root / ".feeder/site.json").unlink()
    assert (await desk.write()).kept == ("robots.txt",)
    assert b"nothing at this address" in (desk.root / "404.html").read_bytes()
    assert (desk.root / "robots.txt").read_text() == "User-agent: *\n"
    (desk.root / "robots.txt").unlink()
    assert (await desk.write()).kept == ()
    assert b"Sitemap:" in (desk.root / "robots.txt").read_bytes()

    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "index.html").write_text("mine")
    with pytest.raises(ConfigError, match=r"an index\.html that feeder has not written"):
        await desk.write(strange)
    assert tree(strange) == {"index.html": b"mine"}


async def test_two_passes_do_not_mix(desk: Press) -> None:
    await desk.accept(article("One"))
    await desk.write()
    with Folder(desk.root).own(), pytest.raises(OccupiedError, match="another run writes the site"):
        await desk.write()
    await desk.write()


async def test_media_are_other_names_of_the_kept_files_or_copies_of_them(
    desk: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = desk.keep("photo.png", PNG)
    await desk.accept(article("One", html=f'<img src="{kept.address}">'))
    await desk.write()
    there, source = desk.root / "media" / kept.name, desk.media.path(kept.name)
    assert there.samefile(source)
    shutil.rmtree(desk.root)

    def on_another_disk(path: Path, _: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link", str(path))

    monkeypatch.setattr(Path, "hardlink_to", on_another_disk)
    await desk.write()
    assert (there.samefile(source), there.read_bytes(), there.stat().st_mtime_ns) == (
        False,
        source.read_bytes(),
        source.stat().st_mtime_ns,
    )
    before = marks(desk.root)
    assert (await desk.write()).written == 0
    assert marks(desk.root) == before


async def test_a_media_file_that_is_gone_is_said(desk: Press) -> None:
    kept = desk.keep("photo.png", PNG)
    await desk.accept(article("One", html=f'<img src="{kept.address}">'))
    desk.media.path(kept.name).unlink()
    written = await desk.write()
    assert written.problems == (f"media/{kept.name} is gone from the data folder; restore it, or drop its file again",)
    assert slugs(desk) == {"one"}


def test_what_a_crash_left_beside_a_file_is_removed_with_the_next_write(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (tmp_path / ".feeder-page.html.tmp").write_text("torn")
    (tmp_path / ".feeder-other.html.tmp").write_text("torn")
    assert folder.put("page.html", b"whole")
    assert not folder.put("page.html", b"whole")
    assert folder.names("") == ["page.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    (tmp_path / ".feeder-gone.html.tmp").write_text("torn")
    folder.remove("gone.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_folder_that_is_left_empty_goes_and_one_with_other_things_stays(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("a/b/c.html", b"1")
    folder.put("a/d.html", b"2")
    folder.remove("a/b/c.html")
    folder.remove("a/b/never.html")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["d.html"]
    folder.remove("a/d.html")
    assert (list(tmp_path.iterdir()), folder.removed, folder.written) == ([], 2, 2)
    assert site_folder.Folder(tmp_path).read("a") is None
