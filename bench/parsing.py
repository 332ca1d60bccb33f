"""From the bytes of a seed file to the record that is stored: how long each step takes, one process, no disk.

The limit is the least that any such program does with the same bytes: decode them, split them into words, hash
them and write them as JSON. The texts are invented, ten of sixteen in English, the others in six languages.
Times are of CPU, so that others on the machine count little; what tells is the ratio to the limit in the same run.
Usage: bench/parsing.py [files] [rounds]
"""

# ruff: noqa: RUF001 (the sign for "times")

from __future__ import annotations

import hashlib
import io
import resource
import statistics
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import orjson
from stories import SMALL, story

from feeder import language, likeness, names, record
from feeder.limits import Limits
from feeder.normalize import normalize
from feeder.parse import parser_for, parsers

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.model import Article

FILES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
ZONE, LIMITS = ZoneInfo("UTC"), Limits()

WORDS = 450
MIX = ["en"] * 10 + ["de", "fr", "es", "pl", "ru", "zh"]


def written(number: int) -> tuple[str, bytes]:
    """A file's language and bytes."""
    tongue = MIX[number % len(MIX)]
    return tongue, story(number, tongue=tongue, words=WORDS).seed().encode()


def least(raw: bytes) -> bytes:
    text = raw.decode()
    words = text.split()
    return orjson.dumps({"text": text, "words": len(words), "sha256": hashlib.sha256(raw).hexdigest()})


def taken_in(raw: bytes, spent: dict[str, float]) -> bytes:
    """The whole road of one file, each step on its own clock."""
    name, start = "world/story.txt", time.process_time()
    parser = parser_for(raw, name)
    claimed = time.process_time()
    (draft,) = parser.parse(name, io.BytesIO(raw))
    parsed = time.process_time()
    article = normalize(draft, name=name, format=parser.name, zone=ZONE, limits=LIMITS)  # type: ignore[arg-type]
    normal = time.process_time()
    encoded = record.encode(article)
    end = time.process_time()
    spent["claims of all parsers"] += claimed - start
    spent["parse"] += parsed - claimed
    spent["normalize"] += normal - parsed
    spent["record.encode"] += end - normal
    spent["all of it"] += end - start
    return encoded


def details(records: list[bytes], spent: dict[str, float]) -> None:
    """What normalize spends its time on, and what the other side of the pipe and the store add."""
    articles = [record.decode(encoded) for encoded in records]
    calls: dict[str, Callable[[Article], object]] = {
        "of that: likeness.sketch": lambda article: likeness.sketch(article.text),
        "of that: language.detect": lambda article: language.detect(f"{article.title}\n{article.text}"),
        "of that: names.article_slug": lambda article: names.article_slug(article.published, article.title),
    }
    for name, call in calls.items():
        start = time.process_time()
        for article in articles:
            call(article)
        spent[name] += time.process_time() - start
    start = time.process_time()
    for encoded in records:
        record.decode(encoded)
    spent["beside it: record.decode"] += time.process_time() - start


def main() -> None:
    parsers()
    files = [written(number) for number in range(FILES)]
    runs: dict[str, list[float]] = defaultdict(list)
    for tongue, raw in files[: len(MIX) * 2]:  # whatever is loaded late
        taken_in(raw, defaultdict(float))
        assert tongue in SMALL
    for _ in range(ROUNDS):
        spent: dict[str, float] = defaultdict(float)
        start = time.process_time()
        for _, raw in files:
            least(raw)
        spent["limit: decode, split, hash, write JSON"] += time.process_time() - start
        records = [taken_in(raw, spent) for _, raw in files]
        details(records, spent)
        for tongue in SMALL:
            chosen = [raw for other, raw in files if other == tongue]
            alone: dict[str, float] = defaultdict(float)
            for raw in chosen:
                taken_in(raw, alone)
            spent[f"all of it, {tongue} only"] = alone["all of it"] * FILES / len(chosen) if chosen else 0.0
        for name, seconds in spent.items():
            runs[name].append(seconds)
    show(runs, files)


def show(runs: dict[str, list[float]], files: list[tuple[str, bytes]]) -> None:
    middle = {name: statistics.median(seconds) / FILES * 1e6 for name, seconds in runs.items()}
    limit, whole = next(iter(middle.values())), middle["all of it"]
    size = statistics.mean(len(raw) for _, raw in files)
    print(f"{FILES} files of {size:.0f} bytes on average, median of {ROUNDS} rounds, one process\n")
    print("| step | µs an article | × limit | share |\n|---|---|---|---|")
    for name, micros in middle.items():
        print(f"| {name} | {micros:.1f} | {micros / limit:.1f} | {micros / whole:.0%} |")
    model = "loaded" if "py3langid" in sys.modules else "never needed"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\n{1e6 / whole:,.0f} articles/s; {memory} MB at most; the model of py3langid was {model}")


main()
