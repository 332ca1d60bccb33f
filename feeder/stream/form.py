"""What the stream says of an event: an item of the installed JSON Feed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from feeder import __version__, registry
from feeder.store import Form

if TYPE_CHECKING:
    from feeder.render import Site

_NAME_LENGTH: Final = 16


def form_of(site: Site) -> Form:
    """How a site's events are told; its name is another one for another site, release, or renderer."""
    renderer = registry.find("renderers", "json")
    depends_on = (__version__, registry.release("renderers", "json"), site)
    return Form(
        sha256(repr(depends_on).encode("utf-8", "backslashreplace")).hexdigest()[:_NAME_LENGTH], renderer(site).entry
    )
