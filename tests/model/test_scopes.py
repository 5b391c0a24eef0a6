"""The scopes: every claim holds, with the counts that the specification states. Decides: what is pinned."""

from dataclasses import replace

import pytest

from checkedpool_model import runs
from checkedpool_model.bounds import Shutdown
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.scopes import SCOPES, UnknownScopeError, scope_named
from checkedpool_model.verify import ScopeResult, coverage_gaps, run_scope

LARGE = {"2x2", "2x3"}
"""Explored by ``make verify`` only: they take longer than a test may."""

EXPECTED = {run.name: run for run in runs.read().scopes}


@pytest.mark.slow
@pytest.mark.parametrize("name", [scope.name for scope in SCOPES if scope.name not in LARGE])
def test_every_claim_holds_and_the_counts_are_as_stated(name: str) -> None:
    result = run_scope(scope_named(name))
    assert result.story == ()
    assert result.run == EXPECTED[name]


def test_every_scope_has_its_counts_stated_and_no_other_has() -> None:
    assert list(EXPECTED) == [scope.name for scope in SCOPES]


def test_an_unknown_scope_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownScopeError, match=r"there is no scope '3x3'; known scopes: gate, .*2x2.*"):
        scope_named("3x3")


def test_every_script_ends_with_a_shutdown_that_waits() -> None:
    for scope in SCOPES:
        for script in scope.scripts:
            last = script[0][-1]
            assert isinstance(last, Shutdown), scope.name
            assert last.wait, scope.name


def test_a_search_that_meets_its_limit_is_not_finished() -> None:
    assert run_scope(scope_named("values"), limit=50).verdict is Verdict.NOT_FINISHED


def test_an_action_that_no_scope_reaches_is_a_gap() -> None:
    (result,) = [run_scope(scope_named("idle"))]
    found = coverage_gaps([result])
    assert "the action ClientIsInterrupted never fired in any scope, and is not listed with a reason" in found
    assert "the claim task_limit_is_kept was never about anything: its twin was seen in no scope" in found
    assert not any("ManagerIssues" in gap for gap in found)


def test_all_gaps_are_closed_when_all_was_touched() -> None:
    result = run_scope(scope_named("idle"))
    unfired = {gap.split()[2]: 1 for gap in coverage_gaps([result]) if gap.startswith("the action")}
    unseen = {gap.split()[2] for gap in coverage_gaps([result]) if gap.startswith("the claim")}
    other: ScopeResult = replace(result, fired=tuple(unfired.items()), seen=frozenset(unseen))
    assert coverage_gaps([result, other]) == ()
