"""The plain pool stays readable: each path enters few files and few lines, and ``docs/reading.md`` has those files."""

import os
import subprocess
import sys

import pytest

from tests.repo.tree import ROOT

BUDGET = {"submit": (12, 1101), "cancel": (11, 586), "death": (11, 550)}
CHANCE, WALKS = 3, 5
"""Files and lines that may be entered on a path.  They only ever get fewer; ``docs/architecture.md`` says what for.  Of
the lines, chance may add these: which of two threads is first.  Where the
machine is busy it adds more: one walk is to fit."""


def test_the_table_of_what_the_lines_are_for_has_all_of_them() -> None:
    _, _, part = (ROOT / "docs/architecture.md").read_text().partition("| the lines are for |")
    table, _, _ = part.partition("\n\n")
    rows = [[int(cell) for cell in line.split("|")[2:5]] for line in table.splitlines()[2:]]
    assert [sum(column) for column in zip(*rows, strict=True)] == [most - CHANCE for _, most in BUDGET.values()]


@pytest.mark.slow
@pytest.mark.parametrize("path", BUDGET)
def test_a_path_through_the_plain_pool_can_be_read(path: str) -> None:
    files, most = BUDGET[path]
    walked: list[str] = []
    for _ in range(WALKS):
        walked = walk(path)
        lines = [int(line.split()[0]) for line in walked]
        if 0 < len(lines) <= files and 0 < sum(lines) <= most:
            break
    else:
        pytest.fail(f"no walk of {WALKS} is within {files} files and {most} lines; the last one:\n" + "\n".join(walked))
    reading = (ROOT / "docs/reading.md").read_text()
    assert [file for _, file in map(str.split, walked) if f"(../{file})" not in reading] == []


def walk(path: str) -> list[str]:
    """Its files, each behind the lines of it that are entered."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.checks.reading", path, "--files"],
        env={**os.environ, "CHECKEDPOOL_PLAIN": "1"}, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    return ran.stdout.splitlines()
