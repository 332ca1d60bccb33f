"""From bytes to text that an XML parser may be given: decoded, without a DTD, with nothing in it that XML forbids.

A document type declaration is never used for anything (nothing is loaded, nothing is defined by it), so the parser
is never shown one; one that declares entities with a text or a file of their own is refused. What it would have
declared for wire formats and feeds are the names of HTML's characters: those are read as HTML reads them (``&nbsp;``,
``&eacute;``), another name stands as it is written, and so does a bare ``&``. Every change that the author may want
to know of is a warning.

Every function here takes time linear in its input.
"""

from __future__ import annotations

import codecs
import html
import re
from functools import lru_cache
from html.entities import html5
from typing import TYPE_CHECKING, Final, NamedTuple

from feeder import text
from feeder.errors import SeedError, UnfinishedError

if TYPE_CHECKING:
    from feeder.parse import Reader

CHUNK_BYTES: Final = 65_536
LONGEST_STRETCH: Final = 4 * 1_048_576
"""Characters without the end of a tag among them that are held in memory."""

_MAY_BE_XML: Final = re.compile(rb"[\xef\xbb\xbf\xff\xfe\x00\s]*+<")
_DECLARED: Final = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_PROLOG: Final = re.compile(  # one piece of what stands before the root element (XML 1.0 section 2.8)
    r"(?P<white>[\s\ufeff]++)|(?P<declaration><\?xml\s.*?\?>)|<\?.*?\?>|<!--.*?-->|"
    r"""<!(?i:doctype)(?:[^\[>"']|"[^"]*+"|'[^']*+')*+(?:\[(?P<subset>.*?)\]\s*+)?>""",
    re.DOTALL,
)
_ROOT: Final = re.compile(
    r"""<(?:(?P<prefix>[^\s/<>:"'=!?]++):)?(?P<local>[^\s/<>:"'=!?]++)(?P<attributes>(?:[^"'<>]|"[^"]*+"|'[^']*+')*+)"""
)
_ENTITY: Final = re.compile(r"<!ENTITY\b(?!\s{1,20}%\s{1,20}[\w.-]{1,80}\s{1,20}(?:SYSTEM|PUBLIC)\s)")
"""Any but an external parameter entity, by which NewsML 1 brings in the DTD of NITF; that is passed over."""
_SECTION: Final = re.compile(r"<!\[CDATA\[|<!--")
_REFERENCE: Final = re.compile(r"&(?:(#[0-9]{1,10}|#x[0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{0,39});)?")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OF_XML: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})


class Name(NamedTuple):
    """What the root element is called (Namespaces in XML 1.0)."""

    namespace: str | None
    local: str


@lru_cache(maxsize=2)  # every parser asks for the root of the same head
def root_of(head: bytes) -> Name | None:
    """The name of the root element, by the first bytes of a file in any encoding; None where there is none.

    Quick, linear, never raises. HTML's ``<!doctype html><html>`` has one too.
    """
    if not _MAY_BE_XML.match(head):
        return None
    beginning = text.glimpse(head)
    found = _ROOT.match(beginning, _end_of_prolog(beginning))
    if found is None:
        return None
    attribute = f"xmlns:{found['prefix']}" if found["prefix"] else "xmlns"
    declared = re.search(rf"""\s{re.escape(attribute)}\s*=\s*("[^"]*+"|'[^']*+')""", found["attributes"])
    return Name(declared[1][1:-1].strip() or None if declared else None, found["local"])


def _end_of_prolog(document: str) -> int:
    place = 0
    while found := _PROLOG.match(document, place):
        place = found.end()
    return place


def declared(raw: bytes) -> str | None:
    """The encoding that a document's own declaration names, if it has one that can be read as ASCII."""
    found = _DECLARED.search(raw[:1024])
    return found[1].decode("ascii") if found else None


def doubts(encoding: str, said: str | None, *, is_ascii: bool) -> tuple[str, ...]:
    """What the author should be told about how a document was decoded: that it is not as it says."""
    if is_ascii:
        return ()
    if said is None or _is_unknown(said):
        return text.doubts(encoding)
    if encoding.startswith("utf-") and not said.lower().startswith(("utf", "us-ascii", "ascii")):
        return (f"the document says that it is in {said}, but it is in {encoding}",)
    name = codecs.lookup(said).name
    is_same = (
        encoding.startswith("utf-") or encoding in {name, text.WIDER.get(name)} or codecs.lookup(encoding).name == name
    )
    return () if is_same else (f"the document says that it is in {said}; it was read as {encoding}",)


def _is_unknown(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError):
        return True
    return False


class Cleaner:
    """Makes of a document's text, given piece by piece, what a parser may be given; its lines stay where they are.

    ``warnings`` grow as it is read.
    """

    def __init__(self) -> None:
        self.warnings: dict[str, None] = {}
        self._held = ""
        self._inside = ""
        self._is_begun = False

    def feed(self, piece: str, *, last: bool = False) -> str:
        """As much of the text so far as can be judged: up to the end of a tag, all of it with the ``last`` piece.

        Raises:
            SeedError: a DTD declares entities, there is no root element near the beginning, or no tag ever ends.
            UnfinishedError: all of it is there, and no root element.
        """
        held = self._held + piece
        end = len(held) if last else held.rfind(">") + 1
        ready, self._held = held[:end], held[end:]
        if len(self._held) > LONGEST_STRETCH:
            raise SeedError(f"more than {LONGEST_STRETCH} characters without a tag")
        if not self._is_begun:
            ready = self._without_prolog(ready, last=last)
        if _FORBIDDEN.search(ready):
            self._warn("control characters, which XML forbids, were left out")
            ready = _FORBIDDEN.sub("", ready)
        return "".join(self._pieces(ready))

    def _without_prolog(self, ready: str, *, last: bool) -> str:
        """The text with the lines of its prolog empty; nothing as long as the prolog is not over."""
        place, leading = 0, False
        while found := _PROLOG.match(ready, place):
            self._look(found, ready)
            leading = leading or (place > 0 and found["declaration"] is not None)
            place = found.end()
        if place == len(ready) or not _ROOT.match(ready, place):
            self._refuse_rootless(ready, place, last=last)
            self._held = ready + self._held
            return ""
        if leading and ready[:1] != "\ufeff":
            self._warn("there is something before the XML declaration")
        self._is_begun = True
        return "\n" * ready.count("\n", 0, place) + ready[place:]

    def _look(self, found: re.Match[str], ready: str) -> None:
        if found["subset"] and _ENTITY.search(found["subset"]):
            line = ready.count("\n", 0, found.start("subset")) + 1
            raise SeedError("the DTD in the file declares entities, which is not allowed", line=line)

    def _refuse_rootless(self, ready: str, place: int, *, last: bool) -> None:
        rest = ready[place:]
        if rest and not rest.startswith(("<!", "<?")) and (last or rest[0] != "<"):
            raise SeedError(
                "not an XML document: no element where it should begin", line=ready.count("\n", 0, place) + 1
            )
        if last:
            raise UnfinishedError("the file ends before its first element")
        if len(ready) > CHUNK_BYTES:
            raise SeedError(f"no element among the first {CHUNK_BYTES} characters")

    def _pieces(self, ready: str) -> list[str]:
        """The text with its references mended, except within CDATA sections and comments."""
        pieces, place = [], 0
        while place < len(ready):
            if self._inside:
                end = ready.find(self._inside, place)
                stop = len(ready) if end < 0 else end + len(self._inside)
                pieces.append(ready[place:stop])
                self._inside = self._inside if end < 0 else ""
            else:
                found = _SECTION.search(ready, place)
                stop = found.end() if found else len(ready)
                pieces.append(_REFERENCE.sub(self._reference, ready[place:stop]))
                self._inside = "" if found is None else "-->" if found[0] == "<!--" else "]]>"
            place = stop
        return pieces

    def _reference(self, found: re.Match[str]) -> str:
        name = found[1]
        if name in _OF_XML:
            return found[0]
        if name is None:
            self._warn("a bare & in the text; it should be written &amp;")
            return "&amp;"
        meant = html.unescape(found[0]) if name[0] == "#" else html5.get(f"{name};")
        if meant is None:
            self._warn(f"the entity &{name}; is not known; it is shown as it is written")
            return f"&amp;{name};"
        return "".join(f"&#{ord(character)};" for character in _FORBIDDEN.sub("", meant))

    def _warn(self, warning: str) -> None:
        if len(self.warnings) < 20:  # noqa: PLR2004 (a file of a million unknown names needs no million warnings)
            self.warnings[warning] = None


class Texts:
    """The text of a file of any size, a chunk at a time.

    Strict throughout. A file that has been ASCII so far may turn out to be in the encoding that it declares, or
    that is found plausible for the first chunk that is more.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._offset = 0
        self._chunk = first = self._filled()
        self._said = declared(first)
        self.encoding, self._is_open = self._encoding(first)
        self._decoder = codecs.getincrementaldecoder(self.encoding)()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the author should be told about how the file was decoded."""
        return doubts(self.encoding, self._said, is_ascii=self._is_open)

    def read(self) -> str | None:
        """The next stretch of text, None at the end.

        Raises:
            SeedError: a byte that the encoding does not have; ``offset`` says where.
            UnfinishedError: the file ends in the middle of a character.
        """
        chunk = self._chunk
        if not chunk:
            self._decoded(b"", final=True)
            return None
        found = self._decoded(chunk)
        self._offset += len(chunk)
        self._chunk = self._filled()
        return found

    def _filled(self) -> bytes:
        """The next chunk, whole whatever the reader's steps are, so that they change nothing."""
        pieces: list[bytes] = []
        left = CHUNK_BYTES
        while left > 0 and (piece := self._reader.read(left)):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _decoded(self, chunk: bytes, *, final: bool = False) -> str:
        if self._is_open and not chunk.isascii():
            self.encoding, self._is_open = self._encoding(chunk)[0], False
            self._decoder = codecs.getincrementaldecoder(self.encoding)()
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            offset = max(0, self._offset + error.start)
            if final:
                raise UnfinishedError("the file ends in the middle of a character", offset=offset) from None
            raise SeedError(f"not {self.encoding} throughout: {error.reason}", offset=offset) from None

    def _encoding(self, chunk: bytes) -> tuple[str, bool]:
        """The encoding of a chunk, and whether that is open still, for all of it is ASCII."""
        wide = b"\0" in chunk[:64] or chunk[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        sample = chunk[:64] if wide else chunk[: chunk.rfind(b">") + 1] or chunk
        try:
            _, encoding = text.decode(sample, declared=self._said)
        except UnfinishedError:
            if not sample:
                raise
            return "utf-8", False  # a chunk without a tag, which ends within a character
        return encoding, encoding == "utf-8" and sample.isascii()
