"""What ``feeder check`` says to people of a file: its fate, what was read, and where from, or why it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from feeder.cli.excerpt import excerpt, show
from feeder.cli.terminal import BAD, ODD, QUIET, STATUSES
from feeder.errors import place, printable
from feeder.store import Status

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from feeder.cli.screen import Screen, Span

_INDENT: Final = 4
_FIELDS: Final = (
    "title", "published", "modified", "embargoed", "expires", "authors", "byline", "dateline", "section", "keywords",
    "language", "summary", "correction", "link", "id",
)  # fmt: skip
_LABEL: Final = max(map(len, _FIELDS))
_LONGEST_VALUE: Final = 200
"""Characters of a field that are shown; a summary may be long, and JSON has all of it."""
_MOST_EXCERPTS: Final = 3
"""Records of one file whose places are shown."""


class Found(NamedTuple):
    """An account of a file (docs/formats.md), and where it is read from: a folder and the path below it."""

    account: dict[str, Any]
    folder: str
    path: str

    @property
    def is_refused(self) -> bool:
        """Whether the file was refused as a whole."""
        return bool(self.account["status"] == Status.QUARANTINED)

    @property
    def is_remarkable(self) -> bool:
        """Whether anything was refused or warned of."""
        warned = any(item["warnings"] for item in self.account["items"])
        return self.is_refused or bool(self.account["refused"]) or warned


def tell(screen: Screen, found: Found, *, is_brief: bool = False) -> None:
    """Write the account of a file; in brief only its fate, what was refused, and the warnings."""
    account = found.account
    status = str(account["status"])
    named = f"  ({account['format']})" if account["format"] else ""
    screen.line((f"{status:<11}", STATUSES[status]), "  ", (printable(account["path"]), "bold"), (named, QUIET))
    if account["reason"]:
        screen.line(account["reason"], indent=_INDENT)
    if found.is_refused:
        _show_place(screen, found, account)
    for number, refusal in enumerate(account["refused"]):
        where = place(refusal.get("line"), refusal.get("offset"))
        screen.line((_which(refusal), BAD), f": {refusal['reason']}{where}", indent=_INDENT)
        if number < _MOST_EXCERPTS:
            _show_place(screen, found, refusal)
    for item in account["items"]:
        _tell_rows(screen, _warnings(item) if is_brief else [*_fields(item), *_warnings(item)])


def summary(screen: Screen, count: Counter[str], records: int) -> None:
    """Write how many files there were, and what becomes of them."""
    parts: list[Span] = [_counted(count.total(), "file"), ": "]
    for status in STATUSES:
        if count[status]:
            word = "refused" if status == Status.QUARANTINED else status
            parts += [(f"{count[status]:,} {word}", STATUSES[status]), ", "]
    more: list[Span] = ["; ", (f"{_counted(records, 'record')} refused", BAD)] if records else []
    screen.line(*parts[:-1], *more)


def _show_place(screen: Screen, found: Found, place_: dict[str, Any]) -> None:
    line, offset = place_.get("line"), place_.get("offset")
    width = {} if screen.width is None else {"width": screen.width - 2 * _INDENT}
    lines = excerpt(found.folder, found.path, line=line, offset=offset, reason=place_["reason"], **width)
    show(screen, lines, indent=2 * _INDENT)


def _tell_rows(screen: Screen, rows: list[tuple[Span, str, str]]) -> None:
    """Fields below each other: its name, its value, where it came from."""
    if screen.width is not None and rows:
        screen.columns([(name, value, (where, QUIET)) for name, value, where in rows], indent=_INDENT, flexible=1)
        return
    for name, value, where in rows:
        label = name if isinstance(name, str) else name[0]
        screen.line(f"{label:<{_LABEL}}  {value}" + (f"  [{where}]" if where else ""), indent=_INDENT)


def _fields(item: dict[str, Any]) -> Iterator[tuple[Span, str, str]]:
    for field in _FIELDS:
        if (value := item[field]) and (field != "summary" or field in item["where"]):  # else it is the text's beginning
            text = ", ".join(value) if isinstance(value, list | tuple) else str(value)
            yield (field, QUIET), _short(_as_written(item, field, text)), item["where"].get(field, _source(field))
    words, paragraphs = len(item["text"].split()), item["text"].count("\n\n") + 1
    yield (
        ("text", QUIET),
        f"{_counted(words, 'word')}, {_counted(paragraphs, 'paragraph')}",
        item["where"].get("text", ""),
    )


def _as_written(item: dict[str, Any], field: str, text: str) -> str:
    """A date without a time as the day that it is."""
    is_day = field == "published" and item["published_precision"] == "day"
    return text.partition("T")[0] if is_day else text


def _source(field: str) -> str:
    """Where a field came from that the file does not have."""
    return "derived" if field == "id" else ""


def _warnings(item: dict[str, Any]) -> list[tuple[Span, str, str]]:
    return [(("warning", ODD), warning, "") for warning in item["warnings"]]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _which(refusal: dict[str, Any]) -> str:
    return f"record {refusal['record']}" if "record" in refusal else "the rest of the file"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
