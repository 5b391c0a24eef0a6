"""The proof as rows: what the solvers say of worlds of every size, and the tie to the model's scopes.

Decides: how it reads on the page. Must not know: what is proved. It takes most of a minute, so it is a part of the long
verification, and `make proof` by itself.
"""

from collections import Counter
from collections.abc import Iterator

from checkedpool_model.proof.proved import Report, prove
from tests.checks.verify.model import CHECKEDPOOL, pool
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "rows", "rows_of"]

COMMAND = f"{CHECKEDPOOL} prove"
SECTION = "Proof: for any number of tasks, workers, clients and deaths"


def rows(say: Say) -> Iterator[Row]:
    """Prove everything, and tie it to every scope."""
    with pool() as executor:
        yield from rows_of(prove(say, executor=executor))


def rows_of(report: Report) -> Iterator[Row]:
    """One row for the conditions, one for the tie."""
    if report.proved:
        proved = report.proved
        missing = tuple(f"{name} is not there: it was not run" for name in proved.missing)
        yield Row(
            section=SECTION,
            name="invariant",
            verdict=Verdict(proved.verdict.value),
            seconds=sum(seconds for one in proved.answered for seconds in one.seconds.values()),
            seen=f"{proved.conditions:,} conditions, {' and '.join(proved.solvers)}",
            trouble=(*missing, *proved.stories),
            again=f"{COMMAND} --only conditions",
        )
    wrong = (*(line for scope in report.tied for line in scope.wrong), *report.problems)
    steps = sum((scope.steps for scope in report.tied), Counter[str]())
    yield Row(
        section=SECTION,
        name="tie to the model",
        verdict=Verdict.VIOLATED if wrong else Verdict.HOLDS if report.tied else Verdict.NOT_FINISHED,
        seconds=sum(scope.seconds for scope in report.tied),
        seen=f"{len(report.tied)} scopes, {len(steps) - 1} actions",
        states=sum(scope.states for scope in report.tied),
        transitions=sum(scope.transitions for scope in report.tied),
        trouble=wrong,
        again=f"{COMMAND} --only tie",
    )
