"""The protocol refines the contract: each of its steps is one that the contract allows, and what is owed is done."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_model.checker.refinement import SAYS_SOMETHING, check_refinement
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.scopes.all import SCOPES, scope_named, systems
from checkedpool_model.verify.refines_contract import (
    LATER,
    NOT_MATCHED,
    STEPS,
    contract_of,
    gaps_of,
    is_asked,
    run_refinement,
)
from checkedpool_spec import contract
from tests.model.refused import REFUSED, Refused

SMALL = ("values", "order", "exit-handlers", "shutdown-orders", "start-hangs", "idle")
CLAUSES = set(
    re.findall(r"^\*\*(C-\d+)", (Path(__file__).parents[2] / "spec" / "contract.md").read_text(), re.MULTILINE)
)


@pytest.mark.one_in(3, "make verify: contract")
@pytest.mark.parametrize("name", SMALL)
def test_the_protocol_does_what_the_contract_allows_and_owes(name: str) -> None:
    found = run_refinement(scope_named(name))
    assert found.verdict is Verdict.HOLDS, "\n".join(found.story)


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("broken", REFUSED, ids=lambda broken: f"{broken.scope}-{broken.rule}-{broken.why}")
def test_a_broken_protocol_does_not_refine_the_contract_unless_no_caller_can_tell(broken: Refused) -> None:
    found = run_refinement(scope_named(broken.scope), broken.change(ACTIONS))
    assert (found.verdict is Verdict.VIOLATED) == bool(broken.why)
    assert any(broken.why in line for line in found.story) or not broken.why


def test_each_is_refused_by_a_rule_of_the_contract_for_clauses_that_it_names() -> None:
    rules = {rule.name: set(rule.clauses) for rule in contract.RULES}
    assert not [broken for broken in REFUSED if broken.why and not set(broken.clauses.split()) <= rules[broken.rule]]


def test_a_manager_that_wakes_and_does_nothing_neglects_what_is_owed() -> None:
    """Simulation alone would pass it: it does nothing wrong."""
    lazy = tuple(
        replace(action, fair=type(action.fair).NONE) if action.name == "ManagerTakesAnswer" else action
        for action in ACTIONS
    )
    found = run_refinement(scope_named("live-2x2"), lazy)
    assert found.verdict is Verdict.VIOLATED
    assert any("never happens" in line for line in found.story)


def test_a_mapping_that_says_nothing_is_refused() -> None:
    system = replace(next(systems(scope_named("idle"), ACTIONS)), canonical=None)
    above = contract_of(system)
    found = check_refinement(system, above, lambda _k, _s: above.initial, dict.fromkeys(STEPS, ((),)))
    assert found.counterexample is not None
    assert found.counterexample.claim in (SAYS_SOMETHING, "fair_to_Begins", "the_end_maps_to_the_end")


def test_every_action_of_the_protocol_has_its_place_in_the_mapping_and_no_other() -> None:
    assert set(STEPS) == {action.name for action in ACTIONS}


def test_a_rule_that_no_step_is_must_be_listed_and_a_listed_one_must_not_be_matched() -> None:
    found = run_refinement(scope_named("values"))
    missing = list(gaps_of([found]))
    assert any("BreaksOff" in gap for gap in missing)
    assert not any("Loses" in gap for gap in missing)
    all_of_them = replace(found, matched=frozenset(rule.name for rule in contract.RULES))
    assert len(list(gaps_of([all_of_them]))) == len(NOT_MATCHED)


def test_scopes_that_are_left_for_later_exist_and_are_asked() -> None:
    assert {scope.name for scope in SCOPES if is_asked(scope)} >= LATER


def test_every_rule_of_the_contract_machine_names_clauses_that_exist() -> None:
    assert {clause for rule in contract.RULES for clause in rule.clauses} <= CLAUSES


def test_the_contract_machine_itself_can_always_come_to_its_end() -> None:
    """Explored on its own, with as many deaths as there are tasks."""
    above = contract_of(next(systems(scope_named("gate"), ACTIONS)))
    bounded = tuple(
        replace(action, guard=(*action.guard, _few_failures))
        if action.name in ("Dies", "Troubles", "Defects")
        else action
        for action in above.actions
    )
    found = explore(replace(above, actions=bounded))
    assert found.verdict is Verdict.HOLDS
    assert not [action.name for action in above.actions if not found.fired[action.name]] or found.states > 100


def _few_failures(_k: None, c: contract.Contract, _i: int) -> bool:
    return c.deaths + c.troubles + c.defects < 1
