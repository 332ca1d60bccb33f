"""Which articles are read again when a file that they show changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feeder.ingest.owners import Owners


def test_who_shows_a_file_is_told_until_it_is_read() -> None:
    owners = Owners()
    owners.keep("a.md", ["photo.jpg", "chart.png"])
    owners.keep("b.md", ["photo.jpg"])
    assert owners.note_change(["photo.jpg", "other.jpg"]) == {"a.md", "b.md"}
    owners.read("b.md")
    assert owners.changed == {"a.md"}
    assert owners.note_change(["chart.png"]) == {"a.md"}
    owners.read("a.md")
    assert owners.changed == set()


def test_who_shows_it_no_more_is_not_told() -> None:
    owners = Owners()
    owners.keep("a.md", ["photo.jpg"])
    owners.keep("a.md", ["chart.png"])
    assert owners.note_change(["photo.jpg"]) == set()
    owners.forget("a.md")
    assert owners.note_change(["chart.png"]) == set()


def test_one_that_is_gone_is_not_to_be_read_any_more() -> None:
    owners = Owners()
    owners.keep("a.md", ["photo.jpg"])
    owners.note_change(["photo.jpg"])
    owners.forget("a.md")
    assert owners.changed == set()


names = st.sampled_from("abcde")
steps = st.one_of(
    st.tuples(st.just("keep"), names, st.frozensets(names)),
    st.tuples(st.just("note"), st.just(""), st.frozensets(names)),
    st.tuples(st.just("read"), names, st.just(frozenset[str]())),
    st.tuples(st.just("forget"), names, st.just(frozenset[str]())),
)


@given(st.lists(steps, max_size=30))
def test_it_is_what_a_plain_table_would_say(given_steps: list[tuple[str, str, frozenset[str]]]) -> None:
    owners, shown, changed = Owners(), dict[str, frozenset[str]](), set[str]()
    for step, owner, paths in given_steps:
        if step == "keep":
            owners.keep(owner, sorted(paths))
            shown[owner] = paths
        elif step == "note":
            touched = {one for one, companions in shown.items() if companions & paths}
            assert owners.note_change(paths) == touched
            changed |= touched
        elif step == "read":
            owners.read(owner)
            changed.discard(owner)
        else:
            owners.forget(owner)
            shown.pop(owner, None)
            changed.discard(owner)
        assert owners.changed == changed
