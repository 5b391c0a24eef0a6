"""The plain pool stays readable: each path enters few files and few lines, and ``docs/reading.md`` has those files."""

import os
import subprocess
import sys

import pytest

from tests.repo.tree import ROOT

BUDGET = {"submit": (12, 1150), "cancel": (11, 626), "death": (10, 601)}
"""Files and lines that may be entered on a path.  They only ever get fewer; the aim is 15 and 1,000, 12 and 600, 12 and
550."""


@pytest.mark.slow
@pytest.mark.parametrize("path", BUDGET)
def test_a_path_through_the_plain_pool_can_be_read(path: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.checks.reading", path, "--files"],
        env={**os.environ, "CHECKEDPOOL_PLAIN": "1"}, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    lines = [int(line.split()[0]) for line in ran.stdout.splitlines()]
    reading = (ROOT / "docs/reading.md").read_text()
    assert [file for _, file in map(str.split, ran.stdout.splitlines()) if f"(../{file})" not in reading] == []
    files, most = BUDGET[path]
    assert 0 < len(lines) <= files
    assert sum(lines) <= most, ran.stdout
