"""One mutant against the checks of its file, from cheap to dear, until one sees it.

Decides: how a mutant reaches the processes that a check starts: the package is copied, the mutant is in the copy, and
PYTHONPATH names it; how long a check may take.  Must not know: which mutants and checks there are.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkedpool.testing.audit.run import process_group
from tests.checks.mutation.checks import ROOT, Rung

__all__ = ["BrokenCheckError", "Climber", "Fate"]

PASSED, NO_TESTS = 0, 5
"""Exit codes of pytest that see nothing; with any other, a mutant that cannot be imported among them, it is seen."""
ALONE = ("-p", "no:cacheprovider", "-p", "no:xdist")
LIMIT = 900.0
"""Seconds that a check may take; a hang ends at pytest's own limit for one test long before."""


class BrokenCheckError(RuntimeError):
    """A check fails where nothing is broken."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant; ``killer`` is the check that saw it, "" if none did, and ``said`` its last word."""

    killer: str
    said: str
    seconds: float


@dataclass
class Climber:
    """It climbs; of a check that sees something it makes sure, once, that it sees nothing where nothing is broken."""

    passes: dict[Rung, str] = field(default_factory=dict)
    """What a check says without a mutant; "" if it passes."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def climbed(self, target: Path, source: str, rungs: Sequence[Rung]) -> Fate:
        """Climb until a check sees the mutant.  Raises BrokenCheckError if that check fails without it too."""
        begun = time.monotonic()
        for rung in rungs:
            if said := _said(rung, {target: source}):
                self._must_pass(rung)
                return Fate(" ".join(rung), said, time.monotonic() - begun)
        return Fate("", "", time.monotonic() - begun)

    def _must_pass(self, rung: Rung) -> None:
        with self.lock:
            if rung not in self.passes:
                self.passes[rung] = _said(rung, {})
        if said := self.passes[rung]:
            raise BrokenCheckError(f"pytest {' '.join(rung)} fails where nothing is broken: {said}")


def _said(rung: Rung, mutants: dict[Path, str]) -> str:
    """What a check says of the package with these files in it; "" if it passes."""
    with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as name:
        place, output, temporary = Path(name, "impl"), Path(name, "output"), Path(name, "tmp")
        temporary.mkdir()
        shutil.copytree(ROOT / "impl", place, ignore=shutil.ignore_patterns("__pycache__"))
        for target, source in mutants.items():
            (place / target.relative_to(ROOT / "impl")).write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", *ALONE, f"--rootdir={ROOT}", *map(_absolute, rung)]
        found = {**os.environ, "PYTHONPATH": str(place), "TMPDIR": str(temporary), "CHECKEDPOOL_HANG": "20"}
        code = process_group.run(command, output, LIMIT, found)
        lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if code in (PASSED, NO_TESTS):
        return ""
    if code is None:
        return f"no end within {LIMIT:.0f} s"
    return next(
        (line for line in lines if line.startswith(("FAILED", "ERROR"))), lines[-1] if lines else f"exit code {code}"
    )


def _absolute(word: str) -> str:
    return str(ROOT / word) if word.startswith("tests/") else word
