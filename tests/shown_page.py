"""A page as a browser asks for it, held against what is true of every page."""

from __future__ import annotations

import base64
import hashlib

from lxml import html

from live import Live

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_NO_DATA = "[not(@type='application/ld+json')]"


async def page(live: Live, path: str, status: int = 200, *, method: str = "GET") -> html.HtmlElement:
    """The page at a path; nothing runs in it, and its style is the one that its policy allows."""
    found, body, headers = await live.ask(method, path, BROWSER)
    assert (found, headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    document = html.document_fromstring(body.decode())
    (style,) = document.xpath("//style/text()")
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert not document.xpath(f"//script[not(@src)]{_NO_DATA} | //@style | //@*[starts-with(name(), 'on')]")
    assert len(document.xpath("//h1")) == len(document.xpath("//main")) == 1
    return document


def text_of(document: html.HtmlElement, path: str) -> str:
    """What stands at a path, its blanks made one."""
    return " ".join(" ".join(found.text_content().split()) for found in document.xpath(path))
