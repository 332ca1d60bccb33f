"""What an export of WordPress says of the whole site: its writers, its categories, and the pictures of its posts."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from feeder.errors import SeedError
from feeder.parse import xml
from feeder.parse.syndication import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Draft, Enclosure
    from feeder.parse.xml import Element

_DEEPEST: Final = 8
_MOST_PICTURES: Final = 100_000
_MOST_WAITING: Final = 200
_MOST_CHARACTERS: Final = 8 * 1_048_576


class Site:
    """The head of an export: what stands in its channel before the first item."""

    def __init__(self, root: Element) -> None:
        channel = xml.child(root, "channel")
        element = root if channel is None else channel
        addresses = (xml.text_of(xml.child(element, name)) for name in ("base_blog_url", "link"))
        self.address = next((address.rstrip("/") for address in addresses if address), None)
        self.language = xml.text_of(xml.child(element, "language")) or None
        self._authors = dict(_author(found) for found in xml.children(element, "author"))
        self._categories: dict[str, tuple[str, str]] = {}
        self._terms: dict[str, str] = {}
        for found in xml.children(element, "category"):
            nicename = xml.text_of(xml.child(found, "category_nicename"))
            name = wording.title(xml.text_of(xml.child(found, "cat_name")))
            self._categories[nicename] = name, xml.text_of(xml.child(found, "category_parent"))
            self._terms[xml.text_of(xml.child(found, "term_id"))] = nicename

    def author(self, login: str) -> str | None:
        """The name that a writer is shown by, None for a login that is not known."""
        return self._authors.get(login.lower())

    def section(self, nicename: str, name: str) -> str:
        """A category as a path from its topmost parent, names as written."""
        path, at = [self._categories.get(nicename, ("", ""))[0] or wording.title(name)], nicename
        while len(path) < _DEEPEST and (at := self._categories.get(at, ("", ""))[1]) in self._categories:
            path.insert(0, self._categories[at][0])
        return "/".join(path)

    def section_of_term(self, number: str | None) -> str | None:
        """The path of a category by its number."""
        nicename = self._terms.get(number or "")
        return self.section(nicename, nicename) if nicename else None


def _author(element: Element) -> tuple[str, str]:
    found = {
        name: xml.text_of(xml.child(element, f"author_{name}"))
        for name in ("login", "display_name", "first_name", "last_name")
    }
    full = f"{found['first_name']} {found['last_name']}".strip()
    return found["login"].lower(), found["display_name"] or full or found["login"]


class Pictures:
    """Gives posts the pictures that they name by number, though those often come after them in the file.

    Posts keep their order. One waits for its picture while no more than some hundred others wait behind it.
    """

    def __init__(self) -> None:
        self._known: dict[str, Enclosure] = {}
        self._waiting: deque[tuple[Draft | SeedError, str | None]] = deque()
        self._characters = 0

    def seen(self, number: str, picture: Enclosure | None) -> Iterator[Draft | SeedError]:
        """Notes a picture; the posts that need not wait any longer."""
        if picture is not None and len(self._known) < _MOST_PICTURES:
            self._known[number] = picture
        yield from self._ready()

    def after(self, found: Draft | SeedError, number: str | None = None) -> Iterator[Draft | SeedError]:
        """Takes the next post, and the number of its picture; the posts that need not wait any longer."""
        self._waiting.append((found, number))
        self._characters += _size(found)
        yield from self._ready()

    def rest(self) -> Iterator[Draft | SeedError]:
        """The posts that are left when the file is over."""
        while self._waiting:
            yield self._next()

    def _ready(self) -> Iterator[Draft | SeedError]:
        while self._waiting and (self._is_settled() or self._is_full()):
            yield self._next()

    def _is_settled(self) -> bool:
        number = self._waiting[0][1]
        return not number or number in self._known

    def _is_full(self) -> bool:
        return len(self._waiting) > _MOST_WAITING or self._characters > _MOST_CHARACTERS

    def _next(self) -> Draft | SeedError:
        found, number = self._waiting.popleft()
        self._characters -= _size(found)
        if isinstance(found, SeedError) or not number:
            return found
        if number in self._known:
            where = {**(found.where or {}), "images": "_thumbnail_id"}
            return replace(found, images=(self._known[number],), where=where)
        missing = f"its featured image (attachment {number[:20]}) is not in the file, or far away from it"
        return replace(found, warnings=(*found.warnings, missing))


def _size(found: Draft | SeedError) -> int:
    return 0 if isinstance(found, SeedError) else len(found.html or "")
