"""What is asked of a server: its address, and requests as the bytes that go out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS: Final = {"http": 80, "https": 443}
_SAFE_IN_PATH: Final = "%/:@!$&'()*+,;=-._~"
_SAFE_IN_QUERY: Final = _SAFE_IN_PATH + "?"


@dataclass(frozen=True, slots=True)
class Target:
    """An address of http or https; ``query`` is as it was written, without its question mark."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""

    @classmethod
    def read(cls, url: str) -> Self:
        """The target that an address names.

        Raises:
            ValueError: it is no absolute http or https address; the message says what is wrong.
        """
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in _PORTS:
            raise ValueError(f"{parts.scheme} is neither http nor https")
        if not parts.hostname:
            raise ValueError("there is no host in it")
        path = quote(parts.path or "/", safe=_SAFE_IN_PATH)
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        return cls(parts.scheme, parts.hostname, port, path, quote(parts.query, safe=_SAFE_IN_QUERY))

    @property
    def host_field(self) -> str:
        """The value of ``Host`` (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host.encode("idna").decode()
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.scheme == "https"

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host_field}{self.path}{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. ``query`` is appended to the target's as it stands, ``path`` stands in for the target's."""

    method: str = "GET"
    query: str = ""
    path: str | None = None
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    version: str = "1.1"

    def __str__(self) -> str:
        """The request in a few words, as evidence names it."""
        said = [f"{name}: {_shown(value)}" for name, value in self.headers.items() if name != "Accept"]
        accept = self.headers.get("Accept", _STREAM)
        said += [f"Accept: {_shown(accept)}" if accept else "no Accept"] if accept != _STREAM else []
        what = self.method + (f" ?{self.query}" if self.query else "") + (f" {self.path}" if self.path else "")
        return f"{what} ({', '.join(said)})" if said else what

    def written(self, target: Target, always: Mapping[str, str]) -> bytes:
        """The bytes of the request; an empty ``Accept`` is left out, other empty fields are sent empty."""
        query = "&".join(part for part in (target.query, self.query) if part) if self.path is None else self.query
        place = (self.path or target.path) + (f"?{query}" if query else "")
        fields: dict[str, str | bytes] = {"Host": target.host_field, "Accept": _STREAM, "Cache-Control": "no-store"}
        fields |= {**always, **self.headers}
        lines = [f"{self.method} {place} HTTP/{self.version}".encode("latin-1")]
        lines += [b"%s: %s" % (name.encode(), _bytes(value)) for name, value in fields.items() if _is_sent(name, value)]
        return b"\r\n".join([*lines, b"", b""])


_STREAM: Final = "text/event-stream"


def _is_sent(name: str, value: str | bytes) -> bool:
    return bool(value) or name != "Accept"


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _shown(value: str | bytes) -> str:
    text = value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004 (a few words)
