from __future__ import annotations

import io
from contextlib import suppress
from email.header import Header
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.model import Draft, Person
from feeder.parse import mail
from feeder.parse.headed import PARSER as HEADED
from feeder.parse.mail import PARSER
from feeder.parse.message import mime
from reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

READING = Reading(PARSER, "a.eml")
read, one = READING.read, READING.one

HEAD = (
    b"From: Ann Example <ann@example.org>\nSubject: Bridge closed\nDate: Tue, 30 Apr 2019 11:32:00 -0400\n"
    b"Message-ID: <1@example.org>\nMIME-Version: 1.0\n"
)
FROM_LINE = b"From ann@example.org Tue Apr 30 11:32:00 2019\n"


def refused(raw: bytes) -> SeedError:
    (found,) = read(raw)
    assert isinstance(found, SeedError), found
    return found


@pytest.mark.parametrize(
    ("head", "name", "is_mail"),
    [
        (HEAD + b"\nText.", "a.txt", True),
        (HEAD.replace(b"\n", b"\r\n") + b"\r\nText.", "a", True),
        (b"\xef\xbb\xbf" + HEAD + b"\nText.", "a.eml", True),
        (FROM_LINE + b"From: a\nSubject: b\n\nText.", "a", True),
        (b"From: a@example.org\nSubject: b\n\nText.", "a.eml", True),
        (b"From: a@example.org\nSubject: b\n\nText.", "a.txt", False),
        (b"Title: a\nDate: 2019-04-30\nContent-Type: text\n\nText.", "a.md", False),
        (b"MIME-Version: 1.0\nText: b\n\n", "a.eml", False),
        (b"From Paris with love, 2019\nDear reader,\n", "a.txt", False),
        (b"", "a.eml", False),
        (b"\xff\xfeF\x00r\x00", "a.eml", False),
    ],
)
def test_a_mail_is_told_from_a_plain_header_block(head: bytes, name: str, is_mail: bool) -> None:
    assert PARSER.claims(head, name) is is_mail


def test_a_header_block_without_what_servers_add_is_another_parsers() -> None:
    head = b"From: Ann Example <ann@example.org>\nSubject: Bridge\nDate: Tue, 30 Apr 2019 11:32:00 -0400\n\nText."
    assert not PARSER.claims(head, "a.txt")
    assert HEADED.claims(head, "a.txt")


@pytest.mark.parametrize(
    ("date", "iso"),
    [
        ("Tue, 30 Apr 2019 11:32:00 -0400", "2019-04-30T11:32:00-04:00"),
        ("30 Apr 2019 11:32 +0200", "2019-04-30T11:32+02:00"),
        ("Tue, 30 Apr 2019 9:05:00 GMT", "2019-04-30T09:05:00+00:00"),
        ("Tue, 30 Apr 19 11:32:00 EST", "2019-04-30T11:32:00-05:00"),
        ("30-Apr-98 11:32:00 PDT", "1998-04-30T11:32:00-07:00"),
        ("30 Apr 119 11:32:00 Z", "2019-04-30T11:32:00+00:00"),
        ("Tue, 30 Apr 2019 11:32:00 -0000", "2019-04-30T11:32:00+00:00"),
        ("Tue, 30 Apr 2019 11:32:00 +0200 (CEST)", "2019-04-30T11:32:00+02:00"),
        ("Tuesday, 30 April 2019 11:32:00 +0200", "2019-04-30T11:32:00+02:00"),
        ("30 Apr 2019 11:32:00", "2019-04-30T11:32:00"),
        ("2019-04-30", "2019-04-30"),
        ("30 Abc 2019 11:32:00", "30 Abc 2019 11:32:00"),
    ],
)
def test_dates_of_old_and_new_mails_become_iso(date: str, iso: str) -> None:
    raw = HEAD.replace(b"Tue, 30 Apr 2019 11:32:00 -0400", date.encode())
    assert one(raw + b"\nText.").published == iso


@pytest.mark.parametrize(
    ("subject", "title", "warned"),
    [
        ("Bridge closed", "Bridge closed", ""),
        ("Re: Bridge closed", "Re: Bridge closed", ""),
        ("FW: Bridge closed", "Bridge closed", "FW:"),
        ("Fwd: WG: Bridge closed", "Bridge closed", "Fwd: WG:"),
        ("[harbour-news] Bridge closed", "Bridge closed", "[harbour-news]"),
        ("Re: [Harbour News] Bridge closed", "Re: Bridge closed", "[Harbour News]"),
        ("[Update] Bridge closed", "[Update] Bridge closed", ""),
        ("Fwd:", "Fwd:", ""),
        ("Forward: march", "Forward: march", ""),
    ],
)
def test_only_the_marks_of_the_way_are_taken_off_the_subject(subject: str, title: str, warned: str) -> None:
    raw = HEAD.replace(b"Bridge closed", subject.encode()) + b"List-Id: <harbour-news.example.org>\n\nText."
    draft = one(raw)
    assert draft.title == title
    assert draft.warnings == ((f"left out of the subject: {warned}",) if warned else ())


@pytest.mark.parametrize(
    ("given_from", "people"),
    [
        ("Ann Example <ann@example.org>", [Person("Ann Example", "ann@example.org")]),
        ('"Example, Ann (desk)" <ann@example.org>', [Person("Example, Ann (desk)", "ann@example.org")]),
        ('"Ann \\"Bridge\\" Example" <ann@example.org>', [Person('Ann "Bridge" Example', "ann@example.org")]),
        ("ann@example.org", [Person("", "ann@example.org")]),
        ("ann@example.org <ann@example.org>", [Person("", "ann@example.org")]),
        ("ann@example.org (Ann Example)", [Person("Ann Example", "ann@example.org")]),
        ("A <a@b.example>, B <b@b.example>", [Person("A", "a@b.example"), Person("B", "b@b.example")]),
        ("=?utf-8?q?L=C3=B3pez=2C_Ann?= <a@b.example>", [Person("López, Ann", "a@b.example")]),
        ("Undisclosed", []),
        ("(" * 9000, []),
        ('"' * 9001, []),
    ],
)
def test_who_a_mail_is_from(given_from: str, people: list[Person]) -> None:
    raw = HEAD.replace(b"Ann Example <ann@example.org>", given_from.encode())
    assert list(one(raw + b"\nText.").authors) == people


@given(
    subject=st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=80),
    charset=st.sampled_from(["utf-8", "utf-16-be", "iso-8859-15", "gb18030"]),
)
@settings(max_examples=100, deadline=None)
def test_encoded_words_come_back_as_they_were_written(subject: str, charset: str) -> None:
    encoded = Header(subject, "utf-8", maxlinelen=60).encode(linesep="\n")
    assert mime.parse(f"Subject: {encoded}\n\n".encode()).get("subject") == subject
    assert mime.decoded_words(f"=?{charset}?q?a?=") in {"a", f"=?{charset}?q?a?="} or charset == "utf-16-be"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (
            b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(50)),
            "12 within",
        ),
        (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2000 + b"--b--\n", "more than 1000 parts"),
        (b"X-Long: y\n" * 40_000 + b"\nText.", "the header has more than 262144 bytes"),
        (b"Content-Type: multipart/mixed\n\nText.", "a multipart without a boundary"),
        (b"\n" + b"Text. " * 800_000, "more than 4194304 bytes"),
        (b"Content-Transfer-Encoding: base64\n\n" + b"QUFB" * 1_500_000, "more than 4194304 bytes"),
    ],
)
def test_what_no_mail_program_writes_is_refused(parts: bytes, reason: str) -> None:
    assert reason in refused(HEAD + parts).reason


def test_a_mailbox_streams_and_a_huge_mail_in_it_refuses_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "LARGEST", 500_000)
    small = FROM_LINE + HEAD + b"\nText.\n\n"
    raw = small + FROM_LINE + HEAD + b"\n" + b"x" * 900_000 + b"\n\n" + small * 20_000
    reader = io.BytesIO(raw)
    found: Iterator[Draft | SeedError] = PARSER.parse("a.mbox", reader)
    assert isinstance(next(found), Draft)
    huge = next(found)
    assert isinstance(huge, SeedError)
    assert (huge.line, "500000" in huge.reason) == (10, True)
    assert isinstance(next(found), Draft)
    assert reader.tell() < len(raw) / 2
    assert sum(1 for _ in found) == 19_999


def test_a_line_that_begins_a_mail_in_a_mailbox_is_text_in_a_single_mail() -> None:
    text = b"\nFirst line.\n\n" + FROM_LINE + b"Note: this is text.\n"
    (paragraph, *more) = one(HEAD + text).paragraphs or ()
    assert paragraph == "First line."
    assert more[0].startswith("From ann@example.org")


def test_attachments_are_told_but_not_without_end() -> None:
    part = b"--b\nContent-Type: image/png; name=p%d.png\n\nx\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nText.\n"
    warnings = one(raw + b"".join(part % number for number in range(50)) + b"--b--\n").warnings
    assert warnings[0] == "not shown: p0.png (image/png)"
    assert (len(warnings), warnings[-1]) == (21, "not shown: further attachments")


PIECES = st.sampled_from(
    [
        b"\n", b"\r\n", b"--b\n", b"--b--\n", b"--c\n", b"Content-Type: multipart/alternative; boundary=c\n",
        b"Content-Type: text/html; charset=utf-16\n", b"Content-Type: text/plain; format=flowed; delsp=yes\n",
        b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n", b"Zm9v\n", b"=C3=\n",
        b"<p>text</p>", b"<body>", b"> quoted \n", b">> more \n", b"-- \n", b"_" * 47 + b"\n", b"\xe9\xff\n", b"word ",
        b"Content-Disposition: attachment; filename*0*=utf-8''a\n", FROM_LINE, b"Subject: =?utf-8?b?w6k=?= =?x?\n",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map(b"".join), st.sampled_from([b"", FROM_LINE, b"120\n"]))
@settings(max_examples=300, deadline=None)
def test_no_mail_makes_the_parser_fail_otherwise_than_by_refusing(rest: bytes, lead: bytes) -> None:
    raw = lead + HEAD + b"Content-Type: multipart/mixed; boundary=b\n" + rest
    with suppress(SeedError):
        for found in read(raw):
            assert isinstance(found, Draft | SeedError)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for found in read(HEAD + b"Content-Type: text/html\n\n" + body):
        assert isinstance(found, Draft | SeedError)
