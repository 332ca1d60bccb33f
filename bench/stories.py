"""Invented articles for the benchmarks: always the same one for the same number, in the form of a seed or of Markdown.

Nearly half of the words are the small ones of the language, as in any text; English has a thousand others, most of
them made of syllables, so that a store sees as many different words as with real articles. No two stories share more
than chance does: they are no near-duplicates of each other.
"""

# ruff: noqa: RUF001 (words of other languages)

from __future__ import annotations

import functools
import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDERS = 20
SMALL_SHARE = 0.45
SMALL = {
    "en": "the the the of to and a in that for on is was with it as by be at from he are this have had not but who",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er",
    "fr": "de la le et les des en un une du que est pour qui dans a par plus pas au sur ne se ce il avec sont",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha",
    "pl": "w i na z do że się nie to jest o jak od po przez dla za co przy był tym tak ale już są było oraz",
    "ru": "и в не на что он с как это по но из у за то от для о же был при так было до бы только когда после",
    "zh": "的 了 在 是 和 有 这 不 中 为 上 与 对 将 也 就 到 被 但 从 后 并 由 而 以",
}
OTHERS = {
    "en": "government police harbour bridge minister council Tuesday Friday report repair traffic company river vote "
    "election budget school hospital engineers statement morning evening closed opened announced expected between "
    "thousands residents weather storm northern southern market prices city “urgent” Zoë it’s £5 million",
    "de": "Regierung Polizei Brücke Hafen Minister Dienstag Freitag Bericht Reparatur Verkehr Fluß Wahl Haushalt "
    "Schule Krankenhaus Erklärung Morgen Abend geschlossen geöffnet angekündigt erwartet Tausende Einwohner Sturm",
    "fr": "gouvernement police préfecture pont port ministre mardi vendredi rapport réparation circulation rivière "
    "élection budget école hôpital ingénieurs déclaration matin soir fermé rouvert annoncé attendu milliers habitants",
    "es": "gobierno policía puente puerto ministro martes viernes informe reparación tráfico río elección presupuesto "
    "escuela hospital ingenieros declaración mañana noche cerrado abierto anunció espera miles habitantes España",
    "pl": "rząd policja most port minister wtorek piątek raport naprawa ruch rzeka wybory budżet szkoła szpital "
    "inżynierowie oświadczenie rano wieczór zamknięty otwarty ogłosił oczekiwany tysiące mieszkańcy burza wiatr",
    "ru": "правительство полиция мост порт министр вторник пятницу отчёт ремонт движение река выборы бюджет школа "
    "больница инженеры заявление утром вечером закрыт открыт объявил ожидается тысячи жителей шторм ветер цены",
    "zh": "政府 警方 大桥 港口 部长 周二 周五 报告 维修 交通 河流 选举 预算 学校 医院 工程师 声明 早上 晚上 关闭 开放",
}
STEMS = ("ba", "co", "du", "fe", "gri", "ha", "lo", "mi", "no", "pra", "re", "sto", "tu", "ve")
MIDDLES = ("l", "nd", "rt", "st", "ck", "m", "v", "t")
ENDS = ("", "ing", "ed", "er", "en", "ion", "ly", "s")
RARE = [stem + middle + end for stem in STEMS for middle in MIDDLES for end in ENDS]
TAGS = ("harbour", "election", "weather", "market", "school", "traffic")


def mark(number: int) -> str:
    """What only this story's title holds, and nothing else of it or of another one."""
    return f"{number:07}"


@dataclass(frozen=True, slots=True)
class Story:
    """One article; ``date`` is ISO 8601, a day or a moment in UTC."""

    title: str
    date: str
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]

    def seed(self) -> str:
        return f" date {self.date[:10]} {self.title}\n\n" + "\n\n".join(self.paragraphs) + "\n"

    def markdown(self) -> str:
        head = f"---\ntitle: {self.title}\ndate: {self.date}\ntags: [{', '.join(self.tags)}]\n---\n"
        return head + "\n" + "\n\n".join(self.paragraphs) + "\n"


def story(number: int, *, tongue: str = "en", words: int = 300) -> Story:
    """An article of half to one and a half times so many words; some English ones have a byline."""
    dice = random.Random(number)
    left = dice.randint(words // 2, words * 3 // 2)
    paragraphs = ["By Ann Example and Bob Sample"] if number % 7 == 0 and tongue == "en" else []
    while left > 0:
        sentences = [_words(dice, tongue, dice.randint(8, 24)) for _ in range(dice.randint(1, 4))]
        left -= sum(len(sentence) for sentence in sentences)
        paragraphs.append(" ".join(_sentence(sentence, tongue) for sentence in sentences))
    title = _sentence(_words(dice, tongue, dice.randint(5, 10)), tongue)[:-1]
    date = f"{2015 + number % 9}-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z"
    return Story(f"{title} {mark(number)}", date, tuple(dice.sample(TAGS, 2)), tuple(paragraphs))


def fresh(number: int) -> Story:
    """An article that is newer than all others, and than those with smaller numbers."""
    made = story(number)
    date = (
        f"2024-{1 + number // 40320 % 12:02}-{1 + number // 1440 % 28:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    )
    return Story(made.title, date, made.tags, made.paragraphs)


def drop(seeds: Path, count: int, write: Callable[[int], str]) -> int:
    """Write so many seed files into folders of their own; gives their size in bytes."""
    size = 0
    for number in range(count):
        folder = seeds / f"desk {number % FOLDERS}"
        if number < FOLDERS:
            folder.mkdir(parents=True)
        raw = write(number).encode()
        size += len(raw)
        (folder / f"{number:06}.txt").write_bytes(raw)
    return size


@functools.cache
def _vocabulary(tongue: str) -> tuple[list[str], list[float]]:
    """A language's words with the sums of their weights."""
    small, others = SMALL[tongue].split(), OTHERS[tongue].split() + (RARE if tongue == "en" else [])
    weights = [SMALL_SHARE / len(small)] * len(small) + [(1 - SMALL_SHARE) / len(others)] * len(others)
    return small + others, list(itertools.accumulate(weights))


def _words(dice: random.Random, tongue: str, count: int) -> list[str]:
    words, sums = _vocabulary(tongue)
    return dice.choices(words, cum_weights=sums, k=count)


def _sentence(words: list[str], tongue: str) -> str:
    if tongue == "zh":
        return "".join(words) + "。"
    text = " ".join(words)
    return text[0].upper() + text[1:] + "."
