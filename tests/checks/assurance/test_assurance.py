"""The table of assurance.  Decides: that a cell is earned, that the page is what the checks say, how little is left.

Must not know: what any check does.
"""

from __future__ import annotations

import re
from unittest import mock

import pytest

from checkedpool_model.museum import EXHIBITS
from checkedpool_model.mutants import by_hand
from tests.checks.assurance import carriers as said
from tests.checks.assurance.asking import CLAUSE, ROOT, asking, clauses_of
from tests.checks.assurance.carriers import COLUMNS, TESTS, Carrier, Column
from tests.checks.assurance.mapped import MADE_BY as MADE_MAP_BY
from tests.checks.assurance.mapped import MAP, bugs, map_page
from tests.checks.assurance.page import MADE_BY, PAGE, Assurance, page
from tests.checks.mutants.listed import MUTANTS

ON_TESTS_ALONE, ON_ONE_TEST = 33, 0
"""So many clauses at most: a number that falls is written here, one that rises is a finding."""


@pytest.fixture(scope="module")
def assurance() -> Assurance:
    return Assurance()


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"make it again: {MADE_BY}"


def test_the_map_is_up_to_date() -> None:
    assert MAP.read_text(encoding="utf-8") == map_page(), f"make it again: {MADE_MAP_BY}"


def test_the_map_knows_a_bug_from_each_place_in_which_bugs_are_written_down() -> None:
    wake_up, running = "; ".join(bugs("C-06")), "; ".join(bugs("C-04"))
    assert "cpython/issues/136655) ([Cancelled, but nobody is told](../museum/cancelled-not-told.md))" in wake_up
    assert "cpython/issues/109934)" in wake_up
    assert "concurrent.futures, loky: [Running, but not begun](../upstream/running-too-early.md)" in running
    assert "here: [A task that moved while it was asked for]" in running
    assert not list(bugs("C-03"))


def test_each_exhibit_of_another_project_is_in_the_map() -> None:
    text = MAP.read_text(encoding="utf-8")
    assert not [one.name for one in EXHIBITS if one.project != "checkedpool" and f"museum/{one.name}.md" not in text]


def test_each_clause_has_a_check_or_a_test(assurance: Assurance) -> None:
    assert not assurance.on_nothing


def test_little_rests_on_tests_alone(assurance: Assurance) -> None:
    assert len(assurance.on_tests_alone) <= ON_TESTS_ALONE
    assert len(assurance.on_one_test) <= ON_ONE_TEST


def test_each_clause_that_a_check_or_a_test_names_exists(assurance: Assurance) -> None:
    protocol = set(re.findall(r"^\*\*(P-\d+) ", (ROOT / "spec/protocol.md").read_text(), re.MULTILINE))
    named = {clause for column in assurance.carriers.values() for one in column for clause in one.clauses}
    assert named
    assert named <= assurance.clauses.keys() | protocol


def test_a_test_that_asks_every_case_has_refused_a_mutant() -> None:
    assert not [test.name for test in asking() if test.every and not test.refused]


def test_each_kind_of_check_carries_something(assurance: Assurance) -> None:
    assert not [column.name for column in COLUMNS if not any(one.refused for one in assurance.carriers[column.name])]


# --- that a cell is earned --------------------------------------------------------------------------------------------


def with_carriers(*made: Carrier) -> Assurance:
    """A table of one kind of check, and the tests."""
    column = Column("kind", "", "", "", lambda: iter(made))
    with mock.patch.object(said, "COLUMNS", (column, TESTS)):
        return Assurance()


def test_a_check_that_names_a_clause_and_has_refused_nothing_carries_nothing() -> None:
    found = with_carriers(Carrier("idle", ("C-01",), ()), Carrier("able", ("C-02",), ("a mutant",)))
    assert not found.carried("kind", "C-01")
    assert [one.name for one in found.carried("kind", "C-02")] == ["able"]
    assert [one.name for one in found.named_in_vain("kind")] == ["idle"]


def test_a_mutant_that_is_taken_off_its_list_takes_its_cell_away(assurance: Assurance) -> None:
    assert assurance.carried("model", "C-12")
    less = tuple(mutant for mutant in by_hand.MUTANTS if "C-12" not in mutant.clauses)
    with mock.patch.object(by_hand, "MUTANTS", less):
        assert not Assurance().carried("model", "C-12")


def test_a_mutant_of_the_code_says_which_clauses_it_breaks_and_nothing_else_does() -> None:
    named = [clause for mutant in MUTANTS for clause in mutant.clauses.split()]
    assert named
    assert all(CLAUSE.fullmatch(clause) for clause in named)


def test_clauses_are_read_off_a_sentence_each_once() -> None:
    assert clauses_of("One (C-01, P-02), and C-01 again.") == ("C-01", "P-02")
    assert clauses_of(None) == ()
