"""Who a line of credits names: ``By Jane Reporter and John Smith, Political Editor``, in the languages of the press.

It reads what a page says its authors are. It drops what is nobody (addresses, roles, ``staff``), and the date, the
place and the employer that stand behind a name. It never makes up a name.
"""

from __future__ import annotations

import re
from typing import Final

from feeder import text

_LONGEST: Final = 400
_LONGEST_NAME: Final = 80
_MOST_WORDS: Final = 7
_KINDS: Final = (  # what is by somebody, in languages in which the word before the name is also part of names
    r"(?:(?:ein(?:e|en)?\s[^\W\d_]+|analyse|verfasst|geschrieben|veröffentlicht|erstellt|essay|gastbeitrag|gastkommentar|interview|kolumne|kommentar|porträt|"
    r"protokoll|reportage|rezension)\s)?von\b|(?:(?:écrit|publié|rédigé|recueilli|propos\srecueillis|interview|"
    r"article|texte|analyse)\s)?par\b|(?:(?:escrito|publicado|texto|análisis)\s)?por\b|"
    r"(?:a\scura|scritto|articolo)\sdi\b|(?-i:di|DI)\b"
)
_LABELS: Final = (  # words that need a colon
    r"door|af|av|od|autor(?:in|a|es|en|zy|ka)?|authors?|auteurs?|autore|autori|byline|text|texto|texte|tekst|foto|ord|oleh|penulis|"
    r"yazar|haber|kirjoittaja|teksti|szerző|írta|tác giả|автор(?:ы)?|текст|фото|συντάκτης|του|كتب|بقلم|الكاتب|"
    r"作者|记者|記者|文|撰文|责任编辑|責任編輯|编辑|編輯|执笔|執筆|기자|글"
)
_OPENING: Final = re.compile(
    rf"^(?:(?:(?:written|posted|submitted|reported|published|words?|story|text|photos?(?:\s+and\s+text)?)\s+)?by\b|{_KINDS}"
    rf"|(?:{_LABELS})(?=\s*[:：])|(?:door|af|av|oleh|oprac\.?|aut\.?)\s|(?:[^\W\d_]{{0,4}}[记記]者|[撰作]?文)\s*[/／\s]|[记記]者"  # noqa: RUF001
    r")\s*[:：/／]?\s*",  # noqa: RUF001
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(  # behind a name: who helped, the paper, the place
    r"\s+[(（][^()（）]{1,120}[)）](?=\s*(?:$|[,;|/·•]|(?:&|and|und|et|y|e|og|och)\s))",  # noqa: RUF001
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"^[0-9.:/\s-]{6,}(?=[^\W\d_])")
_COMMAS: Final = re.compile(r"\s*[,;|/·•、，；／\n]\s*|\s+[-–—]\s+")  # noqa: RUF001
_BETWEEN: Final = re.compile(
    r"\s+(?:&|\+|and|und|et|y|e|en|och|og|ja|i|a|и|та|ve|with|mit)\s+",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"(?:https?:)?//|www\.|[^\s@]+@[^\s@]+|^[@#]|^\S+\.[a-z]{2,4}$", re.IGNORECASE)
_LINK: Final = re.compile(r"(?:https?:)?//\S+|\S+@\S+\.\S+|(?<!\w)@\w+")
_DATE: Final = re.compile(r"[0-9]{1,2}[:.][0-9]{2}|\b(?:19|20)[0-9]{2}\b|^[0-9]+\s")
_DATED: Final = re.compile(  # where the date behind a name begins
    r"\s*\b(?:updated|last\supdated|published|posted|aktualisiert|stand|mis à jour|actualizado|atualizado)\b.*"
    r"|\s+(?:on|am|le|el|il|em|den)\s+(?:[^\W\d_]{3,9}[.,]?\s)?[0-9].*"
    r"|\s+[-–—|·•,]\s+(?:[^\W\d_]{3,9}[.,]?\s){1,2}[0-9].*"  # noqa: RUF001
    r"|[\s,]*\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s[0-9].*|(?<=\w)\s*[-–—|·•,]?\s*[0-9].*",  # noqa: RUF001
    re.IGNORECASE,
)
_ROLES: Final = (
    r"editors?|editor-in-chief|editor-at-large|writers?|reporters?|correspondents?|columnists?|critics?|contributors?|"
    r"journalists?|producers?|anchors?|analysts?|photographers?|technologists?|strategists?|fellow|professor|lecturer|"
    r"director|manager|engineer|developer|scientist|researcher|president|founder|redakteur(?:in)?|korrespondent(?:in)?|journaliste|correspondante?|rédacteur|rédactrice|periodista|"
    r"corresponsal|redactora?|giornalista|corrispondente|redaktör|reporter|toimittaja|journalist|dziennikarz|redaktor|"
    r"корреспондент|обозреватель|журналист|特派员|特派員|통신원"
)
_ROLE: Final = re.compile(
    rf"(?:(?:senior|chief|deputy|managing|executive|associate|assistant|contributing|staff|special|guest|political|"
    rf"politics|business|science|sports?|health|technology|tech|economics|foreign|world|national|home\saffairs|news|"
    rf"features?|culture|arts|software|product|program|research|data|education|environment|city|diplomatic|royal|digital)\s)*(?:{_ROLES})\b",
    re.IGNORECASE,
)
_KOREAN: Final = re.compile(r"\s*(?:\S{0,4}특파원|\S{0,4}기자|앵커)$")
_BEHIND: Final = re.compile(
    r"\s+(?:(?:and|und|et|e|y)\s(?:agenc|agênc|agentur|agenz)\w*|(?:in|at|from|for|of|reports?|reporting|contributed|follow|aus|für|pour|depuis|avec|para|desde|con|com)\b"
    r"|à\s|[-–—]).*",  # noqa: RUF001
    re.IGNORECASE,
)
"""Where a name and a surname end: the place, the paper and what else stands behind them."""
_BEFORE: Final = re.compile(
    r"^(?:avec|mit|con|com|with|including|med|special\sto|exclusive\sto|theo|da|de\snossa)\s", re.IGNORECASE
)
_DEGREE: Final = re.compile(
    r"(?:ph\.?\s?d|m\.?d|m\.?a|mba|b\.?sc?|m\.?sc?|r\.?n|r\.?d|esq|dds|dvm|mph|cfa)\.?", re.IGNORECASE
)
_JUNIOR: Final = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_NOBODY: Final = re.compile(
    r"(?:photos?|fotos?|bild(?:er)?|images?|pictures?|video|graphics?|grafik)(?:\s?:|\s(?:by|von|par|por)\b).*|"
    r"(?:submitted|posted|published|updated|geschrieben|veröffentlicht|publié|publicado)\s(?:on|at|am|le|el|em)\b.*|"
    r"(?:redaktion|redacción|rédaction|redazione|redação|redactie|redakcja)\s.{1,40}|"
    r"(?:the\s|la\s|da\s|di\s|de\s|della\s)?(?:admin(?:istrator)?|staff(?:\s(?:writers?|reports?|reporters?))?|editors?|"
    r"(?:news\s?)?desk|newsroom|web ?master|user|anonymous|unknown|none|null|undefined|nan|redaktion(?:en)?|redactie|"
    r"redakce|redaksjonen|redakcja|redacción|redacao|redação|rédaction|redazione|redaktionen|toimitus|szerkesztőség|"
    r"редакция|tim redaksi|toà soạn|กองบรรณาธิการ|编辑部|編集部|author|by|var|false|true|"
    r"updated?|published|follow|share|news\swires?|wire\s(?:services?|reports?)|guest(?:\s(?:author|post|blogger))?|"
    r"(?:staff\sand\s)?(?:agenc|agênc|agentur|agenz)(?:ies|es|ias|en|ie)|.{0,40}\b(?:staff|editorial(?:\s(?:board|team))?|writers|reporters|editors|team)|.*报道|.*報導|来源.*|來源.*|출처.*)",
    re.IGNORECASE,
)
_AGENCY: Final = re.compile(
    r"(?:the\s)?(?:AAP|AFP|Agence France[- ]Presse|ANP|ANSA|AP|Associated Press|APA|Belga|Bloomberg(?:\sNews)?|CNN|CTK|"
    r"ČTK|dpa(?:-\w+)?|EFE|Europa Press|Interfax|Kyodo(?:\sNews)?|Lusa|MTI|NTB|PA(?:\sMedia)?|Press Association|PAP|"
    r"Reuters|Ritzau|SID|STT|TASS|TT|UPI|Xinhua|Yonhap|中新社|新华社|연합뉴스|共同通信|ТАСС|Интерфакс|РИА Новости)",  # noqa: RUF001 (Cyrillic)
    re.IGNORECASE,
)
_PAPER: Final = re.compile(
    r"^(?:The|Die|Der|Das|Le|La|Les|El|Los|Il)\s|\b(?:News|Press|Times|Post|Magazine|Media|Network|Radio|Television|TV|Agency|Agence|"
    r"Agentur|Bureau|Service|Online|Business|Politics|Sports?|Herald|Tribune|Gazette|Journal|University|Institute|"
    r"Today|TODAY|CNN|BBC|NBC|ABC|CBS|NPR)\b"
)


def names(line: str) -> list[str]:
    """The people whom a line names, in its order; empty where it names none."""
    found = _BRACKETS.sub("", _LINK.sub("", text.clean_line(line[:_LONGEST]))).strip(" \t\n()（）[]")  # noqa: RUF001
    found = _OPENING.sub("", _CLOCK.sub("", found, count=1), count=1)
    parts = dict.fromkeys(name for part in _parts(_undated(found)) if (name := _trimmed(part)) and is_name(name))
    return without_agencies(_people(list(parts)))


def without_agencies(found: list[str]) -> list[str]:
    """The names without agencies and desks, unless there is nobody else."""
    return [name for name in found if not is_agency(name)] or found


def is_agency(name: str) -> bool:
    """Whether a name is a news agency's."""
    return _AGENCY.fullmatch(name) is not None


def is_name(found: str) -> bool:
    """Whether a text may be somebody's name: short, no address, no date, no role."""
    return (
        len(found) <= _LONGEST_NAME
        and len(words := found.split()) <= _MOST_WORDS
        and sum(word[0].islower() for word in words) <= max(2, len(words) / 2)
        and any(map(str.isalpha, found))
        and not _ADDRESS.search(found)
        and not _DATE.search(found)
        and not _NOBODY.fullmatch(found)
        and not _ROLE.match(found)
        and not _BEFORE.match(found)
    )


def _undated(found: str) -> str:
    """A line without the date behind the names; a date alone stays, and is nobody."""
    dated = next(
        (each for each in _DATED.finditer(found) if each.start() and " " in found[: each.start()].strip()), None
    )
    return found[: dated.start()] if dated else found


def _parts(found: str) -> list[str]:
    """What stands between commas and ands; ``Smith, John`` and ``Ortega y Gasset`` are one name each."""
    reversed_names = [_turned(listed) for listed in found.split(";")] if found.count(";") else []
    if reversed_names and all(reversed_names):
        return [name for name in reversed_names if name]
    listed = _joined(_COMMAS.split(found))
    parts = [part for each in listed for part in _full_names(each) if part]
    return [_turned(found) or found] if len(parts) == 2 and _turned(found) else parts  # noqa: PLR2004 (two names)


def _turned(found: str) -> str | None:
    """``Smith, John`` the right way round; None where a text is not two words with a comma."""
    first, comma, second = (part.strip() for part in found.partition(","))
    words = (first, second)
    if not comma or any(len(word.split()) != 1 or not word[0].isupper() for word in words) or _JUNIOR.fullmatch(second):
        return None
    return f"{second} {first}"


def _joined(parts: list[str]) -> list[str]:
    """The parts with ``Jr.`` behind whose son it is, and without degrees."""
    joined: list[str] = []
    for part in parts:
        if joined and _JUNIOR.fullmatch(part):
            joined[-1] += f" {part}"
        elif not _DEGREE.fullmatch(part):
            joined.append(part)
    return joined


def _full_names(listed: str) -> list[str]:
    """What stands between ands, if each has a name and a surname (or a comma may have gone before the and)."""
    parts = _BETWEEN.split(re.sub(r"^(?:&|and|und|et|y|e|og|och)\s+", "", listed, flags=re.IGNORECASE))
    return parts if all(" " in part for part in parts) else [" ".join(listed.split())]


def _trimmed(part: str) -> str:
    """A name without the brackets, the role and the place behind it and the marks around it."""
    name = re.sub(r"\s*[(\[<（][^()\[\]<>]{0,80}[)\]>）]?$", "", part)  # noqa: RUF001
    name = _KOREAN.sub("", name)
    opening = _ROLE.match(name)
    name = name[opening.end() :] if opening and len(name[opening.end() :].split()) > 1 else name
    for ending in (_BEHIND, _ROLE):
        end = next((found for found in ending.finditer(name) if len(name[: found.start()].split()) > 1), None)
        name = name[: end.start()] if end else name
    name = name.strip(" :-–—*\"'|")  # noqa: RUF001
    return name if _JUNIOR.fullmatch(name.rpartition(" ")[2]) else name.rstrip(". ")


def _people(found: list[str]) -> list[str]:
    """The names without the places and papers beside them: single words and firms, where somebody has a full name."""
    if not any(_is_full(name) for name in found):
        return found
    return [name for name in found if _is_full(name) or not (_is_word(name) or _PAPER.search(name))]


def _is_full(name: str) -> bool:
    """Whether a text in a script with capitals is a name and a surname, and no firm."""
    words = name.split()
    return len(words) > 1 and words[0][0].isupper() and words[-1][0].isupper() and not _PAPER.search(name)


def _is_word(name: str) -> bool:
    return " " not in name and name[0].isupper()
