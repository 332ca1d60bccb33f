from __future__ import annotations

import sys

import pytest

from feeder.language import LANGUAGES, detect, tag

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
    "he": "הגשר נסגר",
    "th": "สะพานถูกปิด",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_of_a_text_is_found(language: str) -> None:
    assert detect(TEXTS[language]) == language


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


def test_the_library_behind_it_is_loaded_by_the_first_who_needs_it() -> None:
    assert detect(TEXTS["en"])
    assert "py3langid" in sys.modules


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
