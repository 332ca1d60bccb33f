"""How a browser, or a feed reader, searches a site from its own search box (OpenSearch 1.1, description documents)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from feeder.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.render import Site

MEDIA_TYPE: Final = "application/opensearchdescription+xml; charset=utf-8"

_MOST_OF_A_NAME: Final = 16
_MOST_OF_A_LONG_NAME: Final = 48


def document(site: Site, media_types: Mapping[str, str]) -> bytes:
    """The page that shows what is found, and the same as a feed in each format.

    Args:
        site: what is searched.
        media_types: that of each format, without parameters, by its suffix.
    """
    title = clean_line(site.title)
    places = [("text/html", "results", site.search_url(""))]
    places += [(kind, "results", site.search_url("", suffix)) for suffix, kind in media_types.items()]
    urls = "".join(_url(kind, rel, f"{place}{{searchTerms}}") for kind, rel, place in places)
    own = _url(MEDIA_TYPE.partition(";")[0], "self", f"{site.base_url}/opensearch.xml")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"  <ShortName>{escape(_shortened(title, _MOST_OF_A_NAME))}</ShortName>\n"
        f"  <LongName>{escape(_shortened(title, _MOST_OF_A_LONG_NAME))}</LongName>\n"
        f"  <Description>{escape(f'Search the articles of {title}'[:1024])}</Description>\n"
        "  <InputEncoding>UTF-8</InputEncoding>\n"
        f"{urls}{own}</OpenSearchDescription>\n"
    ).encode()


def _url(kind: str, rel: str, template: str) -> str:
    return f"  <Url type={quoteattr(kind)} rel={quoteattr(rel)} template={quoteattr(template)}/>\n"


def _shortened(text: str, most: int) -> str:
    """Its first words, as many as there is room for; of a first word that is too long the beginning."""
    if len(text) <= most:
        return text
    return text[: most + 1].rpartition(" ")[0].strip() or text[:most]
