"""The checker on tiny systems with known answers. Decides: what a search must find, count and admit."""

from dataclasses import replace

import pytest

from checkedpool_model.checker.compile import moves_of, successors_by_the_table, successors_compiled
from checkedpool_model.checker.explore import END_IN_REACH, NO_DEADLOCK, NotSymmetricError, Verdict, explore
from checkedpool_model.checker.system import Always, OnStep, System
from tests.model.tiny import Counters, Jugs, action, all_are_up, counters, in_order, jugs, may_go_up, roundabout

NEVER_FOUR: Always[None, Jugs] = Always("never_four", lambda _k, s: s.big != 4, lambda _k, s: s.big > 0)


def test_the_two_jugs_have_sixteen_states_and_six_transitions_from_each() -> None:
    found = explore(jugs())
    assert (found.verdict, found.states, found.transitions, found.depth) == (Verdict.HOLDS, 16, 96, 7)


def test_the_shortest_way_to_four_gallons_has_six_steps() -> None:
    found = explore(jugs(NEVER_FOUR))
    assert found.verdict is Verdict.VIOLATED
    assert found.counterexample is not None
    assert found.counterexample.claim == "never_four"
    steps = [move.action for move in found.counterexample.moves]
    assert steps == ["FillBig", "PourBig", "EmptySmall", "PourBig", "FillBig", "PourBig"]
    assert found.counterexample.states[-1] == Jugs(3, 4)


def test_independent_counters_have_the_product_of_their_states() -> None:
    found = explore(counters(3))
    assert (found.states, found.transitions, found.depth) == (4**3, 3 * 3 * 4**2, 9)
    assert found.fired == {"CounterGoesUp": found.transitions}


def test_interchangeable_counters_have_one_state_for_each_multiset() -> None:
    found = explore(counters(3, canonical=in_order))
    assert (found.verdict, found.states, found.depth) == (Verdict.HOLDS, 20, 9)


def test_a_counterexample_under_symmetry_is_a_run_of_real_states() -> None:
    claim: Always[None, Counters] = Always("not_two_up", lambda _k, s: s.at.count(3) < 2, lambda _k, s: 3 in s.at)
    found = explore(counters(3, always=(claim,), canonical=in_order))
    assert found.counterexample is not None
    assert len(found.counterexample.moves) == 6
    for before, move, after in zip(
        found.counterexample.states, found.counterexample.moves, found.counterexample.states[1:], strict=False
    ):
        assert after.at[move.index] == before.at[move.index] + 1
        assert sum(after.at) == sum(before.at) + 1


def test_actions_that_mind_the_renaming_are_found_out_when_a_run_is_told() -> None:
    def backwards(s: Counters) -> Counters:
        return Counters(s.at[::-1]) if s.at[0] == 1 else s

    system = counters(2, canonical=backwards, always=(Always("low", lambda _k, s: s.at[1] < 3, all_are_up),))
    favoured = replace(system.actions[0], guard=(lambda _k, s, i: i == 0 or s.at[0] == 0,))
    with pytest.raises(NotSymmetricError, match="no step leads on"):
        explore(replace(system, actions=(favoured,)))


def test_a_state_without_successor_that_is_not_terminal_is_a_deadlock() -> None:
    found = explore(counters(2, terminal=lambda _k, _s: False))
    assert found.verdict is Verdict.VIOLATED
    assert found.counterexample is not None
    assert found.counterexample.claim == NO_DEADLOCK
    assert found.counterexample.states[-1] == Counters((3, 3))


def test_a_trap_is_found_although_something_always_happens_in_it() -> None:
    found = explore(roundabout())
    assert found.verdict is Verdict.VIOLATED
    assert found.counterexample is not None
    assert found.counterexample.claim == END_IN_REACH
    assert [move.action for move in found.counterexample.moves] == ["WalkerTurnsOff"]


def test_a_search_that_meets_its_limit_is_not_finished() -> None:
    found = explore(counters(3), limit=20)
    assert found.verdict is Verdict.NOT_FINISHED
    assert found.counterexample is None
    assert found.stopped == "more than 20 states"


def test_a_search_cut_short_says_what_it_covered() -> None:
    found = explore(counters(3), limit=20, keep=True)
    assert 20 < found.states < 25
    assert found.fired["CounterGoesUp"] == found.transitions > 20
    assert found.graph is not None
    assert (found.graph.finished, found.graph.expanded < found.states) == (False, True)


def test_a_search_that_holds_too_much_memory_is_not_finished_and_says_so() -> None:
    found = explore(counters(4), memory_limit=20_000)
    assert found.verdict is Verdict.NOT_FINISHED
    assert 20 < found.states < 4**4
    assert found.stopped.startswith("more than 20,000 bytes, by estimate, for ")


def test_a_search_with_memory_enough_is_not_changed_by_asking() -> None:
    free, limited = explore(counters(3)), explore(counters(3), memory_limit=10**8)
    assert (limited.verdict, limited.states, limited.transitions) == (free.verdict, free.states, free.transitions)
    assert (free.stopped, limited.stopped) == ("", "")


def test_the_limit_in_states_holds_beside_the_limit_in_bytes() -> None:
    assert explore(counters(3), limit=20, memory_limit=10**8).stopped == "more than 20 states"


def test_a_violation_before_the_limit_is_a_violation() -> None:
    assert explore(jugs(NEVER_FOUR), limit=15).verdict is Verdict.VIOLATED


def test_the_verdicts_have_statuses_of_their_own_and_none_is_that_of_misuse() -> None:
    statuses = {verdict: verdict.exit_status for verdict in Verdict}
    assert statuses == {Verdict.HOLDS: 0, Verdict.VIOLATED: 1, Verdict.NOT_FINISHED: 3, Verdict.SAMPLED: 4}


def test_a_claim_about_steps_fails_at_the_step() -> None:
    claim: OnStep[None, Counters] = OnStep(
        "no_jump_to_three", "CounterGoesUp", lambda _k, _before, after, i: after.at[i] != 3
    )
    found = explore(counters(2, on_step=(claim,)))
    assert found.counterexample is not None
    assert (found.counterexample.claim, len(found.counterexample.moves)) == ("no_jump_to_three", 3)


def test_a_claim_whose_twin_is_never_seen_is_not_among_the_seen() -> None:
    about_something: Always[None, Counters] = Always("small", lambda _k, s: max(s.at) <= 3, lambda _k, s: 3 in s.at)
    about_nothing: Always[None, Counters] = Always("vacuous", lambda _k, _s: True, lambda _k, s: 4 in s.at)
    assert explore(counters(2, always=(about_something, about_nothing))).seen == {"small"}


def test_a_claim_that_declares_what_it_reads_is_asked_once_for_each_value() -> None:
    asked: list[Jugs] = []

    def small_is_small(_k: None, s: Jugs) -> bool:
        asked.append(s)
        return s.small <= 3

    explore(jugs(Always("small", small_is_small, lambda _k, s: s.small > 0, reads=("small",))))
    assert sorted(s.small for s in asked) == [0, 1, 2, 3]


@pytest.mark.parametrize("system", [jugs(), counters(2), roundabout()], ids=lambda system: system.name)
def test_the_compiled_table_says_what_the_table_says(system: System[None, object]) -> None:
    plain, compiled = successors_by_the_table(system), successors_compiled(system)
    known, todo = {system.initial}, [system.initial]
    while todo:
        state = todo.pop()
        assert sorted(plain(state)) == sorted(compiled(state))
        todo += {after for _, after in plain(state)} - known
        known |= set(todo)
    assert len(known) > 1


def test_conjuncts_in_common_are_asked_once() -> None:
    asked: list[int] = []

    def common(_k: None, s: Jugs, _i: int) -> bool:
        asked.append(s.small)
        return True

    rows = tuple(action(name, lambda _k, s, _i: s, common, over="jug") for name in ("One", "Two"))
    system = System("common", None, Jugs(), rows, {"jug": 2}, lambda _k, _s: True)
    assert len(successors_compiled(system)(Jugs())) == len(moves_of(system)) == 4
    assert asked == [0]


def test_a_conjunct_that_an_action_does_not_have_cannot_be_dropped() -> None:
    (row,) = counters(1).actions
    assert row.without("may_go_up").guard == ()
    with pytest.raises(ValueError, match="has no single conjunct 'may_go_down'; it has: may_go_up"):
        row.without("may_go_down")
    assert may_go_up in row.guard


def test_a_system_with_a_slip_of_the_pen_is_refused() -> None:
    system = counters(1)
    with pytest.raises(ValueError, match="named twice: CounterGoesUp"):
        replace(system, actions=system.actions * 2)
    with pytest.raises(ValueError, match="ranges over 'counter', which has no size"):
        replace(system, sizes={})
    with pytest.raises(ValueError, match="is about Nothing, which is no action"):
        replace(system, on_step=(OnStep("claim", "Nothing", lambda _k, _before, _after, _i: True),))
