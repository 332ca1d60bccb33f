"""What an article says besides its body, as YAML front matter in the words that ``parse/metadata.py`` reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from feeder.render.markdown.literal import as_text

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Article, Enclosure, Event, Person, Precision

_MARKUP: Final = re.compile(r"[\[|*_~<]")
_LONGEST_SUMMARY: Final = 4000
_LIST: Final = re.compile("[,;]")
_NO_FOLDING: Final = 2**31 - 1


def written(event: Event, article: Article, page: str) -> str:
    """The block between its fences; ``permalink`` is the article's page here, ``link`` the one it came from."""
    members = _present(
        title=article.title,
        date=_moment(article.published, article.published_precision),
        updated=_moment(article.modified),
        authors=[_person(person) for person in article.authors],
        byline=article.byline,
        dateline=article.dateline,
        section=_one(article.section),
        tags=list(article.keywords),
        summary=_summary(article.summary),
        language=article.language,
        correction=article.correction,
        source=article.source,
        rights=article.rights,
        link=article.link,
        permalink=page,
        images=[_resource(image) for image in article.images],
        enclosures=[_resource(found) for found in article.enclosures],
        subjects=list(article.subjects),
        places=list(article.places),
        urgency=article.urgency,
        expires=_moment(article.expires),
        id=event.article_id,
        version=event.version,
        slug=event.slug,
    )
    block = yaml.dump(members, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=_NO_FOLDING)
    return f"---\n{block}---\n"


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def _moment(moment: datetime | None, precision: Precision = "second") -> str | None:
    """A moment no more exact than it was written, with its own offset."""
    if moment is None:
        return None
    if precision == "day":
        return moment.date().isoformat()
    return moment.isoformat(timespec="minutes" if precision == "minute" else "auto")


def _person(person: Person) -> str | dict[str, str]:
    if person.email is None and person.uri is None and not re.search(r"[<\[]", person.name):
        return person.name
    return _present(name=person.name, email=person.email, url=person.uri)


def _one(value: str | None) -> str | list[str] | None:
    """A value that may have commas in it, at which readers would part it."""
    return [value] if value and _LIST.search(value) else value


def _summary(summary: str) -> str:
    """A summary is read as Markdown where it looks like it."""
    escaped = as_text(summary)
    return escaped if _MARKUP.search(summary) and len(escaped) <= _LONGEST_SUMMARY else summary


def _resource(found: Enclosure) -> dict[str, Any]:
    return _present(url=found.url, type=found.type, length=found.length, title=found.title)
