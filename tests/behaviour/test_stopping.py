"""terminate() and kill() of a future: its task ends, whatever it does, and nothing else does."""

from __future__ import annotations

import concurrent.futures
import signal
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only
from tests.whole import HowMany

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

pytestmark = ours_only("new: the standard executor stops no task")
WAYS = {"terminate": signal.SIGTERM, "kill": signal.SIGKILL}
both_ways = pytest.mark.parametrize("way", WAYS)
on_demand = methods("spawn", "forkserver")


def stop(future: Any, way: str) -> bool:
    return bool(getattr(future, way)())


@on_demand
@both_ways
def test_a_begun_task_is_cancelled_its_worker_ends_and_another_one_comes(
    pool: ProcessPoolExecutor, gate: Gate, way: str
) -> None:
    """C-06, C-111, C-112."""
    future = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    assert stop(future, way)
    assert future.cancelled()
    with pytest.raises(CancelledError):
        future.result(0)
    assert not future.running()
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@on_demand
@both_ways
def test_a_task_that_has_not_begun_is_cancelled_and_no_worker_ends(
    pool: ProcessPoolExecutor, gate: Gate, way: str
) -> None:
    """C-05, C-111."""
    held = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    later = pool.submit(tasks.double, 4)
    assert stop(later, way)
    assert later.cancelled()
    gate.open()
    held.result(LIMIT)
    assert pool.submit(tasks.pid_and, 1).result(LIMIT)[0] == worker


@on_demand
@both_ways
def test_what_has_ended_stays_as_it_is(pool: ProcessPoolExecutor, way: str) -> None:
    """C-01, C-111."""
    done, failed = pool.submit(tasks.double, 4), pool.submit(tasks.raise_it, LookupError())
    assert done.result(LIMIT) == 8
    assert isinstance(failed.exception(LIMIT), LookupError)
    assert not stop(done, way)
    assert not stop(failed, way)
    assert done.result(0) == 8


@on_demand
def test_a_future_that_was_stopped_can_be_stopped_again(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-111: as a cancelled one says True to ``cancel``."""
    future: Any = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert future.terminate()
    assert future.kill()
    assert future.cancel()


@on_demand
@both_ways
def test_what_was_sent_ahead_of_it_runs_elsewhere(pools: Pools, gate: Gate, way: str) -> None:
    """C-112."""
    pool = pools.make(1)
    first = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    ahead = [pool.submit(tasks.double, number) for number in range(50)]
    assert stop(first, way)
    assert [future.result(LIMIT) for future in ahead] == [2 * number for number in range(50)]


@on_demand
def test_of_two_workers_only_the_one_is_ended(pools: Pools, gates: Gates) -> None:
    """C-112."""
    pool, one, other = pools.make(2), gates.make(), gates.make()
    stopped: Any = pool.submit(tasks.hold, one)
    spared = pool.submit(tasks.hold, other, "value")
    one.wait_for_arrival()
    worker = other.wait_for_arrival()
    assert stopped.kill()
    assert leaks.is_alive(worker)
    other.open()
    assert spared.result(LIMIT) == "value"


@on_demand
def test_a_task_that_ignores_sigterm_is_killed_after_the_limit(pools: Pools, gate: Gate) -> None:
    """C-111."""
    pool = pools.make(1, terminate_limit=0.1)
    future: Any = pool.submit(tasks.hold_deaf, gate)
    worker = gate.wait_for_arrival()
    assert future.terminate()
    eventually(lambda: not leaks.is_alive(worker), "the worker is killed")
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@on_demand
@both_ways
def test_a_call_that_never_comes_out_of_c_is_stopped(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-111."""
    future = pool.submit(tasks.busy_in_c, gate)
    worker = gate.wait_for_arrival()
    assert stop(future, way)
    eventually(lambda: not leaks.is_alive(worker), "the worker ends", limit=LIMIT)


@on_demand
def test_waiters_are_woken_and_callbacks_called_once(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-07, C-08, C-111."""
    future: Any = pool.submit(tasks.hold, gate)
    called: list[object] = []
    future.add_done_callback(called.append)
    gate.wait_for_arrival()
    waiting = Aside(concurrent.futures.wait, [future])
    assert future.terminate()
    assert waiting.result().done == {future}
    assert called == [future]
    pool.shutdown()
    assert called == [future]


@on_demand
def test_a_callback_may_stop_another_task(pools: Pools, gate: Gate) -> None:
    """C-09, C-21, C-114."""
    pool = pools.make(2)
    held: Any = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    said: list[bool] = []
    quick = pool.submit(tasks.double, 4)
    quick.add_done_callback(lambda _: said.append(held.terminate()))
    quick.result(LIMIT)
    eventually(held.cancelled, "it is stopped")
    pool.shutdown()
    assert said == [True]


@on_demand
@pytest.mark.parametrize("policy", ["break", "replace"])
def test_a_stop_is_no_death_under_either_policy(pools: Pools, gates: Gates, so_many: HowMany, policy: str) -> None:
    """C-82, C-84, C-112: many times in a row."""
    pool = pools.make(1, on_worker_death=policy)
    for _ in range(so_many(20, 5)):
        gate = gates.make()
        future: Any = pool.submit(tasks.hold, gate)
        gate.wait_for_arrival()
        assert future.kill()
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@on_demand
def test_a_pool_that_shuts_down_stops_what_it_is_told_to(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-48, C-111: what would never end does, and so does the pool."""
    future: Any = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    leaving = Aside(pool.shutdown, wait=True)
    assert future.terminate()
    leaving.result()


@methods("fork")
@both_ways
def test_under_fork_it_is_refused_and_nothing_changes(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-113."""
    future = pool.submit(tasks.hold, gate, "value")
    gate.wait_for_arrival()
    with pytest.raises(ValueError, match="under the 'fork' start method"):
        stop(future, way)
    gate.open()
    assert future.result(LIMIT) == "value"
    assert not stop(future, way)


@on_demand
def test_a_future_of_a_broken_pool_is_not_stopped_any_more(pool: ProcessPoolExecutor) -> None:
    """C-111."""
    future: Any = pool.submit(tasks.exit_at_once, 1)
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)
    assert not future.kill()
