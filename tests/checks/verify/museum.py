"""The museum as one row: every famous bug is found in its small model, and every cure holds.

Decides: how the visit reads on the page. Must not know: any exhibit; how one is explored.
"""

import time
from collections.abc import Iterable, Iterator

from checkedpool_model.museum import EXHIBITS
from checkedpool_model.museum.visit import Visit, visit
from tests.checks.verify.model import CHECKEDPOOL
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["row_of", "rows"]


def rows(say: Say) -> Iterator[Row]:
    """Visit every exhibit."""
    begun = time.perf_counter()
    visits = []
    for exhibit in EXHIBITS:
        say(f"museum: {exhibit.name}")
        visits.append(visit(exhibit))
    yield row_of(visits, time.perf_counter() - begun)


def row_of(visits: Iterable[Visit], seconds: float) -> Row:
    """One row for all visits; a museum without exhibits shows nothing."""
    seen = list(visits)
    wrong = [each for each in seen if each.problems]
    sound = f"{len(seen)} bugs found, {len(seen)} cures hold"
    return Row(
        section="Museum",
        name="exhibits",
        verdict=Verdict.VIOLATED if wrong else Verdict.HOLDS if seen else Verdict.NOT_FINISHED,
        seconds=seconds,
        seen=f"{len(wrong)} of {len(seen)} exhibits are not what they say" if wrong else sound,
        trouble=tuple(problem for each in wrong for problem in each.problems),
        words=tuple(each.exhibit.name for each in wrong),
        again=f"{CHECKEDPOOL} museum{f' {wrong[0].exhibit.name}' if wrong else ''}",
    )
