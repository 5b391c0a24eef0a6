"""The model's report on the page. Decides: that no problem is left out. Must not know: the model's scopes."""

from dataclasses import replace

import pytest

from checkedpool_model.checker import explore
from checkedpool_model.verify import MutantResult, Report, ScopeResult
from tests.verify import report as page
from tests.verify.model import rows_of

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
    assert [row.name for row in rows] == ["small", "mutants", "coverage", "counts"]
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
        (replace(SOUND, wrong_counts=("scope small: states is 30",)), "counts", "scope small: states is 30"),
    ],
    ids=["a claim fails", "a mutant survives", "an action never fires", "a count differs"],
)
def test_every_kind_of_problem_is_violated_and_says_what_and_where(bad: Report, name: str, trouble: str) -> None:
    wrong = [row for row in rows_of(bad) if row.verdict is not page.Verdict.HOLDS]
    assert [(row.name, row.verdict, row.trouble) for row in wrong] == [(name, page.Verdict.VIOLATED, (trouble,))]
    assert "checkedpool check" in wrong[0].again


def test_a_search_that_was_not_finished_makes_the_page_not_finished_and_not_violated() -> None:
    scope = replace(SCOPE, verdict=explore.Verdict.NOT_FINISHED)
    bad = replace(SOUND, scopes=(scope,), coverage_gaps=("X never fired",), wrong_counts=("scope small: states is 30",))
    assert page.Report(tuple(rows_of(bad))).verdict is page.Verdict.NOT_FINISHED


def test_a_model_without_mutants_does_not_hold() -> None:
    assert page.Report(tuple(rows_of(replace(SOUND, mutants=())))).verdict is page.Verdict.VIOLATED
