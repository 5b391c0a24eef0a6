"""A worker is killed at each point of a task that its client stops, or that is stopped at its limit.

Decides: the points, and what may come of the task. Must not know: how a fault is injected, or a task stopped.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkedpool import BrokenProcessPool, ProcessPoolExecutor
from checkedpool._trace.fault_points import AFTER, BEFORE, Fault, Planned
from checkedpool_model.traces.verdict import Verdict, judge
from tests import leaks
from tests.behaviour.gates import eventually
from tests.checks.kills.rounds import LIMIT, identity

pytestmark = [
    pytest.mark.usefixtures("counted_process"),
    pytest.mark.slow,
    pytest.mark.one_in(8, "make test-all alone"),
]

EACH = pytest.mark.parametrize(
    ("op", "when"), [(op, when) for op in ("TAKE_TICKET", "READ_FRAME", "RUN", "ANSWER") for when in (BEFORE, AFTER)]
)
METHODS = pytest.mark.parametrize("method", ["forkserver", "spawn"])
NEVER = 1e6
SOON = 0.05
"""Seconds of a limit that is reached."""


@contextmanager
def pool_with(directory: Path, fault: Fault, method: str) -> Iterator[ProcessPoolExecutor]:
    """One worker, to which that happens; its trace is held against the protocol at the end."""
    before = leaks.take()
    plan = Planned(directory / "trace", [fault])
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, context, trace=plan, on_worker_death="replace") as pool:
        try:
            yield pool
        except BaseException:
            pool.kill_workers()
            raise
    assert leaks.left_behind(before) == []
    report = judge(directory / "trace", draw=False)
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())


@EACH
@METHODS
@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_who_stops_a_task_hears_what_became_of_it_whenever_its_worker_is_killed(
    op: str, when: str, method: str, how: str, tmp_path: Path
) -> None:
    """C-01, C-84, C-111, C-112, C-149: the next call runs in another worker, if need be once more."""
    with pool_with(tmp_path, Fault(0, op, when, 1, "kill"), method) as pool:
        future = pool.submit(identity, 0)
        eventually(lambda: future.running() or future.done(), "it has begun, or is over")
        was_stopped = getattr(future, how)()
        assert pool.with_options(retries=1).submit(identity, 1).result(LIMIT) == 1
        assert future.done()
        assert future.cancelled() is was_stopped
        if not was_stopped and future.exception() is not None:
            assert isinstance(future.exception(), BrokenProcessPool)


@EACH
@METHODS
def test_a_task_without_end_ends_at_its_limit_or_by_the_death_of_its_worker(
    op: str, when: str, method: str, tmp_path: Path
) -> None:
    """C-01, C-84, C-132."""
    with pool_with(tmp_path, Fault(0, op, when, 1, "kill"), method) as pool:
        future = pool.with_options(timeout=SOON).submit(time.sleep, NEVER)
        assert isinstance(future.exception(LIMIT), TimeoutError | BrokenProcessPool)
        assert pool.submit(identity, 1).result(LIMIT) == 1
