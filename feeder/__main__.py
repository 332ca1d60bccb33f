"""The ``feeder`` command, also as ``python -m feeder``."""

from __future__ import annotations

import sys
from typing import Final

_INTERRUPTED: Final = 130


def main() -> None:
    """Load the commands and run one; who presses Ctrl-C while they are loading sees no traceback either."""
    try:
        from feeder.cli import main as run  # noqa: PLC0415 - loading it is what takes long enough to be interrupted

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
