"""One mutant against the checks of its file, from cheap to dear, until one sees it.

Decides: how a mutant reaches the processes that a check starts: the package is copied, the mutant is in the copy, and
PYTHONPATH names it; when a check has seen it: the test that fails does not fail without the mutant.
Must not know: which mutants and checks there are.

A copy serves one mutant after the other, so that an interpreter finds all other modules compiled.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from checkedpool.testing.audit.run import process_group
from tests.checks.mutation.checks import FORKED, ROOT, Rung

__all__ = ["Climber", "Copy", "Fate"]

PASSED, NO_TESTS = 0, 5
"""Exit codes of pytest that see nothing; with any other, a mutant that cannot be imported among them, it is seen."""
ALONE = ("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "tests.checks.mutation.unshrunk")
LIMIT = 900.0
"""Seconds that a check may take; a hang ends at pytest's own limit for one test long before."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant; ``killer`` is the test or file that saw it, "" if none did; ``said`` its last word."""

    killer: str
    said: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Copy:
    """What is looked at, in a folder of its own."""

    folder: Path
    times: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def broken(self, target: Path, source: str) -> Iterator[Copy]:
        """With this in place of that file.  Two mutants of a length are told apart by an age that no file has.

        Nothing is read from the checkout, in which somebody may be at work.
        """
        path = self.folder / target.relative_to(ROOT)
        whole = path.read_bytes()
        path.write_text(source, encoding="utf-8")
        age = next(self.times)
        os.utime(path, (age, age))
        try:
            yield self
        finally:
            path.write_bytes(whole)

    def says(self, rung: Rung) -> str:
        """What a check says of it; "" if it passes."""
        output, temporary = self.folder / "output", self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        command = [sys.executable, "-m", "pytest", "-x", "-q", *ALONE, f"--rootdir={ROOT}", *map(_absolute, rung)]
        found = {
            **os.environ,
            "PYTHONPATH": str(self.folder / "impl"),
            "TMPDIR": str(temporary),
            "CHECKEDPOOL_HANG": "20",
        }
        found.pop("PYTHONDONTWRITEBYTECODE", None)
        code = process_group.run(command, output, LIMIT, found)
        lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if code in (PASSED, NO_TESTS):
            return ""
        if code is None:
            return f"no end within {LIMIT:.0f} s"
        failed = (line for line in lines if line.startswith(("FAILED", "ERROR ")))
        return next(failed, lines[-1] if lines else f"exit code {code}")


class Climber:
    """It climbs; of a test that sees something it makes sure, once, that it sees nothing where nothing is broken."""

    def __init__(self, folder: Path, at_a_time: int = 1) -> None:
        self.copies: SimpleQueue[Copy] = SimpleQueue()
        self.whole: dict[str, bool] = {}
        """Whether a test passes without a mutant."""
        self.lock = threading.Lock()
        for _ in range(at_a_time):
            place = Path(tempfile.mkdtemp(prefix="mutant-", dir=folder))
            shutil.copytree(ROOT / "impl", place / "impl", ignore=shutil.ignore_patterns("__pycache__"))
            self.copies.put(Copy(place))

    def climbed(self, target: Path, source: str, rungs: Sequence[Rung], known: str = "") -> Fate:
        """Ask the test that saw it last, if one is known; then climb until a check sees the mutant."""
        begun = time.monotonic()
        copy = self.copies.get()
        try:
            killer, said = self._climbed(copy, target, source, rungs, known)
        finally:
            self.copies.put(copy)
        return Fate(killer, said, time.monotonic() - begun)

    def _climbed(self, copy: Copy, target: Path, source: str, rungs: Sequence[Rung], known: str) -> tuple[str, str]:
        unsure = ""
        for rung in ((known,) if known else (), *rungs):
            with copy.broken(target, source):
                said = copy.says(_asked(rung)) if rung else ""
            if said and self._passes(copy, killer := _seen_by(rung, said)):
                return killer, said
            unsure = said or unsure
        return "", unsure and f"without the mutant too: {unsure}"

    def _passes(self, copy: Copy, killer: str) -> bool:
        with self.lock:
            if killer not in self.whole:
                self.whole[killer] = not copy.says(_asked((killer,)))
            return self.whole[killer]


def _seen_by(rung: Rung, said: str) -> str:
    """The test that the last word names, or else what was asked."""
    test = said.partition(" ")[2].partition(" - ")[0]
    return test if test.startswith("tests/") else rung[0]


def _asked(rung: Rung) -> Rung:
    """A test by itself is asked as it is; of files those that need no other start method than fork."""
    return rung if FORKED[0] in rung or all("::" in word for word in rung) else (*rung, *FORKED)


def _absolute(word: str) -> str:
    return str(ROOT / word) if word.startswith("tests/") else word
