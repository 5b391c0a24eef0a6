"""The model's report on the page. Decides: that no problem is left out. Must not know: the model's scopes."""

from dataclasses import replace

import pytest

from checkedpool_model import runs
from checkedpool_model.checker import explore
from checkedpool_model.checker.system import Fair
from checkedpool_model.mutants.by_hand import MUTANTS
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.scopes.all import LONG_SCOPES, scope_named
from checkedpool_model.verify import all_scopes
from checkedpool_model.verify.all_scopes import MutantResult, Report, ScopeResult
from checkedpool_model.verify.one_graph import Limits
from tests.checks.verify import report as page
from tests.checks.verify.model import rows_of

SCOPE = ScopeResult(
    name="small", note="1 worker", verdict=explore.Verdict.HOLDS, graphs=2, states=30, transitions=40, depth=5,
    seconds=0.1, fired=(("ManagerWakes", 3), ("WorkerDies", 0)), seen=frozenset({"nothing_lost"}), story=(),
)  # fmt: skip
MUTANT = MutantResult(
    name="nobody rings", scope="small", graph="small: exit", killer="no_deadlock", caught_by="no_deadlock", steps=3,
    seconds=0.1, story=(),
)  # fmt: skip
SOUND = Report((SCOPE,), (MUTANT,), coverage_gaps=(), wrong_counts=(), seconds=0.2)


def test_a_sound_report_has_a_row_per_scope_and_all_rows_hold() -> None:
    rows = list(rows_of(SOUND))
    assert [row.name for row in rows] == ["small", "mutants", "coverage", "what matters", "counts"]
    assert page.Report(tuple(rows)).verdict is page.Verdict.HOLDS
    assert (rows[0].states, rows[0].transitions) == (30, 40)


@pytest.mark.parametrize(
    ("bad", "name", "trouble"),
    [
        (
            replace(SOUND, scopes=(replace(SCOPE, verdict=explore.Verdict.VIOLATED, story=("nothing_lost fails",)),)),
            "small",
            "nothing_lost fails",
        ),
        (
            replace(SOUND, mutants=(MUTANT, replace(MUTANT, caught_by=None))),
            "mutants",
            "nobody rings: must be caught by no_deadlock in small: exit, was by nobody",
        ),
        (replace(SOUND, coverage_gaps=("WorkerDies never fired",)), "coverage", "WorkerDies never fired"),
        (
            replace(SOUND, idle=("the conjunct WorkerDies.is_up decides nothing",)),
            "what matters",
            "the conjunct WorkerDies.is_up decides nothing",
        ),
        (replace(SOUND, wrong_counts=("scope small: states is 30",)), "counts", "scope small: states is 30"),
    ],
    ids=["a claim fails", "a mutant survives", "an action never fires", "a conjunct is idle", "a count differs"],
)
def test_every_kind_of_problem_is_violated_and_says_what_and_where(bad: Report, name: str, trouble: str) -> None:
    wrong = [row for row in rows_of(bad) if row.verdict is not page.Verdict.HOLDS]
    assert [(row.name, row.verdict, row.trouble) for row in wrong] == [(name, page.Verdict.VIOLATED, (trouble,))]
    assert "checkedpool check" in wrong[0].again


def test_a_search_that_was_not_finished_makes_the_page_not_finished_and_not_violated() -> None:
    scope = replace(SCOPE, verdict=explore.Verdict.NOT_FINISHED)
    bad = replace(SOUND, scopes=(scope,), coverage_gaps=("X never fired",), wrong_counts=("scope small: states is 30",))
    assert page.Report(tuple(rows_of(bad))).verdict is page.Verdict.NOT_FINISHED


def test_a_long_scope_that_was_not_asked_misses_no_count_and_a_quick_one_does() -> None:
    known = {run.name: run for run in runs.read().scopes}
    left_out = {scope.name for scope in LONG_SCOPES} | {"gate"}
    asked = [_stated(run) for run in known.values() if run.name not in left_out] + [_stated(known["3x3"])]
    report = all_scopes.together(asked, [], 0.0)
    scopes = [line for line in report.wrong_counts if line.startswith("scope")]
    assert scopes == ["scope gate: in runs.toml, but there is no such scope"]


def _stated(run: runs.ScopeRun) -> ScopeResult:
    """What a scope comes to that is as it is stated."""
    return replace(
        SCOPE, name=run.name, long=run.time == "long", graphs=run.graphs, states=run.states,
        transitions=run.transitions, depth=run.depth,
    )  # fmt: skip


def test_a_model_without_mutants_does_not_hold() -> None:
    assert page.Report(tuple(rows_of(replace(SOUND, mutants=())))).verdict is page.Verdict.VIOLATED


def test_a_live_scope_stands_under_the_fairness_that_it_needs() -> None:
    at_last = replace(SCOPE, name="at last", live=True)
    *_, live = (row for row in rows_of(replace(SOUND, scopes=(SCOPE, at_last))) if row.name == "at last")
    assert "under the fairness that the actions declare" in live.section
    (other,) = (row for row in rows_of(SOUND) if row.name == "small")
    assert "fairness" not in other.section


def test_a_search_that_stopped_says_why() -> None:
    stopped = replace(SCOPE, verdict=explore.Verdict.NOT_FINISHED, stopped="more than 10 states")
    (row, *_) = rows_of(replace(SOUND, scopes=(stopped,)))
    assert row.trouble == ("more than 10 states",)


# --- the whole way, from a broken model to the page -------------------------------------------------------------------


def pages_of(actions: all_scopes.Table, scope: str = "exit-handlers") -> list[page.Row]:
    result = all_scopes.run_scope(scope_named(scope), actions=actions)
    return [row for row in rows_of(replace(SOUND, scopes=(result,))) if row.verdict is not page.Verdict.HOLDS]


def test_a_broken_protocol_fails_with_its_story_and_the_line_that_replays_it() -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.scope == "exit-handlers")
    (wrong,) = pages_of(mutant.change(ACTIONS))
    assert wrong.name == "exit-handlers"
    assert any(mutant.killer in line for line in wrong.trouble)
    assert "checkedpool check --replay" in wrong.again
    assert f"exit-handlers#0:{mutant.killer}:" in wrong.again
    assert wrong.words[0] in wrong.again


def test_a_protocol_whose_manager_does_not_owe_a_step_fails_at_last() -> None:
    unfair = tuple(replace(action, fair=Fair.NONE) if action.name == "ManagerReaps" else action for action in ACTIONS)
    (wrong,) = pages_of(unfair, "live-endless")
    assert "fairness" in wrong.section
    assert "checkedpool check --replay" in wrong.again


def test_a_wrong_count_fails_with_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    true = runs.read()
    wrong = replace(true, scopes=tuple(replace(run, states=run.states + 1) for run in true.scopes), mutants=())
    monkeypatch.setattr(runs, "read", lambda: wrong)
    monkeypatch.setattr(all_scopes, "MUTANTS", ())
    report = all_scopes.run_all(scopes=[scope_named("idle")], limits=Limits())
    (states,) = [line for line in report.wrong_counts if line.startswith("scope idle:")]
    assert "states is" in states
    assert "runs.toml says" in states
    (row,) = [row for row in rows_of(report) if row.name == "counts"]
    assert row.verdict is page.Verdict.VIOLATED
    assert states in row.trouble


def test_what_one_scope_does_not_touch_fails_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_scopes, "MUTANTS", ())
    rows = {row.name: row for row in rows_of(all_scopes.run_all(scopes=[scope_named("idle")]))}
    assert any("ClientIsInterrupted never fired" in line for line in rows["coverage"].trouble)
    assert any("the conjunct" in line and "never the only one" in line for line in rows["what matters"].trouble)
    assert rows["coverage"].verdict is rows["what matters"].verdict is page.Verdict.VIOLATED
