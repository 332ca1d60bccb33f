"""What stands between and around the paragraphs of an article and is none of it: promotions, buttons, lists of links.

Sites put those into the element that holds the article, often without a mark. What is here is told by its own text:
it is all links, it calls to read something else, it is a button's label, or it comes before the first paragraph or
behind the last one and has nothing to say.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_MOST_MARKUP: Final = 6000
"""Characters of a block that are looked at; a longer one is text, or a table."""
_LEAST_TEXT, _SURELY_TEXT = 40, 120
"""Bytes of a paragraph outside of its links, in UTF-8 (which counts a Chinese character for three letters)."""
_LEAST_LINKED, _NEARLY_ALL = 0.6, 0.8
_LONGEST_LABEL: Final = 25
_LONGEST_PROMOTION: Final = 240
_FEWEST_ITEMS: Final = 3
_LINK: Final = re.compile(r"<a\b[^<>]*>((?:[^<]++|<(?!/a>))*+)</a>")
_TAG: Final = re.compile(r"<[^<>]*>")
_ITEM: Final = re.compile(r"<li>((?:[^<]++|<(?!/?li>))*+)")
_KEPT: Final = re.compile(r"<(?:img|table|pre|blockquote)\b")
_SENTENCE: Final = re.compile(r"[.!?…:。！？”\"»]['\"”’»)\]]*$")  # noqa: RUF001
_ALSO: Final = re.compile(
    r"(?:(?:please\s)?(?:read|see|watch|listen|more|also|related|recommended|don't miss|further reading)\b"
    r"|(?:à lire|lire|à voir|voir)\b|(?:lee|lea|leer|ver|más|vea|mira|te puede interesar|relacionad[oa]s?)\b"
    r"|(?:leia|veja|saiba|confira|assista)\b|(?:leggi|guarda)\b"
    r"|(?:lesen sie|mehr zum|mehr zu|mehr dazu|siehe auch)\b"
    r"|(?:lees|bekijk)\b|(?:läs|les|læs|se)\s(?:också|även|mer|også|mere)\b|lue\s(?:myös|lisää)\b"
    r"|(?:czytaj|zobacz|przeczytaj|čtěte|přečtěte|čítajte)\b|(?:читайте|смотрите|читати|по теме)\b"
    r"|(?:okuyun|ilgili haber)"
    r"|(?:baca juga|xem thêm|đọc thêm|อ่าน)|(?:اقرأ|إقرأ|شاهد)|(?:相关|相關|延伸|推荐|関連|あわせて|관련))",
    re.IGNORECASE,
)
_BUTTON: Final = re.compile(
    r"(?:skip\s)?(?:advertisement|ad)|anzeige|werbung|publicidad|publicité|pubblicità|publicidade|advertentie|annons|annonse|"
    r"annonce|reklama?|mainos|реклама|广告|廣告|広告|광고|iklan|quảng cáo|إعلان|"
    r"(?:share|tweet|e-?mail|print|save|like|follow|subscribe|comments?|compartir|imprimir|partager|imprimer|teilen|drucken|"
    r"condividi|stampa|compartilhar|delen|dela|del|jaa|поделиться|分享|공유)(?:\s(?:this|on|via|to|with|en|sur|auf|su|no)\b.{0,30})?|"
    r"(?:text|font)\ssize|(?:post|leave|add)\sa\scomment|view\s(?:all\s)?comments|(?:click|tap)\sto\s.{0,30}|"
    r"(?:story|article)\scontinues.{0,40}|continue\sreading.{0,40}|back\sto\stop|skip\sto\s.{0,30}|loading.{0,30}|"
    r"\(?(?:photo|image|picture|foto|credit|crédit|fotografía|bild)s?\s?(?:credits?\s?)?(?::|by\b).{0,80}|\(credit",
    re.IGNORECASE,
)


def without(blocks: list[str]) -> list[str]:
    """The blocks of an article without promotions and buttons, and without what frames the running text."""
    kept = [block for block in blocks if not (_is_promotion(block) or _is_rule(block))]
    texts = [number for number, block in enumerate(kept) if _is_text(block)]
    if not texts:
        return kept
    first, last = texts[0], texts[-1] + 1
    while last < len(kept) and not _is_trailing(kept[last:]):
        last += 1
    return [*_leading(kept[:first]), *kept[first:last]]


def _is_promotion(block: str) -> bool:
    if len(block) > _MOST_MARKUP or _KEPT.search(block):
        return False
    line = _line(block)
    if len(line) > _LONGEST_PROMOTION:
        return False
    return _BUTTON.fullmatch(line.rstrip(" .…:")) is not None or _is_call(block, line)


def _is_call(block: str, line: str) -> bool:
    """Whether a block calls to read or to see something else: a few words, then nothing but links."""
    link = _LINK.search(block)
    if link is None or _ALSO.match(line) is None:
        return False
    label, rest = _line(block[: link.start()]), _line(block[link.start() :])
    return len(label) <= _LONGEST_LABEL * 2 and _linked(block) >= len(rest) * _NEARLY_ALL


def _leading(blocks: list[str]) -> list[str]:
    """What stands before the running text, without lists of links and the labels before those."""
    kept: list[str] = []
    for block in reversed(blocks):
        if not (_is_links(block) or (_is_label(block) and not kept)):
            kept.insert(0, block)
    return kept


def _is_trailing(blocks: list[str]) -> bool:
    """Whether all of what stands behind the running text is headings and links, which lead elsewhere."""
    return all(_is_links(block) or block.startswith("<h") or _is_label(block) or not _line(block) for block in blocks)


def _is_label(block: str) -> bool:
    return _line(block).endswith((":", "：")) and _KEPT.search(block) is None  # noqa: RUF001


def _is_rule(block: str) -> bool:
    """Whether a block is a line of strokes or stars."""
    return not (_KEPT.search(block) or block.startswith("<hr") or any(map(str.isalnum, _line(block))))


def _is_links(block: str) -> bool:
    """Whether a block is nothing but links, or a list of labels."""
    if len(block) > _MOST_MARKUP or _KEPT.search(block):
        return False
    line = _line(block)
    items = [_line(item) for item in _ITEM.findall(block)]
    is_menu = len(items) >= _FEWEST_ITEMS and sum(map(len, items)) <= len(items) * _LONGEST_LABEL
    return is_menu or (bool(line) and _linked(block) >= len(line) * _LEAST_LINKED and not _SENTENCE.search(line))


def _is_text(block: str) -> bool:
    """Whether a block is running text: a sentence, or much outside of links."""
    if block.startswith("<h"):
        return False
    said = len(_line(_LINK.sub("", block[:_MOST_MARKUP])).encode())
    return said >= _SURELY_TEXT or (said >= _LEAST_TEXT and _SENTENCE.search(_line(block)) is not None)


def _linked(block: str) -> int:
    """Letters of a block's links."""
    return sum(len(_line(link)) for link in _LINK.findall(block[:_MOST_MARKUP]))


def _line(block: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", block[:_MOST_MARKUP])).split())
