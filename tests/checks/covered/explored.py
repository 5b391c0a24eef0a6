"""A share of all that explores the executor's code, in this process.

Decides: how large the share is. Must not know: what is noted of it.

Interleavings are drawn here: a search plays a schedule again, and where a line is noted for the first time the GIL can
be lost, and at no later time.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

from checkedpool._core import worker_record
from checkedpool.testing import SCOPES, Plan, campaign
from checkedpool_model.checker.explore import explore
from tests.checks.conformance.scopes import FAMILIES, Case
from tests.checks.conformance.system import system_of
from tests.checks.interleavings import explore as interleavings
from tests.checks.interleavings.catalogue import QUICK
from tests.checks.interleavings.test_scopes import CHANCES, Chance

__all__ = ["GRAPHS", "SAYS", "WORLDS", "share"]

WORLDS, RUNS = 400, 10
"""The first worlds of each graph; chosen runs of each strategy in each scope."""
PLANS = {"sweep": Plan(runs=1), "pct": Plan(runs=RUNS), "random": Plan(runs=RUNS)}
GRAPHS = tuple(case for family in FAMILIES for case in family.cases)
SAYS = (
    f"the first {WORLDS} worlds of each of the {len(GRAPHS)} graphs of the families; a base run of the sweep, and"
    f" {RUNS} runs each by priorities and by chance, in each of the {len(SCOPES)} scopes of chosen schedules; {CHANCES}"
    f" interleavings by chance of each of the {len(QUICK)} quick scopes of rooms, with the rooms and without"
)


def share() -> Iterator[str]:
    """Go through it; a word at each part."""
    for case in GRAPHS:
        _graph(case)
        yield f"graph: {case.scope}"
    for strategy, plan in PLANS.items():
        for name, scope in SCOPES.items():
            campaign(name, scope, strategy, plan)
            yield f"{strategy}: {name}"
    for rooms in QUICK:
        for used in (rooms.rooms, ()):
            interleavings.explore(rooms.made_of(used), Chance(1))
        yield f"{rooms.room}: {rooms.name}"


def _graph(case: Case) -> None:
    last, unread = case.numbers or (worker_record.LAST_SEQ, worker_record.UNREAD)
    with (
        mock.patch.object(worker_record, "LAST_SEQ", last),
        mock.patch.object(worker_record, "UNREAD", unread),
    ):
        explore(system_of(case.scope), limit=WORLDS)
