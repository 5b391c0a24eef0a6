"""Executors that break one clause each are found, and ours is not.

Decides: which scenario shows which clause.  Must not know: how a history is judged.
"""

from __future__ import annotations

import pytest

from checkedpool.testing.audit import Audit, Options, Scenario, Verdict, audit, scenarios
from checkedpool.testing.audit.show.report import plain, text
from tests.audit.known import BUSY, END, STANDARD, seen
from tests.whole import HowMany

MUTANTS = {
    "CancelsInNameOnly": ("C-05", f"{BUSY}cancel 1{END}"),
    "CancelsInSilence": ("C-06", f"{BUSY}cancel 1{END}"),
    "WaitsTooShort": ("C-48", f"{BUSY}drain wait &{END}"),
    "ForgetsToCancel": ("C-46", f"{BUSY}cancel-all{END}"),
    "RaisesTheSecondTime": ("C-42", f"{BUSY}drain{END}"),
    "RunsTwice": ("C-03", f"1: submit quick{END}"),
    "CallsBackTwice": ("C-08", f"1: submit quick{END}"),
    "RunsWhatWaits": ("C-04", f"{BUSY}look 1{END}"),
    "MixesValuesUp": ("C-02", f"1: submit quick{END}"),
    "ReopensItself": ("C-44", f"1: drain; submit quick{END}"),
    "BreaksWhenTerminated": ("C-58", f"1: terminate; submit quick{END}"),
}


HANGS = {"CancelsInSilence", "ForgetsToCancel"}
PATIENT, SHORT = 20.0, 3.0
"""Seconds for what comes for certain, and for what never comes."""


def audited(target: str, *lines: str, limit: float = PATIENT) -> Audit:
    return audit(Options(target, limit=limit), [Scenario.parse(line) for line in lines])


@pytest.mark.parametrize("name", MUTANTS)
def test_an_executor_that_breaks_a_clause_is_found(name: str) -> None:
    clause, line = MUTANTS[name]
    done = audited(f"tests.audit.mutants:{name}", line, limit=SHORT if name in HANGS else PATIENT)
    assert done.verdict is Verdict.DIFFERS, text(done)
    assert list(done.shortest()) == [clause], text(done)


def test_none_of_these_scenarios_is_held_against_our_executor() -> None:
    done = audited("checkedpool:ProcessPoolExecutor", *(line for _, line in MUTANTS.values()))
    assert done.verdict is Verdict.AGREES, text(done)


def test_our_executor_keeps_the_contract_in_scenarios_by_chance(so_many: HowMany) -> None:
    drawn = scenarios(20261125, 100)[-so_many(40, 10) :]
    done = audit(Options("checkedpool:ProcessPoolExecutor", limit=PATIENT), drawn)
    assert done.verdict is Verdict.AGREES, text(done)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_our_executor_keeps_the_contract_under_other_start_methods(method: str, so_many: HowMany) -> None:
    drawn = scenarios(0, 44)[-so_many(4, 2) :]
    done = audit(Options("checkedpool:ProcessPoolExecutor", limit=PATIENT, method=method), drawn)
    assert done.verdict is Verdict.AGREES, text(done)


@pytest.mark.parametrize(("clause", "line"), STANDARD.items())
def test_the_standard_executor_differs_where_the_deviations_say_so(clause: str, line: str) -> None:
    done = seen(Options("concurrent.futures:ProcessPoolExecutor", limit=SHORT), line)
    assert list(done.shortest()) == [clause], text(done)
    assert clause in str(plain(done)["differences"])


def test_a_hang_is_a_finding_with_its_stacks_and_leaves_no_process() -> None:
    done = audited("tests.audit.mutants:ForgetsToCancel", f"{BUSY}cancel-all wait &{END}", limit=SHORT)
    assert list(done.shortest()) == ["C-46"]
    assert "shutdown" in text(done).partition("what its threads were doing")[2]


def test_a_class_without_terminate_is_not_judged_by_it() -> None:
    done = audited("tests.audit.mutants:Small", f"1: terminate{END}", f"1: submit quick{END}")
    assert [one.verdict for one in done.rounds] == [Verdict.NOT_OFFERED, Verdict.AGREES]


def test_what_does_not_come_to_a_verdict_is_not_called_sound() -> None:
    done = audited("tests.audit.mutants:not_an_executor_at_all", "1: submit quick; settle")
    assert done.verdict is Verdict.NOT_FINISHED
    assert "Traceback" in text(done)
