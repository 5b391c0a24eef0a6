"""The page on clusters: its table is the list, what the list says is asked, and its program runs with three executors.

Decides: what each verdict asks for.  Must not know: the verdicts.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import limits
from tests.dask.promises import CANNOT, CLAUSES, HOLDS, LATER, PAGE, ROOT, UNASKED, with_table

CLAUSE = re.compile(r"\bC-\d+\b")
RANGE = re.compile(r"\bC-(\d+) to C-(\d+)\b")


def asked() -> set[str]:
    """The clauses that a test of this folder names in its docstring."""
    found: set[str] = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        for text in re.findall(r'^    """(.*?)"""', file.read_text(), re.DOTALL | re.MULTILINE):
            found |= set(CLAUSE.findall(text))
            found |= {
                f"C-{number:02}" for low, high in RANGE.findall(text) for number in range(int(low), int(high) + 1)
            }
    return found


def test_the_page_has_the_table_of_the_list() -> None:
    page = PAGE.read_text()
    assert page == with_table(page)


def test_each_clause_of_the_list_is_one_of_the_contract() -> None:
    contract = set(re.findall(r"^\*\*(C-\d+) ", (ROOT / "spec/contract.md").read_text(), re.MULTILINE))
    assert set(CLAUSES) <= contract


def test_what_holds_is_asked_and_what_is_asked_holds() -> None:
    verdicts = {verdict: {clause for clause, (said, _) in CLAUSES.items() if said == verdict} for verdict in VERDICTS}
    assert verdicts[HOLDS] | verdicts[LATER] == asked()
    assert not asked() & verdicts[UNASKED]


VERDICTS = (HOLDS, LATER, CANNOT, UNASKED)


def test_what_cannot_hold_or_comes_later_has_a_reason() -> None:
    assert {verdict for verdict, _ in CLAUSES.values()} == set(VERDICTS)
    assert not [clause for clause, (verdict, remark) in CLAUSES.items() if verdict != HOLDS and not remark]


PROGRAM = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("which", ["standard", "pool", "cluster"])
def test_the_program_of_the_page_runs_unchanged(which: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if which == "cluster":
        request.getfixturevalue("engine")
    (text,) = PROGRAM.findall((ROOT / "docs" / "cluster.md").read_text())
    program = tmp_path / "program.py"
    program.write_text(text)
    command: list[Any] = [sys.executable, program, which]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=limits.TEST)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[0, 1, 4, 9, 16]", "ValueError('seven') 8", "True"]
