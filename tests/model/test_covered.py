"""What need not be touched. Decides: that each exception is one, has a reason, and is noticed when it is none."""

import pytest

from checkedpool_model.checker.touched import Touched
from checkedpool_model.scopes import covered
from checkedpool_model.scopes.covered import IDLE, RARELY, asked_conjuncts, idle_gaps, state_fields
from checkedpool_model.verify.one_graph import Limits, explore_graph

EVERYTHING = Touched(
    frozenset(asked_conjuncts()) - frozenset(IDLE), frozenset(state_fields()) - frozenset(IDLE), 10, 10
)


def test_nothing_is_wrong_when_all_matters_but_what_is_listed() -> None:
    assert idle_gaps(EVERYTHING) == ()


def test_a_conjunct_that_never_decides_and_is_not_listed_is_named() -> None:
    less = Touched(EVERYTHING.decisive - {"ManagerIssues.has_room"}, EVERYTHING.changed, 5, 10)
    (gap,) = idle_gaps(less)
    assert gap.startswith("the conjunct ManagerIssues.has_room was never the only one that was false in 5 of 10 states")


def test_a_field_that_never_changes_and_is_not_listed_is_named() -> None:
    (gap,) = idle_gaps(Touched(EVERYTHING.decisive, EVERYTHING.changed - {"lanes[].book"}))
    assert gap.startswith("the field lanes[].book never changed")


def test_a_listed_conjunct_that_decides_is_named() -> None:
    listed = next(iter(IDLE))
    (gap,) = idle_gaps(Touched(EVERYTHING.decisive | {listed}, EVERYTHING.changed))
    assert gap == f"{listed} is listed as idle, but it matters"


def test_a_listed_conjunct_without_a_reason_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(covered.IDLE, "ManagerKills.is_awake", " ")
    assert "ManagerKills.is_awake is listed as idle without a reason" in idle_gaps(EVERYTHING)


def test_a_conjunct_that_reads_no_state_is_not_asked() -> None:
    asked = asked_conjuncts()
    assert "ClientWakesManager.is_waking" in asked
    assert "ClientWakesManager.manager_may_sleep" not in asked


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("name", RARELY)
def test_what_a_sample_misses_is_found_where_it_is_listed(name: str) -> None:
    scope, graph = RARELY[name]
    result = explore_graph(scope, graph, Limits(stride=100_000))
    assert name in result.touched.decisive
    assert result.touched.asked == 1
