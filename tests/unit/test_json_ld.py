from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import SeedError
from feeder.parse.structured_data import json_ld
from linear import in_linear_time


@pytest.mark.parametrize(
    ("script", "document"),
    [
        ('{"a": 1}', {"a": 1}),
        ('<!-- {"a": 1} -->', {"a": 1}),
        ('//<![CDATA[\n{"a": 1}\n//]]>', {"a": 1}),
        ('/*<![CDATA[*/ {"a": 1} /*]]>*/', {"a": 1}),
        ('{"a": [1, 2,], }', {"a": [1, 2]}),
        ('{"a": "x, ]"} // why\n', {"a": "x, ]"}),
        ('{"a": "https://example.org/ /* x */", /* gone */ "b": 2,};', {"a": "https://example.org/ /* x */", "b": 2}),
        ('{"a": "two\nlines\tof"}', {"a": "two\nlines\tof"}),
        (r'{"a": "it\'s \"so\" \u00e9 \x"}', {"a": 'it\'s "so" é x'}),
        ('{"a": 1}\n{"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"a": {"x": 1}\n "b": ["c"] "d": "e"\n"f": 2}', {"a": {"x": 1}, "b": ["c"], "d": "e", "f": 2}),
        (" ", []),
        ("{&quot;a&quot;: &quot;R&amp;D&quot;}", {"a": "R&D"}),
    ],
)
def test_what_can_mean_one_thing_only_is_mended(script: str, document: object) -> None:
    assert json_ld.read(script) == document


@pytest.mark.parametrize(
    "script", ['{"a": "so "called" bridge"}', '{"a": "so " "called"}', "{a: 1}", "{", "window.x = 1", "[" * 100_000]
)
def test_what_could_mean_anything_is_refused(script: str) -> None:
    with pytest.raises(SeedError, match="broken"):
        json_ld.read(script)


def test_too_much_is_refused() -> None:
    with pytest.raises(SeedError, match="2 MB"):
        json_ld.read(f'"{"x" * 3_000_000}"')


def test_half_a_character_is_replaced() -> None:
    assert json_ld.read(r'{"a": "x\ud800y\ud83d\ude00"}') == {"a": "x?y😀"}


@pytest.mark.parametrize("script", ['"\\' * 200_000, "/*" * 200_000, "}{" * 200_000, ", " * 200_000, '"\\"' * 200_000])
def test_it_takes_linear_time(script: str) -> None:
    def refused() -> None:
        with pytest.raises(SeedError):
            json_ld.read(script)

    in_linear_time(refused)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_what_is_not_broken_is_read_as_it_is(document: object) -> None:
    assert json_ld.read(json.dumps(document)) == document
