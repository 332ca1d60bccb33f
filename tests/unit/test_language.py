from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.language import _SMALL_WORDS, LANGUAGES, _beginning, _by_words, _profiles, detect, tag

TEXTS = {
    "en": "Police said that the bridge would be open again on Friday after the repair of its northern gate.",
    "de": "Die Polizei teilte mit, dass die Brücke nach der Reparatur am Freitag wieder geöffnet werde.",
    "fr": "La police a indiqué que le pont serait rouvert vendredi après la réparation de sa porte nord.",
    "es": "La policía informó de que el puente se abrirá de nuevo el viernes tras la reparación.",
    "it": "La polizia ha detto che il ponte sarà riaperto venerdì dopo la riparazione della porta nord.",
    "nl": "De politie zei dat de brug vrijdag weer open zou gaan na de reparatie van de noordelijke poort.",
    "ru": "Полиция сообщила, что мост откроют в пятницу после ремонта северных ворот.",
    "uk": "Поліція повідомила, що міст відкриють у п’ятницю після ремонту північних воріт.",
    "ar": "قالت الشرطة إن الجسر سيفتح مجددا يوم الجمعة بعد إصلاح البوابة الشمالية.",
    "fa": "پلیس گفت پل پس از تعمیر دروازه شمالی روز جمعه دوباره باز خواهد شد.",
    "hi": "पुलिस ने कहा कि उत्तरी द्वार की मरम्मत के बाद पुल शुक्रवार को फिर से खुलेगा।",
    "id": "Polisi mengatakan bahwa jembatan akan dibuka kembali pada hari Jumat setelah perbaikan gerbang utara.",
    "ja": "橋は閉鎖された",
    "zh": "大桥关闭",
    "ko": "다리 폐쇄",
    "el": "Η γέφυρα",
    "bn": "সেতু বন্ধ",
    "he": "הגשר נסגר",
    "th": "สะพานถูกปิด",
}

# Two sentences on one event, in languages that share their script with others.
SENTENCES: dict[str, list[str]] = json.loads((Path(__file__).parent.parent / "languages.json").read_text("utf-8"))
NEWS = {language: " ".join(sentences) for language, sentences in SENTENCES.items()}


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_of_a_text_is_found(language: str) -> None:
    assert detect(TEXTS[language]) == language


@pytest.mark.parametrize("language", NEWS)
def test_languages_alike_are_told_apart_by_their_small_words(language: str) -> None:
    first, second = SENTENCES[language]
    assert detect(NEWS[language]) == language
    assert _by_words(NEWS[language]) in {language, None}
    assert detect(first) == detect(second) == language


def test_the_small_words_of_most_news_are_clear() -> None:
    clear = [language for language in NEWS if _by_words(NEWS[language])]
    assert len(clear) >= 0.8 * len(NEWS)
    assert {"en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "sv", "da", "no", "tr", "ar", "fa"} <= set(
        clear
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The of and in.",  # too few
        "the the the the the the the the",  # one word is no evidence, however often
        "de la que se no por un con",  # of several languages
        "da de se uma para não o que um los las una con más pero",  # of two, half and half
        f"the and was with that {' '.join(f'name{number}' for number in range(80))}",  # too few among so many
        f"{NEWS['en'][:60]} {NEWS['fr'][:60]}",
        f"{SENTENCES['da'][0]} {SENTENCES['sv'][0]}",
    ],
)
def test_a_doubt_is_left_to_the_arbiter(text: str) -> None:
    assert _by_words(text) is None


@pytest.mark.parametrize(
    ("danish", "norwegian", "expected"), [(7, 0, "da"), (7, 1, "da"), (7, 2, None), (3, 0, None), (1, 6, "no")]
)
def test_a_language_must_be_far_ahead_in_what_the_others_have_not(
    danish: int, norwegian: int, expected: str | None
) -> None:
    def owned_by(*languages: str) -> list[str]:
        return sorted(word for word, owners in _profiles().items() if owners == set(languages))

    shared = owned_by("da", "no")[:5]
    assert _by_words(" ".join([*owned_by("da")[:danish], *owned_by("no")[:norwegian], *shared])) == expected


def test_half_a_word_at_the_end_is_not_read() -> None:
    assert _beginning(f"{'x' * 995} theory") == "x" * 995
    assert _beginning("the end") == "the end"


def test_words_of_another_script_do_not_outvote_the_most_of_a_text() -> None:
    assert detect("Η γέφυρα έκλεισε την Τρίτη. " * 3 + "the and of that with from this have") == "el"


@pytest.mark.parametrize("text", ["d’une l’est qu’ils n’ont c’était", "d'une l'est qu'ils n'ont c'était"])
def test_words_end_at_an_apostrophe(text: str) -> None:
    assert _by_words(text) == "fr"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_small_words_are_found_beside_marks_and_in_capitals(language: str) -> None:
    assert _by_words(NEWS[language].upper()) == language
    assert _by_words(f"“{NEWS[language]}”, (x)") == language


def test_each_small_word_stands_once_and_in_lower_case() -> None:
    for language, line in _SMALL_WORDS.items():
        words = line.split()
        assert language in LANGUAGES
        assert len(words) == len(set(words)) >= 30
        assert line == unicodedata.normalize("NFC", line).lower()
        assert all(_profiles()[word] >= {language} for word in words)


@given(st.lists(st.sampled_from([*_profiles(), "Bridge", "2019"]), max_size=60), st.text(max_size=9))
def test_the_order_and_the_number_of_words_are_no_evidence(words: list[str], between: str) -> None:
    found = _by_words(" ".join(words))
    assert found == _by_words(" ".join(reversed(words))) == _by_words(" ".join(words + words))
    assert detect(between * 3) in {None, *LANGUAGES}


@pytest.mark.parametrize("text", ["", "2019", "Hi", "???", "\U0001f600" * 30, "Xq zwv jkp vvrt qqx"])
def test_a_text_too_short_to_tell_has_none(text: str) -> None:
    assert detect(text) is None


def test_names_from_elsewhere_do_not_turn_a_text() -> None:
    assert detect("橋が閉鎖されたと City Bridge Authority が発表した。") == "ja"
    assert detect("市議会は大橋の閉鎖を決定。") == "ja"
    assert detect(TEXTS["en"] + " The sign reads 大桥.") == "en"


def test_only_languages_of_the_list_are_found() -> None:
    assert set(TEXTS) <= set(LANGUAGES)
    assert 45 <= len(LANGUAGES) <= 70
    assert len(set(LANGUAGES)) == len(LANGUAGES)


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    seen = 0

    class Counting(str):
        __slots__ = ()

        def __getitem__(self, place: object) -> str:
            nonlocal seen
            found = str.__getitem__(self, place)  # type: ignore[index]
            seen += len(found)
            return found

    assert detect(Counting(TEXTS["en"] * 10_000)) == "en"
    assert seen <= 1500


@pytest.mark.parametrize(
    ("text", "is_loaded"),
    [
        (NEWS["en"], False),
        (NEWS["ru"], False),
        (TEXTS["ja"], False),
        (TEXTS["bn"], False),
        ("Bridge closed, harbour shut", True),
    ],
)
def test_the_library_behind_it_is_loaded_by_the_first_doubt(text: str, *, is_loaded: bool) -> None:
    program = "import sys; from feeder.language import detect; detect(sys.argv[1]); print('py3langid' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program, text], capture_output=True, check=True, text=True)
    assert told.stdout == f"{is_loaded}\n"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("zh_cn", "zh-CN"),
        ("EN-us", "en-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("de_DE.UTF-8", "de-DE"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("es-419", "es-419"),
        ("English", "en"),
        ("日本語", "ja"),
        ("iw", "he"),
        (" pt-BR ", "pt-BR"),
        ("und", None),
        ("", None),
        ("x", None),
        ("5", None),
        ("not a language", None),
        ("en-", None),
        ("en\n", "en"),
    ],
)
def test_a_declared_language_becomes_a_tag_or_nothing(declared: str, expected: str | None) -> None:
    assert tag(declared) == expected
