"""The rows of the real code. Decides: that what is wrong with it is shown. Must not know: what is explored."""

from dataclasses import replace

from checkedpool.testing import submit
from checkedpool_model.checker.explore import Verdict as Found
from tests.checks.conformance import counts
from tests.checks.conformance.check import check
from tests.checks.conformance.families import Explored
from tests.checks.conformance.scopes import EXIT, FORKED, Case, Family
from tests.checks.mutants.code import MUTANTS
from tests.checks.verify.code import rows_of
from tests.checks.verify.report import Row, Verdict

EMPTY = Case(replace(FORKED, scripts=((EXIT,),)))


def rows_by_name(explored: Explored) -> dict[str, Row]:
    return {row.name: row for row in rows_of([explored])}


def test_broken_code_fails_with_its_story() -> None:
    with MUTANTS[0].breaks():
        found = check(
            Case(
                replace(
                    FORKED,
                    scripts=((submit(0), EXIT),),
                )
            )
        )
    row = rows_by_name(Explored(Family("broken", "", ()), (found,)))["broken"]
    assert row.verdict is Verdict.VIOLATED
    assert row.trouble[1:] == found.story


def test_what_was_not_touched_and_what_was_not_counted_fail_by_name() -> None:
    rows = rows_by_name(Explored(Family("empty", "", ()), (check(EMPTY),)))
    assert rows["empty"].verdict is Verdict.HOLDS
    assert rows["coverage"].verdict is Verdict.VIOLATED
    assert "never touched: worker ANSWER" in rows["coverage"].trouble
    assert rows["counts"].trouble == ("empty: not in counts.toml",)


def test_a_count_that_differs_is_told_with_both_numbers() -> None:
    made = counts.Count("family", 1, 20, 30, 4)
    stated = counts.read(counts.write([replace(made, states=19)]))
    assert list(counts.differences([made], stated)) == ["family: states is 20, counts.toml says 19"]


def test_a_graph_that_was_not_explored_to_its_end_is_no_success() -> None:
    found = check(EMPTY, limit=1)
    assert found.verdict is Found.NOT_FINISHED
    rows = rows_by_name(Explored(Family("large", "", ()), (found,)))
    assert {row.verdict for row in rows.values()} == {Verdict.NOT_FINISHED}
