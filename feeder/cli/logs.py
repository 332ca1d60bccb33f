"""What the commands say of themselves: lines for people at a terminal, JSON lines elsewhere, on standard error."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.config import Log


def configure(settings: Log, *, before: Callable[[], None] = lambda: None) -> None:
    """Send our own lines and those of the libraries through one door; ``before`` is called in front of each."""
    for_people = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # A traceback names places and no values: what a program held then may be a secret, or somebody's callback.
    traced = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    last = [traced] if for_people else [structlog.processors.JSONRenderer()]
    if not for_people:
        last.insert(0, structlog.processors.format_exc_info)  # type: ignore[arg-type]
    out = _Lines(sys.stderr, before)
    out.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[out], level=settings.level.upper(), force=True)
    for library in ("apscheduler", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)


class _Lines(logging.StreamHandler):  # type: ignore[type-arg]
    """A reader of our lines that went away, or a full disk behind it, must not stop the service."""

    dropped = 0

    def __init__(self, stream: TextIO, before: Callable[[], None]) -> None:
        super().__init__(stream)
        self._before = before

    def emit(self, record: logging.LogRecord) -> None:
        self._before()
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the library's name
        self.dropped += 1
