"""Where articles say what was asked for: marked, whole, and never beside it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Article, Person
from feeder.query import extract, folded, parse, term
from feeder.query.folding import spans
from feeder.query.snippets import MOST_READ, WIDTH, Snippet, Stretch, marked, snippets
from live import article

ODD = "aAbßée\u0301ﬁǅ½㍿İıæŁ.+#-'’ \n\tøＡ京都東。がカ\uff9eｶﾞ한ᄒ\u1161\u11abकिह\u0301\u200d\u00adΣς٣👍🏽"
TEXTS = st.text(st.sampled_from(ODD) | st.characters(codec="utf-8"), max_size=40)


def shown(stretches: tuple[Stretch, ...]) -> str:
    return "".join(f"[{text}]" if is_match else text for text, is_match in stretches)


def told(snippet: Snippet) -> str:
    before, after = ("…" if cut else "" for cut in (snippet.is_cut_before, snippet.is_cut_after))
    return before + shown(snippet.stretches) + after


def found(query: str, text: str) -> str:
    return shown(marked(text, [one for terms in parse(query).alternatives for one in terms]))


def story(title: str = "A title", text: str = "", **fields: object) -> Article:
    return article(title, text, **({"summary": ""} | fields))


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("harbour", "The Harbour, the harbours, HARBOUR.", "The [Harbour], the harbours, [HARBOUR]."),
        ('"harbour bridge"', "Harbour: bridge, harbour-\nbridge", "[Harbour: bridge], [harbour-\nbridge]"),
        ("muller", "Frau Müller, Mu\u0308ller!", "Frau [Müller], [Mu\u0308ller]!"),
        ("strasse", "(Straße)", "([Straße])"),
        ("neil", "O’Neil said", "O’[Neil] said"),
        ("us", "the U.S. and us", "the [U.S]. and [us]"),
        ("c++", "C, C++ and c#", "C, [C++] and c#"),
        ("fire", "a ﬁre", "a [ﬁre]"),
        ("2", "½ litre", "[½] litre"),
        ("京都", "東京都で。京都", "東[京都]で。[京都]"),
        ("がく", "か\u3099くせい", "[か\u3099く]せい"),
        ("東京 京都", "東京都", "[東京]都"),
        ("the", "the the the", "[the] [the] [the]"),
        ("bridge", "", ""),
        ("हिन्दी", "यह हिन्दी है", "यह [हिन्दी] है"),
        ("한", "글ᄒ\u1161\u11ab글", "글[ᄒ\u1161\u11ab]글"),
        ("が", "x かく・か\u200d\u3099く", "x かく・[か\u200d\u3099]く"),
    ],
)
def test_terms_are_marked_where_they_stand(query: str, text: str, expected: str) -> None:
    assert found(query, text) == expected


@given(TEXTS)
def test_each_character_of_the_folded_form_comes_from_a_part_that_has_it(text: str) -> None:
    for word in text.split():
        form, parts = folded(word), spans(word)
        assert len(parts) == len(form)
        places = [part for one, part in zip(form, parts, strict=True) if one != " "]
        assert places == sorted(places)
        for one, (start, end) in zip(form, parts, strict=True):
            assert one == " " or one in folded(word[start:end]) or one in "+#"


@given(TEXTS, st.lists(TEXTS, max_size=4), st.data())
def test_what_is_marked_is_what_was_asked_for_and_nothing_is_lost(
    text: str, others: list[str], data: st.DataObject
) -> None:
    words = folded(text).split()
    start = data.draw(st.integers(0, len(words)))
    part = " ".join(words[start : start + data.draw(st.integers(1, 3))])
    terms = [one for asked in (part, *others) if (one := term(None, asked)).words]
    stretches = marked(text, terms)
    assert "".join(stretch.text for stretch in stretches) == text
    bare = [one.words.replace(" ", "") for one in terms]
    for stretch in stretches:
        assert not stretch.is_match or any(one in folded(stretch.text).replace(" ", "") for one in bare)
    says = f" {folded(text)} "
    assert any(stretch.is_match for stretch in stretches) is any(one.needle in says for one in terms)


@given(st.lists(st.sampled_from(["ferry", "Brücke.", "x" * 30, "\n\n", "京都の橋", "e\u0301", "port!"]), max_size=120))
def test_snippets_are_pieces_of_the_text_one_behind_the_other(words: list[str]) -> None:
    text = " ".join(words)
    here = 0
    for snippet in snippets(text, [term(None, "ferry"), term(None, "brucke"), term(None, "京都")]):
        piece = "".join(stretch.text for stretch in snippet.stretches)
        place = text.index(piece, here)
        assert snippet.is_cut_before is bool(text[:place].strip())
        assert snippet.is_cut_after is bool(text[place + len(piece) :].strip())
        assert len(piece) <= 2 * WIDTH + 200
        assert any(stretch.is_match for stretch in snippet.stretches)
        here = place + len(piece)


def test_a_snippet_is_where_most_of_the_terms_are() -> None:
    text = "The ferry sails. " * 20 + "At noon the ferry hit the bridge, they say. " + "Nobody knew of the ferry. " * 20
    (one,) = snippets(text, [term(None, "ferry"), term(None, "bridge")])
    assert "the [ferry] hit the [bridge]" in told(one)
    assert told(one).startswith("…The [ferry] sails.")
    assert told(one).endswith("…")
    assert WIDTH - 60 <= len("".join(stretch.text for stretch in one.stretches)) <= WIDTH + 60


def test_more_terms_count_for_more_than_one_again_and_again() -> None:
    text = "ferry " * 40 + "and then nothing. " * 20 + "A ferry hit the bridge. " + "And then nothing. " * 20
    first = snippets(text, [term(None, "ferry"), term(None, "bridge")])
    assert "A [ferry] hit the [bridge]." in told(first[0])
    assert len(first) == 1


def test_two_that_meet_are_one() -> None:
    text = f"{'So it was. ' * 20}A ferry came. {'Nothing new. ' * 14}Then the bridge fell. {'So it was. ' * 20}"
    (one,) = snippets(text, [term(None, "ferry"), term(None, "bridge")])
    piece = "".join(stretch.text for stretch in one.stretches)
    assert piece in text
    assert [stretch.text for stretch in one.stretches if stretch.is_match] == ["ferry", "bridge"]


def test_a_second_one_is_where_the_terms_are_that_the_first_lacks() -> None:
    text = "A ferry, a ferry. " + "Nothing at all. " * 40 + "And then the bridge."
    one, other = snippets(text, [term(None, "ferry"), term(None, "bridge")])
    assert told(one).startswith("A [ferry], a [ferry]. Nothing")
    assert told(other).startswith("…Nothing")
    assert told(other).endswith("And then the [bridge].")


def test_only_what_makes_an_article_match_is_marked() -> None:
    one = story("Ferry and bridge", "A ferry, a bridge, a toll.", byline="By Ann Bridge")
    assert shown(extract(parse("ferry -train"), one).title) == "[Ferry] and bridge"
    assert told(extract(parse("bridge toll"), one).snippets[0]) == "A ferry, a [bridge], a [toll]."
    assert told(extract(parse("bridge train OR ferry"), one).snippets[0]) == "A [ferry], a bridge, a toll."
    only = extract(parse("title:bridge author:ann"), one)
    assert (shown(only.title), shown(only.byline)) == ("Ferry and [bridge]", "By [Ann] Bridge")
    assert told(only.snippets[0]) == "A ferry, a bridge, a toll."


def test_who_signed_it_is_told_without_a_byline_too() -> None:
    one = story(authors=(Person("Ann Lee"), Person("Bo")))
    assert shown(extract(parse("author:lee"), one).byline) == "Ann [Lee], Bo"


def test_where_only_the_summary_has_it_the_summary_is_shown() -> None:
    one = story("A title", "Nothing.", summary="A ferry, in short.")
    assert [told(snippet) for snippet in extract(parse("ferry"), one).snippets] == ["A [ferry], in short."]
    assert [told(snippet) for snippet in extract(parse("title"), one).snippets] == ["A ferry, in short."]
    assert [told(snippet) for snippet in extract(parse("title"), story("A title", "Text.")).snippets] == ["Text."]
    assert not extract(parse("title"), story("A title", "")).snippets
    long = story("A title", "Nothing.", summary="All is well. " * 60)
    (said,) = extract(parse("title"), long).snippets
    assert told(said).endswith(" is…")
    assert len(told(said)) < WIDTH + 60


def test_no_character_is_parted_from_its_marks() -> None:
    text = "e\u0301" * 400 + "橋" + "e\u0301" * 400
    (one,) = snippets(text, [term(None, "橋")])
    piece = "".join(stretch.text for stretch in one.stretches)
    assert piece[0] == "e"
    assert piece[-1] == "\u0301"


def test_of_a_very_long_text_only_the_beginning_is_read() -> None:
    text = "x" * (MOST_READ - 6) + " ferryman ferry"
    assert snippets(text, [term(None, "ferry")]) == ()
    assert snippets(text, [term(None, "ferr")]) == ()
    started = time.perf_counter()
    huge = "橋を渡る" * 500_000
    assert snippets(huge, [term(None, "橋")]) == ()
    assert snippets("橋を渡る\n" * 500_000, [term(None, "橋"), term(None, "渡")])
    assert time.perf_counter() - started < 5
