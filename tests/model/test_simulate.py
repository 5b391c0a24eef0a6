"""Random walks, on tiny systems. Decides: what a sample finds, counts, repeats and admits."""

from dataclasses import replace

import pytest

from checkedpool_model.checker.explore import NO_DEADLOCK, Verdict, explore
from checkedpool_model.checker.shorten import replayed, shortened
from checkedpool_model.checker.simulate import simulate, walk
from checkedpool_model.checker.system import Always, OnStep
from tests.model.tiny import Counters, Jugs, counters, in_order, jugs

NEVER_FOUR: Always[None, Jugs] = Always("never_four", lambda _k, s: s.big != 4, lambda _k, s: s.big > 0)
LOW: Always[None, Counters] = Always("low", lambda _k, s: sum(s.at) < 5, lambda _k, s: 2 in s.at)


def test_a_sample_that_finds_nothing_is_a_sample_and_not_a_proof() -> None:
    found = simulate(counters(3), seed=1, walks=50)
    assert (found.verdict, found.counterexample) == (Verdict.SAMPLED, None)
    assert found.verdict.exit_status != 0
    assert (found.walks, found.steps, found.longest, found.cut) == (50, 50 * 9, 9, 0)
    assert found.fired == {"CounterGoesUp": 450}


def test_enough_walks_see_what_a_search_sees() -> None:
    found = simulate(counters(2), seed=1, walks=200)
    assert (found.states, found.forgetful) == (explore(counters(2)).states, False)


def test_under_symmetry_one_state_is_counted_for_all_of_its_kind() -> None:
    assert simulate(counters(2, canonical=in_order), seed=1, walks=200).states == 10


def test_a_sample_remembers_no_more_than_it_may_and_says_so() -> None:
    found = simulate(counters(3), seed=1, walks=50, remember=10)
    assert (found.states, found.forgetful) == (10, True)


def test_walks_that_could_go_on_are_counted() -> None:
    found = simulate(jugs(), seed=1, walks=5, steps=20)
    assert (found.cut, found.steps, found.longest) == (5, 100, 20)


def test_a_claim_that_fails_on_a_long_walk_is_told_in_few_steps() -> None:
    found = simulate(jugs(NEVER_FOUR), seed=5, steps=500)
    assert found.verdict is Verdict.VIOLATED
    assert found.counterexample is not None
    assert found.longest > 20
    assert len(found.counterexample.moves) == 6
    assert found.counterexample.states[-1].big == 4


def test_the_walk_that_found_something_can_be_made_again_from_its_seed() -> None:
    system = jugs(NEVER_FOUR)
    found = simulate(system, seed=11, walks=100, steps=100)
    assert found.counterexample is not None
    assert found.walks > 1
    again = list(walk(system, seed=found.seed, number=found.walks - 1, steps=100))
    four = [state.big for _, state in again].index(4)
    assert found.counterexample == shortened(system, "never_four", [move for move, _ in again[: four + 1]])


def test_another_seed_is_another_walk() -> None:
    def first(seed: int, number: int) -> list[int]:
        return [move for move, _ in walk(jugs(), seed=seed, number=number, steps=30)]

    assert first(1, 0) == first(1, 0)
    assert len({tuple(first(seed, number)) for seed in range(3) for number in range(3)}) == 9


def test_a_deadlock_is_found() -> None:
    found = simulate(counters(2, terminal=lambda _k, _s: False), seed=1)
    assert found.counterexample is not None
    assert (found.counterexample.claim, len(found.counterexample.moves)) == (NO_DEADLOCK, 6)


def test_a_claim_about_steps_is_asked() -> None:
    claim: OnStep[None, Counters] = OnStep("no_three", "CounterGoesUp", lambda _k, _before, after, i: after.at[i] != 3)
    found = simulate(counters(2, on_step=(claim,)), seed=1)
    assert found.counterexample is not None
    assert (found.counterexample.claim, len(found.counterexample.moves)) == ("no_three", 3)
    assert found.seen == {"no_three"}


def test_a_beginning_that_breaks_a_claim_is_found_before_any_step() -> None:
    found = simulate(counters(2, always=(replace(LOW, holds=lambda _k, s: sum(s.at) > 0),)), seed=1)
    assert found.counterexample is not None
    assert (found.counterexample.moves, found.steps, found.walks) == ((), 0, 1)


def test_a_claim_whose_twin_was_not_met_is_not_among_the_seen() -> None:
    beyond = replace(LOW, name="beyond", sometimes=lambda _k, s: 9 in s.at, holds=lambda _k, _s: True)
    fine = replace(LOW, holds=lambda _k, _s: True)
    assert simulate(counters(2, always=(beyond, fine)), seed=1).seen == {"low"}


def test_progress_counts_walks() -> None:
    said: list[str] = []
    simulate(counters(1), seed=1, walks=2, progress=said.append)
    assert said == ["counters: walk 1, 3 steps, 4 states", "counters: walk 2, 6 steps, 4 states"]


def test_a_path_on_which_the_claim_does_not_fail_cannot_be_shortened() -> None:
    with pytest.raises(ValueError, match="low does not fail on this path of 1 steps"):
        shortened(counters(2, always=(LOW,)), "low", [0])


def test_a_path_that_is_not_possible_is_not_replayed() -> None:
    assert replayed(counters(2, always=(LOW,)), "low", [0, 0, 0, 0, 1, 1]) is None
    assert replayed(counters(2, always=(LOW,)), "low", [0, 0, 0, 1, 1, 1]) == (
        (0, 0, 0, 1, 1), tuple(Counters(at) for at in ((0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2))),
    )  # fmt: skip


def test_pieces_that_lead_round_no_circle_are_left_out_too() -> None:
    up: Always[None, Counters] = Always("first_down", lambda _k, s: s.at[0] < 3, lambda _k, _s: True)
    told = shortened(counters(3, always=(up,)), "first_down", [1, 0, 2, 1, 0, 2, 2, 1, 0])
    assert [move.index for move in told.moves] == [0, 0, 0]


def test_ways_round_are_cut_before_anything_is_tried() -> None:
    fill_small, fill_big, empty_small, pour_big = 0, 1, 2, 5
    path = [fill_small, empty_small, fill_small, empty_small, fill_big, pour_big]
    two: Always[None, Jugs] = Always("never_two", lambda _k, s: s.big != 2, lambda _k, _s: True)
    assert [move.action for move in shortened(jugs(two), "never_two", path, attempts=0).moves] == ["FillBig", "PourBig"]


def test_what_can_be_left_out_only_after_something_later_is_left_out_too() -> None:
    def second_follows_first(_k: None, s: Counters, i: int) -> bool:
        return i != 1 or s.at[0] > 0

    third_down: Always[None, Counters] = Always("third_down", lambda _k, s: s.at[2] == 0, lambda _k, _s: True)
    system = counters(3, always=(third_down,))
    follows = replace(system, actions=(replace(system.actions[0], guard=(second_follows_first,)),))
    assert [move.index for move in shortened(follows, "third_down", [0, 1, 2]).moves] == [2]
