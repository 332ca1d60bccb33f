"""Where there is a quick way, it gives what the plain way gives; the plain ways are written out here."""

from __future__ import annotations

import re
import sys
import types
import unicodedata
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from html import escape
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder import dates, names, normalize, record, summary, text
from feeder.errors import SeedError
from feeder.model import Article
from feeder.parse import plain, whole

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
PLAIN = [character for character in EVERY if text.is_plain(character)]

ODD = [
    *["\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\u2028", "\u2029", "\0", "\x07", "\x7f", "\x9f", "\ufeff"],
    *["\ufffe", "\ufdd0", "\ud800", "\u00ad", "\u034f", "\u200b", "\u200c", "\u200d", "\u202e", "\u2066", "\u3164"],
    *["\u0301", "\u0327", "e\u0301", "\u1100\u1161", "\u212b", "\u0387", "\u0958", "क\u094d", "\u0e48", "\U0001f469"],
    *["\u0301" * 40, "\u3099", "か\u3099", "\u05b0", "\u064b", "\ufb1d"],
]
USUAL = [
    "word",
    "Word ",
    "it’s",
    "é",
    "ж",
    "بر",
    "橋",
    "。",
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "\xa0",
    "\u3000",
    "&",
    "<b>",
    ".",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(USUAL), max_size=20).map("".join),
    st.lists(st.sampled_from([*USUAL, *ODD]), max_size=20).map("".join),
    st.text(st.sampled_from(PLAIN), max_size=40),
    st.text(max_size=40),
)


def slowly_clean(given: str) -> str:
    given = text._FORBIDDEN.sub("", text._LINE_ENDS.sub("\n", given))
    return unicodedata.normalize("NFC", text._MARKED.sub(text._shortened, given))


def slowly_clean_line(given: str) -> str:
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", text._unhidden(slowly_clean(given))).strip())


def slow_lines(given: str) -> list[str]:
    found = ["" if text._NOTHING.fullmatch(line) else line for line in slowly_clean(given).split("\n")]
    first = next((number for number, line in enumerate(found) if line), None)
    return [text._unhidden(line) if number == first else line for number, line in enumerate(found)]


@given(TEXTS)
def test_plain_text_is_clean_already(given: str) -> None:
    assert text.clean(given) == slowly_clean(given)
    assert text.clean_line(given) == slowly_clean_line(given)
    assert text.lines(given) == slow_lines(given)


def test_no_plain_character_is_changed_hidden_or_joined_to_another() -> None:
    assert len(PLAIN) > 40_000
    assert {"\n", "\t", " ", "~", "é", "ж", "ש", "ب", "’", "€", "橋", "カ", "한", "！"} <= set(PLAIN)
    for together in ("".join(PLAIN), "a".join(PLAIN), "\u1100".join(PLAIN)[1:]):
        assert slowly_clean(together) == together
        assert text._unhidden(together) == together
    assert not any(map(unicodedata.combining, PLAIN))


DAYS = ["2019-04-30", "2019-4-30", "2019-13-01", "2019-02-30", "0999-01-01", "2019-04-30T12:30", "20190430"]
PARTED = ["", " ", "  ", "   ", "    ", "\t", "\xa0", "\u3000", ",", ", ", ": ", "; ", " , ", "T", "t", " T", "-"]
NEXT = [
    "",
    "at ",
    "AT ",
    "at",
    "at\xa0",
    "at noon ",
    "12:30",
    "12:30:00",
    "１２:30",
    "٣ ",
    "½ ",
    "“12:30”",
    "(10)",
    "é",
]
ENDS = ["", " Bridge", "12:30:00Z the end", " 10:00-12:00", "Title: 10:00 pm", " EDT", " x"]
HEADS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(DAYS) | st.dates().map(str),
    *(st.sampled_from(pieces) for pieces in (PARTED, NEXT, ENDS)),
)


def read_head(given: str, *, quickly: bool) -> tuple[str, str] | str:
    with pytest.MonkeyPatch.context() as patch:
        if not quickly:
            patch.setattr(dates, "_ISO_HEAD", re.compile("(?!)"))
        try:
            return dates.read_head(given)
        except SeedError as error:
            return error.reason


@given(HEADS)
@example("2019-04-30 at 12:30:00 Bridge")
@example("2019-04-30 AT 12:30:00Z")
@example("2019-04-30 Bridge")
def test_the_commonest_head_line_is_read_as_the_others_are(head: str) -> None:
    assert read_head(head, quickly=True) == read_head(head, quickly=False)


@given(HEADS)
def test_the_commonest_date_is_read_as_the_others_are(field: str) -> None:
    quick, slow = dates._ISO_DAY.fullmatch(field), dates._whole(field)
    if quick is not None:
        assert slow is not None
        assert {key: part for key, part in slow.groupdict().items() if part and key != "sep"} == quick.groupdict()


@given(TEXTS)
@example("a  b")
def test_a_body_is_one_line_with_single_blanks(body: str) -> None:
    assert normalize._one_line(body) == " ".join(body.split())


@given(st.lists(TEXTS, max_size=4))
def test_paragraphs_are_stripped_and_escaped_one_by_one(paragraphs: list[str]) -> None:
    cleaned = [normalize._BLANK_LINES.sub("\n", slowly_clean(paragraph)).strip() for paragraph in paragraphs]
    cleaned = [paragraph for paragraph in cleaned if paragraph]
    assert normalize._plain(paragraphs) == cleaned
    if text.is_plain("\n\n".join(paragraphs)):
        assert normalize._stripped(paragraphs) == cleaned
    escaped = [f"<p>{escape(paragraph, quote=False)}</p>".replace("\n", "<br>") for paragraph in cleaned]
    assert normalize._as_html(cleaned) == "\n".join(escaped)


@given(TEXTS)
def test_blanks_in_a_line_become_one(line: str) -> None:
    assert plain._trimmed(line) == re.sub(r"[ \t]+", " ", line.strip())


PARAGRAPHS = st.lists(
    st.sampled_from(["The bridge ", "Mr. ", "end. ", "U.S. ", "“no!” ", "桥。", "more ", "Inc.) "])
).map("".join)


@given(PARAGRAPHS)
def test_the_last_sentence_that_fits_ends_the_summary(paragraph: str) -> None:
    line = " ".join(paragraph.split())
    if len(line) >= summary.LIMIT:
        ends = [found.end() for found in summary._SENTENCE_END.finditer(line[: summary.LIMIT - 1])]
        ends = [end for end in ends if summary._ends_sentence(line, end)]
        if ends and ends[-1] >= summary._SHORTEST:
            assert summary.summarise(paragraph) == line[: ends[-1]]


def test_names_do_not_depend_on_what_is_installed_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    other = types.ModuleType("unidecode")
    other.unidecode = lambda _: "something else"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "unidecode", other)
    assert names.slug("Größte Brücke", 80) == "grosste-brucke"


@given(st.text(max_size=20), st.none() | st.text(max_size=5), st.lists(st.text(max_size=5), max_size=2).map(tuple))
def test_a_record_has_each_field_that_differs_from_its_default(
    line: str, maybe: str | None, many: tuple[str, ...]
) -> None:
    article = Article(
        id="x", slug="x", title=line, summary="", html="", text=line, published=datetime(2019, 4, 30, tzinfo=UTC),
        content_key="", digest="", format="seed", language=maybe, keywords=many, version=len(many),
    )  # fmt: skip
    told = {
        field.name: value
        for field in fields(Article)
        if (value := getattr(article, field.name)) != field.default or field.default is MISSING
    }
    try:
        expected = orjson.dumps(told)
    except TypeError:  # half a surrogate pair: no text that went through normalize has one
        return
    assert record.encode(article) == expected
    equal: Any = b"second".decode()  # to the default, but another object
    assert record.encode(replace(article, published_precision=equal)) == expected


def test_the_beginning_of_a_file_is_read_once_for_all_who_look_at_it() -> None:
    head = b"date 2019-04-30 Bridge\n\nText."
    whole.first_lines.cache_clear()
    assert whole.first_lines(head) == ("date 2019-04-30 Bridge", "", "Text.")
    assert whole.first_lines(bytes(bytearray(head))) is whole.first_lines(head)
    assert whole.first_lines(b"other") == ("other",)
    assert whole.first_lines(head)[0] == "date 2019-04-30 Bridge"
