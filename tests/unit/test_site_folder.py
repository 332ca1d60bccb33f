"""Where a site may be written, and what servers are told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeder.config import Settings, check_site
from feeder.errors import ConfigError
from feeder.model import Feed
from feeder.render import Site
from feeder.static_site.documents import documents
from feeder.static_site.rules import Rules


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("seeds", "lies in seeds.path = 'seeds'"),
        ("seeds/below/public", "lies in seeds.path = 'seeds'"),
        ("feeds", "lies in feeds.path = 'feeds'"),
        ("data/site", "lies in data.path = 'data'"),
        ("link/site", "lies in data.path = 'data'"),
        (".", "would show seeds.path = 'seeds' to everyone"),
        ("public/..", "would show seeds.path = 'seeds' to everyone"),
    ],
)
def test_a_site_is_written_beside_our_other_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("link").symlink_to("data")
    with pytest.raises(ConfigError) as raised:
        check_site(Settings(), Path(folder))
    assert said in str(raised.value)
    assert "name a folder beside it" in str(raised.value)
    check_site(Settings(), Path("public"))
    check_site(Settings(), Path("seeds-as-site"))


def test_rules_name_the_path_of_the_site_and_each_retracted_article() -> None:
    below = Site(title="T", base_url="https://news.example/a.b")
    told = Rules(below, {"/rss.xml": "/feeds/all.rss"})
    files = told.found_by_servers(["one", "a-2"])
    assert files["_redirects"].decode().splitlines() == [
        "/a.b/rss.xml /a.b/feeds/all.rss 301",
        "/a.b/articles/a-2 /a.b/articles/a-2/index.html 410!",
        "/a.b/articles/a-2/* /a.b/articles/a-2/index.html 410!",
        "/a.b/articles/a-2.json /a.b/articles/a-2/index.html 410!",
        "/a.b/articles/a-2.md /a.b/articles/a-2/index.html 410!",
        "/a.b/articles/one /a.b/articles/one/index.html 410!",
        "/a.b/articles/one/* /a.b/articles/one/index.html 410!",
        "/a.b/articles/one.json /a.b/articles/one/index.html 410!",
        "/a.b/articles/one.md /a.b/articles/one/index.html 410!",
    ]
    assert b"%{DOCUMENT_ROOT}/a.b/articles/$1/gone -f" in files[".htaccess"]
    assert b"RewriteRule ^rss\\.xml$ https://news.example/a.b/feeds/all.rss [R=301,L]\n" in files[".htaccess"]
    rules = told.nginx()
    assert b"location = /a.b/rss.xml {\n    return 301 https://news.example/a.b/feeds/all.rss;\n}" in rules
    assert b"MOVED" not in rules + files[".htaccess"]
    assert b'location ~ "^/a\\.b/articles/' in rules
    assert b"PREFIX" not in rules + files[".htaccess"]
    assert b"PATTERN" not in rules


def test_documents_are_those_of_the_feeds_there_are(tmp_path: Path) -> None:
    for name in (
        "all.rss",
        "all/archive/1.rss",
        "all/archive/2.json",
        "all/archive/.feeder-pages",
        "all/archive/x.rss",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    feeds = [Feed(name="all", title="All"), Feed(name="few", title="Few", formats=("json",))]
    assert [address for address, _ in documents(tmp_path, feeds, ("rss", "json"))] == [
        "feeds/all.rss",
        "feeds/all.json",
        "feeds/all/archive/1.rss",
        "feeds/all/archive/2.json",
        "feeds/few.json",
        "feeds.opml",
    ]
