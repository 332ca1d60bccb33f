from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feeder.identity import (
    NAMESPACE,
    Known,
    State,
    Verdict,
    change,
    decide,
    free_id,
    is_gone_by_choice,
    is_revision,
    mint,
    next_version,
)
from feeder.likeness import COMPARED_WORDS
from feeder.model import Article, Kind, Usage

ARTICLE = Article(
    id=mint("key"),
    slug="bridge",
    title="Bridge",
    summary="Shut.",
    html="<p>Shut.</p>",
    text="Shut.",
    published=datetime(2019, 4, 30, tzinfo=UTC),
    content_key="key",
    digest="digest",
    format="seed",
)
OWN = replace(ARTICLE, id="urn:x:1", own_id=True)
KNOWN = Known(
    id=mint("key"),
    own_id=False,
    state=State.SHOWN,
    version=1,
    declared_version=None,
    content_key="key",
    digest="digest",
    correction=None,
    present=True,
)
GONE = replace(KNOWN, present=False)
KILLED = replace(KNOWN, state=State.KILLED)
WITHDRAWN = replace(KNOWN, state=State.WITHDRAWN)
KNOWN_OWN = replace(KNOWN, id="urn:x:1", own_id=True)
KILLED_OWN = replace(KNOWN_OWN, state=State.KILLED)


@pytest.mark.parametrize(
    ("article", "stored", "verdict", "known"),
    [
        (ARTICLE, (None, None, []), Verdict.NEW, None),
        (ARTICLE, (KNOWN, None, []), Verdict.KNOWN, KNOWN),
        (ARTICLE, (KNOWN, KNOWN_OWN, [GONE]), Verdict.KNOWN, KNOWN),  # the path comes before equal content
        (ARTICLE, (None, None, [KNOWN]), Verdict.DUPLICATE, KNOWN),
        (ARTICLE, (None, None, [GONE]), Verdict.KNOWN, GONE),  # it was moved
        (ARTICLE, (None, None, [WITHDRAWN]), Verdict.KNOWN, WITHDRAWN),
        (ARTICLE, (None, None, [KILLED, KNOWN]), Verdict.KILLED, KILLED),
        (ARTICLE, (KILLED, None, []), Verdict.KILLED, KILLED),
        (OWN, (None, KNOWN_OWN, []), Verdict.KNOWN, KNOWN_OWN),
        (OWN, (KNOWN, None, []), Verdict.KNOWN, KNOWN),  # the id came later than the article
        (OWN, (replace(KNOWN_OWN, id="urn:x:2"), None, []), Verdict.NEW, None),  # another article in the same file
        (OWN, (None, None, [replace(KNOWN_OWN, id="urn:x:2")]), Verdict.NEW, None),  # two ids, equal text
        (OWN, (None, None, [KNOWN]), Verdict.DUPLICATE, KNOWN),
        (OWN, (KNOWN, KILLED_OWN, []), Verdict.KILLED, KILLED_OWN),
    ],
)
def test_which_article_a_candidate_is(
    article: Article,
    stored: tuple[Known | None, Known | None, list[Known]],
    verdict: Verdict,
    known: Known | None,
) -> None:
    at_path, by_id, by_content = stored
    decision = decide(article, at_path=at_path, by_id=by_id, by_content=by_content)
    assert (decision.verdict, decision.known) == (verdict, known)


@pytest.mark.parametrize(
    ("declared", "kept", "verdict"),
    [
        (1, 2, Verdict.OLDER),
        (2, 2, Verdict.KNOWN),
        (3, 2, Verdict.KNOWN),
        (None, 2, Verdict.KNOWN),
        (1, None, Verdict.KNOWN),
    ],
)
def test_an_older_version_that_comes_late_is_told_by_its_number(
    declared: int | None, kept: int | None, verdict: Verdict
) -> None:
    known = replace(KNOWN_OWN, declared_version=kept)
    late = replace(OWN, declared_version=declared)
    assert decide(late, at_path=None, by_id=known, by_content=[]).verdict is verdict


@pytest.mark.parametrize(
    ("article", "known", "kind"),
    [
        (ARTICLE, None, Kind.PUBLISHED),
        (ARTICLE, WITHDRAWN, Kind.PUBLISHED),
        (ARTICLE, KNOWN, None),
        (replace(ARTICLE, digest="other"), KNOWN, Kind.UPDATED),
        (replace(ARTICLE, digest="other", correction="Name."), KNOWN, Kind.CORRECTED),
        (replace(ARTICLE, digest="other", correction="Name."), replace(KNOWN, correction="Name."), Kind.UPDATED),
        (replace(ARTICLE, digest="other", correction="Place."), replace(KNOWN, correction="Name."), Kind.CORRECTED),
    ],
)
def test_what_a_candidate_changes(article: Article, known: Known | None, kind: Kind | None) -> None:
    assert change(article, known) is kind


@pytest.mark.parametrize(
    ("version", "declared", "known", "expected"),
    [(1, None, None, 1), (4, 4, None, 4), (1, None, KNOWN, 2), (5, 5, KNOWN, 5), (1, 1, replace(KNOWN, version=7), 8)],
)
def test_versions_only_rise(version: int, declared: int | None, known: Known | None, expected: int) -> None:
    assert next_version(replace(ARTICLE, version=version, declared_version=declared), known) == expected


def test_ids_are_minted_from_content_and_made_different_while_taken() -> None:
    assert mint("key") == f"urn:uuid:{uuid.uuid5(NAMESPACE, 'key')}"
    assert mint("key") == "urn:uuid:9cbbe699-2a5e-5566-bd3b-5eac67763fed"
    assert free_id(ARTICLE, lambda _: False) == ARTICLE.id
    taken = {ARTICLE.id, mint("key#2")}
    assert free_id(ARTICLE, taken.__contains__) == mint("key#3")


def test_drafts_and_withdrawn_articles_are_not_shown() -> None:
    assert not is_gone_by_choice(ARTICLE)
    assert is_gone_by_choice(replace(ARTICLE, usage=Usage.DRAFT))
    assert is_gone_by_choice(replace(ARTICLE, usage=Usage.WITHDRAWN))


LONG = " ".join(f"word{n}" for n in range(100))
OTHER = " ".join(f"other{n}" for n in range(100))


@pytest.mark.parametrize(
    ("old", "new", "days", "expected"),
    [
        (("Bridge", "Shut."), (" BRIDGE ", "Open again."), 0, True),
        (("Weather", "It rained."), ("Weather", "Snow fell."), 1, False),  # one of every day
        (("Bridge", LONG), ("Bridge opens", LONG + " more"), 0, True),
        (("Bridge", LONG), ("Bridge opens", LONG + " more"), 1, True),
        (("Bridge", LONG), ("Harbour", OTHER), 0, False),
        (("Bridge", f"{LONG} {OTHER}"), ("Harbour", LONG), 0, True),
        (("Bridge", f"{LONG} {OTHER}"), ("Harbour", f"{LONG[:200]} shut"), 0, False),
        (("Bridge", "Shut."), ("Harbour", "shut"), 0, True),
        (("Bridge", ""), ("Harbour", ""), 0, False),
        (("桥", "一辆卡车中午撞上大桥北门后大桥关闭"), ("门", "一辆卡车中午撞上大桥北门后大桥仍关闭"), 0, True),
        (("桥", "一辆卡车中午撞上大桥北门后大桥关闭"), ("门", "工程师预计今晚开放一条车道"), 0, False),
        (("Bridge", f"{'x ' * COMPARED_WORDS}{LONG}"), ("Harbour", f"{'x ' * COMPARED_WORDS}{OTHER}"), 0, True),
    ],
)
def test_what_is_an_edit_and_what_another_story(
    old: tuple[str, str], new: tuple[str, str], days: int, *, expected: bool
) -> None:
    before = replace(ARTICLE, title=old[0], text=old[1])
    after = replace(ARTICLE, title=new[0], text=new[1], published=ARTICLE.published + timedelta(days=days))
    assert is_revision(before, after) is is_revision(after, before) is expected
