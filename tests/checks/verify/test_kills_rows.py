"""Kills and traces on the page. Decides: that no wrong run, no missing death and no weak refusal can be left out."""

from __future__ import annotations

import json

from tests.checks.verify.ended import ended_with
from tests.checks.verify.kills import mutants_row, rows_of
from tests.checks.verify.programs import Ended
from tests.checks.verify.report import Verdict

PHASE: dict[str, object] = {
    "phase": "run", "runs": 9, "deaths": 8, "fork": 7, "forkserver": 1, "spawn": 0, "replace": 1, "wrong": 0,
    "fast loop": 5, "plain loop": 3, "milliseconds": 500,
}  # fmt: skip
TRACES = {"accepted and complete": 9, "events": 99, "lines": 120, "widest": 3, "seconds": 0.1}
REPORT: dict[str, object] = {
    "exit_status": 0, "deaths": 8, "wanted": 8, "runs": 9, "seconds": 1.0, "phases": [PHASE], "traces": TRACES,
    "wrong": [], "missing": [],
}  # fmt: skip


def ended(**changes: object) -> Ended:
    return ended_with({**REPORT, **changes})


def test_a_campaign_without_fault_is_a_row_for_each_phase_and_one_for_the_traces() -> None:
    rows = list(rows_of(ended()))
    assert [(row.name, row.verdict) for row in rows] == [("run", Verdict.HOLDS), ("accepted", Verdict.HOLDS)]
    assert rows[0].seen == "8 deaths: 7 fork, 1 forkserver; 1 under replace; 5 in the fast loop, 3 in the plain one"


def test_one_wrong_run_is_a_violation_of_its_phase_and_says_what_is_wrong() -> None:
    rows = list(rows_of(ended(exit_status=1, wrong=["a future has no end"], phases=[{**PHASE, "wrong": 1}])))
    assert {row.verdict for row in rows} == {Verdict.VIOLATED}
    assert rows[0].trouble == ("a future has no end",)


def test_too_few_deaths_are_no_success() -> None:
    rows = list(rows_of(ended(exit_status=3, missing=["3 of 8 deaths"])))
    assert rows[-1].verdict is Verdict.NOT_FINISHED
    assert rows[-1].trouble == ("3 of 8 deaths",)


def test_a_phase_in_which_nobody_died_is_no_success() -> None:
    rows = list(rows_of(ended(exit_status=3, phases=[{**PHASE, "deaths": 0}])))
    assert rows[0].verdict is Verdict.NOT_FINISHED


def test_a_campaign_that_hangs_or_says_otherwise_than_its_status_is_no_success() -> None:
    assert [row.verdict for row in rows_of(Ended(None, 600.0, "", "stacks"))] == [Verdict.NOT_FINISHED]
    assert [row.verdict for row in rows_of(Ended(1, 1.0, json.dumps(REPORT), ""))] == [Verdict.VIOLATED]


def test_refusals_below_their_floor_are_a_violation() -> None:
    good = {"swap": 0.8, "drop": 0.9, "duplicate": 1.0, "forge": 0.95}
    assert mutants_row(good, 60, 1.0).verdict is Verdict.HOLDS
    assert mutants_row({**good, "forge": 0.5}, 60, 1.0).verdict is Verdict.VIOLATED
    assert mutants_row({}, 60, 1.0).verdict is Verdict.NOT_FINISHED
