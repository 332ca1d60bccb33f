"""What changed between versions: by words within paragraphs, in any script, and never for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import telling
from feeder.model import Kind, Person
from feeder.pages import MOST_VERSIONS, versions
from feeder.pages.changes import Changed, Unchanged, Version
from feeder.summary import summarise

if TYPE_CHECKING:
    from feeder.model import Article, Event

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARKS = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
FIRST = "The town of Porto was closed on Tuesday. Nobody was hurt."


def of(text: str, **fields: Any) -> Article:
    summary = summarise(text.split("\n\n", 1)[0])
    return replace(telling.PLAIN, **{"text": text, "summary": summary, "html": f"<p>{text}</p>", **fields})


def tell(article: Article | None, number: int) -> Event:
    kind = Kind.RETRACTED if article is None else Kind.UPDATED if number else Kind.PUBLISHED
    event = telling.tell(article or telling.PLAIN, AT + number * timedelta(hours=1), seq=number + 1)
    return replace(event, article=article, kind=kind, version=number + 1)


def told(*articles: Article | None) -> list[Version]:
    """The versions of an article, newest first."""
    return versions([tell(article, number) for number, article in enumerate(articles)])


def marked(changed: Changed) -> str:
    return "".join(
        MARKS[one.kind].format(f"{one.text}…{one.rest}" if one.rest else one.text) for one in changed.stretches
    )


def text_of(version: Version) -> list[str | int]:
    return [one.paragraphs if isinstance(one, Unchanged) else marked(one) for one in version.text]


def test_words_within_the_paragraphs_that_changed() -> None:
    after = "The city of Porto was closed on Wednesday, police said. Nobody was hurt."
    newer, oldest = told(of(f"{FIRST}\n\nB.\n\nC."), of(f"{after}\n\nB.\n\nAll new.\n\nC."))
    assert text_of(newer) == [
        "The [-town -][+city +]of Porto was closed on [-Tuesday-][+Wednesday, police said+]. Nobody was hurt.",
        *(1, "[+All new.+]", 1),
    ]
    assert (newer.labels, newer.is_first, newer.is_form) == ((), False, False)
    assert (oldest.is_first, oldest.text, oldest.is_form) == (True, (), False)


def test_what_stayed_is_counted_in_one() -> None:
    quotes = "“Yes.”\n\n“No.”\n\nEnd."
    assert text_of(told(of(f"{FIRST}\n\n{quotes}"), of(f"New.\n\n{quotes}"))[0])[-1] == 3


def test_a_paragraph_that_says_something_else_is_not_an_edit_of_the_one_that_was_there() -> None:
    newer, _ = told(of(f"{FIRST}\n\nRain is on its way to us."), of(f"{FIRST}\n\nLisbon will vote."))
    assert text_of(newer) == [1, "[+Lisbon will vote.+]", "[-Rain is on its way to us.-]"]
    newer, _ = told(of(f"One of them.\n\n{FIRST}"), of(FIRST.replace("Tuesday", "Monday")))
    assert text_of(newer) == [
        "[-One of them.-]",
        "The town of Porto was closed on [-Tuesday-][+Monday+]. Nobody was hurt.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "東京で火曜日に会議が開かれた。",
            "東京で水曜日に会議が開かれた。",
            "東京で[-火-][+水+]曜日に会議が開かれた。",
        ),
        ("بدأ الاجتماع يوم الثلاثاء", "بدأ الاجتماع يوم الأربعاء", "بدأ الاجتماع يوم [-الثلاثاء-][+الأربعاء+]"),
        ("यह हिन्दी में है और पुरानी", "यह हिन्दी में है और नई", "यह हिन्दी में है और [-पुरानी-][+नई+]"),
        ("it isn't so at all", "it wasn't so at all", "it [-isn't -][+wasn't +]so at all"),
        ("It cost 2 euros.", "It cost 2 euros. Or more.", "It cost 2 euros. [+Or more.+]"),
        ("a b c d e f", "a x c y e f", "a [-b c d -][+x c y +]e f"),  # what stays between is hardly anything
    ],
)
def test_words_are_those_of_the_script(before: str, after: str, expected: str) -> None:
    assert text_of(told(of(before), of(after))[0]) == [expected]


def test_long_text_that_stayed_is_folded() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    (found,) = text_of(told(of(f"Old {words} end"), of(f"New {words} end"))[0])
    assert isinstance(found, str)
    assert found.startswith("[-Old -][+New +]word0 word1 ")
    assert "…" in found
    assert found.endswith("word99 end")
    assert len(found) < 250


def test_labels_that_changed_are_told_one_by_one() -> None:
    before = of(FIRST, title="A storm", section="World", keywords=("rain",), authors=(Person("A. B."),))
    after = replace(
        before,
        title="The storm",
        summary="A summary of its own.",
        section=None,
        keywords=("rain", "wind"),
        byline="By A. B. in Porto",
        correction="It was Tuesday.",
        published=AT,
        published_precision="minute",
    )
    newer, _ = told(before, after)
    assert {one.name: marked(one) for one in newer.labels} == {
        "Headline": "[-A -][+The +]storm",
        "Summary": "[+A summary of its own.+]",
        "Byline": "[+By +]A. B. [+in Porto+]",
        "Date": "[-30 April 2019-][+1 March 2026, 12:00 UTC+]",
        "Section": "[-World-]",
        "Correction": "[+It was Tuesday.+]",
        "Keywords": "rain[+, wind+]",
    }
    assert newer.text == ()


def test_a_summary_that_was_made_of_the_text_is_no_change_of_its_own() -> None:
    newer, _ = told(of(FIRST), of(FIRST.replace("Tuesday", "Monday")))
    assert newer.labels == ()
    assert len(newer.text) == 1


def test_another_form_of_the_same_words_is_told_as_such() -> None:
    assert told(of(FIRST), of(FIRST, html=f"<h2>{FIRST}</h2>"))[0].is_form


def test_what_was_taken_back_is_told_without_its_content() -> None:
    newest, gone, oldest = told(None, None, of(FIRST))
    assert (oldest.event.article, oldest.is_first, gone.is_form) == (None, True, False)
    assert (newest.is_first, newest.text) == (True, ())


def test_only_the_newest_versions_are_compared() -> None:
    found = told(*(of(f"{FIRST} {number}") for number in range(MOST_VERSIONS + 20)))
    assert len(found) == MOST_VERSIONS
    assert not any(version.is_first for version in found)
    assert told() == []


def texts_of(version: Version, kind: str) -> list[str]:
    """One side of what is told of the text, a paragraph each and without blanks; a number for those that stayed."""
    found = []
    for one in version.text:
        if isinstance(one, Unchanged):
            found += ["stayed"] * one.paragraphs
        elif side := "".join(part.text for part in one.stretches if part.kind in {"same", kind}):
            found.append("".join(side.split()))
    return found


@settings(max_examples=60, deadline=None)
@given(*[st.lists(st.text("ab .東", max_size=30).map(str.strip).filter(bool), min_size=1, max_size=6)] * 2)
def test_nothing_is_lost_and_nothing_made_up(old: list[str], new: list[str]) -> None:
    newer, _ = told(of("\n\n".join(old)), of("\n\n".join(new)))
    for texts, kind in ((old, "removed"), (new, "added")):
        told_of = texts_of(newer, kind) or ["stayed"] * len(texts)
        bare = ["".join(text.split()) for text in texts]
        assert [one if one != "stayed" else bare[at] for at, one in enumerate(told_of)] == bare


def test_the_work_is_bounded_whatever_the_texts_are() -> None:
    words = [f"w{number}" for number in range(20_000)]
    texts = [
        (" ".join(words), " ".join(f"{word} v{word}" if at % 2 else f"x{word}" for at, word in enumerate(words))),
        ("a " * 40_000, "a " * 39_999 + "b"),
        ("a b " * 20_000, "b a " * 20_000),
        ("中文字" * 60_000, "中文文" * 60_000),
        ("\n\n".join(["a b c"] * 4000), "\n\n".join(["a b c", "d e f"] * 2000)),
        ("\n\n".join(" ".join(words[n : n + 190]) for n in range(900)), "\n\n".join(["a b " * 95] * 900)),
    ]
    for before, after in texts:
        start = process_time()
        assert told(of(before), of(after))[0].text
        assert process_time() - start < 5  # a tenth of it on an idle machine
