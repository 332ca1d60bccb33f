"""What the head of a page says of its article, in ``meta`` and ``link`` elements.

Open Graph, Dublin Core, Highwire, Parse.ly, Sailthru, Pelican and plain names are read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from feeder.model import Enclosure, Person
from feeder.parse import credits_line, metadata
from feeder.parse.findings import Findings
from feeder.parse.structured_data import values

if TYPE_CHECKING:
    from feeder.parse.page.document import Page

_KEYS: Final = {  # folded names; of several that are there, the first one named here is trusted most
    "title": "ogtitle citationtitle dctitle dctermstitle sailthrutitle parselytitle twittertitle weiboarticletitle "
    "headline title",
    "summary": "summary ogdescription description dcdescription dctermsabstract twitterdescription "
    "sailthrudescription excerpt abstract",
    "published": "articlepublishedtime articlepublished articlepublicationdate articlepubdate ogpublishedtime "
    "ogarticlepublishedtime articlepublishdate parselypubdate datepublished publisheddate datepublish "
    "publishdate publishedat pubdate publicationdate publishedtime publishtime pubtime publicationtime "
    "firstpublished originalpublicationdate articledateoriginal articlecreated rnewsdatepublished "
    "cxenseparserecspublishtime cxenseparsepublishtime cxenseparserecsarticlepublishedtime cxenseparsetime "
    "shareaholicarticlepublishedtime mediatorpublishedtime vrpublishedtime btpubdate citationpublicationdate "
    "citationonlinedate citationdate dcdateissued dctermsissued dctermscreated dcdatecreated dcissued dccreated "
    "dcdatepublished dcdate dctermsdatepublished dctermsavailable dctermsdate sailthrudate datecreated "
    "createdate creationdate ogpubdate ogdate created articledate displaydate dateposted postdate releasedate "
    "publishedon issued date pdate ptime dat dcsextarticlefirstpublished",
    "modified": "articlemodifiedtime articlemodified ogmodifiedtime utime ogupdatedtime datemodified modifieddate "
    "modifiedtime modified articleupdatedtime dcdatemodified dctermsmodified dcmodified lastmodified lastmod "
    "lastupdated updatedate updatedtime dateupdated mediatormodifiedtime",
    "expires": "articleexpirationtime",
    "language": "dclanguage dctermslanguage contentlanguage language inlanguage lang oglocale",
    "section": "category articlesection parselysection sectionname section articlecategory prismsection "
    "cxenseparserecscategory",
    "source": "ogsitename dcpublisher dctermspublisher applicationname sitename citationjournaltitle publisher",
    "rights": "dcrights dctermsrights copyright rights",
    "link": "ogurl parselylink citationpublicurl citationfulltexthtmlurl twitterurl",
    "slug": "slug",
}
_LISTS: Final = {
    "authors": "authors author parselyauthor sailthruauthor articleauthor dccreator dctermscreator dccontributor "
    "citationauthor byl byline searchbyline articleauthorname rnewsauthor cxenseparseauthor "
    "shareaholicarticleauthorname mediatorauthor ogarticleauthor creator articleauthors authorname ",
    "keywords": "tags newskeywords articletag ogarticletag keywords parselytags sailthrutags citationkeywords "
    "articlekeywords",
    "images": "ogimage ogimageurl ogimagesecureurl twitterimage twitterimagesrc parselyimageurl sailthruimagefull "
    "thumbnail",
}
_ADDRESSES: Final = frozenset({"link"})
_MOMENTS: Final = frozenset({"published", "modified", "expires"})
_WRITTEN_BY: Final = frozenset(
    ["written by", "escrito por", "verfasst von", "geschrieben von", "écrit par", "scritto da", "por", "by"]
)


def read(page: Page) -> Findings:
    """What the head says, by field; ``place`` is the ``meta`` element's folded name."""
    found = Findings()
    parsely = _parsely(page)
    for field, keys in _KEYS.items():
        for key in keys.split():
            for value in page.metas.get(key, ())[:1]:
                if field in _MOMENTS:
                    found.add(field, values.moment(value), f"meta {key}")
                elif field not in _ADDRESSES or values.is_web(value):
                    found.add(field, value, f"meta {key}")
    for field in ("published", "title"):
        found.add(field, parsely.get(field), "meta parsely-page")
    _authors(page, found)
    found.add("authors", parsely.get("authors"), "meta parsely-page")
    _keywords(page, found)
    _images(page, found)
    _links(page, found)
    _state(page, found)
    return found


def _parsely(page: Page) -> dict[str, Any]:
    """What Parse.ly's JSON in a ``meta`` element says (the form before 2017)."""
    try:
        said = json.loads(page.metas.get("parselypage", [""])[0], strict=False)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    people = values.people(said.get("authors") or said.get("author"))[0]
    return {
        "published": values.moment(said.get("pub_date")),
        "title": values.line(said.get("title")),
        "authors": tuple(people),
    }


def _authors(page: Page, found: Findings) -> None:
    for key in _LISTS["authors"].split():
        names = [name for value in page.metas.get(key, ()) for name in credits_line.names(value)]
        found.add("authors", tuple(Person(name) for name in dict.fromkeys(names)), f"meta {key}")
    labels = page.metas.get("twitterlabel1", [""])
    if labels[0].lower() in _WRITTEN_BY:
        names = credits_line.names(page.metas.get("twitterdata1", [""])[0])
        found.add("authors", tuple(Person(name) for name in names), "meta twitterdata1")


def _keywords(page: Page, found: Findings) -> None:
    for key in _LISTS["keywords"].split():
        found.add("keywords", tuple(values.values(page.metas.get(key))), f"meta {key}")


def _images(page: Page, found: Findings) -> None:
    for key in _LISTS["images"].split():
        titles = page.metas.get("ogimagealt", []) if key.startswith("og") else []
        pictures = values.media(list(page.metas.get(key, ())))
        if len(pictures) == 1 and titles:
            pictures = (Enclosure(pictures[0].url, title=titles[0]),)
        found.add("images", pictures, f"meta {key}")
    sources = [link.get("href") for link in page.linked("image_src")]
    found.add("images", values.media(sources), "link image_src")


def _links(page: Page, found: Findings) -> None:
    canonical = page.canonical
    if canonical is not None and values.is_web(canonical):
        found.by_field["link"] = [*found.of("link")]
        found.add("link", canonical, "link canonical")
        found.by_field["link"].insert(0, found.by_field["link"].pop())
    for key in ("dcidentifier", "dctermsidentifier"):
        given = page.metas.get(key, [""])[0]
        if given.lower().startswith(("urn:", "tag:", "doi:")):
            found.add("id", given, f"meta {key}")
    for link in page.linked("license"):
        found.add("rights", link.get("href") or "", "link license")


def _state(page: Page, found: Findings) -> None:
    """What Pelican's pages may say of themselves: draft, hidden."""
    given: dict[str, object] = {key: page.metas[key][0] for key in ("status", "draft") if key in page.metas}
    state = metadata.read(given, "meta status")["usage"]
    found.add("usage", state if given else None, "meta status")
