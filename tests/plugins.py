"""Parsers of a stranger's package, installed for one test beside ours."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Plugin:
    """One of the parsers in ``tests/poison``; the processes that the test starts from now on have it."""

    folder: Path
    name: str
    patch: pytest.MonkeyPatch
    _before: str = field(init=False, default="")

    def __post_init__(self) -> None:
        info = self.folder / "plugins" / f"{self.name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {self.name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[feeder.parsers]\n{self.name} = {self.name}_parser:PARSER\n")
        modules = Path(__file__).parent / "poison"
        self._before = os.environ.get("PYTHONPATH", "")
        places = (str(info.parent), str(modules), self._before)
        self.patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))
        self.patch.setenv("PLUGIN_LOG", str(self._log))

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def tries(self) -> list[str]:
        """The files that it was given so far, each time."""
        return self._log.read_text().split() if self._log.exists() else []

    def remove(self) -> None:
        """For the processes that are started from now on."""
        self.patch.setenv("PYTHONPATH", self._before)
