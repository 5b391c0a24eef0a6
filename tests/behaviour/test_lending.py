"""A task that a client issues by itself, to a worker that the sleeping manager has lent, keeps every promise."""

from __future__ import annotations

import os
import signal
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, cast

import pytest

from checkedpool._pool.shared import PoolFuture
from checkedpool.errors import BrokenProcessPool
from tests.behaviour import tasks
from tests.behaviour.gates import eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only
from tests.lending import LENDS

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from checkedpool._fast.direct_dispatch import DispatchingShared
    from tests.behaviour.conftest import Gates, Pools
    from tests.behaviour.gates import Gate

pytestmark = [
    ours_only("new: the standard executor lends nobody a worker"),
    pytest.mark.skipif(not LENDS, reason="no worker is lent here"),
]


def lending(pools: Pools, max_workers: int = 1) -> tuple[ProcessPoolExecutor, DispatchingShared]:
    """A pool whose manager has lent a worker and sleeps."""
    pool = pools.make(max_workers)
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    shared = cast("DispatchingShared", pool._pool.shared)
    eventually(lambda: shared.loan is not None and shared.sleep is not None, "the manager lends a worker and sleeps")
    return pool, shared


def was_issued(future: Future[Any]) -> bool:
    """Asked when submit has just returned, and the manager slept: by the client."""
    return isinstance(future, PoolFuture) and future.place is not None


def test_the_worker_begins_while_the_manager_sleeps(pools: Pools, gates: Gates) -> None:
    """C-23: its post lies in the inbox still, and nobody has woken the manager.

    A manager that has said that it sleeps looks at the inbox once more: there it may find the task.  Not always.
    """
    assert any(begins_while_it_sleeps(pools, gates.make()) for _ in range(10))


def begins_while_it_sleeps(pools: Pools, gate: Gate) -> bool:
    pool, shared = lending(pools)
    future = pool.submit(tasks.hold, gate)
    assert was_issued(future)
    gate.wait_for_arrival()
    sleep = shared.sleep
    slept = sleep is not None and not sleep.woken and list(shared.inbox) == [future]
    assert future.running()
    gate.open()
    future.result(LIMIT)
    assert not shared.inbox
    return slept


def test_of_many_round_trips_each_can_be_such_a_one(pools: Pools) -> None:
    """More than there are frame numbers."""
    pool, _ = lending(pools)
    alone = 0
    for number in range(600):
        future = pool.submit(tasks.double, number)
        alone += was_issued(future)
        assert future.result(LIMIT) == 2 * number
    assert alone > 0, "on a busy machine the manager may sleep seldom, but not never"


def test_until_it_begins_it_can_be_cancelled(pools: Pools) -> None:
    """C-05: the worker stands still and has not taken its ticket."""
    pool, _ = lending(pools)
    (pid,) = pool._processes
    os.kill(pid, signal.SIGSTOP)
    try:
        future = pool.submit(tasks.double, 1)
        assert was_issued(future)
        assert not future.running()
        assert future.cancel()
        assert future.cancelled()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert pool.submit(tasks.double, 2).result(LIMIT) == 4


def test_its_workers_death_is_charged_to_it(pools: Pools, gate: Gate) -> None:
    """C-70."""
    pool, _ = lending(pools)
    future = pool.submit(tasks.hold, gate)
    pid = gate.wait_for_arrival()
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(BrokenProcessPool, match=rf"(?s){pid}.*hold"):
        future.result(LIMIT)


def test_a_worker_that_dies_unseen_while_it_is_lent_takes_the_task_with_the_pool(pools: Pools) -> None:
    """C-71: the frame goes to one that is dead, the ticket comes back, the task was not begun."""
    pool, _ = lending(pools)
    (pid,) = pool._processes
    os.kill(pid, signal.SIGSTOP)
    future = pool.submit(tasks.double, 1)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(BrokenProcessPool):
        future.result(LIMIT)
    assert not future.running()


def test_those_that_come_after_it_wake_the_manager_and_go_to_another_worker(pools: Pools, gates: Gates) -> None:
    """C-23."""
    pool, _ = lending(pools, 2)
    gate = gates.make()
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert [pool.submit(tasks.double, number).result(LIMIT) for number in range(5)] == [0, 2, 4, 6, 8]
    assert not held.done()
    gate.open()


def test_a_shutdown_that_cancels_lets_it_end(pools: Pools, gate: Gate) -> None:
    """C-57: it has begun."""
    pool, _ = lending(pools)
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    late = pool.submit(tasks.double, 1)
    pool.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(CancelledError):
        late.result(LIMIT)  # before the worker is free: until the manager has looked, it may begin what was sent ahead
    gate.open()
    held.result(LIMIT)


def test_its_callback_is_called_without_anybody_waking_the_manager(pools: Pools, gate: Gate) -> None:
    """C-08."""
    pool, _ = lending(pools)
    called: list[object] = []
    future = pool.submit(tasks.hold, gate)
    future.add_done_callback(called.append)
    gate.open()
    eventually(lambda: called == [future], "its callback is called")
