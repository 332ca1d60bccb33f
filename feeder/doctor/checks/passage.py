"""What happens on the way from the site's address to the instance: the answers of both, compared. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from feeder.doctor.finding import Verdict, not_checked, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from feeder.doctor.finding import Finding

PROMPT_SECONDS: Final = 2.0
"""Within this the first words of a stream are there; the instance says them at once."""

_LIFETIME: Final = re.compile(r"(?:s-maxage|max-age)\s*=\s*\"?(\d+)")
_ASKS: Final = ("no-cache", "no-store")
_OURS: Final = "feeder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: its fields by their names in small letters, and the digest of its body when all codings are undone.

    ``digest`` is None if they could not be undone, or the body was not read to its end.
    """

    status: int
    fields: Mapping[str, str]
    digest: str | None = None

    def __getitem__(self, name: str) -> str:
        """The value of a field, "" if there is none."""
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same question answered by the instance, and by way of the site's address."""

    here: Reply
    there: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The first moments of a live stream: None if the head, or the first word, did not come in time."""

    head: Reply | None
    first_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What was asked on both ways.

    ``gzipped`` and ``plain`` are a feed's document with and without gzip being welcome, ``again`` is what the tag that
    came ``there`` is answered with when it is shown there. ``stream`` is the live stream, by way of the address.
    ``unseen`` is how many of a few equal questions asked there never came to the instance (None: it does not count).
    """

    gzipped: Pair
    plain: Pair
    again: int
    stream: Opening
    unseen: int | None = None
    trusted: tuple[str, ...] = ()


def sign(passage: Passage, *, is_secure: bool) -> str:
    """What shows that somebody stands in between, "" if nothing does."""
    reply = passage.plain.there
    if reply["via"]:
        return f"Via: {reply['via']}"
    if reply["server"].lower() != _OURS:
        return f"Server: {reply['server']}" if reply["server"] else "the field Server is missing"
    return "https, which the instance does not speak" if is_secure else ""


def judge(passage: Passage, *, is_secure: bool) -> Iterator[Finding]:
    """What is changed on the way; nothing of it is found if nobody stands there."""
    found = [
        *_judge_stream(passage.stream),
        *_judge_tags(passage),
        *_judge_coding(passage),
        *_judge_keeping(passage.plain, passage.unseen),
        *_judge_body(passage),
    ]
    yield from found
    evidence = sign(passage, is_secure=is_secure)
    if evidence:
        yield from _judge_trust(passage.trusted, evidence)
    elif all(one.verdict is Verdict.OK for one in found):
        yield ok("proxy", "Nothing shows that somebody stands between the site's address and the instance.")


def _judge_stream(stream: Opening) -> Iterator[Finding]:
    if stream.head is None or stream.first_seconds is None:
        what = "no answer" if stream.head is None else "nothing but its head"
        yield problem(
            "proxy: stream",
            f"Of the live stream {what} came within {PROMPT_SECONDS:g} seconds: it is held back on the way.",
            "Switch buffering off for /events: nginx heeds our X-Accel-Buffering unless proxy_ignore_headers names it "
            "(else proxy_buffering off), Apache wants flushpackets=on, and nothing in between may compress it.",
        )
    elif not stream.head["content-type"].startswith("text/event-stream"):
        yield problem(
            "proxy: stream",
            f"The live stream comes as {stream.head['content-type'] or 'nothing in particular'} with status "
            f"{stream.head.status}: browsers give up on it for ever.",
            "Have the web server in front pass on /events as it is.",
        )
    else:
        yield ok("proxy: stream", f"The live stream's first words came after {stream.first_seconds:.2f} s.")


def _judge_tags(passage: Passage) -> Iterator[Finding]:
    mine, theirs = passage.gzipped.here["etag"], passage.gzipped.there["etag"]
    if not theirs:
        yield problem(
            "proxy: ETag",
            "The feeds' ETags are taken away on the way: every poll brings the whole feed.",
            "Switch off what changes the documents (compression, minifying) or removes the field.",
        )
    elif passage.again != _NOT_MODIFIED:
        yield problem(
            "proxy: ETag",
            f"Who shows the ETag {theirs} is answered {passage.again}, not 304: every poll brings the whole feed.",
            "Have If-None-Match and ETag passed on as they are.",
        )
    elif theirs.startswith("W/"):
        yield warning(
            "proxy: ETag",
            "The feeds' ETags are weakened on the way, as compressing there does.",
            "Switch off gzip for /feeds/ in the web server in front: the service compresses better, and once.",
        )
    elif mine != theirs:
        yield warning(
            "proxy: ETag",
            f"The feeds' ETags are replaced on the way ({theirs} for {mine}): nobody gets only what is new (A-IM).",
            "Have ETag passed on as it is.",
        )
    else:
        yield ok("proxy: ETag", "ETags pass as they are, and who shows one gets 304.")


def _judge_coding(passage: Passage) -> Iterator[Finding]:
    plain, gzipped = passage.plain.there["content-encoding"], passage.gzipped.there["content-encoding"]
    if plain:
        yield problem(
            "proxy: coding",
            f"Who asks for no coding gets {plain}.",
            "Switch off compression for /feeds/ in the web server in front, or have it heed Accept-Encoding.",
        )
    elif "," in gzipped:
        yield problem(
            "proxy: coding",
            f"Feeds are compressed once more on the way ({gzipped}).",
            "Switch off compression for /feeds/ in the web server in front.",
        )
    elif gzipped != passage.gzipped.here["content-encoding"]:
        yield warning(
            "proxy: coding",
            f"Feeds come {f'in {gzipped}' if gzipped else 'uncompressed'}, and the instance gives "
            f"{passage.gzipped.here['content-encoding'] or 'them plain'}.",
            "Have Accept-Encoding passed on as it is, and what comes back, too.",
        )


def _judge_keeping(pair: Pair, unseen: int | None) -> Iterator[Finding]:
    """Whether a cache on the way keeps what it should ask for again: a correction must not wait for it."""
    said, age = pair.there["cache-control"], pair.there["age"]
    if said != pair.here["cache-control"]:
        fresh = max((int(found) for found in _LIFETIME.findall(said)), default=0)
        is_kept = fresh > 0 and not any(word in said for word in _ASKS)
        what = f"and hides corrections and retractions for {fresh:,} seconds" if is_kept else "on the way"
        yield (problem if is_kept else warning)(
            "proxy: cache",
            f"Cache-Control is changed to {said or 'nothing'} {what}.",
            f"Have it passed on as it is: {pair.here['cache-control']}.",
        )
    is_old = age.isdigit() and int(age) > 0
    if is_old or unseen:
        since = f", had for {int(age):,} seconds" if is_old else ""
        yield problem(
            "proxy: cache",
            f"A cache on the way gave a feed without asking the instance{since}: new stories, corrections and "
            "retractions wait for it.",
            "Have the cache heed Cache-Control (no-cache: ask first, which costs next to nothing), as with "
            "proxy_cache_revalidate on; and without proxy_ignore_headers.",
        )


def _judge_body(passage: Passage) -> Iterator[Finding]:
    for pair in (passage.plain, passage.gzipped):
        if pair.there.status != pair.here.status:
            yield problem(
                "proxy: documents",
                f"A feed is answered with status {pair.there.status}; the instance says {pair.here.status}.",
                "Have everything below the site's address passed on.",
            )
        elif pair.there.digest is None:
            yield problem(
                "proxy: documents",
                "A feed could not be read as it came: it is cut off, or its coding is not the one that is said.",
                "Switch off what compresses or changes documents in the web server in front.",
            )
        elif pair.there.digest != pair.here.digest:
            yield problem(
                "proxy: documents",
                "A feed has other bytes than the instance gives: it is changed on the way, or an old one is shown.",
                "Switch off what changes documents, and caches that do not ask first.",
            )
        else:
            continue
        return


def _judge_trust(trusted: tuple[str, ...], evidence: str) -> Iterator[Finding]:
    if trusted:
        yield ok("proxy", f"There is one ({evidence}); server.trusted_proxies names {', '.join(trusted)}.")
    else:
        yield warning(
            "proxy",
            f"There is one ({evidence}), and server.trusted_proxies is empty: limits for each address count all its "
            "clients as one, or not at all if it runs on this machine.",
            "Name its address in server.trusted_proxies, and have it set X-Forwarded-For.",
        )


def direct() -> Finding:
    """There is nothing to compare."""
    return ok("proxy", "The site's address is the instance's own; nobody stands in between.")


def broken_off(why: str) -> Finding:
    """Nothing could be compared."""
    return not_checked("proxy", f"While both ways were compared one fell silent: {why}.", "Try it once more.")


_NOT_MODIFIED = 304
