"""XML read safely: the root's name, whole documents, endless ones, and the small readers."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import SeedError, UnfinishedError
from feeder.parse import xml, xml_text
from feeder.parse.xml import Name

FRENCH = "L'été dernier, la forêt a brûlé près de Genève; les pompiers ont été aidés par l'armée."


def stream(raw: bytes, *names: str) -> xml.Stream:
    return xml.Stream(io.BytesIO(raw), set(names) or {"item"})


def titles(raw: bytes) -> list[str]:
    return [f"refused {found.line}" if isinstance(found, SeedError) else xml.text_of(found) for found in stream(raw)]


# The root's name.


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"<nitf>", Name(None, "nitf")),
        (b'<?xml version="1.0"?>\n<!-- a > b --><rss version="2.0"><channel>', Name(None, "rss")),
        (b'<feed xmlns="http://www.w3.org/2005/Atom">', Name("http://www.w3.org/2005/Atom", "feed")),
        (b"<r:RDF xmlns='x' xmlns:r='urn:rdf' a='>'>", Name("urn:rdf", "RDF")),
        (b"<p:x>", Name(None, "x")),
        (b'<!DOCTYPE nitf SYSTEM "a>b" [<!ENTITY a "<x>">]><nitf/>', Name(None, "nitf")),
        (b"<?xml-stylesheet href='a'?>\n<!doctype html><html lang=de>", Name(None, "html")),
        (b"\xef\xbb\xbf \n<a/>", Name(None, "a")),
        ("<?xml version='1.0' encoding='utf-16'?><Ä/>".encode("utf-16"), Name(None, "Ä")),
        ("<a xmlns='urn:b'/>".encode("utf-16-be"), Name("urn:b", "a")),
        (b"<a xmlns=''>", Name(None, "a")),
        (b"<a b='cut", Name(None, "a")),
    ],
)
def test_the_root_is_known_by_the_first_bytes(raw: bytes, name: Name) -> None:
    assert xml.root_of(raw) == name


@pytest.mark.parametrize(
    "raw", [b"", b"date 2019", b"<", b"< a>", b"<!-- a", b"<?xml", b"{<a>}", b"<!DOCTYPE a [", b"</a>"]
)
def test_what_has_no_root_is_no_xml(raw: bytes) -> None:
    assert xml.root_of(raw) is None


@given(st.binary(max_size=200) | st.text("<>!?-[]\"' ax:=&;", max_size=80).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_it_fail_otherwise_than_by_refusing(raw: bytes) -> None:
    xml.root_of(raw)
    with suppress(SeedError):
        whole = xml.tree(raw)
        assert xml.root_of(raw) in {
            None,
            Name(whole.root.tag.rpartition("}")[0].lstrip("{") or None, xml.local(whole.root)),
        }
    with suppress(SeedError):
        list(stream(raw, "a"))


@pytest.mark.parametrize(
    "piece", ["<!--", "<![CDATA[", "&", "&a;", "<!DOCTYPE a [", "<?a", "]", "'", '<a b="', "\ufeff "]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    raw = ("<a>" + piece * (300_000 // len(piece))).encode()
    xml.root_of(raw[3:65_536])
    with pytest.raises(SeedError):
        xml.tree(raw)
    with pytest.raises(SeedError):
        list(stream(raw))


# Whole documents.


def test_a_document_is_read_without_its_dtd() -> None:
    external = b'<!ENTITY % n SYSTEM "http://127.0.0.1:9/n.dtd"> %n;'
    dtd = b'<!DOCTYPE a PUBLIC "-//X//Y" "http://127.0.0.1:9/a.dtd" [' + external + b"]>"
    raw = b'<?xml version="1.0" encoding="iso-8859-1"?>\n' + dtd + b"\n<a>\xe9</a>"
    tree = xml.tree(raw)
    assert (tree.root.text, tree.encoding, tree.warnings) == ("é", "cp1252", ())
    assert xml.document(raw).getroottree().docinfo.doctype == ""


@pytest.mark.parametrize(
    ("raw", "reason", "line"),
    [
        (b'<!DOCTYPE a [\n<!ENTITY b "c">\n]><a>&b;</a>', "declares entities", 1),
        (b'\n<!DOCTYPE a SYSTEM "x" [<!ENTITY % p "y"> %p;]><a/>', "declares entities", 2),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "declares entities", 1),
        (b"<a>\n<b></a>", "Opening and ending tag mismatch", 2),
        (b"<a/>\n<b/>", "Extra content", 2),
        (b"\nnothing here", "no element where it should begin", 2),
        (b"<a " + b"b='" + b"c" * 20 + b"' b='d'/>", "Attribute b redefined", 1),
        (b"<a>" * 300 + b"</a>" * 300, "Excessive depth", 1),
    ],
)
def test_a_broken_document_is_refused_with_its_line(raw: bytes, reason: str, line: int) -> None:
    with pytest.raises(SeedError, match=reason) as refusal:
        xml.document(raw)
    assert refusal.value.line == line
    assert not isinstance(refusal.value, UnfinishedError)


@pytest.mark.parametrize(
    "raw", [b"", b"<?xml version='1.0'?>", b"<a><b>x</b>", b"<a b='", b"<a>x", b"<a><!-- x", b"<a><![CDATA[x", b"<a"]
)
def test_a_document_that_is_cut_off_is_unfinished(raw: bytes) -> None:
    with pytest.raises(UnfinishedError):
        xml.document(raw)
    with pytest.raises(UnfinishedError):
        list(stream(raw))


@pytest.mark.parametrize(
    ("raw", "text", "warnings"),
    [
        (b"<a>&eacute;&nbsp;&amp;&#233;&#x2014;</a>", "é\xa0&é—", ()),
        (b"<a>&#150;&#0;&#xB;</a>", "–\ufffd", ()),
        (b"<a>R & D &x; &;</a>", "R & D &x; &;", ("a bare &", "the entity &x;")),
        (b"<a><![CDATA[&eacute; & <b>]]></a>", "&eacute; & <b>", ()),
        (b"<a b='&eacute;'>\x0cx\x1a</a>", "x", ("control characters",)),
        (b" \n<?xml version='1.0'?><a>x</a>", "x", ("something before the XML declaration",)),
        ("\ufeff<?xml version='1.0'?><a>x</a>".encode(), "x", ()),
        (b"<?xml version='1.0' encoding='utf-16'?><a>x</a>", "x", ()),
        (
            b"<?xml version='1.0' encoding='utf-8'?><a>" + FRENCH.encode("cp1252") + b"</a>",
            FRENCH,
            ("says that it is in utf-8; it was read as cp1252",),
        ),
        (
            b"<?xml version='1.0' encoding='us-ascii'?><a>" + FRENCH.encode("cp1252") + b"</a>",
            FRENCH,
            ("says that it is in us-ascii; it was read as cp1252",),
        ),
        ("<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>".encode(), "é", ("iso-8859-1, but it is in utf-8",)),
        (
            b"<?xml version='1.0' encoding='nonsense'?><a>" + FRENCH.encode("cp1252") + b"</a>",
            FRENCH,
            ("encoding guessed: cp1252",),
        ),
        (b"<?xml version='1.0' encoding='euc-kr'?><a>\xb0\xa1</a>", "가", ()),
        (b"<?xml version='1.1'?><a>x</a>", "x", ()),
    ],
)
def test_small_faults_are_mended_and_told(raw: bytes, text: str, warnings: tuple[str, ...]) -> None:
    tree = xml.tree(raw)
    assert tree.root.text.strip() == text
    assert len(tree.warnings) == len(warnings)
    assert all(part in warning for part, warning in zip(warnings, tree.warnings, strict=True))
    streamed = stream(raw, "a")
    assert [found.text.strip() for found in streamed if not isinstance(found, SeedError)] == [text]
    assert (streamed.encoding, streamed.warnings) == (tree.encoding, tree.warnings)


@pytest.mark.parametrize(
    ("said", "meant", "character"),
    [
        ("iso-8859-1", "cp1252", "“"),
        ("iso-8859-9", "cp1254", "“"),
        ("iso-8859-11", "cp874", "…"),
        ("tis-620", "cp874", "…"),
        ("euc-kr", "cp949", "똠"),
        ("gb2312", "gb18030", "镕"),
        ("gbk", "gb18030", "€"),
        ("shift_jis", "cp932", "①"),
        ("big5", "big5hkscs", "嘅"),
    ],
)
def test_an_encoding_is_read_as_the_wider_one_that_is_meant_by_its_name(said: str, meant: str, character: str) -> None:
    raw = f"<?xml version='1.0' encoding='{said}'?><a>{character}</a>".encode(meant)
    tree = xml.tree(raw)
    assert (tree.root.text, tree.encoding, tree.warnings) == (character, meant, ())


def test_many_unknown_names_make_few_warnings() -> None:
    names = "".join(f"&x{number};" for number in range(100))
    assert len(xml.tree(f"<a>{names}</a>".encode()).warnings) == 20


# Endless ones.


def feed(items: str) -> bytes:
    return f"<rss><channel><title>T</title><link>L</link>{items}</channel></rss>".encode()


def test_records_come_one_by_one_with_what_stood_before_the_first() -> None:
    found = stream(feed("<item>1</item><x>between</x><item>2<item>inner</item></item><title>late</title>"))
    assert [xml.local(each) for each in found.head[0]] == ["title", "link"]
    assert [xml.text_of(record) for record in found if not isinstance(record, SeedError)] == ["1", "2inner"]
    assert xml.text_of(found.head) == "TL"


def test_a_stream_without_records_has_its_head() -> None:
    found = stream(feed(""))
    assert list(found) == []
    assert xml.text_of(xml.child(found.head, "channel", "title")) == "T"


def test_the_head_keeps_namespaces_attributes_and_text() -> None:
    raw = b"<n:feed xmlns:n='urn:a' n:v='1'> t <n:id>7</n:id><n:entry>x</n:entry></n:feed>"
    found = stream(raw, "entry")
    assert [xml.text_of(record) for record in found] == ["x"]
    assert (found.head.tag, xml.attribute(found.head, "v"), xml.text_of(found.head)) == ("{urn:a}feed", "1", "t 7")


def test_the_root_may_be_the_record() -> None:
    assert titles(b"<item>all</item>") == ["all"]


def test_a_fault_in_the_middle_is_raised_after_the_records_before_it() -> None:
    found = iter(stream(feed("\n<item>1</item><item>2</item>\n<item>3</itme>")))
    assert [xml.text_of(next(found)), xml.text_of(next(found))] == ["1", "2"]
    with pytest.raises(SeedError, match="tag mismatch: item") as refusal:
        next(found)
    assert refusal.value.line == 3


def test_a_stream_that_is_cut_off_gives_what_is_whole() -> None:
    found = iter(stream(feed("<item>1</item><item>2")[:-17]))
    assert xml.text_of(next(found)) == "1"
    with pytest.raises(UnfinishedError):
        next(found)


def test_a_record_that_is_too_large_is_refused_alone() -> None:
    large = "".join(f"<p>{'a' * 1000}</p>" for _ in range(5000))
    assert titles(feed(f"<item>1</item>\n<item>{large}</item>\n<item>3</item>")) == ["1", "refused 2", "3"]


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(SeedError, match="characters without a tag"):
        titles(feed("<item>" + "a" * 5_000_000))


def test_what_was_read_is_forgotten() -> None:
    class Endless:
        def __init__(self) -> None:
            record = b"<item><title>t</title><p>" + b"a" * 50_000 + b"</p></item><other>" + b"b" * 9_000 + b"</other>"
            self.coming = iter([b"<rss>", *[record] * 400, b"</rss>"])
            self.rest = b""

        def read(self, size: int = -1, /) -> bytes:
            self.rest = self.rest or next(self.coming, b"")
            found, self.rest = self.rest[:size], self.rest[size:]
            return found

    count = kept = 0
    for record in xml.records(Endless(), {"item"}):
        assert not isinstance(record, SeedError)
        count, kept = count + 1, max(kept, sum(1 for _ in record.itersiblings(preceding=True)))
    assert count == 400
    assert kept <= 4  # what came with the same chunk


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32", "iso-8859-1", "shift_jis", "cp1251", "gb18030"]
)
def test_a_stream_is_decoded_across_its_chunks(encoding: str) -> None:
    word = {"shift_jis": "東京都", "cp1251": "Москва и область", "gb18030": "北京市新闻"}.get(encoding, "Köln é à ü")
    items = "".join(f"<item>{number} {word}</item>" for number in range(3000))
    raw = f"<?xml version='1.0' encoding='{encoding}'?><rss>{'<x>plain</x>' * 6000}{items}</rss>".encode(encoding)
    assert titles(raw) == [f"{number} {word}" for number in range(3000)]


def test_a_wrong_byte_far_down_has_its_offset() -> None:
    raw = "<rss><item>é</item>".encode() + b"<x>y</x>" * 20_000 + b"\xff</rss>"
    found = iter(stream(raw))
    assert xml.text_of(next(found)) == "é"
    with pytest.raises(SeedError, match="not utf-8 throughout") as refusal:
        list(found)
    assert refusal.value.offset == raw.index(b"\xff")


@given(st.lists(st.text("<>&;!-[]CDATAx \né", max_size=12), max_size=12), st.integers(1, 7))
@settings(max_examples=200, deadline=None)
def test_a_stream_reads_what_a_document_has(texts: list[str], step: int) -> None:
    """However the text falls into chunks, a stream gives the same records as the whole document."""
    items = "".join(f"<item><![CDATA[{text.replace(']]>', '')}]]>&eacute;&{text.count('x')};</item>" for text in texts)
    raw = f"<rss>{items}</rss>".encode()

    whole = [xml.text_of(item) for item in xml.children(xml.document(raw), "item")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_text, "CHUNK_BYTES", step * 7)
        assert [xml.text_of(item) for item in xml.records(io.BytesIO(raw), {"item"})] == whole


def test_the_steps_of_a_reader_change_nothing() -> None:
    class Slow(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            return super().read(3)

    raw = "<?xml version='1.0' encoding='iso-8859-1'?><rss><item>Köln</item><item>Genève</item></rss>".encode()
    assert [xml.text_of(item) for item in xml.records(Slow(raw), {"item"})] == ["Köln", "Genève"]


# Small readers.


def test_readers_are_blind_to_namespaces() -> None:
    root = xml.document(b"<a xmlns:n='urn:n'><n:b><c/></n:b><b><c n:d=' 1 '> x<br/>y <i> z</i> </c><c e=''/></b></a>")
    found = xml.child(root, "b", "c")
    assert found is not None
    assert [xml.attribute(each, "d") for each in xml.children(root, "b", "c")] == [None, "1", None]
    assert [xml.text_of(each) for each in xml.children(root, "b", "c")] == ["", "x y z", ""]
    assert xml.child(root, "b", "x") is None
    assert xml.text_of(None) == ""
    assert xml.attribute(next(iter(xml.children(root, "b", "c"))), "e") is None


def test_what_is_in_an_element_is_html() -> None:
    inner = b"a &lt; b<h:p h:x='1' class='k' xml:lang='de'>c<h:br/>d</h:p><!-- no -->e<p/>"
    raw = b"<c xmlns='urn:n' xmlns:h='urn:h'>" + inner + b"</c>"
    assert xml.html_of(xml.document(raw)) == 'a &lt; b<p class="k" lang="de">c<br>d</p>e<p></p>'


def test_elements_are_taken_out_without_the_text_behind_them() -> None:
    root = xml.document(b"<a>1<b>2</b>3<c>4<b>5</b>6</c>7<b/>8</a>")
    xml.without(root, list(root.iter("b")))
    assert xml.html_of(root) == "13<c>46</c>78"
