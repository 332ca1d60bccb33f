"""The settings in the words of those who judge files.

By itself, because most commands judge nothing and need not load what does.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from feeder.judge import Terms
from feeder.judge.judges import Pool
from feeder.limits import Limits

if TYPE_CHECKING:
    from feeder.config.settings import Settings

_MOST_WORKERS: Final = 4


def terms_of(settings: Settings) -> Terms:
    """What files are judged by."""
    limits = settings.limits
    return Terms(
        zone=settings.site.timezone,
        file_bytes=limits.file_bytes,
        dump_bytes=limits.dump_bytes,
        media=settings.media_path,
        media_bytes=limits.media_bytes,
        limits=Limits(
            article_bytes=limits.article_bytes,
            html_bytes=limits.html_bytes,
            html_depth=limits.html_depth,
            html_tags=limits.html_tags,
        ),
    )


def pool_of(settings: Settings) -> Pool:
    """Who judges files."""
    limits = settings.limits
    workers = limits.parse_workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    return Pool(workers, limits.parse_seconds, limits.parse_memory_bytes)
