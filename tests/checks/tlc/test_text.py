"""What can be asked of the TLA+ text without Java: that it names what the model names, and that each change applies."""

import re
from collections import Counter
from pathlib import Path

import pytest

from checkedpool_model.mutants.by_hand import MUTANTS
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.eventually import FAMILIES
from checkedpool_model.protocol.state import Budget, State
from checkedpool_model.scopes.all import EVERY_SCOPE, SCOPES, scope_named
from checkedpool_spec.contract import RULES
from tests.checks.tlc.bounds import configuration, constants_of, module
from tests.checks.tlc.ours import INVARIANTS, NO_WRONG_STEP, ON_STEPS, STAYS_OWED, families
from tests.checks.tlc.text import (
    TEXTS,
    Change,
    NotAppliedError,
    Variant,
    Wrong,
    asked_of_steps,
    changed,
    unfair,
    variants,
    wrong_lines,
)
from tests.checks.tlc.work import SMALL, addresses, quick_addresses, written, wrong_addresses

PROTOCOL = (TEXTS / "Protocol.tla").read_text()
DEFINED = set(re.findall(r"^(\w+)(?:\([^)]*\))? *==", PROTOCOL, re.MULTILINE))
NEXT = PROTOCOL[PROTOCOL.index("(* Manager: what becomes") : PROTOCOL.index("(* Fairness.")]


def test_every_action_of_the_model_is_an_action_here_with_the_same_clause() -> None:
    clauses = dict(re.findall(r"^(\w+)(?:\(\w\))? ==.*\\\* (P-\d+)$", PROTOCOL, re.MULTILINE))
    assert clauses == {action.name: action.clause for action in ACTIONS}
    assert all(re.search(rf"(\\/|:) {action.name}\b", NEXT) for action in ACTIONS)


def test_every_rule_of_the_contract_is_one_here() -> None:
    text = (TEXTS / "Contract.tla").read_text()
    assert {rule.name for rule in RULES} <= set(re.findall(r"^(\w+)(?:\(\w\))? *==", text, re.MULTILINE))


def test_every_claim_of_the_model_is_defined_here() -> None:
    assert set(INVARIANTS) | set(ON_STEPS) | set(FAMILIES) <= DEFINED


def test_all_claims_about_steps_are_asked_together_each_once() -> None:
    all_of_them = PROTOCOL[PROTOCOL.index(f"\n{NO_WRONG_STEP} ==") :].split("]_vars")[0]
    together = re.findall(r"(?:/\\|:) ([a-z_]+)\b(?!')", all_of_them)
    assert Counter(together) == Counter(ON_STEPS) == Counter(iter(asked_of_steps(PROTOCOL)))


def test_a_claim_about_steps_is_asked_of_everybody_whom_it_is_about() -> None:
    asked = asked_of_steps(PROTOCOL)
    assert asked["a_death_is_an_end"] == r"[][\A i \in Lane : a_death_is_an_end(i)]_vars"
    assert asked["an_end_is_final_at_a_look"] == "[][an_end_is_final_at_a_look]_vars"


def test_where_runs_are_asked_about_what_is_owed_is_asked_too(tmp_path: Path) -> None:
    for name, times in (("live-cancel", 1), ("gate", 0)):
        written(tmp_path / name, scope_named(name))
        assert (tmp_path / name / "MC.cfg").read_text().count(f"PROPERTY {STAYS_OWED}\n") == times


@pytest.mark.parametrize("change", [*variants(), *wrong_lines()], ids=lambda change: change.name)
def test_a_change_sets_fields_that_there_are(change: Variant | Wrong) -> None:
    there = set(re.findall(r"!?\.(\w+)|(?<=\W)(\w+) \|->", PROTOCOL))
    fields = {field for pair in there for field in pair}
    assert set(re.findall(r"[!\])@l]\.(\w+)", " ".join(one.new for one in change.changes))) <= fields


def test_every_variable_of_the_model_is_one_here() -> None:
    head = PROTOCOL[PROTOCOL.index("VARIABLES") : PROTOCOL.index("sleepVars")]
    assert set(re.findall(r"^  (\w+)", head, re.MULTILINE)) == {"script", *State._fields}
    assert set(re.findall(r"(?:Budget\.|Spend\(\")(\w+)", PROTOCOL)) == set(Budget._fields) - {"parents"}
    assert "budget.parents" in PROTOCOL


def test_every_broken_rule_of_the_model_is_broken_here_too() -> None:
    names = Counter(variant.name for variant in variants())
    assert names == Counter(mutant.name for mutant in MUTANTS)


@pytest.mark.parametrize("change", [*variants(), *wrong_lines()], ids=lambda change: change.name)
def test_what_is_to_be_changed_stands_there_once(change: Variant | Wrong) -> None:
    assert changed(PROTOCOL, change.changes) != PROTOCOL


def test_a_change_that_does_not_apply_is_said() -> None:
    with pytest.raises(NotAppliedError, match="0 times"):
        changed(PROTOCOL, [Change("ManagerSleeps", "nowhere", "")])
    with pytest.raises(NotAppliedError, match="no definition of Nobody"):
        changed(PROTOCOL, [Change("Nobody", "nowhere", "")])
    with pytest.raises(NotAppliedError, match="fair in no formula"):
        unfair("WorkerCrashes", PROTOCOL)


def test_each_fair_action_can_be_made_unfair() -> None:
    fair = [action.name for action in ACTIONS if action.fair.value != "none"]
    assert all(unfair(name, PROTOCOL) != PROTOCOL for name in fair)


def test_there_are_wrong_lines_enough_and_each_has_a_quick_scope() -> None:
    assert len({one.name for one in wrong_addresses()}) >= 10
    assert {wrong.scope for wrong in wrong_lines()} <= {scope.name for scope in SCOPES}


def test_nothing_quick_is_left_out() -> None:
    named = Counter(one.section for one in addresses())
    assert named["Protocol"] == len(SCOPES)
    assert named["Variants"] == len(MUTANTS)
    assert len(set(addresses())) == len(addresses())


def test_the_quick_share_is_a_share() -> None:
    quick = set(quick_addresses())
    assert {one.section for one in quick} == {"Tiny", "Contract", "Protocol"}
    assert quick < set(addresses())
    assert {one.name for one in quick if one.section == "Protocol"} == set(SMALL)


def test_the_modules_of_a_scope_can_be_written_out(tmp_path: Path) -> None:
    written(tmp_path / "gate", scope_named("gate"))
    assert {file.name for file in (tmp_path / "gate").iterdir()} == {"MC.cfg", "MC.tla", "Protocol.tla"}
    assert "INVARIANT no_deadlock\n" in (tmp_path / "gate" / "MC.cfg").read_text()


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_a_scopes_bounds_are_counted_from_one() -> None:
    scope = next(scope for scope in SCOPES if scope.name == "from-a-callback")
    constants = constants_of(scope)
    assert constants["Inside"] == "<<0, 1>>"
    assert constants["Callbacks"] == "{1}"
    assert (
        '<<<<[call |-> "submit", task |-> 1], [call |-> "shutdown", level |-> 1, wait |-> TRUE]>>'
        in constants["Scripts"]
    )


def test_every_scope_has_all_constants_and_words_that_the_text_knows() -> None:
    head = PROTOCOL[PROTOCOL.index("CONSTANTS") : PROTOCOL.index("VARIABLES")]
    declared = set(re.findall(r"^  (\w+)", head, re.MULTILINE))
    words = set(re.findall(r'"[a-z ]+"', PROTOCOL))
    for scope in EVERY_SCOPE:
        constants = constants_of(scope)
        assert set(constants) == declared
        assert set(re.findall(r'"[a-z ]+"', module("MC", "Protocol", constants))) <= words


def test_the_scopes_in_which_a_graph_stands_twice_are_known() -> None:
    twice = {scope.name for scope in EVERY_SCOPE if len(set(scope.scripts)) < len(scope.scripts)}
    assert twice == {"user-code", "user-code-twice"}  # a drain that waits is the interpreter's exit


def test_what_must_happen_at_last_is_asked_in_live_scopes_only() -> None:
    asked = {name for scope in SCOPES for name in families(scope)}
    assert asked == set(FAMILIES)
    assert not any(families(scope) for scope in SCOPES if not scope.live)


def test_a_configuration_names_what_is_asked() -> None:
    text = configuration(["Tasks"], "SPECIFICATION Spec", ["a"], ["b"])
    assert text == "CONSTANTS\n  Tasks <- MCTasks\nSPECIFICATION Spec\nINVARIANT a\nPROPERTY b\n"
