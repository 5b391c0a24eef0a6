"""The proof with one condition less: refused, by what is named. Decides: that the tables of these are whole."""

import pytest

from checkedpool_model.proof import mutants
from checkedpool_model.proof.conjuncts import CARRYING, INVARIANT
from checkedpool_model.proof.discharge import ask, paper_of
from checkedpool_model.proof.mutants import GUARDS, MUTANTS, NOT_NEEDED, Dropped, refusal
from checkedpool_model.proof.solvers import CVC5, Z3
from checkedpool_model.proof.system import ACTIONS

BY_NAME = {action.name: action for action in ACTIONS}

TOLD = (
    "ManagerIssues without can_be_claimed",
    "ClientRevokesItsTicket without ticket_is_there",
    "ClientSeesItStillOpen without sees_it_open",
    "ManagerEnds without inbox_is_empty",
    "ManagerBlamesTask without has_no_answer",
    "ManagerBreaksWhatIsBegun without has_nothing_returned",
    "WorkerBegins without waits",
    "the invariant without out_is_booked",
    "the invariant without booked_is_somewhere",
    "the invariant without late_is_withdrawn",
    "the invariant without over_is_shut",
)
"""Those whose counterexample is told, by both solvers: it is evaluated again, so a story that is told is right."""


@pytest.mark.one_in(5, 'make proof ARGS="--mutants"')
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_is_left_is_refused_by_the_condition_that_is_named(mutant: Dropped) -> None:
    assert refusal(mutant).refused_by == mutant.stated


def test_every_condition_of_every_guard_is_dropped_once_or_listed_with_a_reason() -> None:
    listed = [*((name, condition) for name, condition, _ in GUARDS), *NOT_NEEDED]
    assert sorted(listed) == sorted((action.name, condition) for action in ACTIONS for condition, _ in action.guard)


def test_every_conjunct_that_is_no_claim_is_dropped_once() -> None:
    assert [name for name, _, _ in mutants.CONJUNCTS] == [one.name for one in CARRYING]


@pytest.mark.parametrize(("name", "condition"), NOT_NEEDED, ids=" ".join)
def test_what_is_not_needed_is_not_needed(name: str, condition: str) -> None:
    assert not ask(paper_of(BY_NAME[name].without(condition), INVARIANT)).refused


@pytest.mark.parametrize("name", TOLD)
def test_a_refusal_is_told_as_a_counterexample_to_induction(name: str) -> None:
    mutant = next(one for one in MUTANTS if one.name == name)
    found = refusal(mutant, told=True)
    story = "\n".join(found.story)
    assert "in this world, which satisfies the invariant:" in story
    assert f"{mutant.action.name}(" in story
    assert f"{mutant.stated} is false" in story


def test_both_solvers_refuse() -> None:
    """cvc5 may answer *unknown* where it cannot find a world; here, where worlds are looked for, it finds one."""
    mutant = next(one for one in MUTANTS if one.name == "ManagerIssues without can_be_claimed")
    answered = ask(mutant.paper, (Z3, CVC5))
    assert mutant.stated in [one.question.name for one in answered.refused]
    assert all(one.answers["cvc5"] != "unsat" for one in answered.refused)


def test_a_story_to_read() -> None:
    mutant = next(one for one in MUTANTS if one.name == "ManagerEnds without inbox_is_empty")
    told = refusal(mutant, told=True).story
    assert told[1] == (
        "ManagerEnds: accepted_future_ends_with_the_pool fails. When the manager has ended, every accepted future has."
        " (C-01)"
    )
    assert told[-2].startswith("  then accepted_future_ends_with_the_pool is false of t = task")
