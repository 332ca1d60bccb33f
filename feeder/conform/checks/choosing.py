"""K, the filters: what is chosen is told of the history itself, by the values that its items show."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from feeder.conform.checks import words
from feeder.conform.verdict import check, judged, untold
from feeder.conform.visit import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.conform.text import Block
    from feeder.conform.verdict import Finding
    from feeder.conform.visit import Past, Visit

_WORD: Final = re.compile(r"[a-z]{4,}")


def _values(block: Block, name: str) -> set[str]:
    """What an event's item shows for a filter."""
    item, ours = words.said(block), words.ours(block)
    found = {
        "feed": ours.get("feeds"),
        "section": ours.get("section"),
        "language": item.get("language"),
        "tag": [tag for tag in item.get("tags") or [] if tag != ours.get("section")],
        "article": item.get("id"),
    }[name]
    return {found} if isinstance(found, str) else {one for one in found or [] if isinstance(one, str)}


def _has(block: Block, name: str, value: str) -> bool:
    """Whether an event's item shows a value, in any case; ``en`` stands for ``en-GB`` too, and World for World/Asia."""
    joint = {"language": "-", "section": "/"}.get(name, "\n")
    return any(f"{one.lower()}{joint}".startswith(f"{value.lower()}{joint}") for one in _values(block, name))


def _choice(past: Past, name: str, *, beside: str | None = None) -> str | None:
    """The value that divides the history best: neither all of it nor none; of what does not show ``beside``."""
    blocks = [block for block in past.events if beside is None or not _has(block, name, beside)]
    count = Counter(value for block in blocks for value in sorted(_values(block, name)))
    return min(count, key=lambda value: (abs(2 * count[value] - len(past.events)), value), default=None)


async def _chosen(visit: Visit, **filters: str) -> tuple[list[str], str | None]:
    """The ids that a choice gives, in order, and what is wrong with the answer."""
    answer = await visit.poll(f"since=earliest&{words.query(**filters)}")
    return [block.id or "" for block in visit.events(answer)], None if answer.head.is_stream else str(answer.head)


def _fault(past: Past, got: Sequence[str], matches: Callable[[Block], bool]) -> str | None:
    """A choice holds every event that shows the value, and besides only those of articles that once showed it."""
    must = [block.id or "" for block in past.events if matches(block)]
    articles = {words.said(block).get("id") for block in past.events if matches(block)}
    missing = [one for one in must if one not in set(got)]
    if missing:
        return f"{len(missing)} events are missing: {words.few(missing)}"
    # The content of what was retracted is gone: nobody can tell from outside what it had shown.
    may = {b.id for b in past.events if words.said(b).get("id") in articles or words.ours(b).get("retracted")}
    extra = [one for one in got if one in set(past.ids) and one not in may]
    if extra:
        return f"{len(extra)} events do not belong there: {words.few(extra)}"
    order = [one for one in past.ids if one in set(got)]
    return words.difference([one for one in got if one in set(past.ids)], order)


async def _judge(visit: Visit, name: str) -> Finding:
    past = await visit.past()
    value = _choice(past, name)
    if value is None:
        return untold(f"the history shows no value for {name}=")
    got, fault = await _chosen(visit, **{name: value})
    fault = fault or _fault(past, got, lambda block: _has(block, name, value))
    return judged(
        [f"{name}={value}: {fault}"] if fault else [], f"{name}={value}: {len(got)} of {len(past.ids)} events"
    )


@check("K20", "feed= limits the stream to a feed", "contract", needs=Profile.FEEDER)
async def feed(visit: Visit) -> Finding:
    """With the event by which an article leaves it."""
    return await _judge(visit, "feed")


@check("K21", "section= limits the stream to a section", "contract", needs=Profile.FEEDER)
async def section(visit: Visit) -> Finding:
    """By its name."""
    return await _judge(visit, "section")


@check("K22", "language= limits the stream to a language", "contract", needs=Profile.FEEDER)
async def language(visit: Visit) -> Finding:
    """As the items have it."""
    return await _judge(visit, "language")


@check("K23", "tag= limits the stream to a keyword", "contract", needs=Profile.FEEDER)
async def tag(visit: Visit) -> Finding:
    """As the items have it."""
    return await _judge(visit, "tag")


@check("K24", "article= is one article, in all its versions", "contract", needs=Profile.FEEDER)
async def article(visit: Visit) -> Finding:
    """From its first event on; exactly its own."""
    past = await visit.past()
    count = Counter(str(words.said(block).get("id")) for block in past.events)
    if not count:
        return untold("the history is empty")
    value = max(sorted(count), key=lambda one: count[one])
    got, fault = await _chosen(visit, article=value)
    wanted = [block.id or "" for block in past.events if words.said(block).get("id") == value]
    found = fault or words.difference([one for one in got if one in set(past.ids)], wanted)
    return judged([f"article={value}: {found}"] if found else [], f"article={value}: {len(wanted)} versions")


@check("K25", "q= chooses by the words of the search", "contract", needs=Profile.FEEDER)
async def search(visit: Visit) -> Finding:
    """A word of a title finds its article, and a word of nobody finds none."""
    past = await visit.past()
    titled = [block for block in past.events if _words(block)]
    if not titled:
        return untold("the history shows no title of Latin letters")
    block = titled[-1]
    word = max(_words(block), key=lambda one: (len(one), one))
    got, fault = await _chosen(visit, q=f"title:{word}")
    faults = [f"q=title:{word}: {fault}"] if fault else []
    if not fault and block.id not in got:
        faults.append(f"q=title:{word}: {block.id} is missing, whose title is {words.said(block)['title'][:60]!r}")
    none, fault = await _chosen(visit, q="conformnosuchwordanywhere")
    kept = {b.id for b in past.events if words.ours(b).get("retracted")}
    faults += [fault] if fault else [f"q= a word of nobody: {one}" for one in none if one not in kept]
    return judged(faults, f"q=title:{word}: {len(got)} of {len(past.ids)} events")


def _words(block: Block) -> list[str]:
    title = str(words.said(block).get("title") or "")
    return _WORD.findall(title.lower()) if title.isascii() else []


@check("K26", "filters are AND-ed, repeated values OR-ed", "contract", needs=Profile.FEEDER)
async def together(visit: Visit) -> Finding:
    """Two values of one name: both; two names: what both choose."""
    past = await visit.past()
    ones = [name for name in ("tag", "section", "language", "feed") if _choice(past, name)]
    if not ones:
        return untold("the history shows no value to choose by")
    name = ones[0]
    first = _choice(past, name) or ""
    second = _choice(past, name, beside=first)
    faults = await _or_faults(visit, past, name, first, second) if second else []
    faults += await _and_faults(visit, past, (name, first), ones[-1]) if len(ones) > 1 else []
    return judged(faults, f"{name}={first}, {name}={second or 'none'}, {ones[-1]}")


async def _or_faults(visit: Visit, past: Past, name: str, first: str, second: str) -> list[str]:
    query = f"{words.query(**{name: first})}&{words.query(**{name: second})}"
    answer = await visit.poll(f"since=earliest&{query}")
    got = [block.id or "" for block in visit.events(answer)]
    fault = None if answer.head.is_stream else str(answer.head)
    fault = fault or _fault(past, got, lambda block: _has(block, name, first) or _has(block, name, second))
    return [f"?{query}: {fault}"] if fault else []


async def _and_faults(visit: Visit, past: Past, one: tuple[str, str], other: str) -> list[str]:
    value = _choice(past, other) or ""
    got, fault = await _chosen(visit, **dict([one, (other, value)]))
    fault = fault or _fault(past, got, lambda block: _has(block, *one) and _has(block, other, value))
    return [f"{one[0]}={one[1]}&{other}={value}: {fault}"] if fault else []


@check("K27", "a filtered reader resumes after what it did not choose", "contract", needs=Profile.FEEDER)
async def resumed(visit: Visit) -> Finding:
    """The id of any event is a place, whether it was chosen or not."""
    past = await visit.past()
    value = _choice(past, "feed")
    if value is None:
        return untold("the history shows no value for feed=")
    everything, fault = await _chosen(visit, feed=value)
    if fault:
        return judged([fault], "")
    others = [one for one in past.ids[:-1] if one not in set(everything)] or past.ids[:-1]
    faults = []
    for cursor in {others[0], others[len(others) // 2]} if others else ():
        wanted = [one for one in past.ids[past.ids.index(cursor) + 1 :] if one in set(everything)]
        answer = await visit.poll(words.query(feed=value), {"Last-Event-ID": cursor})
        got = [one for block in visit.events(answer) if (one := block.id or "") in set(past.ids)]
        found = words.difference(got, wanted)
        faults += [f"feed={value} after {cursor}: {found}"] if found else []
    return judged(faults, f"feed={value} after {others[0] if others else 'none'}: what was chosen of the rest")
