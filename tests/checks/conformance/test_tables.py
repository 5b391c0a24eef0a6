"""The tables of allowed actions: what is said of them beside their exploration, which is a row of ``make verify``.

Decides: that lists are whole, that what is broken and what is listed otherwise is told. Must not know: what is allowed.
"""

from dataclasses import replace

import pytest

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.protocol.properties import ALWAYS
from tests.checks.conformance import counts, tables
from tests.checks.conformance.tables import CLAIMS, CODES, LATER, TABLES, TRACES, Asked, Table, asked, problems_of
from tests.checks.size import Size
from tests.checks.verify.report import Verdict as Shown
from tests.checks.verify.tables import rows_of


def test_the_code_is_followed_by_a_table_that_keeps_every_claim_of_the_model() -> None:
    assert not CODES.not_kept.keys() & CLAIMS


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_exception_has_its_reason(table: Table) -> None:
    assert all(len(reason) > 10 for reason in (*table.not_kept.values(), *table.unused.values()))


def test_a_claim_that_fails_is_told_with_the_steps_that_lead_there(monkeypatch: pytest.MonkeyPatch) -> None:
    never = replace(ALWAYS[0], name="no_future_ever_ends", holds=lambda _k, s: not any(task.end for task in s.tasks))
    monkeypatch.setattr(tables, "ALWAYS", (never,))
    came = asked(CODES.name, "values")
    assert came.verdict is Verdict.VIOLATED
    assert list(problems_of(CODES, came))[:2] == [
        "the code's table does not keep no_future_ever_ends, in values: submit 0, submit 1, drain and wait",
        "  1. ClientCannotPickle 0",
    ]


def test_an_exception_that_is_none_and_a_row_that_never_happens_are_told() -> None:
    told = list(problems_of(replace(TRACES, not_kept={"a claim": "a reason"}, unused={}), Asked()))
    assert "the traces' table is listed as not keeping a claim, and keeps it" in told
    assert "ClientPosts of the traces' table is about nothing that happens in any scope" in told


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_of_a_tables_scopes_everybody_waits_for_a_share_and_each_of_these_is_one_of_the_whole(table: Table) -> None:
    share, whole = table.scopes_of(Size.QUICK), table.scopes_of(Size.LONG)
    assert set(share) < set(whole) == set(table.scopes)
    assert {scope.name for scope in whole} - {scope.name for scope in share} == LATER
    assert {table.counted_as(size) for size in Size} <= {count.name for count in counts.read()}


def test_the_page_shows_it() -> None:
    came = {table.name: Asked(broken={"a claim": ("a graph", "  1. a step")}) for table in TABLES}
    for row in rows_of(came):
        assert row.verdict is Shown.VIOLATED
        assert f"{row.name} does not keep a claim, in a graph" in row.trouble
