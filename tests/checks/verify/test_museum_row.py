"""The museum's row on the page. Decides: that no exhibit can be wrong in silence. Must not know: any exhibit."""

from dataclasses import replace

from checkedpool_model.museum import EXHIBITS
from checkedpool_model.museum.visit import visit
from tests.checks.verify.museum import row_of, rows
from tests.checks.verify.report import Verdict


def test_the_museum_is_one_row_that_counts_its_exhibits() -> None:
    said: list[str] = []
    (row,) = rows(said.append)
    assert row.verdict is Verdict.HOLDS
    assert row.seen == f"{len(EXHIBITS)} bugs found, {len(EXHIBITS)} cures hold"
    assert len(said) == len(EXHIBITS)


def test_an_exhibit_whose_cure_does_not_hold_is_named_with_what_fails() -> None:
    exhibit = EXHIBITS[0]
    row = row_of([visit(replace(exhibit, fixed=exhibit.broken)), visit(EXHIBITS[1])], 0.1)
    assert row.verdict is Verdict.VIOLATED
    assert any(line.startswith(f"{exhibit.name}: in the cured design") for line in row.trouble)
    assert row.again.endswith(f"checkedpool museum {exhibit.name}")


def test_a_bug_that_is_not_found_is_named() -> None:
    exhibit = EXHIBITS[0]
    row = row_of([visit(replace(exhibit, broken=exhibit.fixed))], 0.1)
    assert any("is not found broken" in line for line in row.trouble)


def test_an_empty_museum_shows_nothing() -> None:
    assert row_of([], 0.0).verdict is Verdict.NOT_FINISHED
