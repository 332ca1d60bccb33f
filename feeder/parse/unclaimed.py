"""Why a file that no parser claims is refused: what it is, where that can be told."""

from __future__ import annotations

from typing import Final

from feeder import text
from feeder.errors import SeedError, UnfinishedError

_BY_SUFFIX: Final = {
    **dict.fromkeys(("html", "htm", "xhtml"), "HTML pages"),
    **dict.fromkeys(("xml", "nitf", "newsml"), "XML documents"),
    **dict.fromkeys(("json", "jsonl", "ndjson", "ninjs"), "JSON files"),
    **dict.fromkeys(("rst", "rest"), "reStructuredText files"),
    **dict.fromkeys(("adoc", "asciidoc", "asc"), "AsciiDoc files"),
    **dict.fromkeys(("org",), "Org files"),
    **dict.fromkeys(("csv", "tsv"), "tables"),
}
_BY_BEGINNING: Final = (
    ("<?xml", "XML documents"),
    ("<!doctype html", "HTML pages"),
    ("<html", "HTML pages"),
    ("<", "HTML or XML files"),
    ("{", "JSON files"),
    ("[", "JSON files"),
)

_MISSING: Final = {"JSON files": ": nothing in it has a title and a text under names that are known"}


def reason(head: bytes, name: str, *, whole: bool) -> SeedError:
    """The refusal of a file by its beginning; ``whole`` tells that this is all of it."""
    try:
        text.decode(head)
    except UnfinishedError as error:
        if whole:
            return error
    except SeedError as error:
        return error
    beginning = text.glimpse(head).lstrip().lower()
    if not beginning:
        return UnfinishedError("there is nothing but white space in the file")
    suffix = name.rpartition("/")[2].rpartition(".")[2].lower()
    kind = next((kind for start, kind in _BY_BEGINNING if beginning.startswith(start)), _BY_SUFFIX.get(suffix))
    if kind is not None:
        return SeedError(f"{kind} of this kind are not understood" + _MISSING.get(kind, ""))
    return SeedError("not a format that is understood: no date line, front matter or header block was found")
