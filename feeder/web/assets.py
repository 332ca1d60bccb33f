"""The few files that pages need: read once, served from memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from feeder import pages
from feeder.web.conditional import is_not_modified
from feeder.web.feeds import joined
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
    """A file with its media type and its strong entity tag."""

    body: bytes
    media_type: str
    etag: str

    @property
    def version(self) -> str:
        """What changes when the bytes change; it stands in the address."""
        return self.etag.strip('"')


ASSETS: web.AppKey[Mapping[str, Asset]] = web.AppKey("assets")


def load() -> dict[str, Asset]:
    """Every asset by its file name."""
    return {
        name: Asset(body, _MEDIA_TYPES[name.rpartition(".")[2]], f'"{hashlib.sha256(body).hexdigest()[:16]}"')
        for name, body in pages.ASSETS.items()
    }


async def asset(request: web.Request) -> web.Response:
    """``/static/NAME``, and the icon, which has an address of its own; for ever if the address has the version."""
    name = request.match_info.get("name") or request.path.removeprefix("/").replace(".ico", ".svg")
    found = request.app[ASSETS].get(name)
    if found is None:
        raise web.HTTPNotFound
    is_fixed = request.query_string == found.version
    headers = {
        "ETag": found.etag,
        "Cache-Control": "public, max-age=31536000, immutable" if is_fixed else "public, max-age=3600",
    }
    now = request.app[PARTS].clock()
    if is_not_modified(joined(request, "If-None-Match"), None, etag=found.etag, last_modified=None, now=now):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.body, headers={**headers, "Content-Type": found.media_type})
