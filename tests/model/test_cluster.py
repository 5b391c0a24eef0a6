"""Tickets on a scheduler: the scopes hold with their counts, each fault is found, and the rows of the page say so."""

from __future__ import annotations

from dataclasses import replace
from operator import le

import pytest

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.cluster.refines import (
    LONG,
    MUTANTS,
    SCOPES,
    SMALLER,
    Found,
    Mutant,
    Scope,
    ask,
    broken_as_said,
    gaps,
)
from checkedpool_model.cluster.tickets import ACTIONS
from tests.checks.size import Size
from tests.checks.verify.cluster import asked_scopes, mutants_row, scopes_row
from tests.checks.verify.report import Verdict as Said


@pytest.mark.one_in(3, "make verify: cluster")
@pytest.mark.parametrize(
    "scope",
    [*SCOPES, *SMALLER, *(pytest.param(scope, marks=pytest.mark.slow) for scope in LONG)],
    ids=lambda scope: scope.name,
)
def test_a_scope_refines_the_contract_and_has_the_counts_that_it_says(scope: Scope) -> None:
    found = ask(scope)
    assert (found.verdict, found.states, found.transitions) == (Verdict.HOLDS, scope.states, scope.transitions), (
        "\n".join(found.story)
    )


def test_a_larger_verification_asks_the_scopes_of_a_smaller_one_and_the_largest_asks_them_all() -> None:
    quick, long, everything = map(asked_scopes, Size)
    assert set(SCOPES) == set(quick) < set(long) < set(everything) == {*SCOPES, *LONG}


def test_the_scopes_of_faults_have_nothing_that_a_scope_of_the_contract_has_not() -> None:
    for small in SMALLER:
        assert any(all(map(le, small.bounds, scope.bounds)) for scope in SCOPES)


@pytest.mark.one_in(4, "make verify: cluster")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_is_found_by_the_claim_that_it_names(mutant: Mutant) -> None:
    assert broken_as_said(mutant)


def test_a_scheduler_that_does_nothing_neglects_what_is_owed() -> None:
    """Simulation alone would pass it."""
    lazy = tuple(row for row in ACTIONS if row.name != "SchedulerDecides")
    with pytest.raises(ValueError, match="no such actions"):  # it must at least be there
        ask(SCOPES[0], lazy)
    asleep = tuple(replace(row, fair=type(row.fair).NONE) if row.name == "SchedulerDecides" else row for row in ACTIONS)
    assert ask(SCOPES[0], asleep).claim == "fair_to_Begins"


def test_what_never_happens_is_told() -> None:
    found = [ask(SCOPES[1])]
    assert [*gaps(found)] == [
        "ClientMissesScheduler was never seen to happen",
        "SchedulerMissesWorker was never seen to happen",
        "SchedulerMissesClient was never seen to happen",
        "EngineStartsAgain was never seen to happen",
        "EngineGivesUp was never seen to happen",
        "WorkerDies was never seen to happen",
        "ConnectionIsCut was never seen to happen",
        "no_ticket_of_a_lost_client_waits was never seen to happen",
    ]


def test_the_rows_say_what_is_wrong() -> None:
    scope = SCOPES[0]
    right = Found(Verdict.HOLDS, "", scope.states, scope.transitions, frozenset(ALL))
    assert scopes_row([(scope, right)], 0.0).verdict is Said.HOLDS
    assert scopes_row([(scope, replace(right, states=1))], 0.0).verdict is Said.VIOLATED
    assert scopes_row([(scope, replace(right, verdict=Verdict.NOT_FINISHED))], 0.0).verdict is Said.VIOLATED
    assert mutants_row([(MUTANTS[0], True)], 0.0).verdict is Said.HOLDS
    assert mutants_row([(MUTANTS[0], False)], 0.0).verdict is Said.VIOLATED
    assert mutants_row([], 0.0).verdict is Said.NOT_FINISHED


ALL = {
    *(row.name for row in ACTIONS), "none_runs_twice", "what_is_cancelled_has_not_run",
    "who_succeeds_or_is_blamed_has_run", "none_is_overtaken", "no_ticket_of_a_lost_client_waits",
}  # fmt: skip
