"""A worker is killed at each point of an attempt with a limit: the call is tried again, and its result is right.

Decides: the points. Must not know: how a fault is injected, or a call tried again.
"""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._trace.fault_points import AFTER, BEFORE, HALF, Fault, Planned
from checkedpool_model.traces.verdict import Verdict, judge
from tests import leaks
from tests.checks.kills.rounds import LIMIT, identity

pytestmark = pytest.mark.usefixtures("counted_process")

POINTS = [
    *((op, when) for op in ("TAKE_TICKET", "READ_FRAME", "RUN", "ANSWER") for when in (BEFORE, AFTER)),
    ("RUN", HALF),  # of the word that it has begun
    ("ANSWER", HALF),
]


@pytest.mark.slow
@pytest.mark.one_in(4, "make test-all alone")
@pytest.mark.parametrize(("op", "when"), POINTS)
def test_a_call_survives_a_death_at_each_point_of_an_attempt(op: str, when: str, tmp_path: Path) -> None:
    """C-01, C-132, C-149."""
    before = leaks.take()
    context = multiprocessing.get_context("forkserver")
    plan = Planned(tmp_path / "trace", [Fault(0, op, when, 1, "kill")])
    with ProcessPoolExecutor(1, context, trace=plan, on_worker_death="replace") as pool:
        view = pool.with_options(retries=2, timeout=1e6)
        futures = [view.submit(identity, number) for number in range(3)]
        assert [future.result(LIMIT) for future in futures] == [0, 1, 2]
    assert '"e":"fault"' in (tmp_path / "trace" / "worker-0.jsonl").read_text()
    assert leaks.left_behind(before) == []
    report = judge(tmp_path / "trace", draw=False)
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())
