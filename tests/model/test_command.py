"""The verb ``checkedpool check``. Decides: its words, its statuses, its JSON. Must not know: the model's claims."""

import json
from dataclasses import dataclass, replace

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from checkedpool_model import commands, runs
from checkedpool_model.actions import ACTIONS
from checkedpool_model.mutants import MUTANTS
from checkedpool_model.scopes import SCOPES, scope_named
from checkedpool_model.verify import Report, run_scope


@dataclass(frozen=True)
class Shown:
    """What the command said, and with which status it ended."""

    exit_code: int
    output: str


def check(*words: str) -> Shown:
    app = typer.Typer()
    app.command()(commands.check)
    result = CliRunner().invoke(app, list(words))
    return Shown(result.exit_code, result.output)


def test_a_scope_that_holds_exits_with_zero_and_says_so() -> None:
    result = check("idle")
    assert result.exit_code == 0, result.output
    assert "holds" in result.output
    assert "idle" in result.output


def test_an_unknown_scope_is_misuse_and_the_known_ones_are_listed() -> None:
    result = check("nonsense")
    assert result.exit_code == 2
    words = result.output.replace("│", " ").split()
    assert "known" in words
    assert {"gate,", "2x2,"} <= set(words)


def test_the_list_has_every_scope() -> None:
    listed = json.loads(check("--list", "--json").output)
    assert [row["name"] for row in listed] == [scope.name for scope in SCOPES]
    assert all(scope.name in check("--list").output for scope in SCOPES)


def test_a_search_cut_short_exits_with_three() -> None:
    result = check("idle", "--limit", "10")
    assert result.exit_code == 3, result.output
    assert "not finished" in result.output


def test_json_has_the_counts_and_the_verdict() -> None:
    report = json.loads(check("idle", "--json").output)
    assert report["verdict"] == "holds"
    (scope,) = report["scopes"]
    assert scope["states"] > 1000
    assert scope["transitions"] > scope["states"]
    assert scope["fired"]["ManagerIssues"] > 0


@pytest.mark.parametrize("words", [[], ["idle", "--all"], ["--all", "--mutants"]])
def test_asking_for_nothing_or_for_two_things_is_misuse(words: list[str]) -> None:
    assert check(*words).exit_code == 2


def test_a_wrong_count_exits_with_one_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    true = runs.read()
    wrong = runs.Runs(tuple(replace(run, depth=run.depth + 1) for run in true.scopes), true.mutants)
    monkeypatch.setattr(runs, "read", lambda: wrong)
    result = check("idle")
    assert result.exit_code == 1
    assert "scope idle: depth is" in result.output


def test_a_counterexample_is_shown_step_by_step() -> None:
    mutant = MUTANTS[0]
    result = run_scope(scope_named(mutant.scope), actions=mutant.change(ACTIONS))
    console = Console(record=True, width=120)
    commands.show(Report((result,), (), (), (), 0.0), console)
    text = console.export_text()
    assert f"{mutant.killer} fails after" in text
    assert "violated" in text
