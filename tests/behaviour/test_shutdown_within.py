"""shutdown_within(): it returns in about its time, whatever tasks do, and says what was ended how."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.alarms import alarms
from tests.behaviour.gates import Gate
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

pytestmark = ours_only("new: the standard executor's shutdown has no limit")
SOON, LONG = 0.5, 60.0
SLOW = 10.0
"""Seconds that a machine which is busy may take beyond what was asked for."""


@parent_only
def test_what_runs_may_finish_and_what_waits_is_cancelled(pools: Pools, gate: Gate) -> None:
    """C-147."""
    pool = pools.make(1)
    held = pool.submit(tasks.hold, gate, "value")
    gate.wait_for_arrival()
    waiting = [pool.submit(tasks.double, number) for number in range(3)]
    gate.open()
    report = pool.shutdown_within(LONG)
    assert held.result(0) == "value"
    assert all(future.cancelled() or future.result(0) >= 0 for future in waiting)
    assert report.ended
    assert report.seconds < LONG
    (part,) = report.parts
    assert (part.request, part.broken, part.tasks, part.workers) == ("cancel", 0, 0, 0)
    assert part.cancelled + part.finished <= 4
    assert pool.stats().state == "ended"


def test_what_does_not_finish_is_terminated(pools: Pools, gate: Gate) -> None:
    """C-147."""
    pool = pools.make(1)
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    waiting = [pool.submit(tasks.double, number) for number in range(3)]
    report = pool.shutdown_within(SOON)
    assert report.seconds < SOON + SLOW
    assert report.ended
    assert isinstance(held.exception(0), BrokenProcessPool)
    assert all(future.cancelled() for future in waiting)
    first, second = report.parts[:2]
    assert (first.request, first.cancelled, first.finished, first.broken) == ("cancel", 3, 0, 0)
    assert (first.tasks, first.workers) == (1, 1)
    assert second.request == "terminate"
    assert sum(part.broken for part in report.parts) == 1
    assert (report.parts[-1].tasks, report.parts[-1].workers) == (0, 0)


@parent_only
def test_what_hears_nothing_is_killed(pools: Pools, gate: Gate) -> None:
    """C-147: its ``terminate_limit`` would be far away."""
    pool = pools.make(1, terminate_limit=1000)
    held = pool.submit(tasks.hold_deaf, gate)
    gate.wait_for_arrival()
    report = pool.shutdown_within(0.01)
    assert report.seconds < 0.01 + SLOW
    assert report.ended
    assert isinstance(held.exception(0), BrokenProcessPool)
    assert [(part.request, part.broken) for part in report.parts] == [("cancel", 0), ("terminate", 0), ("kill", 1)]


@parent_only
def test_a_callback_that_does_not_return_is_not_waited_for(pools: Pools, gates: Gates) -> None:
    """C-148."""
    pool, gate = pools.make(1), gates.make()
    go_on: Future[None] = Future()
    pool.submit(tasks.hold, gate).add_done_callback(lambda _: go_on.result(LIMIT))
    gate.wait_for_arrival()
    gate.open()
    report = pool.shutdown_within(0.1)
    assert not report.ended
    assert [part.request for part in report.parts] == ["cancel", "terminate", "kill"]
    go_on.set_result(None)
    assert pool.shutdown_within(LONG).ended


@parent_only
def test_before_the_first_task_and_once_more_it_returns_at_once(pool: ProcessPoolExecutor) -> None:
    """C-51, C-147."""
    for _ in range(2):
        report = pool.shutdown_within(LONG)
        assert report.ended
        assert report.seconds < SLOW
        assert [part.request for part in report.parts] == ["cancel"]


@parent_only
def test_in_a_thread_of_the_pool_it_is_refused(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-148."""
    refused: Future[None] = Future()

    def shut_down(_: Future[Any]) -> None:
        try:
            pool.shutdown_within(1)
        except RuntimeError as error:
            refused.set_exception(error)

    pool.submit(tasks.hold, gate).add_done_callback(shut_down)
    gate.open()  # not before: of a task that has ended, this thread calls the callback
    assert "it would wait for itself" in str(refused.exception(LIMIT))
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2


@parent_only
def test_an_interrupted_one_leaves_the_request_in_force(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-52, C-148."""
    held, behind = pool.submit(tasks.hold, gate), pool.submit(tasks.double, 1)
    gate.wait_for_arrival()

    def raises(*_: object) -> None:
        raise LookupError

    with alarms(raises):
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(LookupError):
            pool.shutdown_within(LONG)
    gate.open()
    held.result(LIMIT)
    pool.shutdown()
    assert behind.cancelled()


@parent_only
def test_in_a_forked_child_it_returns_at_once(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-91."""
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    child = os.fork()
    if not child:
        begin = time.monotonic()
        ended = pool.shutdown_within(LONG).ended
        os._exit(not ended or time.monotonic() - begin > SLOW)
    assert os.waitpid(child, 0)[1] == 0
    gate.open()
    held.result(LIMIT)


@parent_only
@pytest.mark.parametrize(
    ("seconds", "error"),
    [(0, ValueError), (-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (None, TypeError)],
)
def test_nonsense_is_refused_and_nothing_is_requested(
    pool: ProcessPoolExecutor, seconds: Any, error: type[Exception]
) -> None:
    """C-65, C-148."""
    with pytest.raises(error, match="seconds must be a"):
        pool.shutdown_within(seconds)
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
