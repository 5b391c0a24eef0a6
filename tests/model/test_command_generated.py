"""``checkedpool check --generated`` and ``--matrix``. Decides: words, statuses, JSON. Must not know: which mutants."""

import json
from pathlib import Path

import pytest
from typer.testing import Result

from checkedpool_model.cli import check, generated
from checkedpool_model.mutants import kills
from checkedpool_model.mutants.generated import mutants
from checkedpool_model.mutants.kills import ByHand, Killed, Kills
from checkedpool_model.verify.mutant_search import search
from tests.model.invoking import invoke

NAME = "ClientIsRefused without sees_it_shut"
NOTICED = Killed(NAME, "is_refused_only_if_shut", "values#2", 1)


def ask(*words: str) -> Result:
    """In this process, where what is stated is replaced."""
    return invoke(check.check, "--jobs", "1", *words)


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A pool of which one mutant is made, and that is looked for in one graph."""
    monkeypatch.setattr(generated, "mutants", lambda: [m for m in mutants() if m.name == NAME])
    monkeypatch.setattr(generated, "look_for", lambda *words: search(*words, graphs=["values#2"]))
    return monkeypatch


def stated(one: pytest.MonkeyPatch, what: Kills) -> None:
    one.setattr(kills, "read", lambda: what)


def test_mutants_that_are_noticed_as_stated_exit_with_zero_and_are_counted(one: pytest.MonkeyPatch) -> None:
    stated(one, Kills((NOTICED,)))
    result = ask("--generated")
    assert result.exit_code == 0, result.output
    assert "holds" in result.output


def test_a_mutant_that_nobody_has_stated_exits_with_one_and_is_named(one: pytest.MonkeyPatch) -> None:
    stated(one, Kills())
    result = ask("--generated")
    assert result.exit_code == 1
    assert NAME in result.output


def test_what_is_open_is_shown_with_what_is_missing(one: pytest.MonkeyPatch) -> None:
    stated(one, Kills(open=(ByHand(NAME, (), "a claim is missing"),)))
    result = ask("--generated")
    assert result.exit_code == 0, result.output
    assert f"open: {NAME}: a claim is missing" in result.output


def test_json_has_the_numbers_of_each_kind(one: pytest.MonkeyPatch) -> None:
    stated(one, Kills((NOTICED,)))
    report = json.loads(ask("--generated", "--json").stdout)
    assert report["verdict"] == "holds"
    assert [report[kind] for kind in ("mutants", "killed", "same", "harmless", "open")] == [1, 1, 0, 0, 0]
    assert report["problems"] == []


def test_a_search_prints_what_the_file_would_have_to_say(one: pytest.MonkeyPatch) -> None:
    stated(one, Kills())
    result = ask("--generated", "--search")
    assert result.exit_code == 0, result.output
    assert f'"{NAME}" = {{ by = "is_refused_only_if_shut", at = "values#2", steps = 1 }}' in result.stdout


def test_a_search_writes_into_a_file_if_it_is_told_to(one: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stated(one, Kills())
    assert ask("--generated", "--search", "--out", str(tmp_path / "kills.toml")).exit_code == 0
    assert NAME in (tmp_path / "kills.toml").read_text()


def test_the_matrix_is_printed_as_a_page() -> None:
    result = ask("--matrix")
    assert result.exit_code == 0
    assert result.output.startswith("# The kill matrix")


@pytest.mark.parametrize("words", [["--search"], ["--generated", "--matrix"], ["idle", "--generated"]])
def test_what_does_not_go_together_is_misuse(words: list[str]) -> None:
    assert ask(*words).exit_code == 2
