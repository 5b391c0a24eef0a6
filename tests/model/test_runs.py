"""The file of stated runs. Decides: that every difference from it is named."""

from dataclasses import replace

import pytest

from checkedpool_model.mutants import kills
from checkedpool_model.runs import MutantRun, Runs, ScopeRun, differences, read, write
from checkedpool_model.spec_files import UnreadableError

SCOPE = ScopeRun("small", "quick", "holds", 2, 30, 90, 7)
MUTANT = MutantRun("waits for nobody", "no_deadlock", 4)


def test_what_is_written_is_read_back() -> None:
    made = Runs((SCOPE, replace(SCOPE, name="large")), (MUTANT,))
    assert read(write(made)) == made


def test_equal_runs_differ_in_nothing() -> None:
    assert list(differences("scope", [SCOPE], [SCOPE])) == []


def test_a_wrong_count_is_named_with_both_values() -> None:
    wrong = replace(SCOPE, states=31)
    assert list(differences("scope", [SCOPE], [wrong])) == ["scope small: states is 30, runs.toml says 31"]


def test_another_verdict_is_a_difference() -> None:
    wrong = replace(SCOPE, verdict="violated")
    assert list(differences("scope", [SCOPE], [wrong])) == ["scope small: verdict is holds, runs.toml says violated"]


def test_another_killer_is_a_difference() -> None:
    wrong = replace(MUTANT, killer="other")
    assert list(differences("mutant", [MUTANT], [wrong])) == [
        "mutant waits for nobody: killer is no_deadlock, runs.toml says other"
    ]


def test_a_run_that_is_not_stated_is_a_difference() -> None:
    assert list(differences("scope", [SCOPE], [])) == ["scope small: not in runs.toml"]


def test_a_stated_run_that_was_not_made_is_a_difference() -> None:
    assert list(differences("scope", [], [SCOPE])) == ["scope small: in runs.toml, but there is no such scope"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[scope", "end of document"),
        ('[[scope]]\nname = "small"\ndept = 3', "dept"),
        ('[[scope]]\nname = "small"', "graphs"),
        ("scope = 3", "int"),
    ],
)
def test_a_file_that_is_not_of_this_form_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=rf"^runs\.toml cannot be read: .*{said}.*make it anew$"):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("killed = [", "end of document"),
        ('[open]\n"A" = { at = ["gate#0"] }', "there is no 'because'"),
        ("same = 3", "int"),
    ],
)
def test_a_file_of_mutants_that_is_not_of_this_form_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=rf"^kills\.toml cannot be read: .*{said}.*make it anew$"):
        kills.read(text)
