"""The body of an author's file, in the format that its suffix names: Markdown, HTML or plain text.

CommonMark with tables, strikethrough and footnotes. HTML in it is passed on; ``normalize`` sanitises it. A title that
nothing else gives is found here too.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markdown_it import MarkdownIt

from feeder import dates, names, text
from feeder.model import Usage
from feeder.parse import plain
from feeder.parse.writing import footnotes, template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

SUFFIXES: Final = frozenset({"md", "markdown", "mdown", "mkd", "mkdn", "mdwn", "mdtext", "mdx"})
HTML_SUFFIXES: Final = frozenset({"html", "htm", "xhtml"})
_PLAIN_SUFFIXES: Final = frozenset({"txt", "text"})
_DRAFTS: Final = "_drafts"
"""Jekyll's folder of what is not to be published."""
_MOST_BYTES: Final = 262_144
"""As ``limits.html_bytes`` is by default: more than that would not be sanitised either."""
_MOST_MARKS: Final = 30_000
"""Line ends and characters that may be markup; a source with more takes over a second, or 100 MB, to render."""
_MARKS: Final = re.compile(r"[\[|*_~<\n]")
_HASHES: Final = re.compile(r"#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
_WORDS: Final = re.compile(r"[-_. ]+")
_LONGEST_SUMMARY: Final = 4000


def with_body(given: dict[str, Any], body: str, suffix: str) -> dict[str, Any]:
    """The fields of a ``Draft`` with the body in the format that the suffix names, and the title from it if missing."""
    if not body.strip():
        return _with_title_for_body(given)
    if suffix in _PLAIN_SUFFIXES:
        return _with_plain(given, body)
    if suffix == "mdx":
        body = template.without_code(body)
    given, body = _without_tags(given, body)
    if suffix in HTML_SUFFIXES:
        return {**given, "html": body}
    given = _with_plain_summary(given)
    if _is_too_much(body):
        return _with_source(given, body)
    return _rendered(given, _renderer().parse(footnotes.rewritten(body)))


def _rendered(given: dict[str, Any], tokens: Sequence[Token]) -> dict[str, Any]:
    heading = _heading(tokens, given.get("title"))
    if heading is not None:
        title, at = heading
        given = _titled(given, title, "first heading")
        tokens = [*tokens[:at], *tokens[at + 3 :]]
        if at == 0 and "published" not in given and (dated := _date_line(tokens)):
            given = {**given, "published": dated, "where": {**given["where"], "published": "below the heading"}}
            tokens = tokens[3:]
    html = _renderer().renderer.render(tokens, _renderer().options, {})
    return {**given, "html": html} if html.strip() else _with_title_for_body(given)


def _with_title_for_body(given: dict[str, Any]) -> dict[str, Any]:
    """An article of a title and metadata alone, as generators publish it: a link, a headline, a picture."""
    if "usage" not in given or "title" not in given or "summary" in given:
        return given
    return {**_warned(given, "no body; the title stands for it"), "paragraphs": (given["title"],)}


def _date_line(tokens: Sequence[Token]) -> str:
    """The date that the first paragraph consists of; empty if it is another one."""
    if len(tokens) < 3 or tokens[0].type != "paragraph_open":  # noqa: PLR2004 (open, inline, close)
        return ""
    line = _plain(tokens[1]).strip()
    return line if dates.is_date(line) else ""


def _with_plain_summary(given: dict[str, Any]) -> dict[str, Any]:
    """The summary as text: in these files its emphasis and links are Markdown too (Pelican, Jekyll)."""
    summary = given.get("summary")
    if not isinstance(summary, str) or len(summary) > _LONGEST_SUMMARY or not _MARKS.search(summary.replace("\n", " ")):
        return given
    (inline,) = _renderer().parseInline(summary)
    return {**given, "summary": _plain(inline) or summary}


def _without_tags(given: dict[str, Any], body: str) -> tuple[dict[str, Any], str]:
    kept = template.without_tags(body)
    return (given, body) if kept == body else (_warned(given, "template tags were left out"), kept)


def _is_too_much(body: str) -> bool:
    return len(body.encode("utf-8", "replace")) > _MOST_BYTES or len(_MARKS.findall(body)) > _MOST_MARKS


def _with_source(given: dict[str, Any], body: str) -> dict[str, Any]:
    """The source itself as plain text; a heading at its beginning may still be the title."""
    lines = body.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if heading := _HASHES.fullmatch(lines[first].strip()):
        lines[first] = heading[1]
    return _warned(
        _with_plain(given, "\n".join(lines)), "too long or too much markup for Markdown; shown as plain text"
    )


def _warned(given: dict[str, Any], warning: str) -> dict[str, Any]:
    return {**given, "warnings": (*given.get("warnings", ()), warning)}


def with_title_of_name(given: dict[str, Any], name: str) -> dict[str, Any]:
    """The fields with a title made of the file's name, if it has a date and nothing else gives one (as in Jekyll)."""
    found = names.date_and_rest(name)
    if "title" in given or found is None:
        return given
    words = _WORDS.split(found[1].removesuffix(f".{name.rpartition('.')[2]}").strip("-_. "))
    title = " ".join(word[:1].upper() + word[1:] for word in words)
    if not title:
        return given
    return _warned(_titled(given, title, "file name"), "no title is given; it was made of the file's name")


def drafted_by_place(given: dict[str, Any], name: str) -> dict[str, Any]:
    """The fields of a file, which is a draft if it lies in a folder of drafts."""
    return given | {"usage": Usage.DRAFT} if _DRAFTS in name.split("/")[:-1] else given


def suffix_of(name: str) -> str:
    """A file name's suffix in lower case, without its dot."""
    return name.rpartition("/")[2].rpartition(".")[2].lower()


def _with_plain(given: dict[str, Any], body: str) -> dict[str, Any]:
    lines = body.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if "title" not in given and plain.is_headline("".join(lines[first : first + 1])):
        given = _titled(given, lines[first], "first line")
        lines = lines[first + 1 :]
    return {**given, "paragraphs": plain.paragraphs(lines)}


def _titled(given: dict[str, Any], title: str, place: str) -> dict[str, Any]:
    if "title" in given:
        return given
    return {**given, "title": title, "where": {**given["where"], "title": place}}


def _heading(tokens: Sequence[Token], title: str | None) -> tuple[str, int] | None:
    """The heading that is the title, and its place among the tokens.

    With a title, that is the body's first block if it repeats it; without, the first heading, of the first level if
    there is one.
    """
    headings = [(number, token.tag) for number, token in enumerate(tokens) if token.type == "heading_open"]
    if title is not None:
        repeats = bool(headings) and headings[0][0] == 0 and _same(_plain(tokens[1]), title)
        return (title, 0) if repeats else None
    tops = [number for number, tag in headings if tag == "h1"] or [number for number, _ in headings]
    return (_plain(tokens[tops[0] + 1]), tops[0]) if tops else None


def _same(one: str, other: str) -> bool:
    return text.clean_line(one).casefold() == text.clean_line(other).casefold()


def _plain(inline: Token) -> str:
    """The text of a heading, without its markup."""
    parts = [child for child in inline.children or () if child.type != "html_inline"]
    return "".join(" " if part.type in {"softbreak", "hardbreak"} else part.content for part in parts)


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
