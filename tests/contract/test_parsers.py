"""What every parser keeps to, and the cases of ``tests/cases``: adding a case is adding a file.

``cases/FORMAT/NAME.*`` is a file as it would lie in ``seeds/``, ``NAME.json`` beside it what is expected: ``article``
(some fields of it; ``paragraphs`` is its text, ``authors`` are names, ``images`` addresses), or ``refused`` (a part of
the reason) with ``line``, ``offset`` and ``unfinished``. A file of several has ``articles``, a list of both kinds.
``path`` is where it lies, if that matters.
"""

from __future__ import annotations

import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.limits import Limits
from feeder.normalize import normalize
from feeder.parse import HEAD_BYTES, Parser, parser_for, parsers
from feeder.record import decode, encode

if TYPE_CHECKING:
    from feeder.model import Article, Draft

CASES = Path(__file__).parent.parent / "cases"
EXPECTED = sorted(CASES.glob("*/*.json"))
NAMES = st.sampled_from(["a.txt", "a.md", "a.html", "a.rst", "a", "2019-04-30-a.txt", "2019-04-30-a.md", "\udcff.md"])


def source(expected: Path) -> Path:
    (found,) = (path for path in expected.parent.glob(f"{expected.stem}.*") if path != expected)
    return found


def take_in(raw: bytes, name: str) -> list[Article]:
    """A file as the service takes it in."""
    parser = parser_for(raw[:HEAD_BYTES], name)
    articles = []
    for found in parser.parse(name, io.BytesIO(raw)):
        if isinstance(found, SeedError):
            raise found
        articles.append(normalize(found, name=name, format=parser.name, zone=UTC, limits=Limits()))
    return articles


def take_in_each(raw: bytes, name: str) -> list[Article | SeedError]:
    """The records of a file as the service takes them in, or refuses them one by one."""
    parser = parser_for(raw[:HEAD_BYTES], name)
    return [record_of(found, parser, name) for found in parser.parse(name, io.BytesIO(raw))]


def record_of(found: Draft | SeedError, parser: Parser, name: str) -> Article | SeedError:
    if isinstance(found, SeedError):
        return found
    try:
        return normalize(found, name=name, format=parser.name, zone=UTC, limits=Limits())
    except SeedError as error:
        return error


def shown(article: Article, field: str) -> Any:
    if field == "paragraphs":
        return article.text.split("\n\n")
    value = getattr(article, field)
    if field == "authors":
        return [person.name for person in value]
    if field in {"images", "enclosures"}:
        return [enclosure.url for enclosure in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else list(value) if isinstance(value, tuple) else value


def test_every_file_of_the_cases_is_one() -> None:
    files = {path for path in CASES.glob("*/*") if path.suffix != ".json"}
    assert files == {source(expected) for expected in EXPECTED}
    assert len(files) > 80


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_is_taken_in_or_refused_as_expected(expected: Path) -> None:
    case = json.loads(expected.read_text("utf-8"))
    file = source(expected)
    name = case.get("path", file.name)
    if "refused" in case:
        with pytest.raises(SeedError) as refusal:
            take_in(file.read_bytes(), name)
        assert case["refused"] in refusal.value.reason
        assert (refusal.value.line, refusal.value.offset) == (case.get("line"), case.get("offset"))
        assert isinstance(refusal.value, UnfinishedError) is case.get("unfinished", False)
        return
    articles = case.get("articles") or [case["article"]]
    found = take_in_each(file.read_bytes(), name)
    assert len(found) == len(articles)
    for article, fields in zip(found, articles, strict=True):
        check(article, fields, expected.parent.name)


def check(article: Article | SeedError, fields: dict[str, Any], form: str) -> None:
    if "refused" in fields:
        assert isinstance(article, SeedError)
        assert fields["refused"] in article.reason
        assert (article.line, article.offset) == (fields.get("line"), fields.get("offset"))
        return
    assert not isinstance(article, SeedError), article
    assert article.format == fields.get("format", form)
    assert {field: shown(article, field) for field in fields} == fields
    assert "warnings" in fields or article.warnings == () or "<" in article.title
    assert decode(encode(article)) == article


@pytest.mark.parametrize("parser", parsers(), ids=lambda parser: parser.name)
def test_a_parser_says_who_it_is(parser: Parser) -> None:
    assert parser.name
    assert parser.name.islower()
    assert 0 <= parser.precedence <= 99


@pytest.mark.parametrize("parser", parsers(), ids=lambda parser: parser.name)
@given(raw=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-16")), name=NAMES)
@settings(max_examples=60, deadline=None)
def test_no_bytes_make_a_parser_fail_otherwise_than_by_refusing(parser: Parser, raw: bytes, name: str) -> None:
    assert parser.claims(raw, name) in {True, False}
    with suppress(SeedError):
        for found in parser.parse(name, io.BytesIO(raw)):
            if not isinstance(found, SeedError):
                normalize(found, name=name, format=parser.name, zone=UTC, limits=Limits())


WORDS = """--- +++ title date tags : - 2019-04-30 12:00:00 a = " ' [ ] { } &a *a !!x # <b> <script> > ~ é \u202e \0"""
PIECES = st.sampled_from([*WORDS.split(" "), " ", "\n", "\n\n", "\r", "By Ann Lee"])


@given(text=st.lists(PIECES, max_size=40).map("".join), name=NAMES)
@settings(max_examples=300, deadline=None)
def test_what_looks_like_an_article_is_one_or_is_refused(text: str, name: str) -> None:
    for parser in parsers():
        with suppress(SeedError):
            for found in parser.parse(name, io.BytesIO(text.encode())):
                article = record_of(found, parser, name)
                if not isinstance(article, SeedError):
                    check_safe(article)


def check_safe(article: Article) -> None:
    assert article.title == " ".join(article.title.split())
    assert article.text.strip()
    assert "<script" not in article.html
    assert article.published.tzinfo is not None
    assert decode(encode(article)) == article


@pytest.mark.parametrize(
    "head", [b"\xff\xfe", b"\xef\xbb\xbf---\ntitle: x\n", b"\x00" * 40, b"date", b"---", b"\xff" * 9]
)
def test_a_head_of_any_kind_is_judged_without_raising(head: bytes) -> None:
    assert all(isinstance(parser.claims(head, "a.txt"), bool) for parser in parsers())


def test_a_head_that_ends_within_a_character_is_not_held_against_the_file() -> None:
    raw = b" date 2019-04-30 Bridge closed\n\n" + "é".encode() * HEAD_BYTES
    assert take_in(raw + b"\n", "a.txt")[0].title == "Bridge closed"


def test_a_long_text_that_nobody_claims_is_not_called_unfinished() -> None:
    head = ("a" + "é" * HEAD_BYTES).encode()[:HEAD_BYTES]
    with pytest.raises(SeedError, match="not a format") as refusal:
        parser_for(head, "a.txt")
    assert not isinstance(refusal.value, UnfinishedError)


def test_utf_16_is_recognised_by_its_head() -> None:
    raw = ("---\ntitle: Brücke\ndate: 2019-04-30\n---\n" + "Gesperrt. " * 40_000).encode("utf-16-be")
    assert parser_for(raw[:HEAD_BYTES], "a.md").name == "markdown"
    assert take_in(raw, "a.md")[0].encoding == "utf-16-be"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.rst", "Bridge\n======\n\n2019-04-30\n\nText.\n"),
        ("a.json", '{"title": "Bridge", "date": "2019-04-30"}'),
        ("2019-04-30-a.csv", "bridge,open\n1,2\n"),
        ("a.txt", "Note: it rains.\nBut: we sail.\n\nText.\n"),
        ("a.txt", "Dear reader,\n\nDate: none.\n"),
        ("a.py", "title: str\ndate: str\n"),
    ],
)
def test_what_is_of_another_kind_is_not_claimed_by_mistake(name: str, text: str) -> None:
    with pytest.raises(SeedError, match=r"not understood|not a format"):
        parser_for(text.encode(), name)


@pytest.mark.parametrize(
    ("name", "text"), [("a.html", "<p>date 2019-04-30 Bridge</p>"), ("2019-04-30-a.txt", "<html><p>x")]
)
def test_a_page_is_one_whatever_its_text_or_its_name_begins_with(name: str, text: str) -> None:
    assert parser_for(text.encode(), name).name == "html"


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("tags: [" + "a, " * 6000 + "]", "more than 5000 values"),
        ("title: " + "a" * 70_000, "longer than 65536 characters"),
        ("title: " + "[" * 30_000, "nested too deep"),
    ],
)
def test_front_matter_is_bounded(block: str, reason: str) -> None:
    with pytest.raises(SeedError, match=reason):
        take_in(f"---\n{block}\n---\ntext\n".encode(), "a.md")


def test_only_a_bare_tilde_is_nothing() -> None:
    text = "---\ntitle: '~'\ndate: 2019-04-30\nlang: ~\nsource: 'null'\n---\nThe bridge is shut until Friday morning.\n"
    (article,) = take_in(text.encode(), "a.md")
    assert (article.title, article.source, article.language) == ("~", "null", "en")
