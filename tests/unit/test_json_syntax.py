from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.parse.objects import syntax

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(value=VALUES, indent=st.none() | st.integers(0, 2), ascii_only=st.booleans())
def test_every_value_is_read_as_it_was_written(value: Any, indent: int | None, ascii_only: bool) -> None:
    found, oddities = syntax.loads(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert (found, oddities) == (value, ())


@given(value=st.dictionaries(st.text(min_size=1, max_size=4), VALUES, min_size=1, max_size=3), cut=st.floats(0, 0.99))
def test_every_beginning_of_an_object_is_unfinished(value: dict[str, Any], cut: float) -> None:
    whole = json.dumps(value)
    with pytest.raises(UnfinishedError):
        syntax.loads(whole[: int(len(whole) * cut)])


@given(value=st.lists(VALUES, min_size=1, max_size=4), cut=st.floats(0.01, 1))
def test_the_beginning_of_a_file_is_a_value_of_its_kind(value: list[Any], cut: float) -> None:
    raw = json.dumps(value).encode()
    seen = syntax.glimpse(raw[: max(1, int(len(raw) * cut))])
    assert isinstance(seen.value, list)
    assert len(seen.value) <= len(value)


@pytest.mark.parametrize("source", ['{"a": tr', '{"a": -', '{"a": "\\', '{"a": "\\u12', '["a"', "", " \n", '{"a": "b'])
def test_what_ends_too_early_is_told_from_what_is_wrong(source: str) -> None:
    with pytest.raises(UnfinishedError):
        syntax.loads(source)


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ('{"a": 1\n "b": 2}', "expecting ',' delimiter", 2),
        ("{'a': 1}", "expecting property name", 1),
        ('{"a": 1}\n\n{"b": 2}', "something follows its end", 3),
        ('{"a": "b\nc"}', "invalid control character", 1),
        ('{"a": 1e}', "expecting ',' delimiter", 1),
        ('{"a": "\\x"}', "invalid \\\\escape", 1),
        ("[" * 101 + "]" * 101, "nested too deep", None),
        ("[" * 100_000, "nested too deep", None),
        ('{"a":' * 100_000, "nested too deep", None),
        ("1" * 5000, "too many digits", None),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(source: str, reason: str, line: int | None) -> None:
    with pytest.raises(SeedError, match=reason) as refusal:
        syntax.loads(source)
    assert refusal.value.line == line
    assert not isinstance(refusal.value, UnfinishedError)


def test_a_hundred_levels_are_not_too_deep() -> None:
    source = "[" * 100 + "]" * 100
    assert json.dumps(syntax.loads(source)[0]) == source


def test_a_wide_document_is_not_deep() -> None:
    assert len(syntax.loads(json.dumps([[{}]] * 1000))[0]) == 1000


def test_oddities_are_told_once_each() -> None:
    value, oddities = syntax.loads('[{"a": 1, "a": 2}, NaN, -Infinity, "\\ud83d", "\\ude00x", NaN, "\\ud83d\\ude00"]')
    assert value == [{"a": 2}, None, None, "\ufffd", "\ufffdx", None, "\U0001f600"]
    assert [oddity.split()[0] for oddity in oddities] == ["the", "NaN", "-Infinity", "half"]


def test_a_key_may_hold_half_of_a_pair() -> None:
    assert syntax.loads('{"\\udc00": {"b": ["\\ud800"]}}')[0] == {"\ufffd": {"b": ["\ufffd"]}}


@pytest.mark.parametrize(
    ("head", "value", "cut", "more"),
    [
        (b'{"a": 1}', {"a": 1}, False, False),
        (b'{"a": 1}\n{"b": 2}', {"a": 1}, False, True),
        (b'{"a": 1, "b": [1, {"c": 2, "d": "xy', {"a": 1, "b": [1, {"c": 2, "d": "\u2026"}]}, True, False),
        (b'{"a": 1, "b', {"a": 1}, True, False),
        (b'{"a": 1, "b": ', {"a": 1}, True, False),
        (b'{"a": 1 "b": 2}', {}, True, False),
        (b'{"a": 1, "c": 2 "b": 2}', {"a": 1}, True, False),
        (b"no", None, True, False),
    ],
)
def test_a_glimpse_completes_what_is_cut(head: bytes, value: Any, cut: bool, more: bool) -> None:
    assert syntax.glimpse(head) == syntax.Glimpse(value, cut, more)


def test_a_glimpse_stops_where_it_is_too_deep() -> None:
    assert syntax.glimpse(b'{"title": "x", "a": ' + b"[" * 65_000).value["title"] == "x"


@pytest.mark.parametrize(
    ("head", "name", "starts"),
    [
        (b" \n{", "a.json", True),
        (b"\xef\xbb\xbf[", "a", True),
        ("{".encode("utf-16"), "a.txt", True),
        (b"{", "a.md", False),
        (b'"a"', "a.json", False),
        (b"", "a.json", False),
        (b"\xff\xd8", "a.json", False),
    ],
)
def test_json_is_told_by_its_first_character(head: bytes, name: str, starts: bool) -> None:
    assert syntax.starts(head, name) is starts
