from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.parse import whole
from feeder.parse.objects import stream
from feeder.parse.objects.shapes import leads_on

SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(max_size=30)
RECORDS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


class Slow:
    """A reader that gives a few bytes at a time, so that every boundary falls somewhere."""

    def __init__(self, raw: bytes, step: int) -> None:
        self._file = io.BytesIO(raw)
        self._step = step

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(self._step, size) if size > 0 else self._step)


def read(raw: bytes, *, step: int = 1 << 20, before: dict[str, Any] | None = None) -> list[Any]:
    found = stream.elements(Slow(raw, step), leads_on, before if before is not None else {})
    return [element if isinstance(element, SeedError) else element.value for element in found]


@given(records=st.lists(RECORDS, max_size=6), step=st.integers(1, 9), indent=st.booleans())
def test_a_list_is_read_as_orjson_reads_it_wherever_its_bytes_are_parted(
    records: list[Any], step: int, indent: bool
) -> None:
    raw = orjson.dumps(records, option=orjson.OPT_INDENT_2 if indent else None)
    assert read(raw, step=step) == orjson.loads(raw)


@given(records=st.lists(RECORDS, max_size=3), keys=st.lists(st.sampled_from(["data", "items", "response"]), max_size=3))
def test_a_list_is_found_below_what_wraps_it(records: list[Any], keys: list[str]) -> None:
    value: Any = records
    for key in keys:
        value = {"status": "ok", key: value, "after": [1, {"a": "]}"}]}
    before: dict[str, Any] = {}
    assert read(orjson.dumps(value), step=7, before=before) == records
    assert before == ({"status": "ok"} if keys else {})


@given(records=st.lists(RECORDS, min_size=1, max_size=3), cut=st.floats(0, 0.999), step=st.integers(1, 9))
def test_a_list_that_is_cut_off_is_unfinished(records: list[Any], cut: float, step: int) -> None:
    raw = json.dumps({"items": records, "z": 1}).encode()
    with pytest.raises(UnfinishedError):
        read(raw[: int(len(raw) * cut)], step=step)


@given(raw=st.binary(max_size=80) | st.text(alphabet='{}[]",:\\ 1a', max_size=60).map(str.encode))
def test_whatever_the_bytes_they_are_read_or_refused(raw: bytes) -> None:
    try:
        found = read(raw, step=3)
    except SeedError:
        return
    assert isinstance(found, list)


@pytest.mark.parametrize("broken", ['{"a": 1 "b": "]}"}', '{"a": [1,}', '{"x": "\\x"}', "nul", '{"a": tru}'])
def test_a_broken_element_refuses_itself_alone(broken: str) -> None:
    raw = f'[{{"n": 1}},\n{broken},\n{{"n": 3}}]'.encode()
    if broken == '{"a": [1,}':  # its brackets do not match: what follows cannot be told from it
        with pytest.raises(SeedError):
            read(raw)
        return
    first, error, third = read(raw)
    assert (first, third) == ({"n": 1}, {"n": 3})
    assert isinstance(error, SeedError)
    assert error.line == 2


def test_lines_are_those_of_the_file() -> None:
    raw = b'\n\n[\n{"a":\n1},\n\n{"b" 2}, {"c": "\\n"},\n4]'
    lines = [found.line for found in stream.elements(Slow(raw, 2), leads_on, {})]
    assert lines == [4, 7, 7, 8]


def test_an_element_that_is_too_large_refuses_itself_alone_in_bounded_memory() -> None:
    class Large:
        """[1, "xxx... (60 MB)", 3], made as it is read."""

        def __init__(self) -> None:
            self._pieces = iter([b'[1, {"a": "', *[b"x" * 65_536] * 960, b'"}, 3]'])

        def read(self, size: int = -1, /) -> bytes:
            return next(self._pieces, b"")

    tracemalloc.start()
    found = list(stream.values(Large(), leads_on, {}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [element.value for element in found if not isinstance(element, SeedError)] == [1, 3]
    assert isinstance(found[1], SeedError)
    assert "no single article" in found[1].reason
    assert peak < 12 * whole.LARGEST


def test_a_large_object_without_a_list_is_refused() -> None:
    raw = orjson.dumps({"title": "x", "text": "y" * (3 * whole.LARGEST)})
    with pytest.raises(SeedError, match="no single article"):
        list(stream.values(io.BytesIO(raw), leads_on, {}))
    raw = orjson.dumps({f"key{number}": "y" * 100_000 for number in range(60)})
    with pytest.raises(SeedError, match="no list of articles"):
        list(stream.values(io.BytesIO(raw), leads_on, {}))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"[1] x", "something follows"),
        (b"[1 2]", "a comma or the end"),
        (b'{"a": 1}', "no list of articles"),
        (b"{1: [1]}", "no list of articles"),
        (b"7", "a list or an object"),
        (b'["\xff"]', "not utf-8 throughout"),
    ],
)
def test_what_is_broken_around_the_elements_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(SeedError, match=reason):
        read(raw)


def test_a_list_in_utf_16_is_read_by_its_mark() -> None:
    assert read('[{"a": "é"}]'.encode("utf-16"), step=1) == [{"a": "é"}]


def test_a_small_document_is_one_element_and_says_how_it_was_read() -> None:
    (element,) = stream.values(io.BytesIO('{"a": "fällt für Höfe"}'.encode("cp1252")), leads_on, {})
    assert isinstance(element, stream.Element)
    assert (element.value, element.encoding, element.oddities) == (
        {"a": "fällt für Höfe"},
        "cp1252",
        ("encoding guessed: cp1252",),
    )


def test_a_broken_list_of_which_nothing_is_left_is_refused_as_a_whole() -> None:
    with pytest.raises(SeedError, match="expecting"):
        list(stream.values(io.BytesIO(b'[{"a" 1}, {"b" 2}]'), leads_on, {}))
