"""The body of a WordPress post, as WordPress would show it: shortcodes resolved, blank lines made paragraphs.

Posts are stored as they were typed. What makes them HTML happens on every view: ``[caption]`` and its like are
replaced by their plug-ins, and text without ``<p>`` gets it from its blank lines, with single line breaks as ``<br>``.
Of the shortcodes only captions and embeds mean anything outside; of the others the text within them stays.

Every function here takes time linear in its input.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCKS: Final = "<!-- wp:"
_TOKEN: Final = re.compile(  # a tag, an escaped shortcode, a shortcode's tag
    r"(?P<tag><[^<>]*>)|\[(?P<escaped>\[[a-zA-Z][^\[\]<>]*\])\]|"
    r"\[(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9_-]{0,60})(?P<given>(?:[\s=][^\[\]]*)?)\]"
)
_VERBATIM: Final = re.compile(r"<(/?)(pre|code|script|style|textarea)[\s/>]", re.IGNORECASE)
_GIVEN_CAPTION: Final = re.compile(r"""\scaption=(?:"([^"]*)"|'([^']*)')""")
_PICTURE: Final = re.compile(r"\s*(?P<picture>(?:<a\s[^<>]*>\s*)?<img\s[^<>]*>(?:\s*</a>)?)(?P<said>.*)", re.DOTALL)
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+")
_KNOWN_WORDS: Final = (
    "archives audio caption gallery embed playlist video youtube vimeo twitter instagram facebook googlemaps "
    "soundcloud slideshow contact-form recent-posts polldaddy scribd gist toc ad ads adsense dropcap button"
)
_KNOWN: Final = frozenset(_KNOWN_WORDS.split())
_CAPTIONS: Final = frozenset({"caption", "wp_caption"})


def html_of(content: str) -> tuple[str, tuple[str, ...]]:
    """A post as HTML, and the names of the shortcodes that were left out.

    Posts of the block editor have their paragraphs already, so a line break in them is white space.
    """
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    is_blocks = _BLOCKS in content
    content, left_out = _without_shortcodes(_without_comments(content))
    return "".join(_Paragraphs(has_breaks=not is_blocks).of(content)).strip(), left_out


def _without_comments(content: str) -> str:
    pieces, place = [], 0
    while (start := content.find("<!--", place)) >= 0 and (end := content.find("-->", start + 4)) >= 0:
        pieces.append(content[place:start])
        place = end + len("-->")
    return "".join(pieces) + content[place:]


# Shortcodes.


class _Open(NamedTuple):
    """A caption or an embed that has begun: its tag, and how many pieces there were before it."""

    name: str
    given: str
    pieces: int


def _without_shortcodes(content: str) -> tuple[str, tuple[str, ...]]:
    ended = {found["name"] for found in _TOKEN.finditer(content) if found["end"]}
    pieces: list[str] = []
    left_out: dict[str, None] = {}
    opened: _Open | None = None
    place = 0
    for found in _shortcodes(content, ended):
        pieces.append(content[place : found.start()])
        place = found.end()
        if found["escaped"]:
            pieces.append(found["escaped"])
        elif found["end"] and opened is not None and opened.name == found["name"]:
            inner = "".join(pieces[opened.pieces :])
            pieces[opened.pieces :] = [_replaced(opened, inner)]
            opened = None
        elif not found["end"] and found["name"] in ended and found["name"] in _CAPTIONS | {"embed"}:
            opened = _Open(found["name"], found["given"], len(pieces))
        elif not found["end"]:
            left_out[found["name"]] = None
    return "".join(pieces) + content[place:], tuple(left_out)


def _shortcodes(content: str, ended: set[str]) -> Iterator[re.Match[str]]:
    """The shortcodes' tags and the escaped ones, outside of tags and of what is shown as it is written."""
    verbatim = ""
    for found in _TOKEN.finditer(content):
        if found["tag"]:
            edge = _VERBATIM.match(found["tag"])
            if edge is not None and verbatim in {"", edge[2].lower()}:
                verbatim = "" if edge[1] else edge[2].lower()
        elif not verbatim and (found["escaped"] or _is_shortcode(found, ended)):
            yield found


def _is_shortcode(found: re.Match[str], ended: set[str]) -> bool:
    """Whether brackets are a shortcode and not a writer's (``[sic]``, ``[the minister]``)."""
    name = found["name"]
    return name in _KNOWN or name in _CAPTIONS or name in ended or "_" in name or "=" in found["given"]


def _replaced(opened: _Open, inner: str) -> str:
    if opened.name not in _CAPTIONS:
        address = inner.strip()
        return f"\n\n{_link(address)}\n\n" if _ADDRESS.fullmatch(address) else inner
    found = _PICTURE.match(inner)
    if found is None:
        return inner
    given = _GIVEN_CAPTION.search(opened.given)
    said = (given[1] or given[2] or "" if given else found["said"]).strip()
    caption = f"<figcaption>{said}</figcaption>" if said else ""
    return f"\n\n<figure>{found['picture']}{caption}</figure>\n\n"


def _link(address: str) -> str:
    return f'<a href="{escape(address)}">{escape(address)}</a>'


# Paragraphs.

_TAGS_OF_BLOCKS: Final = (
    "address article aside blockquote caption center col colgroup dd details dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr iframe legend li main menu nav noscript object ol p pre script "
    "section style summary svg table tbody td textarea tfoot th thead tr ul video audio"
)
_BLOCK: Final = re.compile(rf"(</?(?:{'|'.join(_TAGS_OF_BLOCKS.split())})(?:[\s/][^<>]*)?>)", re.IGNORECASE)
_NAME: Final = re.compile(r"</?([a-zA-Z0-9]+)")
_FLOWING: Final = frozenset("article aside blockquote center details div footer form header main section".split())  # noqa: SIM905
"""What paragraphs stand in."""
_LOOSE: Final = frozenset("dd li td th".split())  # noqa: SIM905
"""What has paragraphs only if there is a blank line in it."""
_WITHOUT_END: Final = frozenset({"hr", "col"})
_VERBATIM_BLOCKS: Final = frozenset("pre script style textarea svg".split())  # noqa: SIM905
_BREAKS: Final = re.compile(r"(?:<br\s*+/?>[ \t]*+\n?+[ \t]*+){2,}", re.IGNORECASE)
_BLANK_LINE: Final = re.compile(r"\n[ \t\u00a0]*(?=\n)")
_LINE_END: Final = re.compile(r"(?P<tag><[^<>]*>)|(?P<broken>\n)")
_BROKEN_ALREADY: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)


class _Paragraphs:
    """Puts text between blank lines into paragraphs, wherever the elements around it may hold some."""

    def __init__(self, *, has_breaks: bool) -> None:
        self._has_breaks = has_breaks
        self._open: list[str] = []
        self._counts: dict[str, int] = {}

    def of(self, content: str) -> Iterator[str]:
        for number, piece in enumerate(_BLOCK.split(content)):
            if number % 2:
                self._step(piece)
                yield piece
            else:
                yield self._filled(piece)

    def _step(self, tag: str) -> None:
        """Follows a tag into an element or out of it; an end without its start changes nothing."""
        found = _NAME.match(tag)
        name = found[1].lower() if found else ""
        if not tag.startswith("</"):
            if name not in _WITHOUT_END and not tag.endswith("/>"):
                self._open.append(name)
                self._counts[name] = self._counts.get(name, 0) + 1
        elif self._counts.get(name):
            last = ""
            while last != name:
                last = self._open.pop()
                self._counts[last] -= 1

    def _filled(self, piece: str) -> str:
        around = self._open[-1] if self._open else "div"
        if around in _VERBATIM_BLOCKS or not piece.strip():
            return piece
        parts = [part for part in _BLANK_LINE.sub("\n", _BREAKS.sub("\n\n", piece)).split("\n\n") if part.strip()]
        lines = [self._lines(part.strip()) for part in parts]
        if around == "p":
            return "</p>\n<p>".join(lines)
        if around in _FLOWING or (around in _LOOSE and len(lines) > 1):
            return "".join(f"\n<p>{line}</p>\n" for line in lines)
        return piece

    def _lines(self, part: str) -> str:
        """A paragraph with its line breaks as such; one that is nothing but an address is a link."""
        if _ADDRESS.fullmatch(part):
            return _link(part)
        if not self._has_breaks:
            return part
        pieces: list[str] = []
        for found in _pieces(part):
            is_broken = bool(pieces) and _BROKEN_ALREADY.fullmatch(pieces[-1].strip()) is not None
            pieces.append("<br>\n" if found == "\n" and not is_broken else found)
        return "".join(pieces)


def _pieces(part: str) -> Iterator[str]:
    """Tags, line ends outside of them, and the text between."""
    place = 0
    for found in _LINE_END.finditer(part):
        if found.start() > place:
            yield part[place : found.start()]
        yield found[0]
        place = found.end()
    yield part[place:]
