"""What stands on each page: the store is asked, and the values are given with which a template is filled.

One function for each page, ``async def NAME(newsroom, …) -> Contents``. The web serves what it says and a static site
keeps it as files, so both show the same; neither decides what. What only an answer has (a query, a mistake in it, who
asked) is the web's own.
"""

from feeder.editor.article_pages import article, gone, history
from feeder.editor.feed_pages import feed, feeds
from feeder.editor.front_page import front
from feeder.editor.newsroom import Catalogue, Contents, Newsroom
from feeder.editor.sitemaps import Sitemaps

__all__ = ["Catalogue", "Contents", "Newsroom", "Sitemaps", "article", "feed", "feeds", "front", "gone", "history"]
