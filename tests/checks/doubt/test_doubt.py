"""Bugs can be planted, their checks name them, and a check that does not is found out."""

import json
import subprocess
from dataclasses import replace

import pytest

from tests.checks.answers import Answer
from tests.checks.doubt import __main__ as doubt
from tests.checks.doubt.bug import ROOT, Bug, NotThereError
from tests.checks.doubt.listed import BUGS, bugs_named
from tests.checks.doubt.plant import Fate, Verdict

QUICK = ("no-second-look", "cancel-of-what-runs")
"""Whose checks take a second: of the model, by a command, and by tests."""
MOST = 20


def test_there_are_bugs_in_each_layer_each_with_a_name_of_its_own() -> None:
    parts = {"contract", "protocol", "checker", "proof", "machines", "fast rooms", "shell", "simulated system"}
    assert {bug.part for bug in BUGS} == parts
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 12


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_what_is_changed_is_there_once_and_what_is_planted_is_a_program(bug: Bug) -> None:
    compile(bug.planted, bug.file, "exec", dont_inherit=True)
    changed = [line for line in bug.diff() if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert 0 < len(changed) <= MOST


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(NotThereError, match="0 times"):
        _ = replace(BUGS[0], old="no such line").planted


def test_a_bug_is_named_by_its_number_its_name_or_a_word_of_it() -> None:
    assert bugs_named("2") == bugs_named(BUGS[1].name) == bugs_named("second-look") == [BUGS[1]]
    assert bugs_named("0") == bugs_named(str(len(BUGS) + 1)) == bugs_named("no such bug") == []
    assert len(bugs_named("-")) == len(BUGS)


# --- what becomes of one ----------------------------------------------------------------------------------------------

SAYS = Answer(1, ("first", f"  {BUGS[0].says} and more"), 1.0)
SILENT = Answer(0, ("all is well",), 1.0)


@pytest.mark.parametrize(
    ("broken", "whole", "verdict"),
    [
        (SAYS, SILENT, Verdict.CAUGHT),
        (SAYS, None, Verdict.CAUGHT),
        (SILENT, SILENT, Verdict.SURVIVES),
        (SAYS, SAYS, Verdict.SURVIVES),  # it says so whatever is there
        (replace(SAYS, lines=("Traceback",)), SILENT, Verdict.SURVIVES),  # it fails for another reason
        (replace(SAYS, status=2), SILENT, Verdict.SURVIVES),
        (replace(SAYS, status=-9), SILENT, Verdict.SURVIVES),
        (replace(SAYS, status=0), SILENT, Verdict.SURVIVES),
        (replace(SAYS, status=None), SILENT, Verdict.NOT_FINISHED),
        (SAYS, replace(SILENT, status=None), Verdict.NOT_FINISHED),
    ],
)
def test_only_a_check_that_names_it_and_else_holds_has_caught_it(
    broken: Answer, whole: Answer | None, verdict: Verdict
) -> None:
    assert Fate(BUGS[0], broken, whole).verdict is verdict
    assert verdict.exit_status == {Verdict.CAUGHT: 0, Verdict.SURVIVES: 1, Verdict.NOT_FINISHED: 3}[verdict]


# --- the command ------------------------------------------------------------------------------------------------------


def test_without_a_bug_they_are_listed_with_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert doubt.main([]) == 0
    listed = capsys.readouterr().out
    assert all(f"{number} " in listed and bug.name in listed for number, bug in enumerate(BUGS, 1))
    assert doubt.main(["--json"]) == 0
    assert [row["number"] for row in json.loads(capsys.readouterr().out)] == list(range(1, len(BUGS) + 1))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no-second-lok"], "no bug is named 'no-second-lok' (did you mean 'no-second-look'?); they are 1 to "),
        (["99"], "no bug is named '99'; they are 1 to "),
        (["sig"], "several bugs are named 'sig': sigterm-for-ever, sigkill-is-sigterm; "),
        (["--all", "1"], "give bugs, or --all for each of them"),
        (["--al1"], "unrecognized arguments: --al1"),
    ],
)
def test_misuse_says_what_was_meant(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        doubt.main(words)
    assert left.value.code == 2
    assert says in capsys.readouterr().err


def state_of_the_checkout() -> str:
    return subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
@pytest.mark.left_to("make doubt")
def test_a_bug_is_planted_in_a_copy_and_its_check_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    before = state_of_the_checkout()
    assert doubt.main([QUICK[0], "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert (seen["verdict"], seen["with"]["status"], seen["without"]["status"]) == ("caught", 1, 0)
    assert seen["said"].startswith("accepted_future_ends_with_the_pool fails after ")
    assert any(line.startswith("-") and "sees_it_open" in line for line in seen["diff"])
    assert state_of_the_checkout() == before


@pytest.mark.slow
def test_of_several_each_has_a_line_and_what_survives_is_shown_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (caught,) = bugs_named(QUICK[1])
    unseen = replace(caught, name="unseen", check="python -c pass")
    monkeypatch.setattr(doubt, "BUGS", (caught, unseen))
    assert doubt.main(["--all"]) == 1
    shown = capsys.readouterr().out
    assert "caught" in shown
    assert "SURVIVES" in shown
    assert "no line has the words" in shown
    assert "1 of 2 caught" in shown


def test_who_is_interrupted_leaves_with_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> Fate:
        raise KeyboardInterrupt

    monkeypatch.setattr(doubt, "doubted", interrupted)
    assert doubt.main(["1"]) == 130
    assert "interrupted" in capsys.readouterr().err
