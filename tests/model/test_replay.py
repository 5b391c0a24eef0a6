"""A counterexample in one word, run again. Decides: which words are accepted, and what is said of the others."""

from dataclasses import replace
from typing import TypeVar

import pytest

from checkedpool_model.checker.explore import END_IN_REACH, NO_DEADLOCK, Counterexample, explore
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.replay import MalformedError, NotPossibleError, Word, fails_again, read, run, spell
from checkedpool_model.checker.system import Always, Fair, LeadsTo, OnStep, System
from tests.model.test_drawing import never_two
from tests.model.tiny import Counters, Road, counters, roundabout

S = TypeVar("S")


def counterexample(system: System[None, S]) -> Counterexample[S]:
    found = explore(system).counterexample
    assert found is not None
    return found


def coming_home(fair: Fair = Fair.WEAK) -> System[None, Road]:
    """Whoever is at the crossing comes home at last, if he must: he need not, as long as he need not choose to."""
    claim: LeadsTo[None, Road] = LeadsTo(
        "comes_home", lambda _k, s: s.place == "crossing", lambda _k, s: s.place == "home"
    )
    table = tuple(replace(action, fair=fair) for action in roundabout().actions)
    return replace(roundabout(), actions=table, leads_to=(claim,))


# --- the word ---------------------------------------------------------------------------------------------------------


def test_a_counterexample_is_one_word() -> None:
    assert spell(never_two()[1]) == "never_two:FillBig,PourBig"


def test_an_index_stands_behind_a_point() -> None:
    claim: Always[None, Counters] = Always("never_up", lambda _k, s: s.at[1] == 0, lambda _k, _s: True)
    assert spell(counterexample(counters(2, always=(claim,)))) == "never_up:CounterGoesUp.1"


def test_what_goes_on_for_ever_stands_behind_a_tilde() -> None:
    (found,) = check_leads_to(coming_home()).counterexamples
    word = spell(found)
    assert word == "comes_home:WalkerTurnsOff~WalkerGoesSouth,WalkerGoesNorth"
    assert read(word).lasso_from == 1


def test_a_word_without_any_step_is_one() -> None:
    assert read("claim:") == Word("claim", ())
    assert read("claim:~") == Word("claim", (), 0)


@pytest.mark.parametrize(
    "word", ["", "claim", ":Move", "claim:Move,", "claim:,", "claim:Move 1", "claim:A~B~C", "c:M.x"]
)
def test_what_is_no_word_is_refused_with_the_form_that_it_should_have(word: str) -> None:
    with pytest.raises(MalformedError, match="the form is CLAIM:Move"):
        read(word)


# --- the steps --------------------------------------------------------------------------------------------------------


def test_a_run_is_made_again_step_by_step() -> None:
    system, found = never_two()
    assert run(system, read(spell(found))) == found


def test_a_lasso_is_made_again_and_owes_from_the_same_moment_on() -> None:
    (found,) = check_leads_to(coming_home()).counterexamples
    assert run(coming_home(), read(spell(found))) == found


def test_a_step_that_is_not_possible_is_named_with_its_reason_and_with_what_is_possible() -> None:
    with pytest.raises(NotPossibleError) as refused:
        run(roundabout(), read(f"{NO_DEADLOCK}:WalkerTurnsOff,WalkerGoesHome"))
    assert str(refused.value) == (
        "step 2, WalkerGoesHome, is not possible: holds does not hold; possible: WalkerGoesSouth"
    )


def test_going_round_must_come_back_to_where_it_began() -> None:
    with pytest.raises(NotPossibleError, match="after step 2 the system is not again where it was after step 1"):
        run(coming_home(), read("comes_home:WalkerTurnsOff~WalkerGoesSouth"))


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("nobody_claims:CounterGoesUp.0", "nothing claims 'nobody_claims'; the claims: no_deadlock"),
        ("no_deadlock:CounterFlies", "'CounterFlies' is no action of counters"),
        ("no_deadlock:CounterGoesUp", "CounterGoesUp has an index below 2, not none"),
        ("no_deadlock:CounterGoesUp.2", "CounterGoesUp has an index below 2, not 2"),
    ],
)
def test_a_word_about_what_the_system_does_not_have_is_refused(word: str, complaint: str) -> None:
    with pytest.raises(MalformedError, match=complaint):
        run(counters(2), read(word))


def test_an_action_without_an_index_is_given_none() -> None:
    with pytest.raises(MalformedError, match="FillBig has no index, not 0"):
        run(never_two()[0], read("never_two:FillBig.0"))


# --- the claim --------------------------------------------------------------------------------------------------------


def test_a_claim_about_states_fails_again_at_the_end_of_its_run_and_not_before() -> None:
    system, found = never_two()
    assert fails_again(system, found) is True
    assert fails_again(system, run(system, read("never_two:FillBig"))) is False


def test_a_claim_about_steps_fails_again_in_the_last_step() -> None:
    claim: OnStep[None, Counters] = OnStep("never_to_two", "CounterGoesUp", lambda _k, _b, after, i: after.at[i] < 2)
    system = counters(1, on_step=(claim,))
    assert fails_again(system, counterexample(system)) is True
    assert fails_again(system, run(system, read("never_to_two:CounterGoesUp.0"))) is False
    assert fails_again(system, run(system, read("never_to_two:"))) is False


def test_a_deadlock_is_one_again() -> None:
    system = counters(1, terminal=lambda _k, _s: False)
    found = counterexample(system)
    assert found.claim == NO_DEADLOCK
    assert fails_again(system, found) is True
    assert fails_again(counters(1), found) is False, "there it is right that nothing happens any more"


def test_a_trap_is_searched_again_from_where_it_begins() -> None:
    system = roundabout()
    assert fails_again(system, counterexample(system)) is True
    assert fails_again(system, run(system, read(f"{END_IN_REACH}:"))) is False


def test_a_trap_too_large_to_search_is_neither_denied_nor_confirmed() -> None:
    system = counters(2, terminal=lambda _k, _s: False)
    assert fails_again(system, run(system, read(f"{END_IN_REACH}:")), limit=3) is None


def test_something_owed_for_ever_is_owed_again_if_the_run_is_fair() -> None:
    (found,) = check_leads_to(coming_home()).counterexamples
    assert fails_again(coming_home(), found) is True


def test_a_run_that_stops_where_something_must_happen_is_not_fair() -> None:
    stop = read("comes_home:WalkerTurnsOff~")
    assert fails_again(coming_home(), run(coming_home(), stop)) is False
    assert fails_again(coming_home(Fair.NONE), run(coming_home(Fair.NONE), stop)) is True


def test_a_run_that_ends_cannot_owe_anything_for_ever() -> None:
    assert fails_again(coming_home(), run(coming_home(), read("comes_home:WalkerTurnsOff"))) is False
    assert fails_again(coming_home(Fair.NONE), run(coming_home(Fair.NONE), read("comes_home:WalkerGoesHome~"))) is False
