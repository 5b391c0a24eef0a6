"""Executors that break one clause each are found, and ours is not.

Decides: which scenario shows which clause.  Must not know: how a history is judged.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from checkedpool.testing.audit import Audit, Call, NoExecutorError, Options, Scenario, Verdict, audit, scenarios
from checkedpool.testing.audit.show.report import plain, text
from checkedpool_spec.vocabulary import DeathPolicy
from tests import limits
from tests.audit.known import BESIDE, BUSY, END, STANDARD, seen
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
    "LosesWhatWaits": ("C-01", f"1: submit quick{END}"),
    "SaysSomethingElse": ("C-87", f"1: submit dies{END}"),
    "SharesItsErrors": ("C-81", f"{BUSY}submit quick; strike 0{END}"),
    "HidesWhoDied": ("C-80", f"1: submit dies{END}"),
}


HANGS = {"CancelsInSilence", "ForgetsToCancel", "LosesWhatWaits"}
PATIENT, SHORT = limits.HANG, 3.0
"""Seconds for what comes for certain, and for what never comes."""


def audited(target: str, *lines: str, limit: float = PATIENT) -> Audit:
    return audit(Options(target, limit=limit), [Scenario.parse(line) for line in lines])


@pytest.mark.one_in(5, "make test-all alone")
@pytest.mark.parametrize("name", MUTANTS)
def test_an_executor_that_breaks_a_clause_is_found(name: str) -> None:
    clause, line = MUTANTS[name]
    done = audited(f"tests.audit.mutants:{name}", line, limit=SHORT if name in HANGS else PATIENT)
    assert done.verdict is Verdict.DIFFERS, text(done)
    assert list(done.shortest()) == [clause], text(done)


def test_none_of_these_scenarios_is_held_against_our_executor(so_many: HowMany) -> None:
    lines = dict.fromkeys([*(line for _, line in MUTANTS.values()), *STANDARD.values()])
    done = audited("checkedpool", *list(lines)[:: so_many(1, 3)])
    assert done, str(done)


def test_our_executor_keeps_the_contract_in_scenarios_by_chance(so_many: HowMany) -> None:
    drawn = scenarios(20261125, 100)[-so_many(40, 10) :]
    done = audit(Options("checkedpool", limit=PATIENT), drawn)
    assert done, str(done)


@pytest.mark.one_in(5, "make test-all alone")
@pytest.mark.parametrize("policy", DeathPolicy)
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_our_executor_keeps_the_contract_under_other_start_methods(
    method: str, policy: DeathPolicy, so_many: HowMany
) -> None:
    drawn = [*map(Scenario.parse, [STANDARD["C-36"], STANDARD["C-77"]]), *scenarios(0, 48)[-so_many(4, 2) :]]
    done = audit(Options("checkedpool", limit=PATIENT, method=method, policy=policy), drawn)
    assert done, str(done)


@pytest.mark.one_in(5, "make test-all alone")
@pytest.mark.parametrize(("clause", "line"), STANDARD.items())
def test_the_standard_executor_differs_where_the_deviations_say_so(clause: str, line: str) -> None:
    done = seen(Options("standard", limit=SHORT), line)
    assert {clause} <= set(done.shortest()) <= {clause, BESIDE.get(clause, clause)}, str(done)
    assert clause in str(plain(done)["differences"])


def test_a_hang_is_a_finding_with_its_stacks_and_leaves_no_process() -> None:
    done = audited("tests.audit.mutants:ForgetsToCancel", f"{BUSY}cancel-all wait &{END}", limit=SHORT)
    assert list(done.shortest()) == ["C-46"]
    assert "shutdown" in text(done).partition("what its threads were doing")[2]


def test_a_class_without_terminate_is_not_judged_by_it() -> None:
    done = audited("tests.audit.mutants:Small", f"1: terminate{END}", f"1: submit quick{END}")
    assert [one.verdict for one in done.rounds] == [Verdict.NOT_OFFERED, Verdict.AGREES]


def test_what_does_not_come_to_a_verdict_is_not_called_sound() -> None:
    done = audited("tests.audit.mutants:ForOneOnly", f"2: submit quick{END}", f"1: submit quick{END}")
    assert [one.verdict for one in done.rounds] == [Verdict.NOT_FINISHED, Verdict.AGREES]
    assert done.verdict is Verdict.NOT_FINISHED
    assert not done
    assert "cannot be made: ValueError: one is enough" in str(done)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("not_an_executor_at_all", "makes int, which is no executor"),
        ("CannotBeMade", "cannot be made: OSError: no room for 1"),
        ("IsNeverMade", "cannot be made: no executor after 1 s"),
    ],
)
def test_what_makes_no_executor_costs_one_try_and_not_one_a_scenario(name: str, says: str) -> None:
    began: list[object] = []
    with pytest.raises(NoExecutorError, match=says):
        audit(Options(f"tests.audit.mutants:{name}", limit=1.0), scenarios(0, 100), lambda *one: began.append(one))
    assert not began


def test_what_is_allowed_is_no_difference_and_what_lies_behind_it_is_found() -> None:
    line = f"{BUSY}look 1; cancel 1{END}"
    options = Options("standard", limit=SHORT)
    both = seen(options, line, lambda done: len(done.shortest()) > 1)
    assert list(both.shortest()) == ["C-04", "C-05"]
    behind = seen(replace(options, allowed=("C-04",)), line, lambda done: "C-04" in str(done))
    assert list(behind.shortest()) == ["C-05"]
    assert "broken and allowed: C-04 in 1 scenario" in str(behind)
    assert audit(replace(options, allowed=("C-04", "C-05")), [Scenario.parse(line)])


def test_a_hang_that_is_allowed_does_not_end_its_scenario() -> None:
    line = f"{BUSY}cancel-all; drain; settle; open 0; settle; look 0; settle"
    done = audit(Options("tests.audit.mutants:ForgetsToCancel", limit=SHORT, allowed=("C-46",)), [Scenario.parse(line)])
    assert done, str(done)
    (one,) = done.rounds
    assert (Call.DONE, "True") in [(event.what, event.said) for event in one.events]  # who waited may be told after it


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nobody adopts orphans")
def test_what_has_gone_into_a_session_of_its_own_is_seen_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRANGERS", str(tmp_path / "strangers"))
    done = audited("tests.audit.mutants:LeavesAStranger", f"1: submit quick{END}", f"1: submit dies{END}")
    assert done, str(done)
    assert "left in sessions of their own, and ended: python" in str(done)
    strangers = (tmp_path / "strangers").read_text().split()
    assert len(strangers) == 3  # the first was that of the first try
    assert not [pid for pid in strangers if Path("/proc", pid).exists()]


def test_an_exception_that_is_no_broken_executor_is_called_that() -> None:
    done = audited("tests.audit.mutants:SaysSomethingElse", MUTANTS["SaysSomethingElse"][1])
    assert "; ConnectionResetError is no BrokenExecutor" in str(done)


def test_a_report_is_what_an_assertion_shows() -> None:
    done = audited("tests.audit.mutants:RunsWhatWaits", MUTANTS["RunsWhatWaits"][1])
    with pytest.raises(AssertionError, match="C-04 RUNNING means begun"):
        assert done, str(done)
    assert repr(done) == "<Audit of tests.audit.mutants:RunsWhatWaits: 1 differs; str() is the report>"
