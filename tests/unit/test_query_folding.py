from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.query import folded, folding, is_unspaced
from feeder.text import clean
from linear import in_linear_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Harbour, at last!", "the harbour at last"),
        ("Müller MULLER", "muller muller"),
        ("Straße", "strasse"),
        ("ﬁnal oﬃce", "final office"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("Łódź, Ærø, Đà Nẵng", "lodz aero da nang"),
        ("İstanbul ıspanak", "istanbul ispanak"),
        ("ΑΘΉΝΑ τέλος", "αθηνα τελοσ"),
        ("Ёлка", "елка"),
        ("שָׁלוֹם", "שלום"),
        ("أحمد مُحَمَّد العـــربية", "احمد محمد العربية"),
        ("٢٠٢٦", "2026"),
        ("हिन्दी", "हिन्दी"),  # vowels are no marks that may be left out
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("O'Neil O’Neil O´Neil Oʼneil", " ".join(["o neil"] * 4)),
        ("e-mail l'homme", "e mail l homme"),
        ("U.S. U.S.A. e.g.", "us usa eg"),
        ("end. node.js example.org", "end node js example org"),
        ("C++ C# A+, Canal+", "c ++ c # a + canal +"),
        ("#harbour +1 .net ++", "harbour 1 net"),
        ("3.5 1,000 12:30", "3 5 1 000 12 30"),
        ("m² ½ ①", "m2 1 2 1"),
        ("snake_case a/b@c", "snake case a b c"),
        ("東京都、日本", "東京都 日本"),
        ("AI技術2026年", "ai 技術 2026 年"),
        ("ｶﾞｰﾃﾞﾝ ガーデン", "ガーデン ガーデン"),
        ("が か", "が か"),  # another sound is another letter
        ("각 각", "각 각"),  # as one character and as its parts
        ("กรุงเทพฯ ไม่ไป", "กรุงเทพฯ ไม่ไป"),
        ("ລາວ ខ្មែរ မြန်မာ။", "ລາວ ខ្មែរ မြန်မာ"),
        ("a🚗🚕b 👍🏽", "a 🚗🚕 b 👍"),
        ("- — … !", ""),
        ("", ""),
    ],
)
def test_texts_are_compared_in_this_form(text: str, expected: str) -> None:
    assert folded(text) == unicodedata.normalize("NFC", expected)


@given(st.text(), st.sampled_from([" ", "\n", "\t\t", "\u3000", "\x85"]), st.text() | st.text("abc.+#"))
def test_no_word_knows_what_stands_before_or_behind_it(before: str, space: str, behind: str) -> None:
    """So it may be folded by itself, and remembered."""
    apart = [words for words in (folded(before), folded(behind)) if words]
    assert folded(f"{before}{space}{behind}") == " ".join(apart)


def test_words_are_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_MOST_WORDS_KEPT", 3)
    folding._WORDS.clear()
    for _ in range(2):
        for word in ("Ä", "Ö", "Ü", "É", "Ñ"):
            assert folded(f"{word} {word * 30}") == f"{folded(word)} {folded(word) * 30}"
            assert len(folding._WORDS) <= 3
            assert word * 30 not in folding._WORDS


@given(st.text())
def test_it_is_words_with_one_space_between(text: str) -> None:
    form = folded(clean(text))
    assert form == " ".join(form.split())
    assert not set(form) & set("\0\n.")


@given(st.text())
def test_compositions_and_case_make_no_difference(text: str) -> None:
    text = clean(text)
    form = folded(text)
    assert folded(unicodedata.normalize("NFD", text)) == form
    assert folded(unicodedata.normalize("NFC", text)) == form
    if text.isascii():
        assert folded(text.upper()) == form


def test_every_character_has_one_form_in_any_company() -> None:
    for code in range(sys.maxunicode + 1):
        form = folded(chr(code))
        assert folded(form) == form, hex(code)
        assert len(form) <= 18 + 16, hex(code)  # the longest is a formula of blessing in one character


def test_ascii_and_other_texts_are_parted_alike() -> None:
    for code in range(1, 128):
        text = f"a{chr(code)}b"
        assert folded(text) == folded(f"{text} é").removesuffix(" e")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4E20), min_size=1))
def test_unspaced_runs_stay_whole(text: str) -> None:
    assert folded(text) == text
    assert all(map(is_unspaced, text))
    assert not is_unspaced("a")


@pytest.mark.parametrize("piece", ["a.", "東", ".", "+", "a+", "é", "ا", "U.S.", " ", "\u0301a", "🚗a"])
def test_long_texts_take_linear_time(piece: str) -> None:
    in_linear_time(lambda: folded(piece * (3_000_000 // len(piece))))
