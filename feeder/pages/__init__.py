"""Pages for people: articles and feeds in, HTML out. The web serves them, and a static site keeps them as files.

Pure: the same values give the same bytes, whoever asks. A page is whole with its first answer, as its style stands in
it; it needs no script, and the one that some have (``static/live.js``) only adds what happens meanwhile.
"""

from feeder.pages.addresses import (
    GUESSED,
    Address,
    Followed,
    follow,
    follow_search,
    format_name,
    guessed,
    short_title,
)
from feeder.pages.assets import ASSETS
from feeder.pages.changes import MOST_VERSIONS, versions
from feeder.pages.feed_groups import FeedIndex, feed_index
from feeder.pages.figures import figures_of
from feeder.pages.found import MOST_PAGES, Found, found_of, wanted
from feeder.pages.front import ASKED_OF_SECTION, LOOKED_AT, FrontPage, by_date, front_page, sections_to_ask, together
from feeder.pages.kindred import COMPARED, kindred_query, nearest
from feeder.pages.layout import Page, Pages, direction
from feeder.pages.listening import Command, commands
from feeder.pages.lost import near_feeds, words_of
from feeder.pages.metadata import metas, structured
from feeder.pages.prose import body, standfirst
from feeder.pages.status import status_page

__all__ = [
    "ASKED_OF_SECTION",
    "ASSETS",
    "COMPARED",
    "GUESSED",
    "LOOKED_AT",
    "MOST_PAGES",
    "MOST_VERSIONS",
    "Address",
    "Command",
    "FeedIndex",
    "Followed",
    "Found",
    "FrontPage",
    "Page",
    "Pages",
    "body",
    "by_date",
    "commands",
    "direction",
    "feed_index",
    "figures_of",
    "follow",
    "follow_search",
    "format_name",
    "found_of",
    "front_page",
    "guessed",
    "kindred_query",
    "metas",
    "near_feeds",
    "nearest",
    "sections_to_ask",
    "short_title",
    "standfirst",
    "status_page",
    "structured",
    "together",
    "versions",
    "wanted",
    "words_of",
]
