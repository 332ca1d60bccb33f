"""The default engine: one SQLite file.

``store.py`` is the open store, ``connection.py`` SQLite itself, ``schema/`` the tables. What writes is one transaction
of the way in (``intake.py``). It keeps how files looked (``files.py``, ``looks.py``, ``incoming.py``), lets records
wait (``waiting.py``, ``contents.py``), settles who is who (``moves.py``, ``names.py``, ``wording.py``), writes the log
(``ledger.py``, ``media.py``), puts articles onto the shelves of feeds (``shelves.py``, ``wanted.py``) and says what
became of each file (``marks.py``). ``filling.py`` fills the shelves of new feeds. ``log.py`` and ``fronts.py`` read,
``prune.py`` forgets; ``rows.py`` is how the nouns lie in columns.
"""
