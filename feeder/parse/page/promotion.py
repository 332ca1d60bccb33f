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
    r"(?:read|see) (?:more|also|next)|lire aussi|à lire(?: aussi)?|lesen sie auch|mehr zum thema|lee también|"
    r"leia (?:também|mais)|leggi anche|related(?: (?:stories|articles|content))?|more on this(?: story)?|"
    r"(?:log\s?in|sign in|register)(?:\s(?:or|to)\b.{0,40})?|"
    r"(?:text|font)\ssize|(?:post|leave|add)\sa\scomment|view\s(?:all\s)?comments|(?:click|tap)\sto\s.{0,30}|"
    r"(?:story|article)\scontinues.{0,40}|continue\sreading.{0,40}|back\sto\stop|skip\sto\s.{0,30}|loading.{0,30}|"
    r"\(?(?:photo|image|picture|foto|credit|crédit|fotografía|bild)s?\s?(?:credits?\s?)?(?::|by\b).{0,80}|\(credit",
    re.IGNORECASE,
)
_OTHERS: Final = re.compile(  # labels of lists of other stories
    r"(?:you (?:may|might)\b|related\b|recommended\b|more (?:from|on|stories|news|about)\b|(?:read|see) also\b|"
    r"(?:das|was) könnte|auch interessant|lesen sie (?:auch|mehr|dazu)|mehr (?:zum|zu|aus|von)\b|verwandte\b|"
    r"ähnliche\b|weitere (?:artikel|beiträge|meldungen|nachrichten|themen)|la rédaction vous|(?:à|a) lire\b|"
    r"(?:lire|voir) aussi|sur le même (?:sujet|thème)|(?:te|le) puede|(?:lee|lea|ver|vea|mira) también|"
    r"más (?:noticias|sobre)\b|(?:noticias|notas|artículos) relacionad[ao]s|(?:leia|veja) (?:também|mais)|"
    r"leggi anche|(?:ti )?potrebbe|(?:lees|bekijk) ook|läs (?:också|även|mer)|les også|læs også|lue myös|"
    r"(?:czytaj|zobacz|przeczytaj)\b|(?:čtěte|přečtěte)\b|(?:читайте|смотрите) также|相关|相關|延伸阅读|推荐|関連|"
    r"あわせて|관련|(?:เรื่อง|ข่าว)ที่เกี่ยวข้อง)",
    re.IGNORECASE,
)
_PLEA: Final = re.compile(  # headings of what a site wants from its readers
    r"(?:.{0,40}\bnewsletter\b.{0,40}|gefällt (?:dir|euch|ihnen) .*\?|(?:folgen? sie|folgt?|follow) (?:uns|us)\b.*|"
    r"(?:unterstützen? sie|unterstütze|support) (?:uns|us|unser\w*|our)\b.*|"
    r"(?:subscribe|sign up|abonnieren|suscríbe\w+|abonnez-vous|inscrivez-vous|iscriviti|assine)\b.*|"
    r"(?:about|über|sobre|à propos de|zum?r?) (?:(?:the|den|die|el|la|der) |l.)?(?:author|autor(?:in)?|auteur|person))",
    re.IGNORECASE,
)
_CALL: Final = re.compile(  # a sentence that calls to follow the site elsewhere
    r"(?:(?:please|jetzt|bitte)\s)?(?:follow|like|join|sign up|subscribe|folgen?|folgt|abonnier\w+|melde\w*|"
    r"подпис\w+|sledujte|obserwuj|suscr[ií]b\w+|s[ií]gue\w*|suivez|abonnez|inscrivez|seguici|iscriviti|siga|assine|inscreva\w*|volg|følg|följ)\b.{0,80}?"
    r"\b(?:newsletters?|facebook|twitter|instagram|whatsapp|telegram|youtube|linkedin|podcast)\b",
    re.IGNORECASE,
)
_RIGHTS: Final = re.compile(
    r"(?:©|\(c\)|copyright\b).{0,120}|.{0,80}\b(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|"
    r"todos los derechos reservados|todos os direitos reservados|tutti i diritti riservati)\b.{0,80}",
    re.IGNORECASE,
)
_MOST_ASKED: Final = 700
"""Letters of what stands under the heading of a plea."""
_LEAST_BEFORE: Final = 1.5
"""How much more there is of the article than of that."""


def without(blocks: list[str]) -> list[str]:
    """The blocks of an article without promotions and buttons, and without what frames the running text."""
    kept = _without_lists(_without_pleas(blocks))
    kept = [block for block in kept if not (_is_promotion(block) or _is_rule(block))]
    while len(kept) > 1 and _is_rights(kept[-1]):
        kept.pop()
    texts = [number for number, block in enumerate(kept) if _is_text(block)]
    if not texts:
        return kept
    first, last = texts[0], texts[-1] + 1
    while last < len(kept) and not _is_trailing(kept[last:]):
        last += 1
    return [*_leading(kept[:first]), *kept[first:last]]


def _without_pleas(blocks: list[str]) -> list[str]:
    """The blocks without a last heading that asks readers for something and the little that stands below it."""
    sizes = [len(_line(block)) for block in blocks]
    for number in range(len(blocks) - 1, 0, -1):
        rest = sum(sizes[number + 1 :])
        if rest > _MOST_ASKED or rest * _LEAST_BEFORE > sum(sizes[:number]):
            break
        if blocks[number].startswith("<h") and _PLEA.fullmatch(_line(blocks[number])):
            return blocks[:number]
    return blocks


def _without_lists(blocks: list[str]) -> list[str]:
    """The blocks without labels that announce other stories and the links behind each."""
    kept: list[str] = []
    is_open = False
    for block in blocks:
        if not (is_open and _is_all_links(block)):
            is_open = _announces(block)
            kept.append(block)
        elif kept and _announces(kept[-1]):
            kept.pop()
    return kept[:-1] if kept and _announces(kept[-1]) else kept


def _announces(block: str) -> bool:
    return _is_heading(block) and _OTHERS.match(_line(block)) is not None


def _is_heading(block: str) -> bool:
    """Whether a block is a heading or a paragraph as short as one."""
    if block.startswith("<h"):
        return True
    line = _line(block)
    is_line = 0 < len(line) <= _LONGEST_LABEL * 2 and not line.endswith(".")
    return block.startswith("<p>") and is_line and _KEPT.search(block) is None


def _is_all_links(block: str) -> bool:
    """Whether a block is links and hardly anything else, sentences or not."""
    line = _line(block)
    return _KEPT.search(block) is None and bool(line) and _linked(block) >= len(line) * _NEARLY_ALL


def _is_promotion(block: str) -> bool:
    if len(block) > _MOST_MARKUP or _KEPT.search(block):
        return False
    line = _line(block)
    if len(line) > _LONGEST_PROMOTION:
        return False
    is_elsewhere = "<a" in block and _CALL.match(line) is not None
    return is_elsewhere or _BUTTON.fullmatch(line.rstrip(" .…:")) is not None or _is_call(block, line)


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


def _is_rights(block: str) -> bool:
    return len(block) <= _LONGEST_PROMOTION and _RIGHTS.fullmatch(_line(block)) is not None


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
