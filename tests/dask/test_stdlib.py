"""CPython's own executor tests, run on a cluster by ``tests/dask/stdlib_suite``; and that suite itself.

Decides: what a run of it must say.  Must not know: how it is run.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.stdlib_suite.verdict import Verdict
from tests.dask.stdlib_suite import __main__ as suite
from tests.dask.stdlib_suite.listed import ASKED, LEFT_OUT, is_asked, judged, why, wrong_with_the_list

PASSED = {"outcome": "passed", "seconds": 0.0, "detail": "", "made": 1}
ALL = [pattern.replace("*", "test_it") for pattern in (*ASKED, *LEFT_OUT)]


@pytest.mark.slow
def test_the_tests_of_cpython_pass(engine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """In an interpreter that has them; one that fails is run a second time, as CPython's own runner does."""
    code = suite.main(["--times", "2"])
    said = capsys.readouterr().out
    if code == suite.NOT_RUN:
        pytest.skip(said)
    assert code == suite.GOOD, said


def test_of_two_patterns_the_longer_one_counts() -> None:
    assert is_asked("test_process_pool.ProcessPoolExecutorTest.test_map_chunksize")
    assert not is_asked("test_process_pool.ProcessPoolExecutorTest.test_killed_child")
    assert not is_asked("executor.ExecutorTest.test_max_workers_negative")
    assert "cluster's" in why("executor.ExecutorTest.test_max_workers_negative")


def test_a_test_that_nobody_knows_and_a_reason_for_none_are_wrong() -> None:
    assert wrong_with_the_list(ALL) == []
    (wrong,) = wrong_with_the_list([*ALL, "test_new.NewTests.test_it"])
    assert wrong == "test_new.NewTests.test_it: neither asked nor left out"
    (wrong,) = wrong_with_the_list([test for test in ALL if "test_init" not in test])
    assert wrong == "test_init.*: there is no such test"


@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        ({}, Verdict.OK),
        ({"outcome": "failed"}, Verdict.FAILED),
        ({"outcome": "skipped"}, Verdict.UNEXPECTED_SKIP),
        ({"outcome": "leftovers"}, Verdict.FAILED),
        ({"made": 0}, Verdict.VACUOUS),
    ],
    ids=["passed", "failed", "skipped", "left something", "without an executor"],
)
def test_nothing_but_a_pass_is_one(run: dict[str, Any], verdict: Verdict) -> None:
    ((found,),) = [judged({"executor.ExecutorTest.test_map": PASSED | run}, [])]
    assert found.verdict is verdict
