from __future__ import annotations

import pytest

from feeder.byline import is_byline, people


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ann Example", ("Ann Example",)),
        ("By: Ann Example", ("Ann Example",)),
        ("By ANN EXAMPLE and BOB O'SAMPLE, Associated Press", ("Ann Example", "Bob O'Sample")),
        ("By Ann Example, Bob Sample and Cy Young", ("Ann Example", "Bob Sample", "Cy Young")),
        ("By Ann de la Example | Staff Writer", ("Ann de la Example",)),
        ("By A.B. Example with Jean-Luc Sample", ("A.B. Example", "Jean-Luc Sample")),
        ("By Ann Example, Special to The Post", ("Ann Example",)),
        ("By Éva Példa / Reuters", ("Éva Példa",)),
        ("By Ann Example and Frances d'Arco", ("Ann Example", "Frances d'Arco")),
        ("By Ann Example, Harbour University", ("Ann Example",)),
        ("By Ann Example | Institute of Bridges", ("Ann Example",)),
        ("By Bob Sample Jr.", ("Bob Sample Jr.",)),
        ("By Bob S. and Ann E.", ("Bob S.", "Ann E.")),
        ("By The Associated Press", ()),
        ("By Reuters", ()),
    ],
)
def test_a_byline_names_people_and_agencies(line: str, names: tuple[str, ...]) -> None:
    assert is_byline(line)
    assert people(line) == names


@pytest.mark.parametrize(
    "line",
    [
        "By Monday the ferry had left",
        "By Air and Sea",
        "By Ann",
        "By The Numbers",
        "By Prime Minister’s Order",
        "By Ann Example.",
        "By Harbour University",
        "By Harbour College",
        "By Institute of Bridges",
        "By ann example",
        "By Ann Example in Paris",
        "Byron Sample",
        "by the time",
        "By ",
        "",
        "By " + "Ann Example, " * 12 + "Bob Sample",
    ],
)
def test_what_may_be_a_sentence_or_a_headline_is_no_byline(line: str) -> None:
    assert not is_byline(line)


def test_a_line_without_by_names_people_too() -> None:
    assert people("Ann Example and Bob Sample") == ("Ann Example", "Bob Sample")
    assert people("the newsroom") == ()


def test_a_prefix_in_mixed_case_does_not_keep_a_name_in_capitals() -> None:
    assert people("By JANE REPORTER and JOHN McSMITH") == ("Jane Reporter", "John McSmith")
    assert people("By Ann McSMITH") == ("Ann McSMITH",)
