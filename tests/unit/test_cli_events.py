"""How events are shown: to programs, and to people at a terminal."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import time
import unicodedata
from collections.abc import Callable, Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.cli import events
from feeder.cli.events import Page, columns, headline, json_line, shown
from feeder.cli.screen import Screen
from feeder.eventsource import Message
from program import require

AT = "2026-03-02T12:00:00.250000+00:00"


def story(name: str = "published", id: str | None = "k3.7", **fields: object) -> Message:  # noqa: A002
    item = {
        "id": "urn:test:1",
        "url": "https://news.example/articles/ferry",
        "title": "Ferry runs again",
        "_feeder": {"seq": 7, "at": AT, "section": "Harbour"},
    }
    return Message(name, orjson.dumps(item | fields).decode(), id, id or "")


def retraction(**facts: object) -> Message:
    told = {"id": "urn:test:1", "url": "https://news.example/articles/ferry", "_feeder": {"at": AT, **facts}}
    return Message("retracted", orjson.dumps(told).decode(), "k3.8", "k3.8")


def stranger(data: str, name: str = "message", id: str | None = None) -> Message:  # noqa: A002
    return Message(name, data, id, "")


def coloured(*messages: Message, columns: int = 100) -> str:
    out = io.StringIO()
    laid_out = Page(Screen(out, width=columns, has_colours=True))
    for message in messages:
        laid_out.show(headline(message))
    return out.getvalue()


def page(*messages: Message, columns: int = 100) -> str:
    return re.sub(r"\x1b\[\d*m", "", coloured(*messages, columns=columns))


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Moves this process to a time zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_a_line_for_programs_has_six_columns() -> None:
    assert columns(headline(story())) == (
        f"{AT}\tpublished\tFerry runs again\tHarbour\thttps://news.example/articles/ferry\tk3.7\n"
    )


def test_what_is_not_there_is_an_empty_column() -> None:
    bare = Message("updated", '{"_feeder":{}}', None, "k3.7")
    assert columns(headline(bare)) == "\tupdated\t\t\t\t\n"


def test_a_retraction_has_the_id_for_a_title_and_says_why() -> None:
    assert columns(headline(retraction(reason="killed"))).split("\t")[2] == "urn:test:1 (killed)"
    assert columns(headline(retraction())).split("\t")[2] == "urn:test:1"


@pytest.mark.parametrize("value", [None, 7, ["x"], {"x": 1}])
def test_members_of_another_kind_than_ours_are_none(value: object) -> None:
    told = {"url": value, "title": value, "id": value, "_feeder": {"at": value, "section": value, "reason": value}}
    message = Message("published", orjson.dumps(told).decode(), "1", "1")
    assert columns(headline(message)) == "\tpublished\t\t\t\t1\n"
    assert page(message)


def test_of_a_strangers_event_the_first_line_of_its_data_is_shown() -> None:
    assert columns(headline(stranger("one\ntwo", "edit", "9"))) == "\tedit\tone\t\t\t9\n"
    assert page(stranger("one\ntwo", "edit", "9")) == "edit  9  one\n"
    assert page(stranger("one")) == "message  one\n"


def test_a_stranger_may_use_our_words_with_another_meaning() -> None:
    for data in ('{"title": "x"}', '{"_feeder": 1}', "[1]", "published!", "null", '"x"'):
        assert columns(headline(stranger(data, "published"))) == f"\tpublished\t{data}\t\t\t\n"


def test_a_page_has_the_time_here_the_kind_the_title_and_section_and_link_below(
    at_home: Callable[[str], None],
) -> None:
    at_home("Pacific/Auckland")
    assert page(story()) == (
        "2026-03-03\n"
        "01:00:00  published  Ferry runs again\n"
        "                     Harbour · https://news.example/articles/ferry\n"
    )


def test_the_date_stands_where_the_day_changes(at_home: Callable[[str], None]) -> None:
    at_home("UTC")
    days = ["2026-03-01T23:59:59+00:00", "2026-03-02T00:00:00+00:00", "2026-03-02T09:00:00+00:00"]
    lines = page(*(story(_feeder={"at": at}) for at in days)).splitlines()
    assert [line for line in lines if re.fullmatch(r"[\d-]+", line)] == ["2026-03-01", "2026-03-02"]
    assert lines[1].startswith("23:59:59  ")


@pytest.mark.parametrize("at", ["", "yesterday", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00"])
def test_a_moment_that_is_none_leaves_its_place_empty(at: str) -> None:
    assert page(story(_feeder={"at": at})).startswith("          published  Ferry runs again\n")


def test_each_kind_has_its_colour() -> None:
    first = [coloured(story(kind)) for kind in ("published", "updated", "corrected", "retracted")]
    colours = [re.search(r"\x1b\[(3\d)m", lines) for lines in first]
    assert [colour and colour[1] for colour in colours] == ["32", "36", "33", "31"]


def test_a_correction_says_what_is_corrected_and_a_retraction_which_story_and_why(
    at_home: Callable[[str], None],
) -> None:
    at_home("UTC")
    own = {"at": AT, "correction": "An earlier version named the wrong ferry."}
    lines = page(story("corrected", _feeder=own), retraction(reason="killed")).splitlines()
    assert lines[2] == " " * 21 + "An earlier version named the wrong ferry."
    assert lines[4] == "12:00:00  retracted  Ferry runs again (killed)"
    assert page(retraction(reason="killed")).splitlines()[1] == "12:00:00  retracted  urn:test:1 (killed)"
    assert columns(headline(story("corrected", _feeder=own))).count("\t") == 5


def test_a_page_keeps_the_titles_of_so_many_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_MOST_TITLES", 2)
    others = [
        Message("published", f'{{"id":"urn:test:{number}","title":"x","_feeder":{{}}}}', None, "") for number in (2, 3)
    ]
    assert "retracted  Ferry runs again" in page(story(), others[0], retraction())
    assert "retracted  urn:test:1" in page(story(), *others, retraction())


def test_a_long_title_goes_on_below_its_beginning_and_a_link_is_not_folded(at_home: Callable[[str], None]) -> None:
    at_home("UTC")
    long = story(title="A ferry " * 10, url="https://news.example/" + "x" * 80)
    _, first, second, third, section, link = page(long, columns=50).splitlines()
    assert (first, second, third) == (
        "12:00:00  published  A ferry A ferry A ferry A", " " * 21 + "ferry A ferry A ferry A ferry",
        " " * 21 + "A ferry A ferry A ferry",
    )  # fmt: skip
    assert (section, link) == (" " * 21 + "Harbour", "https://news.example/" + "x" * 80)
    short = page(story(url="https://news.example/" + "x" * 12), columns=50).splitlines()
    assert short[2:] == [" " * 21 + "Harbour", " " * 17 + "https://news.example/" + "x" * 12]


WILD = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x9b\x07\r\n\t\x00\u202e\u2066\u200d\u2028\x85")))


@given(WILD)
def test_nothing_in_a_text_commands_the_terminal(text: str) -> None:
    allowed = {"\u200c", "\u200d"}
    assert all(one.isprintable() or one in allowed for one in shown(text))


@given(WILD, WILD, WILD, st.none() | WILD)
def test_whatever_a_stranger_sends_is_lines_of_print(name: str, data: str, title: str, id_: str | None) -> None:
    for message in (stranger(data, name, id_), story(title=title, id=id_)):
        line = columns(headline(message))
        assert (line.count("\t"), line.count("\n")) == (5, 1)
        laid_out = page(message).replace("\n", "")
        assert not [one for one in laid_out if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"}]


def test_words_of_persian_and_emoji_stay_whole_and_other_spaces_are_spaces() -> None:
    assert shown("می\u200cخواهم 👩\u200d🚀") == "می\u200cخواهم 👩\u200d🚀"
    assert shown(" «\u202foui\u00a0»\u3000\t!\n") == "« oui » !"


def told(message: Message) -> object:
    line = json_line(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line)


def test_a_line_of_json_has_the_data_as_it_was_written() -> None:
    data = '{"n": 18446744073709551617, "f": 1.0000000000000000001, "b": 1, "a": [null, true]}'
    line = json_line(stranger(data, "edit", "9"))
    assert line == b'{"id":"9","event":"edit","data":%b}\n' % data.encode()


def test_json_over_several_lines_becomes_one() -> None:
    assert told(stranger('{"a":\n [1,\n\n2]}')) == {"id": None, "event": "message", "data": {"a": [1, 2]}}


@pytest.mark.parametrize("data", ["hello", "", "{", "NaN", "[Infinity]", "1e999", "two\nlines", "\u00a01", '"a\nb"'])
def test_data_that_is_no_json_is_a_text(data: str) -> None:
    assert told(stranger(data)) == {"id": None, "event": "message", "data": data}


@pytest.mark.parametrize("data", ["7", "null", '"text"', "[]", ' {"a":1} '])
def test_data_that_is_json_is_a_value(data: str) -> None:
    assert told(stranger(data)) == {"id": None, "event": "message", "data": json.loads(data)}


@given(st.one_of(WILD, st.builds(json.dumps, st.dictionaries(WILD, WILD), ensure_ascii=st.booleans())), WILD)
def test_every_line_is_json_with_the_same_value_and_without_commands_to_a_terminal(data: str, name: str) -> None:
    data = data.replace("\r", "")  # no data has one: it would have ended a line of the stream
    try:
        expected = orjson.loads(data)
    except ValueError:
        expected = data
    assert told(stranger(data, name)) == {"id": None, "event": name, "data": expected}
    line = json_line(stranger(data, name)).decode().removesuffix("\n")
    assert not [one for one in line if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"}]
    assert "\u202e" not in line


def test_jq_reads_every_line() -> None:
    require(jq := shutil.which("jq"), "there is no jq here")
    messages = [
        story(title="a\x1b[31m\x9b\u202e"),
        retraction(),
        stranger("two\nlines"),
        stranger("NaN"),
        stranger("é"),
    ]
    lines = b"".join(map(json_line, messages))
    run = subprocess.run([str(jq), "-c", "[.id, .event]"], input=lines, capture_output=True, check=True)
    assert [orjson.loads(line) for line in run.stdout.splitlines()] == [[one.id, one.name] for one in messages]
