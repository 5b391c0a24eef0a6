"""The rows of chosen schedules. Decides: that a failure is shown with its schedule. Must not know: any strategy."""

from itertools import pairwise
from unittest import mock

from checkedpool._core.manager import Manager
from checkedpool.testing.schedules.schedule import Schedule
from checkedpool.testing.schedules.strategies import Plan
from checkedpool.testing.simulated.catalogue import SCOPES
from tests.checks.size import Size
from tests.checks.verify.report import Verdict
from tests.checks.verify.schedules import BOUNDS, RUNS, row_of, run


def test_a_failure_is_violated_with_a_schedule_that_can_be_read() -> None:
    with mock.patch.object(Manager, "_give_back", return_value=None):
        row = row_of("random", [run(name, "random", Plan(runs=100)) for name in ("two", "break")])
    assert row.verdict is Verdict.VIOLATED
    assert Schedule.read(row.trouble[-1].rpartition(" ")[2]).name == "break"
    assert row.trouble[-1].endswith(row.words[-1])


def test_what_is_given_up_and_what_saw_nothing_are_no_successes() -> None:
    given_up = row_of("preempt", [run("two", "preempt", Plan(worlds=9))])
    assert given_up.verdict is row_of("random", []).verdict is Verdict.NOT_FINISHED
    assert "not finished" in given_up.trouble[0]


def test_scopes_with_a_bound_exist() -> None:
    assert {name for bounds in BOUNDS.values() for name in bounds} <= set(SCOPES)


def test_a_larger_size_has_all_that_a_smaller_one_has() -> None:
    for smaller, larger in pairwise(Size):
        assert all(RUNS[larger][name] >= runs for name, runs in RUNS[smaller].items())
        assert all(BOUNDS[larger][name] >= bound for name, bound in BOUNDS[smaller].items())
