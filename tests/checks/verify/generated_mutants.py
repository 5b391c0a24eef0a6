"""The mutants that a machine makes, as one row: each is what ``kills.toml`` says of it.

Decides: how they read on the page, of which share everybody is asked to wait for the verdict. Must not know: how one is
made or looked at, how they are dealt out (``mutant_parts``).
"""

from collections.abc import Iterable, Iterator, Sequence

from checkedpool_model.checker.explore import Verdict as Found
from checkedpool_model.verify.mutant_check import Report
from checkedpool_model.verify.mutant_parts import ALL_PARTS, LISTED_NOWHERE, check_together
from tests.checks.size import Size
from tests.checks.verify.model import COMMAND, pool
from tests.checks.verify.report import Row, Say, Verdict
from tests.checks.verify.scope_bounds import generated

__all__ = ["row_of", "rows"]

PARTS: dict[Size, Sequence[int]] = {Size.QUICK: (LISTED_NOWHERE, 13), Size.LONG: ALL_PARTS, Size.ALL: ALL_PARTS}
"""Whose mutants are looked at: first of many that take little time, of each kind some."""


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Look at them again, or at a share of them."""
    row = _row(say, PARTS[size])
    yield row if PARTS[size] == ALL_PARTS else row.as_share(f"all of them in {Size.LONG.value}")


def _row(say: Say, parts: Sequence[int]) -> Row:
    say("generated mutants")
    with pool() as executor:
        return row_of([check_together(executor, lambda what: say(f"generated mutants: {what}"), parts)])


def row_of(reports: Iterable[Report]) -> Row:
    """One row for all reports; no mutant at all shows nothing."""
    parts = list(reports)
    many, killed = sum(part.mutants for part in parts), sum(len(part.kills.killed) for part in parts)
    alike = sum(len(part.kills.same) + len(part.kills.harmless) for part in parts)
    missed = sum(len(part.kills.open) for part in parts)
    problems = tuple(problem for part in parts for problem in part.problems)
    wrong = problems or any(part.verdict is not Found.HOLDS for part in parts)
    return Row(
        section="Model as a whole",
        name="generated mutants",
        verdict=Verdict.VIOLATED if wrong else Verdict.HOLDS if many else Verdict.NOT_FINISHED,
        seconds=sum(part.seconds for part in parts),
        seen=f"{len(problems)} problems"
        if problems
        else f"{killed} of {many} caught, {alike} as good as the original, {missed} that no claim forbids",
        trouble=problems,
        again=f"{COMMAND} --generated",
        tables=generated(part.kills for part in parts),
    )
