"""Heads with gaps: the same bytes as a head that is rendered whole, whatever its texts hold."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.model import Feed
from feeder.render import Head, Site
from feeder.render.heads import Heads
from feeder.render.rss_atom import Atom, Rss

AT = datetime(2026, 11, 22, 12, 0, 1, 250000, tzinfo=UTC)
SITE = Site(title="The Morning", base_url="https://news.example", hub="https://news.example/hub")
HEAD = Head(site=SITE, feed=Feed(name="all", title="The Morning"), updated=AT, cursor="k3.9")
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1)
GAPS = st.sampled_from(["~cursor~", "9999-12-31T23:59:59+00:00", "Fri, 31 Dec 9999 23:59:59 +0000", "k3.9"])


@pytest.mark.parametrize("renderer", [Rss(SITE), Atom(SITE)], ids=["rss", "atom"])
@settings(max_examples=100, deadline=None)
@given(
    title=TITLES | GAPS,
    description=st.just("") | GAPS,
    previous=st.none() | st.integers(1, 10**6),
    page=st.none() | st.integers(1, 10**6),
    cursor=st.from_regex(r"[0-9A-Za-z._-]{1,64}", fullmatch=True) | st.sampled_from(["<&>", '"']),
    seconds=st.integers(0, 10**9),
)
def test_a_head_with_gaps_is_the_head_rendered_whole(  # noqa: PLR0913, PLR0917 (each is a part of a head)
    renderer: Rss | Atom,
    title: str,
    description: str,
    previous: int | None,
    page: int | None,
    cursor: str,
    seconds: int,
) -> None:
    feed = Feed(name="all", title=title, description=description)
    moment = AT + timedelta(seconds=seconds)
    head = Head(site=SITE, feed=feed, updated=moment, cursor=cursor, previous=previous, page=page)
    assert renderer.document(head, []) == renderer._head(head) + renderer._end
    later = dataclasses.replace(head, updated=moment + timedelta(seconds=1), cursor="k4.1")
    assert renderer.document(later, []) == renderer._head(later) + renderer._end


def test_a_head_is_rendered_once_until_more_than_its_event_changes() -> None:
    rendered: list[Head] = []

    def render(head: Head) -> bytes:
        rendered.append(head)
        return f"{head.feed.title} {head.updated.isoformat()} {head.cursor} {head.previous}".encode()

    heads = Heads(render, datetime.isoformat)
    for number in range(5):
        head = dataclasses.replace(HEAD, updated=AT + timedelta(seconds=number), cursor=f"k3.{number}")
        assert heads.of(head) == f"The Morning {head.updated.isoformat()} k3.{number} None".encode()
    assert len(rendered) == 1
    renamed = dataclasses.replace(HEAD, feed=dataclasses.replace(HEAD.feed, title="The Evening"))
    assert heads.of(renamed) == f"The Evening {AT.isoformat()} k3.9 None".encode()
    assert heads.of(dataclasses.replace(HEAD, previous=1)).endswith(b" 1")
    assert len(rendered) == 3
