"""A bug, planted in a copy of the project for as long as its check looks at it.

Decides: what is copied and where to, how a check finds the copy and not the checkout, what counts as caught. Must not
know: which bugs there are, how it is shown.  The checkout is read only.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.checks.answers import Answer, answer_of
from tests.checks.doubt.bug import ROOT, Bug
from tests.checks.mutation.climb import Copy

__all__ = ["Fate", "Verdict", "asked", "copied", "doubted"]

FOLDERS = ("spec", "model", "impl", "tests")
PACKAGES = ("", "impl", "model", "spec")
"""Where the copy has what is imported, before the checkout's own is looked for."""
LIMIT = 180.0
"""Seconds that a check may take: several times what the dearest takes."""
BESIDE = Path(sys.executable).parent
FOUND = {"CHECKEDPOOL_HANG": "20", "PYTEST_ADDOPTS": "-p no:cacheprovider"}
"""In the environment of a check: many a bug hangs."""


class Verdict(Enum):
    """What became of a bug."""

    CAUGHT = "caught"
    SURVIVES = "SURVIVES"
    NOT_FINISHED = "not finished"

    @property
    def exit_status(self) -> int:
        """As of every check: 0 as it must be, 1 not so, 3 nobody knows."""
        return {Verdict.CAUGHT: 0, Verdict.SURVIVES: 1, Verdict.NOT_FINISHED: 3}[self]


@dataclass(frozen=True, slots=True)
class Fate:
    """What its check said of a bug, and of the same copy without it, if that was asked."""

    bug: Bug
    broken: Answer
    whole: Answer | None = None

    @property
    def said(self) -> str:
        """The line in which the check names it; "" if none does."""
        return next((line.strip() for line in self.broken.lines if self.bug.says in line), "")

    @property
    def verdict(self) -> Verdict:
        """Caught: by the check that must, in the words that it must say, and where nothing is broken it holds."""
        answers = (self.broken, self.whole) if self.whole else (self.broken,)
        if any(answer.status is None for answer in answers):
            return Verdict.NOT_FINISHED
        is_silent = self.whole is None or self.whole.status == 0
        return Verdict.CAUGHT if self.broken.status == 1 and self.said and is_silent else Verdict.SURVIVES


@contextmanager
def copied() -> Iterator[Copy]:
    """The project in a folder of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="doubt-", ignore_cleanup_errors=True) as folder:
        for name in FOLDERS:
            shutil.copytree(ROOT / name, Path(folder, name))
        shutil.copy2(ROOT / "pyproject.toml", folder)
        yield Copy(Path(folder))


def doubted(copy: Copy, bug: Bug, *, control: bool) -> Fate:
    """Plant it, ask its check; ``control``: ask the same check once more when it is out again."""
    with copy.broken(bug.path, bug.planted):
        broken = asked(copy, bug.check)
    return Fate(bug, broken, asked(copy, bug.check) if control else None)


def asked(copy: Copy, check: str, limit: float = LIMIT) -> Answer:
    """Run a check in the copy, with the programs of this environment; the copy is imported by its processes too."""
    program, *words = shlex.split(check)
    command = [sys.executable if program == "python" else str(BESIDE / program), *words]
    path = os.pathsep.join(str(copy.folder / name) for name in PACKAGES)
    return answer_of(command, copy.folder, limit, {"PYTHONPATH": path, **FOUND})
