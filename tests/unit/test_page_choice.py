from __future__ import annotations

import pytest

from feeder.model import Person
from feeder.parse.findings import Finding
from feeder.parse.page import choice

SITES = choice.sites(["The Daily Example - News of the town"], "https://www.daily-example.org/2019/bridge")
ENGLISH = "The harbour bridge was closed at noon on Monday after an inspector found a crack in one of its piers. " * 3
GERMAN = (
    "Die Hafenbrücke ist seit Montagmittag gesperrt, nachdem ein Prüfer in einem Pfeiler einen Riss gefunden hat. " * 3
)


def found(*values: object) -> list[Finding]:
    return [Finding(value, f"place {number}") for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("given", "page_title", "title"),
    [
        (["Bridge shut | The Daily Example"], "", "Bridge shut"),
        (["The Daily Example: Bridge shut"], "", "The Daily Example: Bridge shut"),
        (["The Daily Example » Bridge shut"], "", "Bridge shut"),
        (["Bridge shut - Local - daily-example.org"], "", "Bridge shut - Local"),
        (["Bridge shut - for ever"], "", "Bridge shut - for ever"),
        (["The Daily Example", "Bridge shut"], "", "Bridge shut"),
        (["Bridge shut after an…", "Bridge shut after an inspection"], "", "Bridge shut after an inspection"),
        (["Bridge shut", "Bridge shut after an inspection"], "", "Bridge shut"),
        ([], "The harbour bridge is shut - Somewhere Else", "The harbour bridge is shut"),
        ([], "Bridge - Harbour", "Bridge - Harbour"),
        ([], "外国专家：中美合作共赢 - 中国日报网", "外国专家：中美合作共赢"),
        ([], "港口大桥今天关闭_新闻频道_北港网", "港口大桥今天关闭"),
        (["港口大桥今天关闭 _探索者 _北港网"], "", "港口大桥今天关闭"),
        (["снимок_экрана_1"], "", "снимок_экрана_1"),
        ([], "snake_case_names", "snake_case_names"),
        ([], "", None),
    ],
)
def test_titles(given: list[str], page_title: str, title: str | None) -> None:
    chosen = choice.title(found(*given), SITES, page_title)
    assert (chosen.value if chosen else None) == title


def test_a_heading_is_the_title_where_the_head_says_only_the_site() -> None:
    site, heading = Finding("Harbour notes", "meta ogtitle"), Finding("The bridge is shut", "heading")
    assert choice.title([site, heading], (), "The bridge is shut - Harbour notes") == heading
    assert choice.title([site, heading], (), "Something else - Harbour notes") == site
    assert choice.title([heading, site], (), "The bridge is shut - Harbour notes") == heading


def test_the_most_trusted_readable_date_counts() -> None:
    chosen, warnings = choice.published(found("soon", "2019-04-30", "2019-04-30T10:00:00Z"), [], None)
    assert chosen == Finding("2019-04-30T10:00:00Z", "place 2")
    assert warnings == ()


def test_a_time_is_not_changed_for_another_one() -> None:
    chosen, _ = choice.published(found("2019-04-30T10:00:00Z", "2019-04-30T12:00:00Z"), [], None)
    assert chosen == Finding("2019-04-30T10:00:00Z", "place 0")


def test_two_others_that_agree_win_over_one() -> None:
    chosen, warnings = choice.published(found("2018-02-20", "2020-02-20", "2020-02-21"), [], None)
    assert chosen == Finding("2020-02-20", "place 1")
    assert warnings == ("the dates disagree: 2018-02-20 (place 0) and 2020-02-20 (place 1)",)


def test_what_a_page_shows_is_one_other_however_often_it_is_found() -> None:
    shown = [Finding("2020-02-20", place) for place in ("div element", "time element", "date near the headline")]
    first = Finding("2018-02-20", "JSON-LD datePublished")
    assert choice.published([first, *shown], [], None)[0] == first
    assert choice.published([first, Finding("2020-02-20", "meta pubdate"), *shown], [], None)[0] != first


def test_the_date_of_the_server_is_no_earlier_than_the_one_shown() -> None:
    server = Finding("2020-02-20T10:00:00Z", "meta date")
    for day, is_server in (("2020-02-10", False), ("2020-03-10", True)):
        chosen, warnings = choice.published([server, Finding(day, "time element")], [], None)
        assert (chosen == server) is is_server
        assert len(warnings) == 1


def test_one_other_only_warns() -> None:
    chosen, warnings = choice.published(found("2018-02-20", "2020-02-20"), [], None)
    assert chosen == Finding("2018-02-20", "place 0")
    assert len(warnings) == 1


def test_a_date_that_another_backs_stands() -> None:
    chosen, warnings = choice.published(found("2018-02-20", "2020-02-20", "2020-02-20", "2018-02-20"), [], None)
    assert (chosen, warnings) == (Finding("2018-02-20", "place 0"), ())


def test_a_date_that_only_the_language_makes_clear() -> None:
    assert choice.published(found("04/05/2019"), [], "fr")[0] == Finding("2019-05-04", "place 0")
    assert choice.published(found("04/05/2019"), [], "en")[0] == Finding("04/05/2019", "place 0")


def test_the_date_of_an_update_stands_for_none() -> None:
    chosen, warnings = choice.published([], found("2019-04-30"), None)
    assert chosen == Finding("2019-04-30", "place 0")
    assert "update" in warnings[0]
    assert choice.published([], [], None) == (None, ())


def test_the_site_is_no_author_but_may_be_called_by_one() -> None:
    def chosen(*given: str) -> list[str]:
        finding = choice.authors(found(*((Person(name),) for name in given)), SITES | {"annlee"})
        return [person.name for person in finding.value] if finding else []

    assert chosen("The Daily Example", "Bob Ray") == ["Bob Ray"]
    assert chosen("daily-example") == []
    assert choice.authors(found((Person("Ann Lee"), Person("Bob Ray"))), {"annlee"}) == Finding(
        (Person("Bob Ray"),), "place 0"
    )
    assert chosen("Ann Lee") == ["Ann Lee"]
    assert chosen() == []


def test_a_person_is_believed_before_an_agency() -> None:
    agency, people = (Person("AFP"),), (Person("Bob Ray"), Person("Reuters"))
    assert choice.authors(found(agency, people), SITES) == Finding((Person("Bob Ray"),), "place 1")
    assert choice.authors(found(agency), SITES) == Finding(agency, "place 0")


def test_the_day_of_an_address_is_made_exact_by_a_time_of_that_day_anywhere() -> None:
    def chosen(place: str, *others: str) -> str:
        finding, _ = choice.published([Finding("2019-04-30", place), *found(*others)], [], None)
        return finding.value if finding else ""

    assert chosen("address", "2019-04-30T23:30:00-05:00") == "2019-04-30T23:30:00-05:00"
    assert chosen("address", "2019-04-30T00:30:00+09:00") == "2019-04-30T00:30:00+09:00"
    assert chosen("address", "2019-05-01T04:30:00Z") == "2019-05-01T04:30:00Z"
    assert chosen("address", "2019-05-02T00:00:00Z") == "2019-04-30"
    assert chosen("meta date", "2019-05-01T04:30:00Z") == "2019-04-30"


def test_the_day_of_an_address_overrules_nothing() -> None:
    places = ("JSON-LD", "address", "time element")
    days = ("2019-05-10", "2019-04-30", "2019-04-30")
    chosen, warnings = choice.published([Finding(*pair) for pair in zip(days, places, strict=True)], [], None)
    assert chosen == Finding("2019-05-10", "JSON-LD")
    assert warnings == ("the dates disagree: 2019-05-10 (JSON-LD) and 2019-04-30 (address)",)


@pytest.mark.parametrize(
    ("given", "sample", "language", "warns"),
    [
        (["en-GB"], ENGLISH, "en-GB", False),
        (["en-US", "de"], GERMAN, "de", False),
        (["en-US"], GERMAN, "de", True),
        (["en-US"], "Zu kurz.", "en-US", False),
        (["klingon!", "de"], GERMAN, "de", False),
        ([], GERMAN, None, False),
    ],
)
def test_languages(given: list[str], sample: str, language: str | None, *, warns: bool) -> None:
    chosen, warnings = choice.tongue(found(*given), sample)
    assert (chosen.value if chosen else None) == language
    assert bool(warnings) is warns


def test_close_languages_are_not_corrected() -> None:
    assert choice.is_kin("nb", "no")
    assert choice.is_kin("hr", "sr")
    assert not choice.is_kin("en", "de")
