"""The scopes: every claim holds, with the counts that the specification states. Decides: what is pinned."""

import pytest

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.protocol.bounds import Cancel, Shutdown, Submit, spell
from checkedpool_model.scopes.all import EVERY_SCOPE, LONG_SCOPES, SCOPES, UnknownScopeError, scope_named
from checkedpool_model.scopes.covered import coverage_gaps
from checkedpool_model.verify.all_scopes import run_scope
from checkedpool_model.verify.one_graph import Limits

LARGE = {"2x2", "2x3", "3x4"}
"""Explored by ``make verify`` only: they take longer than a test may."""

EXPECTED = {run.name: run for run in runs.read().scopes}


@pytest.mark.slow
@pytest.mark.one_in(18, "make verify: model")
@pytest.mark.parametrize("name", [scope.name for scope in SCOPES if scope.name not in LARGE])
def test_every_claim_holds_and_the_counts_are_as_stated(name: str) -> None:
    result = run_scope(scope_named(name))
    assert result.story == ()
    assert result.run == EXPECTED[name]


def test_every_scope_has_its_counts_stated_and_no_other_has() -> None:
    assert list(EXPECTED) == [scope.name for scope in EVERY_SCOPE]
    assert [run.name for run in EXPECTED.values() if run.time == "long"] == [scope.name for scope in LONG_SCOPES]


def test_an_unknown_scope_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownScopeError, match=r"there is no scope '9x9'; known scopes: gate, .*2x2.*"):
        scope_named("9x9")


def test_every_script_that_calls_anything_ends_with_a_shutdown_that_waits() -> None:
    """One of a live scope calls nothing: there what is owed is owed although nobody asks."""
    for scope in EVERY_SCOPE:
        for script in scope.scripts:
            last = script[0][-1] if script[0] else None
            assert (isinstance(last, Shutdown) and last.wait) or (scope.live and script == ((),)), scope.name


def test_a_search_that_meets_its_limit_is_not_finished() -> None:
    assert run_scope(scope_named("values"), limits=Limits(states=50)).verdict is Verdict.NOT_FINISHED


def test_an_action_that_no_scope_reaches_is_a_gap() -> None:
    result = run_scope(scope_named("idle"))
    found = coverage_gaps(dict(result.fired), result.seen)
    assert "the action ClientIsInterrupted never fired in any scope, and is not listed with a reason" in found
    assert "the claim task_limit_is_kept was never about anything: its twin was seen in no scope" in found
    assert not any("ManagerIssues" in gap for gap in found)


def test_all_gaps_are_closed_when_all_was_touched() -> None:
    result = run_scope(scope_named("idle"))
    gaps = coverage_gaps(dict(result.fired), result.seen)
    unfired = {gap.split()[2]: 1 for gap in gaps if gap.startswith("the action")}
    unseen = {gap.split()[2] for gap in gaps if gap.startswith("the claim")}
    assert coverage_gaps(dict(result.fired) | unfired, result.seen | unseen) == ()


# --- scripts that are generated ---------------------------------------------------------------------------------------


def test_every_ordered_pair_of_calls_is_in_the_scope_of_pairs() -> None:
    spelled = {spell(script) for script in scope_named("2x2").scripts}
    assert {
        "cancel 1, cancel 0, drain and wait",
        "cancel 0, submit 1, drain and wait",
        "submit 1, cancel 1, drain and wait",
        "submit 0, submit 1, drain and wait",
        "kill, submit 1, drain and wait",
        "terminate and wait, cancel 1, drain and wait",
        "drain and wait, kill and wait",
    } <= spelled
    assert len(spelled) == len(scope_named("2x2").scripts) == 60


def test_a_task_that_a_script_submits_is_not_given() -> None:
    scope = scope_named("2x2")
    for script in scope.scripts:
        submitted = [call.task for call in script[0] if isinstance(call, Submit)]
        assert scope.bounds_of(script).given + len(submitted) == scope.bounds.tasks


def test_no_call_is_about_a_task_that_there_is_not() -> None:
    for scope in EVERY_SCOPE:
        for script in scope.scripts:
            tasks = [call.task for calls in script for call in calls if isinstance(call, Submit | Cancel)]
            assert all(0 <= task < scope.bounds.tasks for task in tasks), scope.name


def test_a_scope_says_what_it_leaves_out() -> None:
    assert "a manager that sleeps" in scope_named("2x2").leaves_out
    assert "submit" not in scope_named("2x2").leaves_out
    assert "a second thread" not in scope_named("gate").leaves_out
    assert "what must happen at last" not in scope_named("live-2x2").leaves_out


def test_nothing_that_some_scope_leaves_out_is_left_out_by_all() -> None:
    left_out = [set(scope.leaves_out) for scope in SCOPES]
    assert set.union(*left_out)
    assert not set.intersection(*left_out)
