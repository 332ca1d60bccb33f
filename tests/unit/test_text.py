from __future__ import annotations

import random
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.text import clean, clean_line, decode, doubts, glimpse, lines

NEWS = {
    "en": "Police said the “bridge” – shut at noon – would re-open on Friday, after Zoë’s report.",
    "fr": "La préfecture a annoncé la réouverture du pont dès vendredi, après l’été et malgré la grève.",
    "de": "Die Brücke über den Fluß bleibt gesperrt, sagte die Polizei am Dienstag; größere Schäden gebe es nicht.",
    "pl": "Most nad Wisłą został zamknięty we wtorek, żeby inżynierowie mogli sprawdzić uszkodzone przęsła.",
    "ru": "Мост через реку закрыли во вторник, чтобы инженеры могли осмотреть повреждённые опоры.",
    "el": "Η γέφυρα έκλεισε την Τρίτη, ώστε οι μηχανικοί να ελέγξουν τις ζημιές στα θεμέλια του έργου.",
    "he": "הגשר נסגר ביום שלישי כדי שהמהנדסים יוכלו לבדוק את הנזקים ליסודות המבנה הישן.",
    "ar": "أغلق الجسر يوم الثلاثاء حتى يتمكن المهندسون من فحص الأضرار التي لحقت بأساسات المبنى القديم.",
    "tr": "Köprü salı günü mühendislerin hasarlı ayakları inceleyebilmesi için kapatıldı; yağış sürüyor.",
    "th": "สะพานถูกปิดเมื่อวันอังคารเพื่อให้วิศวกรตรวจสอบความเสียหายของฐานราก",
    "ja": "橋は火曜日に閉鎖され、技術者が基礎の損傷を調べることになったと市は発表した。",
    "zh": "大桥周二关闭，以便工程师检查受损的桥墩，市政府表示周五重新开放。",
    "tw": "大橋週二關閉，以便工程師檢查受損的橋墩，市政府表示週五重新開放。",
    "ko": "다리는 화요일에 폐쇄되었으며 기술자들이 손상된 교각을 점검할 예정이라고 시가 밝혔다.",
}
NOISE = bytes(byte for byte in random.Random(3).randbytes(600) if byte >= 0x20 and byte != 0x7F)
ENCODED = [
    *[("en", "cp1252"), ("fr", "cp1252"), ("de", "cp1252"), ("de", "iso8859-1"), ("pl", "cp1250"), ("pl", "iso8859-2")],
    *[("ru", "cp1251"), ("ru", "koi8-r"), ("ru", "iso8859-5"), ("ru", "cp866"), ("el", "cp1253"), ("el", "iso8859-7")],
    *[("he", "cp1255"), ("ar", "cp1256"), ("tr", "cp1254"), ("th", "cp874"), ("ja", "shift_jis"), ("ja", "euc_jp")],
    *[("ja", "iso2022_jp"), ("zh", "gb18030"), ("zh", "hz"), ("tw", "big5"), ("ko", "euc_kr"), ("ko", "iso2022_kr")],
]


@pytest.mark.parametrize(("language", "encoding"), ENCODED)
def test_short_news_is_read_in_the_encoding_it_was_written_in(language: str, encoding: str) -> None:
    text = f" date 2019-04-30 {NEWS[language]}\n\n{NEWS[language]}\n"
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("language", NEWS)
@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", f"utf-16-{sys.byteorder[0]}e"),
        ("utf-16-be", "utf-16-be"),
        ("utf-16-le", "utf-16-le"),
        ("utf-32-be", "utf-32-be"),
        ("utf-32-le", "utf-32-le"),
    ],
)
def test_unicode_is_read_with_a_mark_and_without(language: str, encoding: str, name: str) -> None:
    text = f" date 2019-04-30 {NEWS[language]}\n"
    assert decode(text.encode(encoding)) == (text, name)


def test_a_framed_text_of_dos_is_in_one_encoding() -> None:
    framed = f"╔══════╗\n║ ТАСС ║\n╚══════╝\n\n{NEWS['ru']}"
    assert decode(framed.encode("cp866")) == (framed, "cp866")


def test_a_declared_encoding_counts_only_where_the_bytes_say_nothing() -> None:
    assert decode("café".encode(), declared="iso-8859-1") == ("café", "utf-8")
    assert decode(b"caf\xe9 \x93x\x94", declared="iso-8859-1") == ("café “x”", "cp1252")
    assert decode("ж".encode("koi8-r"), declared="KOI8-R") == ("ж", "koi8-r")
    for nonsense in ("no-such-thing", "hex", "utf-8", "ascii\0"):
        assert decode(NEWS["de"].encode("cp1252"), declared=nonsense)[0] == NEWS["de"]


@pytest.mark.parametrize(
    ("raw", "reason", "offset"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG image", 0),
        (b"%PDF-1.7\n", "a PDF document", 0),
        (b"PK\x03\x04\x14\0", "a ZIP archive", 0),
        (b"\x1f\x8b\x08\0", "a gzip archive", 0),
        (b"\x7fELF\x02\x01\x01\0", r"a program \(ELF\)", 0),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "an image", 0),
        (b"\0\0\0\x18ftypmp42", "a video", 0),
        (b"one\0two three four five six", "a NUL character", 3),
        (b"\xfe\xff\0a\0\0\0b", "a NUL character", 4),
        ("Café, \x01 Zoë".encode("cp1252"), "control characters", 6),
        ("Café und Zoë ".encode() + b"\xfcber alles", "two encodings", 15),
        ("Café ".encode() * 3 + b"und \xfcber \xe4hnlich \xf6fter", "two encodings", 22),
        (b"Caf\xe9 \x9d \x81 X \xc3\xa9.", "two encodings", 3),
        (b"\xff\xfea\xd8b\0", "not utf-16-le throughout", 2),
        (NOISE, "no other encoding fits", 0),
    ],
)
def test_what_is_not_text_is_refused_with_its_place(raw: bytes, reason: str, offset: int) -> None:
    with pytest.raises(SeedError, match=reason) as refusal:
        decode(raw)
    assert not isinstance(refusal.value, UnfinishedError)
    assert refusal.value.offset == offset


@pytest.mark.parametrize(
    ("raw", "offset"), [(b"", None), ("café".encode()[:-1], 3), ("\ufeffab".encode("utf-16-le")[:-1], 4)]
)
def test_what_is_cut_off_may_still_be_written(raw: bytes, offset: int | None) -> None:
    with pytest.raises(UnfinishedError) as refusal:
        decode(raw)
    assert refusal.value.offset == offset


@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf")
def test_any_bytes_are_text_or_refused(raw: bytes) -> None:
    glimpse(raw)
    try:
        text, encoding = decode(raw)
    except SeedError:
        return
    assert "\0" not in text
    if text:  # there was more than a byte-order mark
        assert text.encode(encoding)[-1:] == raw[-1:] or encoding.startswith("iso2022")


def is_legal_in_xml(character: str) -> bool:
    code = ord(character)
    return code in {0x9, 0xA} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


@given(st.text(alphabet=st.characters(), max_size=100))
def test_clean_text_is_normal_and_legal_in_xml(text: str) -> None:
    for cleaned in (clean(text), clean_line(text)):
        assert unicodedata.is_normalized("NFC", cleaned)
        assert all(is_legal_in_xml(character) for character in cleaned)
        assert not any(0x7F <= ord(character) <= 0x9F for character in cleaned)
    assert clean(clean(text)) == clean(text)
    assert clean_line(text) == " ".join(clean_line(text).split())


def test_every_line_end_becomes_one() -> None:
    assert clean("a\r\nb\rc\x85d\u2028e\u2029f\x0cg") == "a\nb\nc\nd\ne\nf\ng"


def test_hidden_characters_leave_a_title_and_joiners_that_spell_stay() -> None:
    assert clean_line(" a\u202eb\u2066c\u200bd\ufeff\t e\u00a0f ") == "abcd e f"
    assert clean_line("a\u200db") == "ab"
    assert clean_line("\u200dx\u200d") == "x"
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    for spelled in (family, "\u2764\ufe0f\u200d\U0001f525", "می\u200cخواهم", "क\u094d\u200dष"):
        assert clean_line(spelled) == unicodedata.normalize("NFC", spelled)


def test_endless_runs_of_marks_are_cut_so_that_normalising_stays_linear() -> None:
    assert len(clean("a" + "\u0300\u0316" * 100_000)) < 40
    assert clean("e\u0301" * 1000) == "é" * 1000
    assert clean("─" * 1000) == "─" * 1000


def test_a_glimpse_reads_what_is_there() -> None:
    assert glimpse("\ufeffdate: ü".encode("utf-16-le")) == "date: ü"
    assert glimpse("date 2019 ".encode("utf-32-be")) == "date 2019 "
    assert glimpse(b"date \xfc") == "date \ufffd"


@settings(max_examples=30)
@given(st.sampled_from([" ", "\u200d", "\u0301", "\x00", "a\u0300", "\r", "\U0001f469\u200d"]), st.integers(0, 3000))
def test_no_repetition_is_too_much(piece: str, times: int) -> None:
    assert len(clean_line(piece * times)) <= len(piece) * times


@pytest.mark.parametrize(
    "text",
    [
        "Bank shows £5 note\n\nThe new £5 note is out.\n",
        "The café was shut.\n\nIt reopens on Friday after a long repair.",
        "La mañana llegó a España y todo cambió para los niños.",
        "São Paulo não é fácil",
        "El pingüino 20 °C y 5 €.",
        "L’été est là, dit-on à Paris.",
    ],
)
def test_a_few_letters_are_no_evidence_for_a_rare_table(text: str) -> None:
    assert decode(text.encode("cp1252")) == (text, "cp1252")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("L’été arrive", "mac-roman"),
        ("He said “no” – and left; it’s over.\n\nMore text here of the usual kind.", "mac-roman"),
        ("La préfecture a annoncé la réouverture du pont dès vendredi", "cp850"),
        ("Most nad Wisłą został", "cp1250"),
        ("Мост", "koi8-r"),
        ("Tiltas antradienį uždarytas, kad inžinieriai galėtų apžiūrėti pažeistas atramas.", "cp1257"),
        ("Tiltas antradienį uždarytas, kad inžinieriai galėtų apžiūrėti pažeistas atramas.", "iso8859-13"),
        ("Zoë said the bridge was shut, and Zoë’s friend agreed.".replace("’", "'"), "cp850"),
        ("Most cez rieku zatvorili v utorok, aby robotníci prešli na druhú stranu a opravili ju.", "iso8859-2"),
    ],
)
def test_a_rare_table_stays_where_the_common_one_reads_badly(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize(
    "bad", [b"\xc0\xaf", b"\xed\xa0\x80", b"\xe0\x80\xaf", b"\xf5\x80\x80\x80", b"\xf4\x90\x80\x80"]
)
def test_utf_8_that_stands_for_nothing_is_refused_with_its_place(bad: bytes) -> None:
    with pytest.raises(SeedError, match="not well-formed UTF-8") as refusal:
        decode("é plain text ".encode() + bad + b" and more")
    assert refusal.value.offset == 14


def test_only_what_the_bytes_do_not_tell_is_doubted() -> None:
    assert doubts("cp1252") == ("encoding guessed: cp1252",)
    assert doubts("utf-8") == doubts("utf-16-le") == doubts("iso2022_jp_ext") == doubts("hz") == ()


def test_a_line_of_hidden_characters_is_empty_and_the_first_line_hides_nothing() -> None:
    text = "\u200b\n\u2067date\u200e 2019\n\u200b \u2069\na\u200eb\n"
    assert lines(text) == ["", "date 2019", "", "a\u200eb", ""]
