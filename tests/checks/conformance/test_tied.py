"""The code's graphs are tied to the proof. Decides: that the tie is whole and can fail; which graphs a test ties."""

from dataclasses import replace

import pytest

from checkedpool_model.checker.explore import explore
from checkedpool_model.proof.conjuncts import INVARIANT
from checkedpool_model.proof.discharge import ask, paper_of
from checkedpool_model.proof.logic import every
from checkedpool_model.proof.solvers import Z3
from checkedpool_model.proof.system import begun, x
from tests.checks.conformance import tied
from tests.checks.conformance.besides import BESIDES
from tests.checks.conformance.constants import bounds_of
from tests.checks.conformance.follow import Followed, follow
from tests.checks.conformance.scopes import FAMILIES, FORKED, ONE, THE_REST, Case
from tests.checks.conformance.system import system_of

CASES = {
    f"{family.name} {number}": case
    for family in FAMILIES
    if family.name.removesuffix(THE_REST) in ("two workers", "singles, replace")
    for number, case in enumerate(family.cases)
}
"""The others are tied by ``python -m tests.checks.conformance --tied``."""

SMALL = Case(replace(FORKED, scripts=(ONE,)))


def followed(case: Case) -> Followed:
    system = system_of(case.scope)
    return follow(system.constants, explore(system, keep=True).kept, tied=True)


@pytest.mark.slow
@pytest.mark.one_in(5, "python -m tests.checks.conformance --tied")
@pytest.mark.parametrize("name", CASES)
def test_every_edge_is_a_sequence_of_the_proofs_actions_and_every_image_satisfies_the_invariant(name: str) -> None:
    found = followed(CASES[name])
    assert found.story == ()
    assert found.used


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("action", BESIDES, ids=lambda action: action.name)
def test_what_the_code_may_do_besides_keeps_the_invariant_and_needs_each_of_its_conditions(action: object) -> None:
    (made,) = (one for one in BESIDES if one is action)
    assert not ask(paper_of(made, INVARIANT)).refused
    for condition, _ in made.guard:
        assert any(one.is_wrong for one in ask(paper_of(made.without(condition), INVARIANT), (Z3,)).refused), condition


def test_an_edge_that_is_none_of_the_proofs_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that answers may not be, if nothing may have begun when it does."""
    answers = tied.ACTIONS["WorkerAnswers"]
    less = replace(answers, guard=(*answers.guard, ("nothing_has_begun", every(x)(~begun(x)))))
    monkeypatch.setitem(tied.ACTIONS, "WorkerAnswers", less)
    assert followed(SMALL).story[0] == "the last of these steps is no sequence of actions of the protocol"


def test_an_image_that_breaks_the_invariant_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(INVARIANT[0], name="nothing_ever_begins", formula=~begun(x))
    monkeypatch.setattr(tied, "INVARIANT", (*INVARIANT, wrong))
    assert followed(SMALL).story[0] == "nothing_ever_begins of the proof is false here"


def test_an_allowed_action_that_is_not_listed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(tied.NO_STEPS, "ManagerWakesInVain")
    with pytest.raises(LookupError, match="ManagerWakesInVain"):
        tied.Tie(bounds_of(SMALL.scope))
