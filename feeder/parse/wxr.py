"""WordPress exports (WXR 1.0 to 1.2): RSS 2.0 whose items are everything a site has, a post at a time.

Posts are articles; pages and other contents are refused, each for itself; attachments, menus and what else WordPress
keeps in its table of posts is no content and is passed over. A post that is not public stays a draft. The addresses of
the site's writers are not taken over: they are there for an import, not for readers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from feeder import text
from feeder.errors import SeedError
from feeder.model import Enclosure, Person, Usage
from feeder.parse import xml
from feeder.parse.syndication import enclosures, wording, wordpress_body
from feeder.parse.syndication.entry import Entry, own_id, records
from feeder.parse.syndication.fields import Fields, language_of
from feeder.parse.syndication.wordpress_site import Pictures, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft
    from feeder.parse import Reader

_NAMESPACE: Final = "wordpress.org/export/1."
_POSTS: Final = frozenset({"", "post", "news", "article", "articles", "story", "stories", "press-release"})
_CONTENTS: Final = "page"
_INNER_WORDS: Final = (
    "nav_menu_item revision custom_css customize_changeset oembed_cache user_request wp_block wp_template "
    "wp_template_part wp_global_styles wp_navigation wp_font_family wp_font_face acf-field acf-field-group "
    "acf-post-type acf-taxonomy acf-ui-options-page feedback guest-author wpcf7_contact_form"
)
_INNER: Final = frozenset(_INNER_WORDS.split())
_USAGES: Final = {"": Usage.USABLE, "publish": Usage.USABLE, "future": Usage.USABLE, "trash": Usage.WITHDRAWN}
"""Any other status (draft, pending, private, a plug-in's own) is a draft."""
_NO_MOMENT: Final = ("0000", "-0001")
_WIDEST_OFFSET: Final = timedelta(hours=14)
_QUARTER: Final = timedelta(minutes=15)
_UNFILED: Final = "uncategorized"
_UNTAGGED: Final = frozenset({"post_format", "nav_menu", "link_category", "wp_theme", "author", "language"})
_PRIMARY: Final = ("_yoast_wpseo_primary_category", "rank_math_primary_category")


class Wxr:
    """The parser of WordPress exports."""

    name = "wxr"
    precedence = 10
    streams = True

    def claims(self, head: bytes, name: str) -> bool:  # noqa: ARG002 (content alone)
        """By the root element and WordPress's namespace; see ``Parser``."""
        root = xml.root_of(head)
        if root is None or root.local != "rss":
            return False
        return _NAMESPACE in text.glimpse(head).partition("<channel")[0]

    def parse(self, name: str, reader: Reader) -> Iterator[Draft | SeedError]:  # noqa: ARG002 (its date is normalize's)
        """An article of each post; see ``Parser``."""
        stream = xml.Stream(reader, {"item"})
        pictures = Pictures()
        site: Site | None = None
        for found in records(stream):
            if not isinstance(found, tuple):
                yield from pictures.after(found)
                continue
            record, warnings = found
            fields = Fields(record)
            site = site or Site(stream.head)
            kind = fields.text("wp:post_type") or ""
            if kind == "attachment":
                yield from pictures.seen(*_attachment(fields))
            elif kind in _POSTS:
                draft = _post(fields, site).draft(stream.encoding, warnings)
                yield from pictures.after(draft, _meta(fields).get("_thumbnail_id"))
            elif kind not in _INNER:
                yield from pictures.after(_refusal(fields, kind))
        yield from pictures.rest()


def _refusal(fields: Fields, kind: str) -> SeedError:
    title = (fields.text("title") or "")[:80]
    what = "a page" if kind == _CONTENTS else f"of the type {kind[:40]!r}"
    return SeedError(f"{title!r} is {what} of the site, which is no article", line=fields.record.sourceline)


def _attachment(fields: Fields) -> tuple[str, Enclosure | None]:
    """The number of an attachment, and the picture that it is."""
    url = fields.text("wp:attachment_url", "guid") or ""
    caption = wording.line(fields.text("excerpt:encoded") or "") or _meta(fields).get("_wp_attachment_image_alt")
    picture = Enclosure(url, title=caption) if enclosures.is_picture(url, None) else None
    return fields.text("wp:post_id") or "", picture


def _meta(fields: Fields) -> dict[str, str]:
    """What plug-ins and WordPress itself noted of a post, the last of each name."""
    pairs = ((xml.child(found, "meta_key"), xml.child(found, "meta_value")) for _, found in fields.all("wp:postmeta"))
    return {xml.text_of(key): (value.text or "").strip() for key, value in pairs if value is not None}


def _post(fields: Fields, site: Site) -> Entry:
    entry = Entry()
    _name(entry, fields, site)
    _content(entry, fields)
    entry.moments(_moments(fields, "wp:post_date"), _moments(fields, "wp:post_modified"))
    _state(entry, fields)
    _authors(entry, fields, site)
    _labels(entry, fields, site)
    media = enclosures.media(fields, site.address)
    entry.put("enclosures", media.enclosures, "enclosure")
    return entry


def _name(entry: Entry, fields: Fields, site: Site) -> None:
    number = fields.text("wp:post_id")
    made = f"{site.address}/?p={number}" if site.address and number else ""
    guid = fields.text("guid")
    entry.put("id", own_id(guid or made, site.address), "guid" if guid else "wp:post_id")
    link = fields.text("link") or ""
    entry.put("link", link if "://" in link else "", "link")
    entry.put("slug", unquote(fields.text("wp:post_name") or ""), "wp:post_name")


def _content(entry: Entry, fields: Fields) -> None:
    content = fields.one("content:encoded")
    html, left_out = wordpress_body.html_of("".join(content.itertext()) if content is not None else "")
    if left_out:
        entry.warnings.append(f"shortcodes that mean nothing here were left out: {', '.join(left_out[:20])}")
    entry.body([("content:encoded", {"html": html} if html else {})], entry.fields.get("link"))
    entry.summary(fields.texts("excerpt:encoded", "description"))
    entry.first("title", ((place, wording.title(found)) for place, found in fields.texts("title")))
    entry.name_it()


def _moments(fields: Fields, name: str) -> Iterator[tuple[str, str]]:
    """A moment by what is most exact of it: with the zone that its two clocks differ by, alone, as RSS has it."""
    local, universal = (_clock(fields.text(place)) for place in (name, f"{name}_gmt"))
    if universal:
        yield f"{name}_gmt", _with_offset(local, universal)
    if local:
        yield name, local
    published = fields.text("pubDate") if name == "wp:post_date" else None
    if published and not any(nothing in published for nothing in _NO_MOMENT[1:]):
        yield "pubDate", published


def _clock(found: str | None) -> str | None:
    """A moment of the database; what was never published has one of zeros."""
    return None if found is None or found.startswith(_NO_MOMENT) else found


def _with_offset(local: str | None, universal: str) -> str:
    """The local time with its offset, so that the printed day is the writer's; else the universal one."""
    try:
        here, there = datetime.fromisoformat(local or universal), datetime.fromisoformat(universal)
        offset = here - there
    except (ValueError, TypeError):
        return universal + "Z"
    if abs(offset) > _WIDEST_OFFSET or offset % _QUARTER:
        return universal + "Z"
    minutes = abs(offset) // timedelta(minutes=1)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{here.isoformat()}{sign}{minutes // 60:02}:{minutes % 60:02}" if minutes else universal + "Z"


def _state(entry: Entry, fields: Fields) -> None:
    status = (fields.text("wp:status") or "").lower()
    usage = _USAGES.get(status, Usage.DRAFT)
    if usage is Usage.USABLE and fields.text("wp:post_password"):
        usage = Usage.DRAFT
        entry.warnings.append("the post is protected by a password, so it is taken for a draft")
    entry.put("usage", usage, "wp:status")


def _authors(entry: Entry, fields: Fields, site: Site) -> None:
    """The writers: those of Co-Authors Plus if the site knows all of them, else the one who holds the post."""
    logins = (xml.text_of(found) for _, found in fields.all("category") if found.get("domain") == "author")
    several = [site.author(login) for login in logins]
    if several and None not in several:
        entry.put("authors", tuple(Person(name) for name in several if name), "category author")
    creators = (site.author(found) or found for _, found in fields.texts("dc:creator"))
    entry.put("authors", tuple(Person(name) for name in creators), "dc:creator")


def _labels(entry: Entry, fields: Fields, site: Site) -> None:
    found = [(one.get("domain") or "category", one.get("nicename") or "", one) for _, one in fields.all("category")]
    categories = [(nicename, xml.text_of(one)) for domain, nicename, one in found if domain == "category"]
    filed = [site.section(*pair) for pair in categories if _UNFILED not in {pair[0], pair[1].lower()}]
    primary = next((name for key in _PRIMARY if (name := site.section_of_term(_meta(fields).get(key)))), None)
    entry.put("section", primary if primary in filed else next(iter(filed), None), "category")
    others = [("category", path.rpartition("/")[2]) for path in filed if path != entry.fields.get("section")]
    tags = [("post_tag", xml.text_of(one)) for domain, _, one in found if domain not in {*_UNTAGGED, "category"}]
    entry.each("keywords", [(place, wording.title(word)) for place, word in (*others, *tags)])
    entry.put("language", next((name for domain, name, _ in found if domain == "language"), None), "category language")
    entry.put("language", language_of(fields.record), "xml:lang")
    entry.put("language", site.language, "channel language")


PARSER: Final = Wxr()
