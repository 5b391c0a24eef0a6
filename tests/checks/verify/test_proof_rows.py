"""The proof's rows. Decides: that nothing unproved and nothing untied can be left out. Must not know: the proof."""

from collections import Counter
from dataclasses import replace

from checkedpool_model.proof.proved import Report, TiedScope, proved
from checkedpool_model.proof.solvers import Z3, Solver
from checkedpool_model.proof.system import ACTIONS
from tests.checks.verify.proof import rows_of
from tests.checks.verify.report import Verdict

TIED = TiedScope("idle", 1, 10, 20, 5, Counter({"": 12, "ManagerEnds": 8}), 0, 0.1, ())
ENDS = tuple(action for action in ACTIONS if action.name == "ManagerEnds")


def test_a_proof_and_its_tie_are_two_rows() -> None:
    conditions, tie = rows_of(Report(proved(lambda _: None, actions=ENDS), (TIED,)))
    assert (conditions.verdict, tie.verdict) == (Verdict.HOLDS, Verdict.HOLDS)
    assert conditions.seen.endswith("conditions, z3 and cvc5")
    assert (tie.states, tie.transitions, tie.seen) == (10, 20, "1 scopes, 1 actions")


def test_a_condition_that_fails_is_told() -> None:
    broken = tuple(action.without("inbox_is_empty") for action in ENDS)
    conditions, _ = rows_of(Report(proved(lambda _: None, actions=broken, solvers=(Z3,)), (TIED,)))
    assert conditions.verdict is Verdict.VIOLATED
    assert any("in this world, which satisfies the invariant" in line for line in conditions.trouble)


def test_a_solver_that_is_missing_is_said() -> None:
    found = proved(lambda _: None, actions=ENDS, solvers=(Z3, Solver("cvc5", ())))
    conditions, _ = rows_of(Report(found, (TIED,)))
    assert conditions.verdict is Verdict.NOT_FINISHED
    assert conditions.trouble[0] == "cvc5 is not there: it was not run"


def test_a_step_that_is_not_tied_is_told_and_nothing_tied_is_not_finished() -> None:
    (tie,) = rows_of(Report(None, (TIED, replace(TIED, wrong=("WorkerBegins(0) is not WorkerBegins(0, 1)",)))))
    assert tie.verdict is Verdict.VIOLATED
    assert tie.trouble == ("WorkerBegins(0) is not WorkerBegins(0, 1)",)
    (nothing,) = rows_of(Report(None, ()))
    assert nothing.verdict is Verdict.NOT_FINISHED
