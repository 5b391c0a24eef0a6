"""The plain pool stays readable: it has few lines, a path enters few of them, and ``docs/reading.md`` has the files."""

import os
import subprocess
import sys

import pytest

from tests.checks.reading import lines
from tests.repo.tree import ROOT

BUDGET = {"submit": (12, 1003), "cancel": (11, 556), "death": (11, 548)}
CHANCE, WALKS = 3, 5
"""Files and lines that may be entered on a path.  They only ever get fewer; ``docs/architecture.md`` says what for.  Of
the lines, chance may add these: which of two threads is first.  Where the
machine is busy it adds more: one walk is to fit."""
TEXT, TO_PORT = 4_432, 4_621
"""Lines of text of the plain pool with its core; and all lines of what a port would copy, without the edge, ``_os``."""
IMPORTED = """
import multiprocessing, sys
from checkedpool import ProcessPoolExecutor
with ProcessPoolExecutor(1, multiprocessing.get_context(sys.argv[1])) as pool:
    pool.submit(abs, -1).result(100)
print(*[getattr(module, "__file__", "") for name, module in sys.modules.items() if name.startswith("checkedpool.")])
"""


def test_the_table_of_what_the_lines_are_for_has_all_of_them() -> None:
    _, _, part = (ROOT / "docs/architecture.md").read_text().partition("| the lines are for |")
    table, _, _ = part.partition("\n\n")
    rows = [[int(cell) for cell in line.split("|")[2:5]] for line in table.splitlines()[2:]]
    assert [sum(column) for column in zip(*rows, strict=True)] == [most - CHANCE for _, most in BUDGET.values()]


def test_the_plain_pool_with_its_core_has_so_many_lines() -> None:
    counted = lines.counted()
    said = (ROOT / "docs/architecture.md").read_text()
    text = sum(text for _, text in counted.values())
    to_port = sum(count for folder, (count, _) in counted.items() if folder != lines.EDGE)
    assert text <= TEXT
    assert to_port <= TO_PORT
    assert f"**{text:,} lines of text**" in said
    assert f"**{to_port:,} lines**" in said


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_that_is_asked_for_nothing_imports_nothing_that_is_not_counted(method: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED, method],
        env={**os.environ, "CHECKEDPOOL_PLAIN": "1"}, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    imported = {file for file in lines.files() if str(lines.POOL / file) in ran.stdout.split()}
    assert "_pool/pool.py" in imported
    assert imported & lines.ASKED_FOR == (lines.TO_STOP if method == "spawn" else set())


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
