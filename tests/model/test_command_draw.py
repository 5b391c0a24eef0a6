"""``checkedpool check`` draws counterexamples and runs them again. Decides: its words, its files, its statuses.

Must not know: how a drawing looks; which mutants there are, but for a few.
"""

import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from checkedpool_model.mutants.by_hand import MUTANTS
from checkedpool_model.verify.address import UnknownMutantError, mutant_named, retraced
from checkedpool_model.verify.all_scopes import run_mutant
from tests.model.test_command import check

MUTANT = "cancel() ends a future and tells nobody"


def unboxed(text: str) -> str:
    """An error without the box around it, in one line."""
    return " ".join(text.replace("│", " ").split())


def words_of_again(text: str) -> list[str]:
    """The words of the command in the last line that begins with 'again'."""
    command = [line for line in text.splitlines() if line.startswith("again: ")][-1]
    return shlex.split(command.removeprefix("again: checkedpool check "))


def test_one_mutant_is_shown_with_the_way_in_which_it_is_caught() -> None:
    shown = check("--mutant", MUTANT)
    assert shown.exit_code == 0, shown.output
    assert "ended_future_is_notified fails after 1 step:" in shown.output
    assert "1. ClientCancels client 0" in shown.output
    *_, verdict = shown.stdout.strip().splitlines()
    assert verdict.startswith("caught ")


def test_some_words_of_its_name_are_enough_for_a_mutant_if_no_other_has_them() -> None:
    assert mutant_named("and tells NOBODY").name == MUTANT
    with pytest.raises(UnknownMutantError, match="several mutants are named 'cancel'"):
        mutant_named("cancel")
    with pytest.raises(UnknownMutantError, match="no mutant is named 'nonsense'; --mutants explores"):
        mutant_named("nonsense")


def test_a_drawing_is_all_that_stands_on_standard_output() -> None:
    shown = check("--mutant", MUTANT, "--draw", "text")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("task-limit: cancel 1")
    assert "● cancels" in shown.stdout
    assert shown.stdout.endswith("✗ ended_future_is_notified fails after 1 step\n")


def test_the_lanes_go_from_those_who_ask_to_those_who_do() -> None:
    drawing = check("--mutant", "submit() does not look at the gate again", "--draw", "text").stdout
    assert drawing.splitlines()[2].split() == ["client", "0", "manager", "worker", "0", "nature"]


def test_a_drawing_can_be_in_mermaids_language() -> None:
    assert check("--mutant", MUTANT, "--draw", "mermaid").stdout.startswith("sequenceDiagram\n")


def test_a_picture_goes_into_the_file_that_is_named(tmp_path: Path) -> None:
    picture = tmp_path / "found.svg"
    shown = check("--mutant", MUTANT, "--draw", "svg", "--out", str(picture))
    assert shown.exit_code == 0, shown.output
    assert f"drawn into {picture}" in shown.output
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - made here


def test_a_file_that_cannot_be_written_is_misuse(tmp_path: Path) -> None:
    shown = check("--mutant", MUTANT, "--draw", "svg", "--out", str(tmp_path / "nowhere" / "found.svg"))
    assert shown.exit_code == 2
    assert "cannot write" in shown.output


def test_where_every_claim_holds_there_is_nothing_to_draw() -> None:
    shown = check("idle", "--draw", "text")
    assert shown.exit_code == 0
    assert "nothing to draw: no claim fails" in shown.output


def test_the_last_line_of_a_counterexample_runs_it_again() -> None:
    first = check("--mutant", MUTANT).output
    again = check(*words_of_again(first))
    assert again.exit_code == 1, again.output
    assert again.output.strip() in first.strip()


def test_a_run_that_is_made_again_can_be_drawn() -> None:
    words = words_of_again(check("--mutant", MUTANT).output)
    assert check(*words, "--draw", "text").stdout == check("--mutant", MUTANT, "--draw", "text").stdout


def test_a_run_at_whose_end_the_claim_holds_exits_with_zero() -> None:
    shown = check("--replay", "gate#0:no_deadlock:ClientPassesGate.0")
    assert shown.exit_code == 0
    assert "no_deadlock holds at the end of this run" in shown.output


def test_a_mutants_run_is_not_possible_without_it_and_that_is_said() -> None:
    found = run_mutant(mutant_named("does not look at the gate again")).finding
    assert found is not None
    shown = check("--replay", found.word)
    assert shown.exit_code == 2
    assert "ClientSeesItStillOpen.0, is not possible: sees_it_open does not hold" in unboxed(shown.output)


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("nonsense", "names no scope and graph"),
        ("gate:no_deadlock:", "names no scope and graph"),
        ("gate#x:no_deadlock:", "names no scope and graph"),
        ("gate#99:no_deadlock:", "no graph 99"),
        ("nowhere#0:no_deadlock:", "there is no scope"),
        ("gate#0:no_deadlock", "names no claim"),
        ("gate#0:nonsense:", "nothing claims"),
        ("gate#0:no_deadlock:Nonsense", "is no action"),
    ],
)
def test_what_cannot_be_run_again_is_misuse_and_says_why(word: str, complaint: str) -> None:
    shown = check("--replay", word)
    assert shown.exit_code == 2
    assert complaint in unboxed(shown.output)


@pytest.mark.parametrize(
    "words",
    [
        ["idle", "--mutant", MUTANT],
        ["idle", "--replay", "gate#0:no_deadlock:"],
        ["--mutants", "--draw", "text"],
        ["--all", "--draw", "svg"],
        ["idle", "--out", "found.svg"],
        ["idle", "--draw", "text", "--json"],
        ["idle", "--draw", "oil"],
        ["--mutant", "nonsense"],
    ],
)
def test_options_that_do_not_go_together_are_misuse(words: list[str]) -> None:
    assert check(*words).exit_code == 2


@pytest.mark.slow
def test_every_mutants_counterexample_can_be_run_again_from_its_word() -> None:
    """Of the mutants that are caught within a second; the others differ in nothing but their length."""
    for mutant in [mutant for mutant in MUTANTS if mutant.scope in ("gate", "idle", "boot")]:
        found = run_mutant(mutant).finding
        assert found is not None
        assert retraced(found.word, mutant).counterexample == found.counterexample
