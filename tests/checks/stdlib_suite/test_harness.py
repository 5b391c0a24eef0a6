"""Decides: the harness notices each fault of an executor, on a real test of CPython, in a real interpreter.

The faulty executors are in `stdlib_suite/inside/stdlib_suite_inside/mutants.py`. Without an interpreter that has
CPython's tests these tests are skipped. Must not know: our executor.
"""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from .interpreters import PROJECT, candidates, has_the_tests, make_environment
from .launch import Launcher
from .main import NOT_RUN, STANDARD, main
from .verdict import Outcome, Verdict, judge

POOL_TEST = "test_process_pool.ProcessPoolForkProcessPoolExecutorTest.test_map"
CHILD_TEST = "test_shutdown.ProcessPoolForkProcessPoolShutdownTest.test_interpreter_shutdown"


pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.checks.stdlib_suite.launch.GRACE", 1.0)


@pytest.fixture(scope="module")
def interpreter() -> Path:
    found = next((path for path in candidates() if has_the_tests(path)), None)
    if found is None:
        pytest.skip("no interpreter has CPython's tests")
    return found


def launcher(interpreter: Path, directory: Path, executor: str, limit: float = 60) -> Launcher:
    python = make_environment(interpreter, directory / "env", executor)
    return Launcher(python, limit, directory, threading.Event())


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize(
    ("mutant", "expected", "words"),
    [
        ("Sound", (Outcome.PASSED, Verdict.OK), ""),
        ("Wrong", (Outcome.FAILED, Verdict.FAILED), "Lists differ"),
        ("Dying", (Outcome.DIED, Verdict.FAILED), "exit code 7"),
        ("Complaining", (Outcome.LEFTOVERS, Verdict.FAILED), "no number"),
        ("Cheating", (Outcome.PASSED, Verdict.VACUOUS), ""),
        ("Absent", (Outcome.PASSED, Verdict.VACUOUS), ""),
    ],
)
def test_a_fault_is_noticed(
    interpreter: Path, tmp_path: Path, mutant: str, expected: tuple[Outcome, Verdict], words: str
) -> None:
    run = launcher(interpreter, tmp_path, f"stdlib_suite_inside.mutants:{mutant}").run(POOL_TEST)
    assert (run.outcome, judge(run, []).verdict) == expected, run.detail
    assert words in run.detail


def test_a_hang_is_ended_and_shows_the_stacks_of_all_processes(interpreter: Path, tmp_path: Path) -> None:
    run = launcher(interpreter, tmp_path, "stdlib_suite_inside.mutants:Hanging", limit=3).run(POOL_TEST)
    assert run.outcome is Outcome.HUNG
    assert "in shutdown" in run.detail
    assert run.detail.count("==== process") >= 2


def test_a_process_left_behind_is_noticed_and_killed(interpreter: Path, tmp_path: Path) -> None:
    run = launcher(interpreter, tmp_path, "stdlib_suite_inside.mutants:Leaving").run(POOL_TEST)
    assert run.outcome is Outcome.LEFTOVERS
    assert "time.sleep(600)" in run.detail


def test_an_interpreter_that_the_test_starts_in_isolation_builds_ours_too(interpreter: Path, tmp_path: Path) -> None:
    run = launcher(interpreter, tmp_path, STANDARD).run(CHILD_TEST)
    assert run.outcome is Outcome.PASSED, run.detail
    assert run.trail.interpreters == run.trail.interpreters_with_ours == 1


def test_only_tests_of_the_process_pool_are_listed(interpreter: Path, tmp_path: Path) -> None:
    listed = launcher(interpreter, tmp_path, STANDARD).list_tests()
    tests = listed["tests"]
    assert isinstance(tests, list)
    assert {POOL_TEST, CHILD_TEST} <= set(tests)
    assert not [test for test in tests if "ThreadPool" in test]
    for method in ("Fork", "Forkserver", "Spawn"):
        assert len([test for test in tests if f".ProcessPool{method}" in test and "Failing" not in test]) >= 55
    assert listed["unknown"] == []


def test_without_an_interpreter_the_suite_is_not_run_and_that_is_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--interpreter", str(tmp_path / "python")]) == NOT_RUN
    assert "NOT RUN" in capsys.readouterr().err


def test_the_command_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.checks.stdlib_suite", "--interpreter", str(tmp_path / "python")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == NOT_RUN
