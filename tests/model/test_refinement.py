"""One system refines another, on counters with known answers. Decides: what must be found, told, refused and admitted.

Above, a counter goes up in one step. Below, it takes two: somebody prepares, then commits.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest

from checkedpool_model.checker.explore import NO_DEADLOCK, Verdict
from checkedpool_model.checker.refinement import (
    BEGINS,
    ENDS,
    MATCHED,
    SAYS_SOMETHING,
    Refinement,
    Steps,
    check_refinement,
    story,
)
from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen, System
from tests.model.lassos import NONE, STRONG, WEAK

TOP = 3


class Above(NamedTuple):
    """A counter, and a light that somebody switches on and off."""

    at: int = 0
    light: bool = False


class Below(NamedTuple):
    """A counter, whether its next step is prepared, and the light."""

    at: int = 0
    prepared: bool = False
    light: bool = False


def below_the_top(_k: None, s: Above, _i: int) -> bool:
    return s.at < TOP


def below_the_top_too(_k: None, s: Below, _i: int) -> bool:
    return s.at < TOP


def is_prepared(_k: None, s: Below, _i: int) -> bool:
    return s.prepared


def is_not_prepared(_k: None, s: Below, _i: int) -> bool:
    return not s.prepared


def row_above(
    name: str, effect: Effect[None, Above], *guard: Conjunct[None, Above], fair: Fair = WEAK, over: str = ""
) -> Action[None, Above]:
    return Action(name, over, guard, effect, fair, Seen.OBSERVABLE, "")


def row(
    name: str, effect: Effect[None, Below], *guard: Conjunct[None, Below], fair: Fair = WEAK
) -> Action[None, Below]:
    return Action(name, "", guard, effect, fair, Seen.OBSERVABLE, "")


UP = row_above("Up", lambda _k, s, _i: s._replace(at=s.at + 1), below_the_top)
SWITCH_ABOVE = row_above("Switch", lambda _k, s, _i: s._replace(light=not s.light), fair=NONE)

PREPARE = row("Prepare", lambda _k, s, _i: s._replace(prepared=True), is_not_prepared, below_the_top_too)
COMMIT = row("Commit", lambda _k, s, _i: s._replace(at=s.at + 1, prepared=False), is_prepared)
FORGET = row("Forget", lambda _k, s, _i: s._replace(prepared=False), is_prepared, fair=NONE)
SWITCH = row("Turn", lambda _k, s, _i: s._replace(light=not s.light))

STEPS: Steps = {"Prepare": ((),), "Commit": (("Up",),), "Forget": ((),), "Turn": (("Switch",),)}


def above(*actions: Action[None, Above], top: int = TOP) -> System[None, Above]:
    return System("above", None, Above(), actions or (UP,), {"hand": 2}, lambda _k, s: s.at == top)


def below(*actions: Action[None, Below], top: int = TOP) -> System[None, Below]:
    return System("below", None, Below(), actions or (PREPARE, COMMIT), {}, lambda _k, s: s.at == top)


def seen_from_above(_k: None, s: Below) -> Above:
    return Above(s.at, s.light)


def ask(
    concrete: System[None, Below],
    abstract: System[None, Above] | None = None,
    abstraction: Callable[[None, Below], Above] = seen_from_above,
    limit: int = 1000,
    **steps: tuple[tuple[str, ...], ...],
) -> Refinement[Below, Above]:
    """Ask, with the steps that go without saying unless told otherwise."""
    allowed = {action.name: steps.get(action.name, STEPS[action.name]) for action in concrete.actions}
    return check_refinement(concrete, abstract or above(), abstraction, allowed, limit=limit)


def fails(found: Refinement[Below, Above]) -> tuple[str, int]:
    """Which claim fails, after how many steps."""
    assert found.verdict is Verdict.VIOLATED
    assert found.counterexample is not None
    return found.counterexample.claim, len(found.counterexample.moves)


# --- what is a refinement ---------------------------------------------------------------------------------------------


def test_two_steps_refine_one() -> None:
    found = ask(below())
    assert (found.verdict, found.states, found.unmatched, found.counterexample) == (Verdict.HOLDS, 7, (), None)
    assert list(story(found)) == []


def test_one_step_may_stand_for_two() -> None:
    jump = row("Commit", lambda _k, s, _i: s._replace(at=min(s.at + 2, TOP)), below_the_top_too)
    assert ask(below(jump), Commit=(("Up", "Up"), ("Up",))).verdict is Verdict.HOLDS
    assert fails(ask(below(jump), Commit=(("Up", "Up"),))) == (MATCHED, 2)


def test_an_index_that_fits_is_looked_for() -> None:
    two_hands = replace(UP, over="hand", effect=lambda _k, s, i: s._replace(at=s.at + i))
    assert ask(below(), above(replace(two_hands, fair=NONE))).verdict is Verdict.HOLDS


def test_an_abstract_action_that_nothing_stands_for_is_reported() -> None:
    assert ask(below(), above(UP, SWITCH_ABOVE)).unmatched == ("Switch",)


def test_a_graph_that_is_not_explored_to_its_end_shows_no_refinement() -> None:
    assert ask(below(), limit=3).verdict is Verdict.NOT_FINISHED


# --- what is none, claim by claim -------------------------------------------------------------------------------------


def test_another_beginning_is_none() -> None:
    found = ask(below(), replace(above(), initial=Above(1)))
    assert fails(found) == (BEGINS, 0)
    assert found.reasons == ("at: 1 -> 0",)


def test_a_step_that_makes_another_difference_is_none() -> None:
    jump = replace(COMMIT, effect=lambda _k, s, _i: s._replace(at=s.at + 2, prepared=False))
    found = ask(below(PREPARE, jump), Commit=((), ("Up",)))
    assert list(story(found)) == [
        "each_step_is_matched fails after 2 steps:",
        "  1. Prepare",
        "       prepared: False -> True",
        "  2. Commit",
        "       at: 0 -> 2",
        "       prepared: True -> False",
        "seen as above:",
        "  before: 0 False",
        "  after: 2 False",
        "  as no step: what is missing then is at: 0 -> 2",
        "  as Up: what is missing then is at: 1 -> 2",
    ]


def test_a_step_that_is_not_possible_above_is_none_and_the_false_conjunct_is_named() -> None:
    beyond = row("Commit", lambda _k, s, _i: s._replace(at=s.at + 1), lambda _k, s, _i: s.at <= TOP)
    found = ask(below(beyond, top=TOP + 1))
    assert fails(found) == (MATCHED, 4)
    assert found.reasons == ("as Up: Up is not possible, below_the_top is false",)


def test_it_is_said_which_step_of_a_sequence_is_not_possible_with_which_index() -> None:
    def is_low(_k: None, s: Above, i: int) -> bool:
        return s.at < i

    commit = replace(COMMIT, effect=lambda _k, s, _i: s._replace(at=s.at + 2, prepared=False))
    found = ask(below(PREPARE, commit), above(replace(UP, guard=(is_low,), over="hand")), Commit=(("Up", "Up"),))
    lacks = "Up hand 0 is not possible, is_low is false; Up hand 1 is not possible, is_low is false"
    assert found.reasons == (f"as Up, Up: step 2, {lacks}",)


def test_a_step_that_may_stand_for_nothing_is_none() -> None:
    found = ask(below(), Prepare=())
    assert fails(found) == (MATCHED, 1)
    assert found.reasons == ("no sequence is allowed, not even the empty one",)


def test_a_deadlock_is_none() -> None:
    stuck = replace(PREPARE, guard=(is_not_prepared, lambda _k, s, _i: s.at < 2))
    assert fails(ask(below(stuck, COMMIT))) == (NO_DEADLOCK, 4)


def test_an_end_that_is_none_above_is_none() -> None:
    found = ask(below(), above(top=TOP + 1))
    assert fails(found) == (ENDS, 6)


def test_to_stop_where_something_must_happen_above_is_none() -> None:
    found = ask(below(PREPARE, replace(COMMIT, fair=NONE)))
    assert fails(found) == ("fair_to_Up", 1)
    assert found.counterexample is not None
    assert found.counterexample.lasso_from == 1
    assert found.reasons == ("Up is possible all the time, and never happens",)
    assert list(story(found))[-5:] == [
        "then for ever:",
        "  nothing happens",
        "seen as above:",
        "  before: 0 False",
        "  Up is possible all the time, and never happens",
    ]


def test_to_prepare_and_forget_for_ever_is_none() -> None:
    found = ask(below(PREPARE, COMMIT, FORGET))
    assert fails(found) == ("fair_to_Up", 2)
    assert found.counterexample is not None
    assert [move.action for move in found.counterexample.moves] == ["Prepare", "Forget"]
    assert found.counterexample.lasso_from == 0


def test_a_strong_commit_cannot_be_forgotten_for_ever() -> None:
    assert ask(below(PREPARE, replace(COMMIT, fair=STRONG), FORGET)).verdict is Verdict.HOLDS


def test_what_need_not_happen_above_may_be_neglected() -> None:
    assert ask(below(PREPARE, COMMIT, FORGET), above(replace(UP, fair=NONE))).verdict is Verdict.HOLDS


def test_to_do_other_abstract_steps_for_ever_is_none() -> None:
    found = ask(below(PREPARE, replace(COMMIT, fair=NONE), SWITCH), above(UP, SWITCH_ABOVE))
    assert found.counterexample is not None
    assert found.counterexample.claim == "fair_to_Up"
    assert {move.action for move in found.counterexample.moves[found.counterexample.lasso_from :]} == {"Turn"}


def test_to_do_for_ever_what_must_happen_above_neglects_nothing() -> None:
    up = replace(UP, effect=lambda _k, s, _i: s._replace(at=(s.at + 1) % TOP), guard=())
    commit = replace(COMMIT, effect=lambda _k, s, _i: s._replace(at=(s.at + 1) % TOP, prepared=False))
    assert ask(below(PREPARE, commit), above(up)).verdict is Verdict.HOLDS
    assert fails(ask(below(PREPARE, commit, FORGET), above(up)))[0] == "fair_to_Up"


def test_what_is_strong_above_is_not_neglected_though_it_is_not_possible_all_the_time() -> None:
    in_the_dark = replace(UP, guard=(below_the_top, lambda _k, s, _i: not s.light))
    concrete = below(PREPARE, replace(COMMIT, guard=(is_prepared, lambda _k, s, _i: not s.light)), SWITCH)
    assert ask(concrete, above(in_the_dark, SWITCH_ABOVE)).verdict is Verdict.HOLDS
    found = ask(concrete, above(replace(in_the_dark, fair=STRONG), SWITCH_ABOVE))
    assert fails(found)[0] == "fair_to_Up"
    assert found.reasons == ("Up is possible again and again, and never happens",)


def test_what_is_not_possible_within_a_sequence_is_not_possible_all_the_time() -> None:
    in_the_dark = replace(UP, guard=(below_the_top, lambda _k, s, _i: not s.light))
    blink = row("Turn", lambda _k, s, _i: s)
    concrete = below(PREPARE, replace(COMMIT, fair=NONE), blink)
    assert ask(concrete, above(in_the_dark, SWITCH_ABOVE), Turn=(("Switch", "Switch"),)).verdict is Verdict.HOLDS
    assert fails(ask(concrete, above(in_the_dark, SWITCH_ABOVE), Turn=((),)))[0] == "fair_to_Up"


def test_what_is_strong_above_and_possible_only_within_a_sequence_is_neglected_all_the_same() -> None:
    in_the_light = replace(UP, guard=(below_the_top, lambda _k, s, _i: s.light), fair=STRONG)
    blink = row("Turn", lambda _k, s, _i: s)
    found = ask(below(PREPARE, blink), above(in_the_light, SWITCH_ABOVE), Turn=(("Switch", "Switch"),))
    assert fails(found)[0] == "fair_to_Up"
    assert found.counterexample is not None
    assert "Turn" in {move.action for move in found.counterexample.moves[found.counterexample.lasso_from :]}


def test_a_mapping_to_one_state_says_nothing() -> None:
    abstract = replace(above(replace(UP, fair=NONE)), terminal=lambda _k, _s: True)
    found = ask(below(), abstract, lambda _k, _s: Above(), Commit=((),))
    assert fails(found) == (SAYS_SOMETHING, 0)
    assert found.reasons == ("all 7 states are mapped to this one",)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_an_action_that_nothing_is_said_of_is_refused() -> None:
    with pytest.raises(ValueError, match=r"may these actions of below stand for\? Commit"):
        check_refinement(below(), above(), seen_from_above, {"Prepare": ((),)})


def test_actions_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="below has no such actions: Forget, Turn"):
        check_refinement(below(), above(), seen_from_above, STEPS)
    with pytest.raises(ValueError, match="above has no such actions: Upp"):
        ask(below(), Commit=(("Upp",),))


def test_states_that_stand_for_others_are_refused() -> None:
    with pytest.raises(ValueError, match="canonical=None"):
        ask(replace(below(), canonical=lambda s: s))
