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
        ("Ann Lee (with Bob Ray and Cy Fox)", ["Ann Lee"]),
        ("Ann Lee (Northport) and Bob Ray (Southport)", ["Ann Lee", "Bob Ray"]),
        ("Ann (Mary) Lee", ["Ann (Mary) Lee"]),
        ("Submitted by Ann Lee on Wed, 02/05/2020 - 13:44", ["Ann Lee"]),
        ("Verfasst von Karl Weber", ["Karl Weber"]),
        ("Ann Lee | Photos: Bob Ray", ["Ann Lee"]),
        ("Redaktion Hafenblog", []),
        ("Submitted on Mon, 2019-01-21 13:49", []),
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
        ("By Ann Lee, Senior Staff Technologist", ["Ann Lee"]),
        ("ANN LEE, Executive Editor", ["ANN LEE"]),
        ("By Ann Lee Science reporter, BBC News", ["Ann Lee"]),
        ("Correspondent Ann Lee", ["Ann Lee"]),
        ("Ann Lee, The Harbour Times", ["Ann Lee"]),
        ("Harbour Times", ["Harbour Times"]),
        ("By Ann Lee in Northport and Bob Ray in Southport", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee and agencies", ["Ann Lee"]),
        ("Von Anna Berg, Berlin", ["Anna Berg"]),
        ("Eine Analyse von Anna Berg", ["Anna Berg"]),
        ("Ole von Sand", ["Ole von Sand"]),
        ("Ann Di Rossi", ["Ann Di Rossi"]),
        ("Par Anne Petit, avec AFP", ["Anne Petit"]),
        ("Écrit par Anne Petit", ["Anne Petit"]),
        ("by Ann Lee - Apr 16, 2015 8:02 pm UTC", ["Ann Lee"]),
        ("by Ann Lee22 Dec 2016651", ["Ann Lee"]),
        ("Published by Ann Lee on May 5, 2020", ["Ann Lee"]),
        ("By Ann Lee Updated: May 4, 2020 10:00", ["Ann Lee"]),
        ("Ann Lee · 3 min read", ["Ann Lee"]),
        ("Ann Lee, Ph.D.", ["Ann Lee"]),
        ("Bob Ray, Jr., Ann Lee", ["Bob Ray Jr.", "Ann Lee"]),
        ("Lee, Ann; Ray, Bob", ["Ann Lee", "Bob Ray"]),
        ("2023.11.17 김하늘 기자", ["김하늘"]),
        ("記者王小明／台北報導", ["王小明"]),
        ("(記者：田中花子)", ["田中花子"]),
        ("Tác giả: Lê Văn An", ["Lê Văn An"]),
        ("Oleh: Budi Harta", ["Budi Harta"]),
        ("example.es", []),
        ("#author", []),
        ("Harbour Staff", []),
        ("来源：例社", []),
        ("Staff and agencies", []),
        ("A sentence that is far too long for anybody to be called by it at all", []),
    ],
)
def test_names(line: str, names: list[str]) -> None:
    assert credits_line.names(line) == names


@given(st.text(max_size=600))
def test_nothing_raises_and_names_are_names(line: str) -> None:
    assert all(map(credits_line.is_name, credits_line.names(line)))
