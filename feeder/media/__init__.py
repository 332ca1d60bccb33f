"""Images, sound, films and documents that stand beside an article: what they are, and where they are shown.

A reference as the author wrote it (``photo.jpg``) may mean a few places below the seeds folder (``candidates``). What
lies there is known by its bytes alone (``kind_of``), is kept by its SHA-256 and shown at ``/media/SHA256.EXT``, an
address within the site that stands in the stored article. Feeds and the stream say it in full (``addressed``).
"""

from __future__ import annotations

from feeder.media.addresses import address, is_name, is_ours, parse
from feeder.media.html import absolute, localise, pictures, references
from feeder.media.kinds import HEAD_BYTES, SUFFIXES, TYPES, MediaKind, kind_of, why_not
from feeder.media.references import candidates, is_local, is_of_media
from feeder.media.shown import addressed, names

__all__ = [
    "HEAD_BYTES",
    "SUFFIXES",
    "TYPES",
    "MediaKind",
    "absolute",
    "address",
    "addressed",
    "candidates",
    "is_local",
    "is_name",
    "is_of_media",
    "is_ours",
    "kind_of",
    "localise",
    "names",
    "parse",
    "pictures",
    "references",
    "why_not",
]
