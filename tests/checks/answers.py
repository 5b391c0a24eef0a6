"""What a command has answered: its status, its lines, its seconds.

Decides: that it runs in a folder of somebody's choice, and ends with all that it has started.  Must not know: commands.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from checkedpool.testing.audit.run import process_group

__all__ = ["Answer", "answer_of"]

PLAIN = {"COLUMNS": "140", "NO_COLOR": "1"}
"""For a command that would look at its terminal: it has none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """All that it came to."""

    status: int | None
    """None: it came to no end."""
    lines: tuple[str, ...]
    seconds: float

    @property
    def ended(self) -> str:
        """How and when, in words."""
        return f"{'no end' if self.status is None else f'status {self.status}'} after {self.seconds:.1f} s"


def answer_of(command: Sequence[str], folder: Path, limit: float, environment: Mapping[str, str]) -> Answer:
    """Run it there; what it finds in the environment besides what this process has."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="answer-", ignore_cleanup_errors=True) as place, chdir(folder):
        output = Path(place, "output")
        found = {**os.environ, **PLAIN, "TMPDIR": place, **environment}
        status = process_group.run([*command], output, limit, found)
        text = output.read_text(encoding="utf-8", errors="replace")
    return Answer(status, tuple(text.rstrip().splitlines()), time.monotonic() - begun)
