"""How runs until a mutant is found are counted and shown. Must not know: how many they are."""

from __future__ import annotations

import pytest

from tests.checks.mutants.until_found import HEAD, SOUGHT, STRATEGIES_BY_CHANCE, Found, until_found
from tests.repo.tree import ROOT

PAGE = ROOT / "docs/generated/schedules.md"


def test_a_seed_that_found_nothing_counts_as_more_than_all_its_runs() -> None:
    assert str(Found((3, 5, 9))) == "5 (3)"
    assert str(Found((3, None, None))) == "> 100 (1)"


@pytest.mark.parametrize("strategy", STRATEGIES_BY_CHANCE)
def test_a_mutant_is_found_by_each_seed_of_a_strategy_in_the_same_run_again(strategy: str) -> None:
    one, again = (until_found("submit does not look a second time", "closers", strategy, seeds=2) for _ in range(2))
    assert one == again
    assert all(one.runs)


def test_the_page_has_a_row_for_each_mutant_that_is_sought() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith(HEAD.partition("\n")[0])
    rows = [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| ")][2:]
    assert [(mutant.removeprefix("| "), scope) for mutant, scope in rows] == list(SOUGHT)
