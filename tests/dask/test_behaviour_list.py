"""The list of what is not asked of the pool's suite: each reason is for a test that there is, and enough is asked."""

from __future__ import annotations

import re

from tests.dask.behaviour_suite.listed import FILES, LEFT_OUT, SUITE, files, why

TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)


def by_file() -> dict[str, list[str]]:
    """Its tests."""
    return {file.stem: TEST.findall(file.read_text()) for file in SUITE.glob("test_*.py")}


def test_each_reason_is_for_a_test_that_there_is() -> None:
    there = by_file()
    names = [f"{file}::{name}" for file in files() for name in there[file]]
    assert {f"test_{file}" for file in FILES} <= set(there)
    assert [begins for begins in LEFT_OUT if not any(name.startswith(begins.partition("[")[0]) for name in names)] == []


def test_most_that_ask_for_a_pool_and_not_for_its_workers_are_asked() -> None:
    asked = [name for file in files() for name in by_file()[file] if not why(file, name)]
    assert len(asked) > 200
