"""``python -m tests.checks.covered``: which lines of the executor exploration executes, and which tests alone.

    python -m tests.checks.covered explore NOTES             run the share of exploration
    python -m tests.checks.covered test NOTES ARGUMENT...    run these tests, by pytest; may be repeated
    python -m tests.checks.covered page NOTES                write the page

NOTES is a folder, in which what was executed is kept. Exit status 3: this Python cannot tell of lines.

Decides: what is run, where the page is. Must not know: what a line is.
"""

# ruff: noqa: T201 - a program that prints

import argparse
import platform
import shlex
import sys
import time
from pathlib import Path

import pytest

from tests.checks.covered.lines import ROOT, can_watch, executed, watched

NOT_RUN = 3
EXPLORED, TESTED, ASKED = "explored.lines", "tested.lines", "tested.txt"


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.covered", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["explore", "test", "page"])
    parser.add_argument("notes", type=Path)
    asked, more = parser.parse_known_args()
    asked.notes.mkdir(exist_ok=True)
    if asked.what == "page":
        return written(asked.notes)
    if not can_watch():
        print(f"not run: Python {platform.python_version()} cannot tell of lines; 3.12 can", file=sys.stderr)
        return NOT_RUN
    return explored(asked.notes) if asked.what == "explore" else tested(asked.notes, more)


def explored(notes: Path) -> int:
    """The share of exploration."""
    with watched(notes / EXPLORED):
        from tests.checks.covered.explored import share  # noqa: PLC0415 - what is executed by an import is noted, too

        for part in share():
            print(part, flush=True)
    return 0


def tested(notes: Path, arguments: list[str]) -> int:
    """Tests, by pytest."""
    with (notes / ASKED).open("a", encoding="utf-8") as file:
        file.write(shlex.join(arguments) + "\n")
    with watched(notes / TESTED):
        return int(pytest.main(["-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}", *arguments]))


def written(notes: Path) -> int:
    """The page."""
    from tests.checks.covered.page import PAGE, page, rows  # noqa: PLC0415 - it imports what is explored

    tests = "; ".join(f"`{line}`" for line in (notes / ASKED).read_text(encoding="utf-8").splitlines())
    made = rows(executed(notes / EXPLORED), executed(notes / TESTED))
    python = f"CPython {platform.python_version()}"
    (ROOT / PAGE).write_text(page(made, tests, python, time.strftime("%Y-%m-%d")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
