"""HTML that may be shown anywhere: sanitised against an allow list, and its text.

nh3 decides what is safe. It takes quadratic time on nesting (1 MB of ``<div>`` is over a minute), so a linear look
at the tags comes first and too much of anything is not sanitised at all: the caller shows its text instead.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final, Protocol

import nh3

if TYPE_CHECKING:
    from collections.abc import Iterator


class HtmlLimits(Protocol):
    """How much HTML is sanitised: bytes of UTF-8, open tags within each other, and tags."""

    @property
    def html_bytes(self) -> int: ...  # noqa: D102 (named by the class)
    @property
    def html_depth(self) -> int: ...  # noqa: D102
    @property
    def html_tags(self) -> int: ...  # noqa: D102


_BLOCK_WORDS: Final = (
    "address article aside blockquote caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hgroup hr li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_INLINE_WORDS: Final = (
    "a abbr b bdi bdo br cite code col colgroup data del dfn em i img ins kbd mark q rp rt ruby s samp small span "
    "strike strong sub sup td th time tt u var wbr"
)
_ALLOWED: Final = frozenset(f"{_BLOCK_WORDS} {_INLINE_WORDS}".split())
_BLOCKS: Final = frozenset([*_BLOCK_WORDS.split(), "body", "fieldset", "form", "html", "legend", "option", "title"])
_UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "select"})
_ATTRIBUTES: Final = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "img": {"src", "alt", "width", "height"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed"},
    "q": {"cite"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
}
_NOT_IN_URLS: Final = re.compile(r"[\x00-\x20\x7f]")


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """An attribute as it may stay: mail is for links only, it is no picture and no source."""
    is_mail = _NOT_IN_URLS.sub("", value).lower().startswith("mailto:")
    return None if is_mail and name in {"src", "cite"} else value


_CLEANER: Final = nh3.Cleaner(
    tags=set(_ALLOWED),
    clean_content_tags=set(_UNSEEN),
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
    strip_comments=True,
)


def sanitise(html: str, limits: HtmlLimits) -> str | None:
    """The HTML with nothing active left in it, None where it is more than the limits allow."""
    if len(html.encode("utf-8", "replace")) > limits.html_bytes or not _Nesting(limits).allows(html):
        return None
    return _CLEANER.clean(html).strip()


_TAG_START: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_VOID: Final = frozenset({"br", "hr", "img", "wbr", "input", "meta", "link", "col", "embed", "source", "track", "area"})
_FORMATTING: Final = frozenset("a b big code em font i nobr s small strike strong tt u".split())  # noqa: SIM905
_SECTIONS: Final = frozenset({"tbody", "thead", "tfoot"})
_ENDED_BY: Final = {  # what needs no end tag, and what starts instead (HTML 13.1.2.4)
    "p": _BLOCKS,
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th", "tr"}) | _SECTIONS,
    "th": frozenset({"td", "th", "tr"}) | _SECTIONS,
    "tr": frozenset({"tr"}) | _SECTIONS,
    "tbody": _SECTIONS,
    "thead": _SECTIONS,
    "option": frozenset({"option"}),
}
_ROWS: Final = frozenset({"td", "th", "tr", "caption"}) | _SECTIONS
_SCOPES: Final = frozenset({"table", "td", "th", "caption", "button", "object", "marquee", "applet", "template"})


class _Nesting:
    """How deep a parser of HTML would nest (or deeper), seen in one pass over the tags.

    It errs on the deep side: an end tag counts only where the HTML standard surely ends something by it, because
    what it ignores (13.2.6.4.7) would hide any depth. ``left_open`` counts formatting that was never ended: a
    parser opens it anew in every block that follows.
    """

    def __init__(self, limits: HtmlLimits) -> None:
        self.limits = limits
        self.open: list[str] = []
        self.left_open = 0
        self.elements = 0

    def allows(self, html: str) -> bool:
        for found in _TAG_START.finditer(html):
            name = found[2].lower()
            makes_element = not self.end(name) if found[1] else self.start(name)
            self.elements += 1 + self.left_open if makes_element else 0
            if len(self.open) > self.limits.html_depth or self.elements > self.limits.html_tags:
                return False
        return True

    def start(self, name: str) -> bool:
        while self.open and name in _ENDED_BY.get(self.open[-1], ()):
            self.open.pop()
        if name not in _VOID:
            self.open.append(name)
        return True

    def end(self, name: str) -> bool:
        """Whether the tag ends something; a parser may make an element of one that does not."""
        barrier = {"ul", "ol"} | _SCOPES if name == "li" else {"table", "template"} if name in _ROWS else _SCOPES
        for place in reversed(range(len(self.open))):
            if self.open[place] == name:
                self.close(place)
                return True
            if self.open[place] in barrier:
                return False
        if name in _FORMATTING:
            self.left_open = max(0, self.left_open - 1)
        return False

    def close(self, place: int) -> None:
        if self.open[place] in _FORMATTING:
            del self.open[place]  # what was opened within it stays open
            return
        self.left_open += sum(name in _FORMATTING for name in self.open[place + 1 :])
        del self.open[place:]


_WHITE: Final = re.compile(r"[ \t\n\r\f]+")
_EMPTY_LINE: Final = re.compile(r"\n[ \t]*+\n\s*+")
_BLANKS: Final = re.compile(r"[ \t]+")


def paragraphs(html: str) -> tuple[str, ...]:
    """The text of the blocks in their order, without markup; a line break stays one, two part paragraphs.

    The cells of a table's row are parted by a tab. Linear and not recursive, on any input; what a browser does not
    show (scripts, styles) is left out.
    """
    found: list[str] = []
    current: list[str] = []
    preformatted = 0
    for piece, tag in _Pieces(html):
        if tag in _BLOCKS:
            found += _parted("".join(current), keep=preformatted > 0)
            current = []
            if tag == "pre":
                preformatted = max(0, preformatted + (-1 if piece.startswith("</") else 1))
        elif not tag:
            current.append(piece if preformatted else _WHITE.sub(" ", piece))
        elif tag in {"br", "td", "th"}:
            current.append("\n" if tag == "br" else "\t")
    return tuple(found + _parted("".join(current), keep=False))


def _parted(text: str, *, keep: bool) -> list[str]:
    """The paragraphs of a block's text, without blanks at the edges of lines and cells (or all of them kept)."""
    if not keep:
        text = _BLANKS.sub(lambda blanks: "\t" if "\t" in blanks[0] else " ", text)
    trim = str.rstrip if keep else str.strip
    parts = ("\n".join(trim(line) for line in part.split("\n")) for part in _EMPTY_LINE.split(text))
    return [part.strip("\n") if keep else part for part in parts if part.strip()]


_TAG: Final = re.compile(r"""</?([a-zA-Z][^\s/>]*+)(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_BARE_TAG: Final = re.compile(r"</?([a-zA-Z][^\s/>]*+)[^>]*+>")
_ENDS: Final = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>", re.IGNORECASE) for name in _UNSEEN}
_SWALLOWS: Final = frozenset({"script", "style", "iframe", "noscript", "template"})
"""Without an end tag these hide the rest of the document."""


class _Pieces:
    """Stretches of text (with an empty name) and tags (with their name in lower case), in one pass."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.last = html.rfind(">")
        self.form = _TAG
        self.missing: set[str] = set()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        place, html = 0, self.html
        while place < len(html):
            start = html.find("<", place)
            if start != place:
                end = len(html) if start < 0 else start
                yield unescape(html[place:end]), ""
                place = end
            elif html.startswith(("<!", "<?"), place):
                place = self._after_hidden(place)
            elif found := self._tag(place):
                yield found[0], found[1].lower()
                place = self._after_unseen(found)
            else:
                yield "<", ""
                place += 1

    def _tag(self, place: int) -> re.Match[str] | None:
        """The tag at a place. A quote that never ends is looked for once, then quotes count no more."""
        if place > self.last:
            return None
        found = self.form.match(self.html, place)
        if found is None and self.form is _TAG and _BARE_TAG.match(self.html, place):
            self.form = _BARE_TAG
            return self.form.match(self.html, place)
        return found

    def _after_hidden(self, place: int) -> int:
        end = "-->" if self.html.startswith("<!--", place) else ">"
        found = self.html.find(end, place + 2)
        return len(self.html) if found < 0 else found + len(end)

    def _after_unseen(self, found: re.Match[str]) -> int:
        """Where to go on after a tag: past the end of what is not shown."""
        name = found[1].lower()
        if name not in _UNSEEN or found[0].startswith("</") or name in self.missing:
            return found.end()
        if end := _ENDS[name].search(self.html, found.end()):
            return end.end()
        self.missing.add(name)
        return len(self.html) if name in _SWALLOWS else found.end()
