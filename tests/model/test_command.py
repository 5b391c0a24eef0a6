"""The verb ``checkedpool check``. Decides: its words, its statuses, its JSON. Must not know: the model's claims."""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from typer.testing import Result

from checkedpool_model import runs
from checkedpool_model.cli import check as commands
from checkedpool_model.cli import many, show
from checkedpool_model.cli.sample import Sample, sampled
from checkedpool_model.mutants.by_hand import MUTANTS
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.scopes.all import EVERY_SCOPE, scope_named
from checkedpool_model.spec_files import UnreadableError
from checkedpool_model.verify.all_scopes import Report, run_scope
from tests.model.invoking import invoke


def check(*words: str) -> Result:
    return invoke(commands.check, *words)


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
    assert [row["name"] for row in listed] == [scope.name for scope in EVERY_SCOPE]
    shown = check("--list").output
    assert all(scope.name in shown for scope in EVERY_SCOPE)
    assert EVERY_SCOPE[0].leaves_out[0] not in shown  # which so many leave out that it is no news


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


def test_a_file_of_runs_that_cannot_be_read_is_misuse_and_nothing_is_explored(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses() -> runs.Runs:
        raise UnreadableError("runs.toml cannot be read: line 3")

    monkeypatch.setattr(runs, "read", refuses)
    result = check("idle")
    assert result.exit_code == 2
    assert "runs.toml cannot be read" in result.output
    assert "states" not in result.output


def test_a_counterexample_is_shown_step_by_step() -> None:
    mutant = MUTANTS[0]
    result = run_scope(scope_named(mutant.scope), actions=mutant.change(ACTIONS))
    console = Console(record=True, width=120)
    show.show(Report((result,), (), (), (), 0.0), console)
    text = console.export_text()
    assert f"{mutant.killer} fails after" in text
    assert "violated" in text


# --- samples, limits, many at a time, files ---------------------------------------------------------------------------


def test_a_sample_that_finds_nothing_exits_with_zero_and_claims_nothing() -> None:
    result = check("idle", "--random", "7", "--walks", "3", "--steps", "40")
    assert result.exit_code == 0, result.output
    assert "sampled" in result.output
    assert "holds" not in result.output
    assert json.loads(check("idle", "--random", "7", "--walks", "3", "--json").output)["verdict"] == "sampled"


def test_a_sample_of_a_broken_protocol_exits_with_one_and_says_how_to_see_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.scope == "gate")
    found = sampled(scope_named("gate"), Sample(seed=1, walks=500, steps=200), actions=mutant.change(ACTIONS))
    assert found.exit_status == 1
    assert "again: checkedpool check --replay" in capsys.readouterr().out


def test_a_search_that_meets_its_limit_in_bytes_says_so() -> None:
    result = check("gate", "--memory", "1")
    assert result.exit_code == 3
    assert "more than 1,000,000 bytes, by estimate" in result.output


def test_several_graphs_at_a_time_come_to_the_same() -> None:
    alone, beside = (
        json.loads(check("exit-handlers", "--json", *jobs).output) for jobs in (["--jobs", "1"], ["--jobs", "2"])
    )
    for report in (alone, beside):
        del report["seconds"]
        for scope in report["scopes"]:
            del scope["seconds"]
    assert alone == beside


def test_junit_has_a_case_for_each_claim_of_each_graph(tmp_path: Path) -> None:
    out = tmp_path / "found.xml"
    assert check("exit-handlers", "--junit", str(out)).exit_code == 0
    suites = ET.parse(out).getroot().findall("testsuite")  # noqa: S314 - it was written by the line above
    assert [suite.get("name") for suite in suites] == [
        "exit-handlers: drain and wait",
        "exit-handlers: cancel and wait",
    ]
    assert all(suite.get("failures") == suite.get("errors") == "0" for suite in suites)


@pytest.mark.parametrize(
    "words",
    [
        ["--random", "1"],
        ["idle", "--long"],
        ["--mutants", "--junit", "x.xml"],
        ["idle", "--random", "1", "--draw", "svg"],
    ],
)
def test_options_that_do_not_go_together_are_misuse(words: list[str]) -> None:
    assert check(*words).exit_code == 2


def test_the_executor_is_the_one_that_this_installation_names_or_the_standard_one() -> None:
    named = {entry.value for entry in entry_points(group=many.GROUP)}
    made = many.executor_class()
    assert made is ProcessPoolExecutor if not named else f"{made.__module__.partition('.')[0]}" == "checkedpool"
