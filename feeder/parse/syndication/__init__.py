"""Entries of feeds: RSS, Atom, and the exports of WordPress, which are RSS.

``fields`` finds an entry's elements whatever they are called; ``wording`` reads its texts, ``written_dates`` its dates,
``enclosures`` its pictures and files; ``entry`` makes a draft of them. Only exports have a ``wordpress_site`` and need
``wordpress_body``.
"""
