"""The tables of allowed actions as rows: which claims of the model they keep, so that following by them carries these.

Decides: how they read on the page. Must not know: how they are explored (``tests/checks/conformance/tables.py``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from checkedpool_model.checker.explore import Verdict as Found
from checkedpool_model.checker.parallel import counting, each
from tests.checks.conformance import counts
from tests.checks.conformance.tables import CLAIMS, TABLES, Asked, Table, asked, problems_of, together
from tests.checks.size import Size
from tests.checks.verify.model import pool
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "rows", "rows_of"]

COMMAND = "python -m tests.checks.conformance --tables"


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Explore every scope of every table beside the others: of its share, where everybody waits."""
    work = [(table.name, scope.name, size) for table in TABLES for scope in table.scopes_of(size)]
    tell = counting(say, len(work))
    with pool() as executor:
        found = each(executor, asked, work, lambda one: tell(one.count.name, one.count.states))
    parts = list(zip(work, found, strict=True))
    came = {
        table.name: together(table.counted_as(size), (one for (name, *_), one in parts if name == table.name))
        for table in TABLES
    }
    for table, row in zip(TABLES, rows_of(came), strict=True):
        is_whole = table.scopes_of(size) == table.scopes
        share = row.as_share(f"all {len(table.scopes)} scopes in {Size.LONG.value}")
        yield replace(row, again=f"{COMMAND} --long") if is_whole else share


def rows_of(came: Mapping[str, Asked]) -> Iterator[Row]:
    """A row for each table."""
    for table in TABLES:
        yield _row(table, came[table.name])


def _row(table: Table, came: Asked) -> Row:
    problems = (*problems_of(table, came), *counts.differences([came.count], counts.read()))
    wrong = Verdict.NOT_FINISHED if came.verdict is Found.NOT_FINISHED else Verdict.VIOLATED
    return Row(
        section="Tables of what may be followed",
        name=table.name,
        verdict=wrong if problems or came.verdict is not Found.HOLDS else Verdict.HOLDS,
        seconds=came.seconds,
        seen=f"{len(CLAIMS)} claims, {len(table.not_kept)} listed as not kept, with reasons",
        states=came.count.states,
        transitions=came.count.edges,
        trouble=problems,
        again=COMMAND,
    )
