"""Histories on the page. Decides: that no failing example, no difference and no blind check can be left out."""

from __future__ import annotations

import json

import pytest

from checkedpool.testing.audit import Audit, Event, Kind, Options, Scenario
from checkedpool.testing.audit import Verdict as Judged
from checkedpool.testing.audit.judge.check import Difference
from checkedpool.testing.audit.run.rounds import Round
from tests.audit.known import STANDARD, seen
from tests.checks.verify import histories
from tests.checks.verify.ended import ended_with
from tests.checks.verify.histories import OURS, THEIRS, audited_row, rules_row
from tests.checks.verify.programs import Ended
from tests.checks.verify.report import Verdict

REPORT: dict[str, object] = {
    "exit_status": 0, "examples": 160, "steps": 12_000, "events": 900, "wrong": [], "missing": [],
}  # fmt: skip


def ended(**changes: object) -> Ended:
    return ended_with({**REPORT, **changes})


def test_examples_are_counted() -> None:
    row = rules_row("simulated", ended(), "again")
    assert (row.verdict, row.seen) == (Verdict.HOLDS, "160 examples, 12,000 steps, 900 events")


def test_a_failing_example_is_a_violation_that_is_shown() -> None:
    row = rules_row("fork", ended(exit_status=1, wrong=["the history leaves the contract"]), "again")
    assert (row.verdict, row.trouble) == (Verdict.VIOLATED, ("the history leaves the contract",))


def test_rules_that_came_to_nothing_are_no_success() -> None:
    row = rules_row("simulated", ended(exit_status=3, missing=["kills it"]), "again")
    assert (row.verdict, row.trouble) == (Verdict.NOT_FINISHED, ("kills it",))


@pytest.mark.parametrize("late", [Ended(None, 600.0, "", "stacks"), Ended(1, 1.0, json.dumps(REPORT), "")])
def test_a_run_that_hangs_or_says_otherwise_than_its_status_is_no_success(late: Ended) -> None:
    row = rules_row("simulated", late, "again")
    assert (row.verdict, row.seen) == (Verdict.NOT_FINISHED, "no report")
    assert row.trouble


@pytest.mark.left_to("make verify: histories")
def test_our_executor_must_agree_and_the_standard_one_must_be_seen_to_differ() -> None:
    ours, theirs = (seen(Options(target, limit=20.0), STANDARD["C-05"]) for target in (OURS, THEIRS))
    assert audited_row("ours", ours).verdict is Verdict.HOLDS
    assert audited_row("theirs", theirs).verdict is Verdict.VIOLATED
    assert audited_row("theirs", theirs, {"C-05"}).seen == "1 differs: C-05 1"
    assert audited_row("theirs", theirs, {"C-05"}).verdict is Verdict.HOLDS
    blind = audited_row("theirs", ours, {"C-05"})
    assert (blind.verdict, blind.trouble) == (Verdict.VIOLATED, ("C-05: known to be broken, and nothing is found",))


def test_what_was_not_seen_is_tried_again_and_what_another_clause_has_shown_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen_by_try = iter([("C-36", "C-80"), (), ("C-05",), ("C-48",)])
    asked: list[list[Scenario]] = []

    def audit(options: Options, wanted: list[Scenario], _: object) -> Audit:
        asked.append(wanted)
        found = tuple(Difference(0, Event(Kind.BEGIN, 0), (clause,), "something else") for clause in next(seen_by_try))
        return Audit(options, [Round(wanted[0], Judged.DIFFERS, differences=found)], 1.0)

    monkeypatch.setattr(histories, "audit", audit)
    whole = histories.until_seen(lambda _: None, Options(THEIRS), ["C-05", "C-36", "C-80"])
    of = {clause: Scenario.parse(STANDARD[clause]) for clause in STANDARD}
    assert asked == [[of["C-05"], of["C-36"]], [of["C-05"]], [of["C-05"]]]
    assert ([*whole.shortest()], whole.seconds) == (["C-05", "C-36", "C-80"], 3.0)


def test_an_audit_of_nothing_is_no_success() -> None:
    nothing = Audit(Options("nothing:at_all"))
    assert audited_row("nothing", nothing).verdict is audited_row("nothing", nothing, set()).verdict
    assert audited_row("nothing", nothing).verdict is Verdict.NOT_FINISHED
