from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.parse import credits_line


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ann Lee", ["Ann Lee"]),
        ("By Ann Lee and Bob Ray, Political Editor", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee, Bob Ray, and Cy Fox", ["Ann Lee", "Bob Ray", "Cy Fox"]),
        ("Written by Ann Lee (Reuters)", ["Ann Lee"]),
        ("Posted by: Ann Lee", ["Ann Lee"]),
        ("Lee, Ann", ["Ann Lee"]),
        ("Von Anna Berg und Ole Sand", ["Anna Berg", "Ole Sand"]),
        ("Par Anne Petit et Jean Grand", ["Anne Petit", "Jean Grand"]),
        ("Por María Gil y Pedro Paz", ["María Gil", "Pedro Paz"]),
        ("José Ortega y Gil", ["José Ortega y Gil"]),
        ("di Anna Rossi", ["Anna Rossi"]),
        ("Diana Vance", ["Diana Vance"]),
        ("Автор: Анна Лесная", ["Анна Лесная"]),
        ("作者：李明、王芳", ["李明", "王芳"]),
        ("nagachika", ["nagachika"]),
        ("Ann Lee, AP", ["Ann Lee"]),
        ("AFP", ["AFP"]),
        ("Ann Lee ann@example.org @annlee", ["Ann Lee"]),
        ("Staff", []),
        ("admin", []),
        ("Redaktion", []),
        ("https://www.facebook.com/example", []),
        ("www.example.org", []),
        ("30 April 2019 10:30", []),
        ("", []),
        ("A sentence that is far too long for anybody to be called by it at all", []),
    ],
)
def test_names(line: str, names: list[str]) -> None:
    assert credits_line.names(line) == names


@given(st.text(max_size=600))
def test_nothing_raises_and_names_are_names(line: str) -> None:
    assert all(map(credits_line.is_name, credits_line.names(line)))
