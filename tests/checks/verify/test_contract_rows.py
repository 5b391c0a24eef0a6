"""The rows of the contract. Decides: that a step which it does not allow is shown. Must not know: its rules."""

from dataclasses import replace

from checkedpool_model.checker.explore import Verdict as Found
from checkedpool_model.mutants.table_changes import drop
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.scopes.all import scope_named
from checkedpool_model.verify.refines_contract import run_refinement
from tests.checks.verify.contract import asked_scopes, rows_of
from tests.checks.verify.report import Verdict


def test_a_step_that_the_contract_does_not_allow_fails_with_its_story() -> None:
    broken = run_refinement(scope_named("gate"), drop("ClientWithdraws", "wins_the_claim")(ACTIONS))
    row, _ = rows_of([broken])
    assert row.verdict is Verdict.VIOLATED
    assert row.trouble == broken.story
    assert row.again.endswith('check "gate"')


def test_a_rule_that_no_step_is_fails_by_name_and_an_unfinished_search_is_no_success() -> None:
    found = run_refinement(scope_named("values"))
    row, rules = rows_of([replace(found, verdict=Found.NOT_FINISHED)])
    assert row.verdict is Verdict.NOT_FINISHED
    assert rules.verdict is Verdict.VIOLATED
    assert any("no step of the protocol was the contract's" in line for line in rules.trouble)


def test_the_scopes_that_are_asked_are_not_the_largest() -> None:
    names = {scope.name for scope in asked_scopes()}
    assert "gate" in names
    assert not names & {"3x4", "orphans"}
