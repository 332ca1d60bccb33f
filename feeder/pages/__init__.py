"""Pages for people: articles and feeds in, HTML out. The web serves them, and a static site keeps them as files.

Pure: the same values give the same bytes, whoever asks. A page is whole with its first answer, as its style stands in
it; it needs no script, and the one that some have (``static/live.js``) only adds what happens meanwhile.
"""

from feeder.pages.addresses import Address, Followed, follow, format_name
from feeder.pages.assets import ASSETS
from feeder.pages.changes import MOST_VERSIONS, versions
from feeder.pages.figures import figures_of
from feeder.pages.kindred import LOOKED_AT, nearest, wanted
from feeder.pages.layout import Page, Pages, direction
from feeder.pages.lost import near_feeds, words_of
from feeder.pages.metadata import metas, structured
from feeder.pages.prose import body, standfirst

__all__ = [
    "ASSETS",
    "LOOKED_AT",
    "MOST_VERSIONS",
    "Address",
    "Followed",
    "Page",
    "Pages",
    "body",
    "direction",
    "figures_of",
    "follow",
    "format_name",
    "metas",
    "near_feeds",
    "nearest",
    "standfirst",
    "structured",
    "versions",
    "wanted",
    "words_of",
]
