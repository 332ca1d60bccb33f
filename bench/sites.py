"""The programs that are compared, each set up with what it needs for article pages and a feed of the newest 50.

What would only cost time is switched off (pages of tags, authors, years and months, sitemaps, themes); what saves
time is switched on (Pelican's cache, without compression; Eleventy's templates in JavaScript, no template language
within Markdown). Each feed has the whole text of its articles.
"""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass, field

from service import FEEDER

TITLE = "Bench"
ADDRESS = "https://example.org"
ENTRIES = 50


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program; paths are relative to the folder of its site.

    ``articles`` is the folder of the Markdown files, ``feed`` the feed file, ``made`` what a first build must not
    find. ``files`` are the settings and templates. A watching one says ``ready`` when it has built.
    """

    name: str
    command: list[str]
    version: list[str]
    build: list[str]
    watch: list[str]
    build_name: str
    watch_name: str
    ready: str
    articles: str
    feed: str
    made: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)

    @property
    def is_installed(self) -> bool:
        return bool(self.command) and shutil.which(self.command[0]) is not None


def named(variable: str, default: str) -> list[str]:
    """The command that the environment names, or the usual one."""
    return shlex.split(os.environ.get(variable) or default)


FEEDER_FILES = {
    "config/feeder.toml": f"""\
[site]
title = "{TITLE}"
base_url = "{ADDRESS}"
[feeds]
entries = {ENTRIES}
""",
}

HUGO_FILES = {
    "config.toml": f"""\
baseURL = "{ADDRESS}/"
title = "{TITLE}"
disableKinds = ["taxonomy", "term", "section", "sitemap", "robotsTXT", "404"]
[outputs]
home = ["RSS"]
""",
    "layouts/_default/single.html": """\
<!doctype html>
<title>{{ .Title }}</title>
<h1>{{ .Title }}</h1>
{{ .Content }}
""",
    "layouts/index.rss.xml": f"""\
{{{{ print "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}}}
<rss version="2.0"><channel><title>{{{{ .Site.Title }}}}</title><link>{{{{ .Permalink }}}}</link>
<description>{TITLE}</description>
{{{{ range first {ENTRIES} .Site.RegularPages.ByDate.Reverse }}}}<item><title>{{{{ .Title }}}}</title>
<link>{{{{ .Permalink }}}}</link><guid>{{{{ .Permalink }}}}</guid>
<pubDate>{{{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}}}</pubDate>
<description>{{{{ .Content | html }}}}</description></item>
{{{{ end }}}}</channel></rss>
""",
}

PELICAN_FILES = {
    "pelicanconf.py": f"""\
SITENAME, SITEURL, FEED_DOMAIN = "{TITLE}", "{ADDRESS}", "{ADDRESS}"
AUTHOR, TIMEZONE, DEFAULT_LANG = "{TITLE}", "UTC", "en"
PATH, ARTICLE_PATHS, PAGE_PATHS, STATIC_PATHS = "content", ["articles"], [], []
THEME = "theme"
DIRECT_TEMPLATES = []
AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ""
FEED_ALL_ATOM, FEED_MAX_ITEMS = "feeds/all.atom.xml", {ENTRIES}
CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
CACHE_CONTENT = LOAD_CONTENT_CACHE = True
CONTENT_CACHING_LAYER, GZIP_CACHE = "reader", False
""",
    "theme/templates/article.html": """\
<!doctype html>
<title>{{ article.title }}</title>
<h1>{{ article.title }}</h1>
{{ article.content }}
""",
    "theme/static/.keep": "",
}

ELEVENTY_FILES = {
    "eleventy.config.cjs": """\
module.exports = () => ({
  dir: { input: "content", output: "_site" },
  templateFormats: ["md", "11ty.js"],
  markdownTemplateEngine: false,
});
""",
    "content/articles/articles.json": '{ "layout": "page.11ty.cjs", "tags": "articles" }\n',
    "content/_includes/page.11ty.cjs": """\
module.exports = ({ title, content }) => `<!doctype html>
<title>${title}</title>
<h1>${title}</h1>
${content}`;
""",
    "content/feed.11ty.cjs": f"""\
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
module.exports = class {{
  data() {{
    return {{
      permalink: "feed.xml",
      eleventyExcludeFromCollections: true,
      eleventyImport: {{ collections: ["articles"] }},
    }};
  }}
  render({{ collections }}) {{
    const newest = collections.articles.slice(-{ENTRIES}).reverse();
    const entries = newest.map((entry) => `<entry><title>${{escaped(entry.data.title)}}</title>
<id>{ADDRESS}${{entry.url}}</id><link href="{ADDRESS}${{entry.url}}"/><updated>${{entry.date.toISOString()}}</updated>
<content type="html">${{escaped(entry.content)}}</content></entry>`);
    return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{TITLE}</title><id>{ADDRESS}/</id>
<author><name>{TITLE}</name></author>
<updated>${{newest[0].date.toISOString()}}</updated>
${{entries.join("\\n")}}
</feed>
`;
  }}
}};
""",
}


# With `hugo --watch`, and with fast rendering, the home page's feed is not made anew when an article comes (0.111).
HUGO_WATCHES = ["server", "--renderToDisk", "--disableFastRender", "--disableLiveReload", "--bind", "127.0.0.1"]


def programs() -> list[Program]:
    """Feeder and those beside it, whether they are installed or not."""
    return [
        Program(
            name="feeder", command=FEEDER, version=["--version"],
            build=["publish"], build_name="publish", watch=["serve"], watch_name="serve", ready="",
            articles="seeds/articles", feed="feeds/all.atom", made=("data", "feeds"), files=FEEDER_FILES,
        ),
        Program(
            name="Hugo", command=named("HUGO", "hugo"), version=["version"],
            build=["--quiet"], build_name="build", watch=HUGO_WATCHES, watch_name="server", ready="to stop",
            articles="content/articles", feed="public/index.xml", made=("public", "resources"), files=HUGO_FILES,
        ),
        Program(
            name="Pelican", command=named("PELICAN", "pelican"), version=["--version"],
            build=["-s", "pelicanconf.py", "--quiet"], build_name="build, with cache",
            watch=["-s", "pelicanconf.py", "--autoreload"], watch_name="--autoreload", ready="Done: ",
            articles="content/articles", feed="output/feeds/all.atom.xml", made=("output", "cache"),
            files=PELICAN_FILES,
        ),
        Program(
            name="Eleventy", command=named("ELEVENTY", "eleventy"), version=["--version"],
            build=["--quiet"], build_name="build",
            watch=["--watch", "--incremental"], watch_name="--watch --incremental", ready="Watching",
            articles="content/articles", feed="_site/feed.xml", made=("_site", ".cache"), files=ELEVENTY_FILES,
        ),
    ]  # fmt: skip
