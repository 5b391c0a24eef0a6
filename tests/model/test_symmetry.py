"""Lanes are interchangeable. Decides: that nothing in the model minds their numbers. Must not know: any claim."""

from itertools import permutations

import pytest

from checkedpool_model.checker.compile import successors_compiled
from checkedpool_model.properties import ALWAYS
from checkedpool_model.state import State
from checkedpool_model.symmetry import canonical, renumbered
from tests.model.graphs import PoolSystem, graphs, outcomes, reachable

SMALL = ["idle", "exit-handlers", "boot", "two-cancel", "task-limit"]


def first(scope: str) -> PoolSystem:
    return next(graphs(scope))


def orders(state: State) -> list[tuple[int, ...]]:
    return list(permutations(range(len(state.lanes))))


@pytest.mark.parametrize("scope", SMALL)
def test_renumbering_lanes_before_a_step_or_after_it_comes_to_the_same(scope: str) -> None:
    system = first(scope)
    successors = successors_compiled(system)
    for state in sorted(reachable(system, canonical))[::7]:
        after = {canonical(following) for _, following in successors(state)}
        for order in orders(state):
            assert {canonical(following) for _, following in successors(renumbered(state, order))} == after


@pytest.mark.parametrize("scope", SMALL)
def test_all_renumberings_of_a_state_have_one_that_stands_for_them(scope: str) -> None:
    for state in sorted(reachable(first(scope), canonical))[::7]:
        assert {canonical(renumbered(state, order)) for order in orders(state)} == {state}


@pytest.mark.parametrize("scope", SMALL)
def test_no_claim_minds_the_numbers_of_lanes(scope: str) -> None:
    system = first(scope)
    for state in sorted(reachable(system, canonical))[::29]:
        for order in orders(state):
            other = renumbered(state, order)
            for claim in ALWAYS:
                assert claim.holds(system.constants, other)
                assert claim.sometimes(system.constants, other) == claim.sometimes(system.constants, state)


def test_the_states_that_stand_for_others_are_those_of_the_whole_graph() -> None:
    system = first("exit-handlers")
    whole, kept = reachable(system), reachable(system, canonical)
    assert {canonical(state) for state in whole} == kept
    assert len(kept) < len(whole)
    assert outcomes(system.constants, whole) == outcomes(system.constants, kept)
