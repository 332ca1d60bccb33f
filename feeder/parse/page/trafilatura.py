"""The article of a page as trafilatura sees it, where it is installed (``pip install 'feeder[html]'``).

It is asked for the body only: no dates, no authors, nothing from the network.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from typing import Any, Final

from lxml import etree

MOST_ELEMENTS: Final = 20_000
"""Above, it is not asked: it looks at some elements many times."""


@cache
def _extract() -> Any | None:
    """The function, loaded late because it takes a second and 56 MB."""
    try:
        found = import_module("trafilatura.core")
    except ImportError:
        return None
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports pages as errors; a page is none
    return found.extract


def is_there() -> bool:
    """Whether trafilatura is installed."""
    return _extract() is not None


def body(tree: Any) -> Any | None:
    """The article's body as an element tree, None where nothing is found or nobody can be asked.

    ``tree`` is used up.
    """
    extract = _extract()
    if extract is None or sum(1 for _ in tree.iter()) > MOST_ELEMENTS:
        return None
    try:
        found = extract(
            tree,
            output_format="html",
            include_comments=False,
            include_formatting=True,
            include_images=True,
            include_links=True,
            include_tables=True,
            with_metadata=False,
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError, etree.LxmlError):
        return None  # a page that it stumbles over is read without it
    return None if not found else etree.fromstring(found.encode(), etree.HTMLParser(encoding="utf-8")).find("body")
