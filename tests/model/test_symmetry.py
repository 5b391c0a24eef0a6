"""What is interchangeable in the model. Decides: that nothing minds the numbers. Must not know: any claim."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from checkedpool_model.checker.compile import successors_compiled
from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_model.mutants.by_hand import MUTANTS, Mutant
from checkedpool_model.protocol import symmetry
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.properties import ALWAYS
from checkedpool_model.protocol.state import End, State
from checkedpool_model.protocol.symmetry import (
    canonical,
    is_over,
    renumbered,
    standing_for,
    tasks_renumbered,
    with_what_is_over_behind,
)
from checkedpool_model.scopes.all import scope_named, systems
from checkedpool_model.scopes.scope import CANCEL, CRASH, DRAIN, EXIT, Scope, one_after_another
from tests.model.graphs import PoolSystem, graphs, outcomes, reachable

SMALL = ["idle", "exit-handlers", "boot", "two-cancel", "task-limit"]


def first(scope: str) -> PoolSystem:
    return next(graphs(scope))


def orders(state: State) -> list[tuple[int, ...]]:
    return list(permutations(range(len(state.lanes))))


# --- lanes ------------------------------------------------------------------------------------------------------------


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


# --- tasks that are over ----------------------------------------------------------------------------------------------

CORE = Bounds(allowed=2, tasks=3, given=3, budget=CRASH, sleeps=False)
NAMELESS = one_after_another((), (CANCEL,), (DRAIN, CANCEL))


def cores() -> Iterator[PoolSystem]:
    """Graphs in which no call names a task."""
    yield from systems(Scope("core", "", CORE, NAMELESS), ACTIONS)


def ways(state: State) -> list[tuple[int, ...]]:
    """Every order of the tasks in which those that are not over keep theirs."""
    over = is_over(state)
    live = [t for t in range(len(state.tasks)) if t not in over]
    return [order for order in permutations(range(len(state.tasks))) if [t for t in order if t not in over] == live]


@pytest.mark.parametrize("number", range(len(NAMELESS)))
def test_renumbering_tasks_that_are_over_before_a_step_or_after_it_comes_to_the_same(number: int) -> None:
    system = list(cores())[number]
    stands, successors = standing_for(system.constants), successors_compiled(system)
    sample = [state for state in sorted(reachable(system, stands)) if is_over(state)]
    assert sample
    for state in sample[::7]:
        after = {stands(following) for _, following in successors(state)}
        for way in ways(state):
            assert {stands(following) for _, following in successors(tasks_renumbered(state, way))} == after


def test_all_ways_to_number_tasks_that_are_over_have_one_that_stands_for_them() -> None:
    (system, *_) = cores()
    stands = standing_for(system.constants)
    for state in sorted(reachable(system, stands))[::7]:
        assert {stands(tasks_renumbered(state, way)) for way in ways(state)} == {state}


def test_no_claim_minds_the_numbers_of_tasks_that_are_over() -> None:
    (system, *_) = cores()
    for state in sorted(reachable(system, standing_for(system.constants)))[::11]:
        for way in ways(state):
            other = tasks_renumbered(state, way)
            for claim in ALWAYS:
                assert claim.holds(system.constants, other)
                assert claim.sometimes(system.constants, other) == claim.sometimes(system.constants, state)


def test_the_graph_has_the_same_outcomes_whether_tasks_stand_for_others_or_not() -> None:
    for system in cores():
        stands = standing_for(system.constants)
        lanes_only, kept = reachable(system, canonical), reachable(system, stands)
        assert {stands(state) for state in lanes_only} == kept
        assert len(kept) < len(lanes_only)
        ends = {tuple(sorted(ends)) for ends in outcomes(system.constants, lanes_only)}
        assert ends == {tuple(sorted(ends)) for ends in outcomes(system.constants, kept)}


@pytest.mark.one_in(5, "make test-all alone")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_protocol_has_the_same_verdict_after_as_many_steps(mutant: Mutant) -> None:
    small = replace(CORE, tasks=2, given=2)
    (system,) = systems(Scope("core", "", small, NAMELESS[1:2]), mutant.change(ACTIONS))
    merged, plain = explore(system), explore(replace(system, canonical=canonical))
    assert merged.verdict is plain.verdict
    if merged.counterexample and plain.counterexample:
        assert len(merged.counterexample.moves) == len(plain.counterexample.moves)


def test_what_still_names_a_task_keeps_it_where_it_is() -> None:
    (system, *_) = cores()
    seen = 0
    for state in reachable(system, canonical):
        named = {t for lane in state.lanes for t in (*lane.book, *lane.tickets, *lane.returned, *lane.answers)}
        named |= {lane.running for lane in state.lanes}
        seen += any(state.tasks[t].end != End.OPEN for t in named if t >= 0)
        assert not named & set(is_over(state))
    assert seen  # some task is done while a lane still names it


def test_a_symmetry_that_moves_tasks_which_are_still_named_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    (system, *_) = cores()
    successors = successors_compiled(system)
    monkeypatch.setattr(symmetry, "_named", lambda _s: set())
    monkeypatch.setattr(symmetry, "tasks_renumbered", lambda s, way: s._replace(tasks=tuple(s.tasks[t] for t in way)))
    stands = standing_for(system.constants)
    minded = any(
        {stands(following) for _, following in successors(state)}
        != {stands(following) for _, following in successors(stands(state))}
        for state in reachable(system, canonical)
    )
    assert minded


@pytest.mark.parametrize(
    "scope", ["order", "user-code", "two-cancel", "gate", "values"], ids=["cancel", "code", "two", "submit", "kinds"]
)
def test_tasks_stay_where_they_are_while_a_call_names_one_or_they_differ(scope: str) -> None:
    system = first(scope)
    stands = standing_for(system.constants)
    start = [state for state in reachable(system, canonical) if all(client.call == 0 for client in state.clients)]
    assert all(stands(state) == canonical(state) for state in start)


def test_once_all_calls_that_name_a_task_are_made_tasks_that_are_over_come_behind() -> None:
    system = first("two-cancel")
    kept = reachable(system, standing_for(system.constants))
    later = [state for state in kept if system.constants.script[0][state.clients[0].call :] == (EXIT,)]
    later = [state for state in later if state.clients[1].call == 1]
    assert later
    assert all(canonical(with_what_is_over_behind(state)) == state for state in later)


def test_the_largest_scope_is_one_in_which_tasks_stand_for_others() -> None:
    (system,) = systems(scope_named("3x4"), ACTIONS)
    assert standing_for(system.constants) is not canonical
    found = explore(system, limit=500)
    assert found.verdict is Verdict.NOT_FINISHED
