"""The verb ``checkedpool prove``. Decides: its words, its statuses, its JSON. Must not know: what is proved."""

import json
from pathlib import Path

import pytest
from typer.testing import Result

from checkedpool_model.proof import commands, mutants, proved
from checkedpool_model.proof.discharge import papers
from checkedpool_model.proof.solvers import Z3, Solver
from checkedpool_model.proof.system import ACTIONS
from checkedpool_model.proof.tie import Tied
from checkedpool_model.scopes.all import scope_named
from tests.model.invoking import invoke


def prove(*words: str) -> Result:
    return invoke(commands.prove_verb, "--jobs", "1", *words)


def test_one_scope_that_is_tied_exits_with_zero_and_says_so() -> None:
    result = prove("--only", "tie", "--scope", "idle")
    assert result.exit_code == 0, result.output
    assert "holds" in result.output
    assert "idle" in result.output


def test_json_has_the_conditions_the_states_and_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    some = ACTIONS[:2]
    monkeypatch.setattr(proved, "proved", lambda say, jobs: PROVED(say, jobs=jobs, actions=some))
    result = prove("--scope", "idle", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["verdict"] == report["proved"]["verdict"] == report["tied"][0]["verdict"] == "holds"
    assert report["proved"]["conditions"] == sum(len(paper.questions) for paper in papers(some))
    assert report["proved"]["not_run"] == []
    assert sum(report["tied"][0]["steps"].values()) == report["tied"][0]["transitions"]


def test_a_condition_that_fails_exits_with_one_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tuple(action.without("inbox_is_empty") for action in ACTIONS if action.name == "ManagerEnds")
    monkeypatch.setattr(proved, "proved", lambda say, jobs: PROVED(say, jobs=jobs, actions=broken, solvers=(Z3,)))
    result = prove("--only", "conditions")
    assert result.exit_code == 1, result.output
    assert "accepted_future_ends_with_the_pool is kept by: not proved (z3: sat)" in result.output
    assert "ManagerEnds() happens" in result.output


def test_a_missing_solver_exits_with_three_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    two = (Z3, Solver("cvc5", ()))
    monkeypatch.setattr(proved, "proved", lambda say, jobs: PROVED(say, jobs=jobs, actions=ACTIONS[:1], solvers=two))
    result = prove("--only", "conditions")
    assert result.exit_code == 3, result.output
    assert "cvc5 is not there: it was not run" in result.output


PROVED = proved.proved


def test_what_no_step_of_the_model_is_would_be_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = (scope_named("idle"),)
    monkeypatch.setattr(proved, "SCOPES", idle)
    report = proved.prove(lambda _: None, conditions=False, scopes=idle)
    assert "no step of the model is ClientCannotPickle" in report.problems
    assert report.verdict.exit_status == 1


def test_a_count_that_is_not_the_checkers_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = scope_named("live-2x2")
    report = proved.prove(lambda _: None, conditions=False, scopes=(scope,))
    assert report.problems == ()
    monkeypatch.setattr(proved, "tie_graph", lambda name, graph: Tied(f"{name} {graph}", states=1))
    report = proved.prove(lambda _: None, conditions=False, scopes=(scope,))
    assert report.problems == ("live-2x2: 3 states, 0 steps; the checker has another number",)


def test_an_unknown_scope_is_misuse() -> None:
    assert prove("--only", "tie", "--scope", "nonsense").exit_code == 2


def test_the_texts_are_written(tmp_path: Path) -> None:
    assert prove("--smt", str(tmp_path / "here")).exit_code == 0
    written = {path.stem: path.read_text() for path in (tmp_path / "here").iterdir()}
    assert written == {paper.about: paper.text for paper in papers()}


def test_mutants_are_listed_with_what_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    some = tuple(one for one in mutants.MUTANTS if one.action.name == "ManagerEnds")
    monkeypatch.setattr(mutants, "MUTANTS", some)
    result = prove("--mutants", "--stories")
    assert result.exit_code == 0, result.output
    assert "ManagerEnds without inbox_is_empty" in result.output
    assert "in this world, which satisfies the invariant" in result.output
    assert len(json.loads(prove("--mutants", "--json").stdout)) == len(some)


def test_a_mutant_that_is_refused_by_something_else_exits_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (one, *_) = mutants.MUTANTS
    monkeypatch.setattr(mutants, "MUTANTS", (mutants.Dropped(one.name, one.action, one.invariant, "nothing_known"),))
    result = prove("--mutants")
    assert result.exit_code == 1, result.output
    assert "and not by nothing_known" in " ".join(result.output.split())
