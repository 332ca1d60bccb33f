"""The ring: contiguous, bounded, and without what has been withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from feeder.model import Event, Kind
from feeder.stream import frames
from feeder.stream.ring import Ring, Shared

AT = datetime(2026, 11, 22, tzinfo=UTC)


def event(seq: int, article: str = "a", kind: Kind = Kind.PUBLISHED) -> Event:
    return Event(seq=seq, epoch="e", at=AT, kind=kind, article_id=article, slug=article, version=1)


def share(of: Event) -> Shared:
    data = b'"gone"' if of.retracted or of.kind is Kind.RETRACTED else b'"content of %d"' % of.seq
    return Shared(of, frames.event(of, data))


def ring(count: int = 100, size_bytes: int = 10_000) -> Ring:
    return Ring(share, frames=count, size_bytes=size_bytes)


def numbers(of: Ring, after: int, limit: int = 1000) -> list[int] | None:
    found = of.after(after, limit)
    return None if found is None else [shared.seq for shared in found]


def test_it_gives_what_comes_after_a_number() -> None:
    kept = ring()
    for seq in range(5, 10):
        kept.append(share(event(seq)))
    assert numbers(kept, 4) == [5, 6, 7, 8, 9]
    assert numbers(kept, 6, limit=2) == [7, 8]
    assert numbers(kept, 8) == [9]


def test_it_does_not_know_what_it_has_not() -> None:
    kept = ring()
    assert numbers(kept, 0) is None
    kept.append(share(event(5)))
    assert numbers(kept, 3) is None
    assert numbers(kept, 5) is None


def test_it_is_bounded_by_count() -> None:
    kept = ring(count=3)
    for seq in range(1, 11):
        kept.append(share(event(seq)))
    assert (len(kept), numbers(kept, 7), numbers(kept, 6)) == (3, [8, 9, 10], None)


def test_it_is_bounded_by_bytes_and_always_keeps_the_newest() -> None:
    kept = ring(size_bytes=len(b'"content of 1"') * 2)
    for seq in range(1, 6):
        kept.append(share(event(seq)))
    assert numbers(kept, 3) == [4, 5]
    large = Shared(event(6), frames.event(event(6), b"x" * 100_000))
    kept.append(large)
    assert (len(kept), numbers(kept, 5)) == (1, [6])


def test_a_hole_empties_it() -> None:
    kept = ring()
    kept.append(share(event(1)))
    kept.append(share(event(3)))
    assert (numbers(kept, 0), numbers(kept, 2)) == (None, [3])
    assert kept.size_bytes == len(b'"content of 3"')


def test_a_retraction_strips_the_articles_earlier_events_and_no_others() -> None:
    kept = ring()
    for seq, article in enumerate("abab", start=1):
        kept.append(share(event(seq, article)))
    kept.append(share(event(5, "a", Kind.RETRACTED)))
    kept.append(share(event(6, "a")))
    found = kept.after(0, 10) or []
    assert [shared.frame.data for shared in found] == [
        b'"gone"', b'"content of 2"', b'"gone"', b'"content of 4"', b'"gone"', b'"content of 6"',
    ]  # fmt: skip
    assert [shared.event.retracted for shared in found] == [True, False, True, False, False, False]
    assert [shared.frame.name for shared in found][:1] == ["published"]
    assert kept.size_bytes == sum(len(shared.frame.data) for shared in found)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([Kind.PUBLISHED, Kind.UPDATED, Kind.RETRACTED])), max_size=60
    ),
    st.integers(1, 12),
    st.integers(1, 400),
)
def test_it_holds_what_the_end_of_the_log_would_say(happened: list[tuple[str, Kind]], count: int, size: int) -> None:
    kept, log = ring(count, size), list[Event]()
    for seq, (article, kind) in enumerate(happened, start=1):
        if kind is Kind.RETRACTED:
            log = [replace(one, retracted=True) if one.article_id == article else one for one in log]
        log.append(event(seq, article, kind))
        kept.append(share(log[-1]))
        tail = log[-len(kept) :]
        found = kept.after(tail[0].seq - 1, 1000) or []
        assert [shared.event for shared in found] == tail
        assert kept.size_bytes == sum(len(shared.frame.data) for shared in found)
        assert len(kept) == 1 or (len(kept) <= count and kept.size_bytes <= size)
