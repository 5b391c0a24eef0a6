"""The second referee as rows: TLC on the text of ``spec/tla`` beside our checker.

Decides: how it reads on the page. Must not know: what is compared. The long verification has the
small scopes, `make verify-all` has everything, as `make tlc` has. Where there is no TLC it was not run, which is never
passed.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from checkedpool_model.checker.parallel import each
from tests.checks.size import Size
from tests.checks.tlc.compared import Compared
from tests.checks.tlc.referee import NotRunError, find_referee
from tests.checks.tlc.work import PROTOCOL, addresses, beginning_sooner, compared, quick_addresses
from tests.checks.verify.model import pool
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "not_run", "rows", "rows_of"]

COMMAND = "make tlc"
SECTION = "TLC: a second referee, on the protocol in TLA+"


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Compare everything, or what is small, and of that nothing that is broken on purpose."""
    wanted = addresses() if size is Size.ALL else quick_addresses()
    try:
        referee = find_referee()
    except NotRunError as error:
        yield not_run(str(error))
        return
    with TemporaryDirectory() as folder, pool() as executor:
        sooner = beginning_sooner(referee, Path(folder))
        work = [(address, sooner) for address in wanted]
        found = each(executor, compared, work, lambda one: say(f"TLC: {one.section}, {one.name}"))
    for row in rows_of(found):
        left = len(addresses()) - len(found) if row.name == PROTOCOL.lower() else 0
        yield row.as_share(f"the other {left} graphs and scopes in {COMMAND}") if left else row


def not_run(why: str) -> Row:
    """It was not run, and that is said."""
    return Row(
        section=SECTION,
        name="the whole of it",
        verdict=Verdict.NOT_FINISHED,
        seconds=0.0,
        seen="not run",
        trouble=(f"not run: {why}",),
        again=COMMAND,
    )


def rows_of(found: Sequence[Compared]) -> Iterator[Row]:
    """One row for each sort of graphs."""
    for section, group in groupby(found, key=lambda one: one.section):
        graphs = tuple(group)
        trouble = tuple(one.problem for one in graphs if one.problem)
        unfinished = all(not one.is_finished for one in graphs if one.problem)
        yield Row(
            section=SECTION,
            name=section.lower(),
            verdict=Verdict.HOLDS if not trouble else Verdict.NOT_FINISHED if unfinished else Verdict.VIOLATED,
            seconds=sum(one.ours.seconds + one.tlc.seconds for one in graphs),
            seen=f"{len(graphs)} compared, {sum(one.tlc.states or 0 for one in graphs):,} states",
            trouble=trouble,
            again=f'{COMMAND} ARGS="--only {section}"',
        )
