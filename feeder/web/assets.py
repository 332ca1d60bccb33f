"""The few files that pages need: read once, served from memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder import pages
from feeder.codings import IDENTITY, encoded
from feeder.web.feeds import joined
from feeder.web.headers import accept_encoding
from feeder.web.headers.conditional import is_not_modified
from feeder.web.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file with its media type and its strong entity tag; ``encoded`` are its codings."""

    body: bytes
    media_type: str
    etag: str
    encoded: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """What changes when the bytes change; it stands in the address."""
        return self.etag.strip('"')


ASSETS: web.AppKey[Mapping[str, Asset]] = web.AppKey("assets")


def load() -> dict[str, Asset]:
    """Every asset by its file name."""
    return {
        name: Asset(
            body, _MEDIA_TYPES[name.rpartition(".")[2]], f'"{hashlib.sha256(body).hexdigest()[:16]}"', encoded(body)
        )
        for name, body in pages.ASSETS.items()
    }


def address(assets: Mapping[str, Asset], name: str) -> str:
    """Where a file may be kept for ever, below the site's own address."""
    return f"/static/{name}?{assets[name].version}"


async def asset(request: web.Request) -> web.Response:
    """``/static/NAME``, and the icon, which has an address of its own; for ever if the address has the version."""
    name = request.match_info.get("name") or request.path.removeprefix("/").replace(".ico", ".svg")
    found = request.app[ASSETS].get(name)
    if found is None:
        raise web.HTTPNotFound
    coding = accept_encoding.choose(joined(request, "Accept-Encoding"), _sizes(found)) or IDENTITY
    etag = found.etag if coding == IDENTITY else f'"{found.version}-{coding}"'
    is_fixed = request.query_string == found.version
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=31536000, immutable" if is_fixed else "public, max-age=3600",
        "Vary": "Accept-Encoding",
    }
    now = request.app[PARTS].clock()
    if is_not_modified(joined(request, "If-None-Match"), None, etag=etag, last_modified=None, now=now):
        return web.Response(status=304, headers=headers)
    headers |= {"Content-Type": found.media_type} | ({} if coding == IDENTITY else {"Content-Encoding": coding})
    return web.Response(body=found.encoded.get(coding, found.body), headers=headers)


def _sizes(found: Asset) -> dict[str, int]:
    return {IDENTITY: len(found.body)} | {coding: len(body) for coding, body in found.encoded.items()}
