"""``python -m tests.checks.reading.lines``: how many lines the plain pool and its core have.

Decides: which files are counted, and what a line of text is: one that is not blank; all of a docstring is text.
Must not know: how many there may be.
"""

from __future__ import annotations

import tokenize
from pathlib import Path

import checkedpool

POOL = Path(checkedpool.__file__).parent
EDGE = "_os"
FOLDERS = ("_core", EDGE, "_payload", "_worker", "_pool")
TO_STOP = frozenset({"_core/stop_table.py", "_pool/stopping.py"})
"""For ``terminate`` and ``kill`` of a future.  A pool that can stop tasks imports it in advance: signal handlers may
call these, and there nothing is imported."""
ASKED_FOR = TO_STOP | {
    "_core/by_priority.py", "_core/deaths_in_a_row.py", "_core/idle_workers.py", "_core/limits_of_tasks.py",
    "_core/resizing.py", "_core/retry_tables.py", "_os/greenlets.py", "_os/resident_memory.py", "_os/stack_dumps.py",
    "_pool/bounded.py", "_pool/retrying.py", "_pool/settling.py", "_pool/stacks.py", "_pool/time_limits.py",
    "_worker/announcing.py", "_worker/given.py", "_worker/memory_limit.py",
}  # fmt: skip
"""Files that only an option or a call asks for: not counted."""


def files() -> list[str]:
    """All of the five folders."""
    return sorted(file.relative_to(POOL).as_posix() for folder in FOLDERS for file in (POOL / folder).glob("*.py"))


def lines(file: str) -> tuple[int, int]:
    """All, and those of text."""
    path = POOL / file
    with path.open("rb") as source:
        blank = sum(
            token.type == tokenize.NL and not token.line.strip() for token in tokenize.tokenize(source.readline)
        )
    count = len(path.read_text(encoding="utf-8").splitlines())
    return count, count - blank


def counted() -> dict[str, tuple[int, int]]:
    """By folder, of the files that are counted."""
    found = dict.fromkeys(FOLDERS, (0, 0))
    for file in sorted(set(files()) - ASKED_FOR):
        folder, own = file.partition("/")[0], lines(file)
        found[folder] = found[folder][0] + own[0], found[folder][1] + own[1]
    return found


def main() -> None:
    """Print them."""
    print("lines  text")  # noqa: T201 - a program that prints
    for folder, (all_of_them, text) in counted().items():
        print(f"{all_of_them:5} {text:5}  {folder}")  # noqa: T201


if __name__ == "__main__":
    main()
