"""The templates of one site, filled with values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jinja2
from markupsafe import Markup

from feeder.pages import moments
from feeder.pages.addresses import format_name, short_title
from feeder.pages.assets import ASSETS
from feeder.pages.figures import picture_of, size
from feeder.pages.front import is_news
from feeder.pages.styles import style_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.pages.addresses import Followed
    from feeder.pages.styles import Style
    from feeder.render import Site

_RIGHT_TO_LEFT: Final = frozenset(
    ("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "ug", "ur", "yi")
)
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' https: data:; media-src 'self' https:; "
    "form-action 'self'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and what a browser may do for it (its Content-Security-Policy, CSP 3)."""

    body: bytes
    policy: str


class Pages:
    """The pages of one site.

    Args:
        site: who publishes, and where.
        script: the address of the script; None: pages have none.
        is_served: whether the service itself answers, with its search and its stream, and not a folder of files.
    """

    def __init__(self, site: Site, *, script: str | None = None, is_served: bool = True) -> None:
        self.site = site
        self._styles: dict[str, Style] = {}
        self._is_served = is_served
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("feeder.pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(spoken=moments.spoken, machine=moments.machine, size=size)
        self._templates.globals.update(
            site=site,
            path=site.path,
            script=script,
            is_served=is_served,
            format_name=format_name,
            direction=direction,
            short_title=short_title,
            picture_of=picture_of,
            is_news=is_news,
            english=_english(site.language),
        )

    @property
    def made_of(self) -> str:
        """Names all that pages depend on besides what they are filled with: the site, the templates, their styles."""
        digest = hashlib.sha256(f"{self.site} {self._templates.globals['script']} {self._is_served}".encode())
        texts = {name: self._source(name).encode() for name in self._templates.list_templates()}
        for name, text in sorted((texts | dict(ASSETS)).items()):
            digest.update(f"\0{name}\0{len(text)}\0".encode() + text)
        return digest.hexdigest()

    def render(self, template: str, *, followed: Iterable[Followed] = (), **values: Any) -> Page:
        """The page that a template (``NAME.html``) makes; it leads readers to the feeds that are ``followed``."""
        style = self._style(template.removesuffix(".html"))
        policy = f"{_POLICY}; style-src {style.source}"
        body = self._templates.get_template(template).render(
            style=Markup(style.text),  # noqa: S704 - our own file
            policy=None if self._is_served else policy,
            alternates=[at for one in followed for at in (one.addresses if self._is_served else one.documents)],
            **values,
        )
        return Page(body.encode(), f"{policy}; frame-ancestors 'none'")

    def _source(self, name: str) -> str:
        loader = self._templates.loader
        return loader.get_source(self._templates, name)[0] if loader else ""

    def _style(self, name: str) -> Style:
        return self._styles.get(name) or self._styles.setdefault(name, style_of(name, ASSETS))


def _english(language: str | None) -> Markup:
    """Attributes of our own words, where the page as a whole is in another language."""
    is_english = (language or "en").lower().split("-")[0] == "en"
    return Markup("") if is_english else Markup(' lang="en" dir="ltr"')


def direction(language: str | None) -> str:
    """How a text runs: by its language (BCP 47), else as its first letters say."""
    if language is None:
        return "auto"
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"
