"""Which language a text is in, and which tags are worth passing on.

A script that only one language of the list uses answers by itself; the rest is py3langid's, restricted to the
list, because among all its 140 languages a short Russian text comes out as Bashkir.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

_LIST: Final = (
    "af ar az be bg bn ca cs cy da de el en es et eu fa fi fr gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk "
    "ml mn mr ms my ne nl no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
LANGUAGES: Final = tuple(_LIST.split())
"""What ``detect`` can answer (ISO 639)."""

_LEAST_PROBABILITY: Final = 0.5
_SAMPLE_CHARACTERS: Final = 1500
_LEAST_LETTERS: Final = 10
_LEAST_SHARE: Final = 0.35

_SCRIPTS: Final = {  # of one language in the list each
    "el": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hy": re.compile("[\u0530-\u058f]"),
    "ka": re.compile("[\u10a0-\u10ff]"),
    "pa": re.compile("[\u0a00-\u0a7f]"),
    "gu": re.compile("[\u0a80-\u0aff]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "te": re.compile("[\u0c00-\u0c7f]"),
    "kn": re.compile("[\u0c80-\u0cff]"),
    "ml": re.compile("[\u0d00-\u0d7f]"),
    "si": re.compile("[\u0d80-\u0dff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "my": re.compile("[\u1000-\u109f]"),
    "km": re.compile("[\u1780-\u17ff]"),
    "ko": re.compile("[\uac00-\ud7a3]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"),
}
_DENSE: Final = {"ko": 2, "ja": 3, "zh": 3}
"""How many letters of an alphabet one character of a script stands for."""
_KANA_SHARE: Final = 0.1

_LETTERS: Final = re.compile(r"[^\W\d_]")
_TAG: Final = re.compile(  # the langtag of RFC 5646 section 2.1 without extensions and private use
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.ASCII | re.IGNORECASE,
)
_NAMED: Final = (
    "arabic=ar chinese=zh czech=cs danish=da dutch=nl english=en finnish=fi french=fr german=de greek=el hebrew=he "
    "hindi=hi hungarian=hu indonesian=id italian=it japanese=ja korean=ko norwegian=no persian=fa polish=pl "
    "portuguese=pt romanian=ro russian=ru spanish=es swedish=sv thai=th turkish=tr ukrainian=uk vietnamese=vi "
    "deutsch=de español=es français=fr italiano=it nederlands=nl português=pt русский=ru 日本語=ja 中文=zh 한국어=ko"
)
_NAMES: Final = dict(pair.split("=") for pair in _NAMED.split())
_RETIRED: Final = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "eng": "en", "ger": "de", "deu": "de", "fra": "fr"}
_NONE: Final = {"und", "zxx", "mul", "mis"}


def detect(text: str) -> str | None:
    """The language of a text (ISO 639), None where it is too short or too mixed to say.

    The first call for a script of several languages loads the model: about a second and 100 MB, once a process.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    letters = len(_LETTERS.findall(sample))
    found = _by_script(sample, letters)
    if found or letters < _LEAST_LETTERS:
        return found
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= _LEAST_PROBABILITY else None


def tag(declared: str) -> str | None:
    """A declared language as a BCP 47 tag in its usual case (``zh_cn`` is ``zh-CN``), None if it is none."""
    name = declared.strip()
    name = _NAMES.get(name.casefold(), name.partition(".")[0].partition("@")[0].replace("_", "-"))
    found = _TAG.fullmatch(name)
    if found is None or found["language"].lower() in _NONE:
        return None
    language = found["language"].lower()
    script, region = (found["script"] or "").title(), (found["region"] or "").upper()
    parts = (_RETIRED.get(language, language), script, region, (found["variants"] or "").lower().strip("-"))
    return "-".join(part for part in parts if part)


def _by_script(sample: str, letters: int) -> str | None:
    """The language whose script most of the text is in, by the weight of its characters."""
    counts = {language: len(script.findall(sample)) for language, script in _SCRIPTS.items()}
    if counts["ja"] > _KANA_SHARE * counts["zh"]:
        counts["ja"], counts["zh"] = counts["ja"] + counts["zh"], 0
    language, count = max(counts.items(), key=lambda item: item[1])
    weight = _DENSE.get(language, 1)
    whole = letters + count * (weight - 1)
    return language if count and count * weight >= _LEAST_SHARE * whole else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 (only who detects pays for numpy)

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
