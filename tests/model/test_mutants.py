"""The mutants: each rule of the protocol, broken, is noticed. Decides: by whom, where, and that no rule is idle."""

from dataclasses import replace

import pytest

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.mutants import kills
from checkedpool_model.mutants.by_hand import MUTANTS, Mutant
from checkedpool_model.mutants.table_changes import drop
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP
from checkedpool_model.verify.all_scopes import Report, run_mutant

EXPECTED = {run.name: run for run in runs.read().mutants}


@pytest.mark.one_in(3, "make verify")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_is_caught_by_the_claim_that_it_names_as_stated(mutant: Mutant) -> None:
    result = run_mutant(mutant)
    assert result.caught, result.caught_by
    assert result.run == EXPECTED[mutant.name]


def test_every_mutant_is_stated_and_no_other_is() -> None:
    assert list(EXPECTED) == [mutant.name for mutant in MUTANTS]


def test_every_claim_catches_a_mutant() -> None:
    """One that is made by hand, or by a machine: that it still does is a row of ``make verify`` for both."""
    claims = {claim.name for claim in ALWAYS} | {claim.name for claim in ON_STEP}
    assert claims <= {mutant.killer for mutant in MUTANTS} | {entry.by for entry in kills.read().killed}


def test_a_mutant_that_survives_is_a_problem_of_the_report() -> None:
    survivor = Mutant("changes nothing", "no_deadlock", "idle", 0, lambda table: table)
    result = run_mutant(survivor)
    assert not result.caught
    report = Report((), (result,), (), (), 0.0)
    assert report.verdict is Verdict.VIOLATED
    assert report.problems == (
        "mutant “changes nothing” must be caught by no_deadlock in idle: drain and wait, but no claim failed",
    )


def test_a_mutant_caught_by_another_claim_is_a_problem_of_the_report() -> None:
    result = replace(run_mutant(MUTANTS[0]), killer="no_deadlock")
    report = Report((), (result,), (), (), 0.0)
    assert f"but {MUTANTS[0].killer} failed instead" in report.problems[0]


def test_a_mutant_of_an_action_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no action ManagerDreams"):
        drop("ManagerDreams", "is_awake")(ACTIONS)
