"""What the solvers are asked, and what an answer is worth. Decides: that nothing but a proof passes for one."""

import sys

import pytest

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.proof.conjuncts import INVARIANT
from checkedpool_model.proof.discharge import Answered, Kind, ask, discharged, papers
from checkedpool_model.proof.proved import Proved, proved
from checkedpool_model.proof.solvers import CVC5, SOLVERS, Z3, Solver, SolverError
from checkedpool_model.proof.system import ACTIONS, ENDS, begun
from tests.repo.tree import ROOT

PAPERS = {paper.about: paper for paper in papers()}


def solver(program: str) -> Solver:
    """A counterfeit: what it says is written in its program."""
    return Solver("counterfeit", (sys.executable, "-c", program))


def verdict_of(*answered: Answered, missing: tuple[str, ...] = ()) -> Verdict:
    return Proved(answered, ("z3", "cvc5"), missing, (), 0.0).verdict


@pytest.mark.one_in(4, "make proof")
@pytest.mark.parametrize("about", PAPERS)
def test_both_solvers_prove_every_condition(about: str) -> None:
    assert all(one.is_there for one in SOLVERS), "z3 comes with crosshair-tool, cvc5 with the extra dev"
    answered = ask(PAPERS[about])
    assert not [(one.question.name, dict(one.answers)) for one in answered.refused]
    assert answered.asked == len(PAPERS[about].questions) > 0


def test_every_action_is_asked_for_every_conjunct_and_the_beginning_too() -> None:
    for action in ACTIONS:
        kept = [one.name for one in PAPERS[action.name].questions if one.kind is Kind.KEPT]
        assert kept == [one.name for one in INVARIANT]
    assert [one.name for one in PAPERS["initially"].questions] == [one.name for one in INVARIANT]
    assert [one.action for one in PAPERS["possible"].questions] == ["", *(action.name for action in ACTIONS)]


def test_the_document_says_how_many_conditions_states_and_steps_there_are() -> None:
    text = " ".join((ROOT / "docs/verification.md").read_text().split())
    quick = [run for run in runs.read().scopes if run.time == "quick"]
    assert f"each of {sum(len(paper.questions) for paper in PAPERS.values()):,} conditions" in text
    states, steps = (sum(getattr(run, what) for run in quick) for what in ("states", "transitions"))
    assert f"{states:,} states and {steps:,} steps are tied" in text


def test_names_are_given_once() -> None:
    for names in ([one.name for one in INVARIANT], [action.name for action in ACTIONS]):
        assert len(names) == len(set(names))


def test_nothing_takes_an_end_or_a_begin_back() -> None:
    """So that a future ends once and a task begins once is about whole runs: an end, once there, stays."""
    taken = {change.atom.relation for action in ACTIONS for change in action.changes if not change.adds}
    assert not taken & {*ENDS, begun}


# --- what passes for a proof ------------------------------------------------------------------------------------------

SMALL = PAPERS["initially"]


def saying(answer: str) -> Solver:
    return solver(f"print('\\n'.join(['{answer}'] * {len(SMALL.questions)}))")


def test_an_unknown_is_not_a_proof() -> None:
    answered = ask(SMALL, (Z3, saying("unknown")))
    assert len(answered.refused) == len(SMALL.questions)
    assert all(dict(one.answers) == {"z3": "unsat", "counterfeit": "unknown"} for one in answered.refused)
    assert verdict_of(answered) is Verdict.NOT_FINISHED


def test_solvers_that_disagree_prove_nothing() -> None:
    answered = ask(SMALL, (Z3, saying("sat")))
    assert all(one.is_wrong for one in answered.refused)
    assert verdict_of(answered) is Verdict.VIOLATED


def test_too_few_answers_are_none() -> None:
    answered = ask(SMALL, (solver("print('unsat')"),))
    said = {one.answers["counterfeit"] for one in answered.refused}
    assert said == {f"1 answers to {len(SMALL.questions)} questions"}


def test_a_solver_that_is_not_there_is_not_run_and_the_proof_not_finished() -> None:
    found = proved(lambda _: None, actions=ACTIONS[:1], solvers=(Z3, Solver("cvc5", ())))
    assert found.missing == ("cvc5",)
    assert found.verdict is Verdict.NOT_FINISHED
    assert {one.answers["cvc5"] for one in found.refused} == {"not run"}
    assert {one.answers["z3"] for one in found.refused} == {"unsat", "sat"}


def test_a_solver_that_takes_too_long_has_not_answered() -> None:
    with pytest.raises(SolverError, match="was not done in 0 s"):
        solver("while True: pass").answers("", seconds=0.2)


def test_a_solver_that_breaks_down_has_not_answered() -> None:
    with pytest.raises(SolverError, match="ended with 3"):
        solver("raise SystemExit(3)").answers("", seconds=10)


@pytest.mark.parametrize("one", SOLVERS, ids=lambda one: one.name)
def test_a_text_that_cannot_be_read_is_an_error(one: Solver) -> None:
    with pytest.raises(SolverError, match=one.name):
        one.answers("(assert (nonsense))\n(check-sat)\n", seconds=30)


@pytest.mark.parametrize("one", SOLVERS, ids=lambda one: one.name)
def test_a_world_that_is_looked_for_is_found_and_one_that_cannot_be_is_not(one: Solver) -> None:
    text = "(set-logic UF)\n(declare-sort T 0)\n(declare-fun p (T) Bool)\n(assert (forall ((x T)) (p x)))\n"
    question = "(push 1)\n(assert (exists ((x T)) {}))\n(check-sat)\n(pop 1)\n"
    assert one.answers(text + question.format("(p x)") + question.format("(not (p x))"), seconds=30, finds=True) == [
        "sat", "unsat",
    ]  # fmt: skip


def test_nothing_asked_is_nothing_proved() -> None:
    assert verdict_of() is Verdict.NOT_FINISHED


def test_papers_answered_at_once_come_in_their_order() -> None:
    some = [PAPERS[name] for name in ("initially", "ClientCloses", "follows")]
    told: list[str] = []
    answered = discharged(some, (Z3,), jobs=3, say=told.append)
    assert [one.about for one in answered] == [paper.about for paper in some]
    assert len(told) == len(some)


def test_both_read_one_text_but_for_an_option() -> None:
    assert (Z3.to_refute, Z3.to_find) == ("", "")
    assert CVC5.to_refute.count("(") == CVC5.to_find.count("(") == CVC5.to_find.count("set-option") == 1
