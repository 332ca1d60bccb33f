"""Plain text in XML is spelled out: another way of writing, never another text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeder.render.plain_text import spelled_out


def test_the_characters_of_markup_are_numbers_in_the_elements_named_and_nowhere_else() -> None:
    xml = b'<i><title>Q&amp;A &lt;b&gt;</title><description>a &amp;amp; b</description><title type="t">&lt;</title></i>'
    assert spelled_out(xml, ["title"]) == (
        b"<i><title>Q&#x26;A &#x3C;b&gt;</title><description>a &amp;amp; b</description>"
        b'<title type="t">&#x3C;</title></i>'
    )


def test_elements_with_longer_names_and_what_only_looks_like_one_stay() -> None:
    xml = b"<i><titles>&amp;</titles><x>&lt;title&gt;&amp;</x><media:title>&amp;</media:title></i>"
    assert spelled_out(xml, ["title"]) == xml


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["title", "name", "other"]), st.text("&<>;#x26abtile/ \n'\"é"), st.booleans()))
)
def test_a_parser_reads_the_same(children: list[tuple[str, str, bool]]) -> None:
    root = etree.Element("root")
    for tag, text, has_attribute in children:
        child = etree.SubElement(root, tag, {"a": text} if has_attribute else {})
        child.text = text
    written = etree.tostring(root, pretty_print=True)
    found = spelled_out(written, ["title", "name"])
    assert [(c.tag, c.text, dict(c.attrib)) for c in etree.fromstring(found)] == [
        (c.tag, c.text, dict(c.attrib)) for c in etree.fromstring(written)
    ]
