"""A site as a folder of files, for any web server or CDN: the pages, feeds and media that the service would serve.

One more reader of the log: what it has written, and up to which event, it notes in the folder itself (``notes.py``), so
that the next pass looks only at what has changed since. Each file is whole at every instant (``folder.py``), unchanged
ones are not touched, and what is gone is removed, if it was ours. What stands on a page is asked of the editors, as the
web does (``articles.py``, ``whole.py``); feed documents and media are those that the service keeps (``documents.py``).
What a server must know to say 410 of a retracted article lies beside the pages (``rules.py``).
"""

from feeder.static_site.site import Source, StaticSite, Written
from feeder.static_site.watching import Unwatched, Watcher

__all__ = ["Source", "StaticSite", "Unwatched", "Watcher", "Written"]
