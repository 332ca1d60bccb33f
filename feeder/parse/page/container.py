"""The part of a page that holds its article, by the marks that sites make and by where the paragraphs are."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from feeder.parse.page.document import content_of
from feeder.parse.structured_data.values import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NEVER: Final = frozenset(
    "script style noscript template nav aside footer iframe object embed svg math canvas button input select textarea "  # noqa: SIM905
    "label dialog menu meta link base head title audio video map applet progress time-ago".split()
)
_UNSEEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_JUNK: Final = re.compile(
    r"(?:^|[\s_-])(?:comments?|disqus\w*|respond|share|shares|sharing|sharedaddy|social\w*|addthis\w*|related\w*|"
    r"recommend\w*|newsletter\w*|promo\w*|sidebar\w*|breadcrumbs?|pagination|pager|"
    r"advert\w*|ads?|adsense|sponsor\w*|outbrain|taboola|author-?(?:bio|box|info|card)|about-the-author|bio|"
    r"tags?|tag-?(?:list|links|cloud)|post-?tags|categories|cat-links|entry-meta|entry-utility|post-?meta(?:data)?|metadata|"
    r"entry-footer|post-footer|article-footer|article__footer|jp-relatedposts|wpcnt|cookie\w*|gdpr|"
    r"skip-link|screen-reader-text|sr-only|visually-hidden|navigation|nav|menu|navbar|footer|masthead|"
    r"trending|popular|most-?(?:read|popular)|read-?(?:more|next|also)|see-?also|more-(?:stories|news|on|from)|"
    r"carousel-controls|infobox-related|article-?tools|credits?-links|next-?prev|prev-?next|post-navigation|"
    r"comentarios?|commentaires?|kommentare?|kommentarer|komentar(?:e|ze|i)?|reacties|commenti|yorumlar|compartir|"
    r"partager|relacionad[ao]s?|notas-?relacionadas|mas-?leid[ao]s|mais-?lidas|publicidade?|publicite|werbung|"
    r"anzeigen?|reklama)(?=$|[\s_-])",
    re.IGNORECASE,
)
_COMMENTS: Final = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|disqus\w*|comentarios?|commentaires?|kommentare?|kommentarer|reacties|commenti|"
    r"yorumlar)(?:[-_]?(?:list|area|section|thread|container|wrapper))?(?=$|\s)",
    re.IGNORECASE,
)
"""Names of what holds the comments of readers."""
_OFTEN_JUNK: Final = re.compile(
    r"(?:^|[\s_-])(?:widget\w*|teaser\w*|hidden|modal|overlay|popup|paywall|subscribe|subscription|toolbar|tools|vote|"
    r"poll|rating|dropdown|signup|login|byline|by-line|dateline-date|timestamp|caption-?credit|credit|copyright-notice|"
    r"no-?print|print-?(?:button|link|only|page|version|icon))(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Names of junk that page builders and paywalls give to running text, too."""
_LEAST_RUNNING: Final = 300
"""Letters in paragraphs from which an element is text whatever it is called."""
_KEPT: Final = frozenset({"body", "html", "article", "main", "table", "tbody", "tr", "td", "p", "h1"})
"""Elements whose names may say anything; what they hold is not thrown away for it."""
_MARKED: Final = re.compile(
    r"(?:^|[\s_-])(?:(?:article|story|post|entry|news|text|body|art|detail)[-_]{0,2}(?:body|text|content|copy)|post-entry|"
    r"e-content|rich-?text|field-name-body|TRS_Editor|texto-?noticia|cuerpo(?:-?noticia)?|artikel-?text)(?=$|[\s_-])",
    re.IGNORECASE,
)
_HOLDS_TEXT: Final = re.compile(
    rf"{_MARKED.pattern}|(?:^|[\s_-])(?:main|page|single)[-_]?content(?=$|[\s_-])", re.IGNORECASE
)
"""The article, or the column of a page in which it is with much else."""
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PARAGRAPHS: Final = frozenset({"p", "pre", "blockquote", "li", "dd", "h2", "h3", "h4"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "em", "font", "i", "img", "kbd", "mark", "q", "s"}
) | {"small", "span", "strong", "sub", "sup", "time", "u"}
_STANDFIRST: Final = re.compile(
    r"(?:^|[\s_-])(?:perex|stand-?first|lead|lede|leadtext|intro(?:duction)?|chapo|chapeau|sapo|abstract|dek|vorspann|"
    r"ingress|anreisser|bajada|copete|entradilla|subtitle|sub-?head(?:line|ing)?|sub-?titulo|sommario|occhiello|"
    r"article-?(?:summary|intro|lead|description)|opener|annotation|announce)(?=$|[\s_-])",
    re.IGNORECASE,
)
_FEWEST_LETTERS: Final = 50
_MOST_LETTERS: Final = 1200
_LEAST_PARAGRAPH: Final = 20
_LETTERS_IN_BYTES: Final = 0.67
"""Of scripts with three bytes a character in UTF-8; those with two stay under one letter for each."""
_LEAST_TEXT: Final = 140
"""Letters below which a marked part of a page is a teaser and not an article."""
_MOST_LINKED: Final = 0.5
_NEARLY: Final = 0.9
_FARTHEST_TWIN: Final = 3
"""Elements above one with the article's text in which others with the same mark are looked for."""
_MOST_TWINS: Final = 100
_NEARLY_NOTHING_ELSE: Final = 1.25


def pruned(tree: Any, junk: re.Pattern[str] | None = None, kept: re.Pattern[str] | None = None) -> Any:
    """A copy of a page's tree without what is never part of an article, by its tags and by the names of its classes.

    ``junk`` are names of other things that are to go instead; ``kept`` are names of footers and the like that stay.
    """
    tree = deepcopy(tree)
    for element in [element for element in tree.iter() if element.tag in _NEVER and not _is_kept(element, kept)]:
        drop(element)
    letters = _below(tree, {element: _letters(element) for element in tree.iter()})
    above_headings = {above for heading in tree.iter("h1") for above in heading.iterancestors()}
    whole = letters[tree] / 3
    running = _below(tree, {paragraph: letters[paragraph] for paragraph in tree.iter("p")})
    for element in [element for element in letters if _is_doomed(element, junk, running[element])]:
        if _is_unseen(element) or not (
            letters[element] >= whole or element in above_headings or _is_kept(element, kept)
        ):
            drop(element)
    return tree


def _letters(element: Any) -> int:
    """Characters of the text that is an element's own, not that of elements in it."""
    return len(element.text or "") + sum(len(child.tail or "") for child in element)


def _below(tree: Any, own: Mapping[Any, int]) -> dict[Any, int]:
    """For each element the sum of what it and all elements in it have, in document order, in one pass."""
    sums = {element: own.get(element, 0) for element in tree.iter()}
    for element in reversed(sums):
        above = element.getparent()
        if above in sums:
            sums[above] += sums[element]
    return sums


def drop(element: Any) -> None:
    """Take an element away and leave the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    before, tail = element.getprevious(), element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def without_code(tree: Any) -> Any:
    """A copy of a page's tree without its scripts and styles; they hold text that nobody reads in the page."""
    tree = deepcopy(tree)
    for element in list(tree.iter("script", "style", "template")):
        drop(element)
    return tree


def without_comments(tree: Any) -> Any:
    """A copy of a page's tree without what its readers wrote, where that is marked and not most of the page."""
    tree = deepcopy(tree)
    letters = _below(tree, {element: _letters(element) for element in tree.iter()})
    above_headings = {above for heading in tree.iter("h1", "article") for above in heading.iterancestors()}
    for element in [each for each in letters if each.tag not in _KEPT and _COMMENTS.search(_names(each))]:
        if element not in above_headings:
            drop(element)
    return tree


def _is_doomed(element: Any, junk: re.Pattern[str] | None, running: int) -> bool:
    if element.tag in {"body", "html"}:
        return False
    if _is_unseen(element):
        return True
    names = _names(element)
    if element.tag in _KEPT or not names or _HOLDS_TEXT.search(names):
        return False
    if junk is not None:
        return junk.search(names) is not None
    return _JUNK.search(names) is not None or (running < _LEAST_RUNNING and _OFTEN_JUNK.search(names) is not None)


def _is_kept(element: Any, kept: re.Pattern[str] | None) -> bool:
    return kept is not None and element.tag in {"footer", "aside", "div"} and kept.search(_names(element)) is not None


def _is_unseen(element: Any) -> bool:
    return element.get("hidden") is not None or _UNSEEN.search(element.get("style") or "") is not None


def _names(element: Any) -> str:
    """What a site calls an element, its words parted: ``storyBody`` is ``story-Body``."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}".strip()[:500]
    return _CAPITAL.sub("-", names)


def container(tree: Any) -> tuple[Any, bool]:
    """The element of a pruned tree that holds the article, and whether it is marked as that.

    What the page marks as the article counts first; else ``article`` and ``main``; else where most of the
    paragraphs are; in a small page its body.
    """
    own = dict(paragraphs(tree))
    weights = _below(tree, own)
    dense = _densest(own, weights)
    total = weights[dense] if dense is not None else 0
    for marks in (_by_property(tree), _by_class(tree), tree.iter("article"), tree.iter("main")):
        marked = list(marks)
        found = _with_twins(_tightest(marked, weights), marked, weights)
        if found is not None and weights[found] > max(_LEAST_TEXT, total * 0.6):
            return found, found.tag != "main" and (len(marked) == 1 or found.tag != "article")
    if dense is not None and total > _LEAST_TEXT:
        return dense, False
    body = tree.find("body")
    return (tree if body is None else body), True


def _tightest(marked: list[Any], weights: Mapping[Any, int]) -> Any | None:
    """The element with the most text; of those within it that have nearly all of that the innermost."""
    found = max(marked, key=lambda element: weights[element], default=None)
    for element in marked:
        if weights[element] >= weights[found] * _NEARLY and found in element.iterancestors():
            found = element
    return found


def _with_twins(found: Any | None, marked: list[Any], weights: Mapping[Any, int]) -> Any | None:
    """What holds the element and others with the same mark close by, and hardly anything else: a text in boxes."""
    if found is None or found.tag in {"article", "main", "body"}:
        return found
    mark = _mark(found)
    twins = [each for each in marked[:_MOST_TWINS] if weights[each] and _mark(each) == mark]
    twins = [each for each in twins if not any(_mark(above) == mark for above in each.iterancestors())]
    chosen = found
    for holder, _ in zip(found.iterancestors(), range(_FARTHEST_TWIN), strict=False):
        inside = set(holder.iter())
        boxes = [each for each in twins if each in inside]
        together = sum(weights[each] for each in boxes)
        if len(boxes) > 1 and together > weights[chosen] and weights[holder] <= together * _NEARLY_NOTHING_ELSE:
            chosen = holder
    return chosen


def _mark(element: Any) -> str:
    """What an element is marked with as the article's text."""
    named = _MARKED.search(_names(element))
    return named[0].strip(" _-").lower() if named else element.get("itemprop") or element.tag


def standfirst(tree: Any, found: Any, description: str = "") -> Any | None:
    """The paragraph that stands between the headline and the body and outside of both; None without one.

    It is marked as that, or it says what the head gives as the article's description.
    """
    inside, above = set(found.iter()), set(found.iterancestors())
    for element in tree.iter("p", "div", "h2", "h3", "span", "section", "strong"):
        if element in inside:
            return None
        if element in above:
            continue
        said = content_of(element).strip()
        names = f"{_names(element)} {element.get('itemprop') or ''}"
        is_described = bool(description) and folded(said) == description
        if _FEWEST_LETTERS <= len(said) <= _MOST_LETTERS and (is_described or _STANDFIRST.search(names)):
            return element
    return None


def _by_property(tree: Any) -> Iterator[Any]:
    return (element for element in tree.iter() if "articleBody" in (element.get("itemprop") or "").split())


def _by_class(tree: Any) -> Iterator[Any]:
    return (each for each in tree.iter("div", "section", "article", "td", "main") if _MARKED.search(_names(each)))


def paragraphs(tree: Any) -> Iterator[tuple[Any, int]]:
    """The elements that hold running text, with the number of its letters; not those that are mostly links."""
    for element in tree.iter():
        if element.tag in _PARAGRAPHS or _is_block_of_text(element):
            said = _own_text(element)
            linked = sum(_size(content_of(link)) for link in element.iter("a"))
            if said >= _LEAST_PARAGRAPH and linked <= said * _MOST_LINKED:
                yield element, said


def _is_block_of_text(element: Any) -> bool:
    """Whether a ``div`` or a cell is a paragraph itself: text and inline markup, nothing else."""
    if element.tag not in {"div", "td", "section", "article", "body", "span"}:
        return False
    said = len((element.text or "").strip()) + sum(len((child.tail or "").strip()) for child in element)
    return said >= _LEAST_PARAGRAPH and (element.tag != "span" or element.find("br") is not None)


def _own_text(element: Any) -> int:
    """Letters of an element outside of the blocks in it."""
    said = _size(element.text)
    for child in element:
        said += _size(child.tail)
        if child.tag in _INLINE:
            said += _size(content_of(child))
    return said


def _size(said: str | None) -> int:
    """The letters of a text; a character of Chinese or Japanese, which is half a word, counts for two."""
    said = (said or "").strip()
    return len(said) if said.isascii() else max(len(said), round(len(said.encode()) * _LETTERS_IN_BYTES))


def _densest(own: Mapping[Any, int], weights: Mapping[Any, int]) -> Any | None:
    """Where the paragraphs are: their letters count for the parent, half for what holds that."""
    scores: dict[Any, float] = {}
    for element, letters in own.items():
        holders: Iterable[Any] = (
            element.iterancestors() if element.tag != "div" else (element, *element.iterancestors())
        )
        for share, holder in zip((1.0, 0.5, 0.25), holders, strict=False):
            if holder.tag != "html":
                scores[holder] = scores.get(holder, 0) + letters * share
    best = max(scores, key=lambda holder: scores[holder], default=None)
    while best is not None and (above := best.getparent()) is not None and above.tag not in {"body", "html"}:
        if weights[above] < weights[best] * 1.25:
            break
        best = above
    return best
