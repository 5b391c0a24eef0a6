"""Another number of workers for a pool that runs: growing, shrinking, deaths meanwhile, what is refused."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import checkedpool
from checkedpool import BrokenProcessPool
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools
    from tests.behaviour.gates import Door, Gate

pytestmark = ours_only("new: another number of workers")
without_fork = methods("spawn", "forkserver")
once = methods("spawn")


def pid_behind(door: Door) -> int:
    door.pass_through()
    return os.getpid()


def index_behind(door: Door) -> int | None:
    door.pass_through()
    return checkedpool.worker_index()


def indexes_of(pool: ProcessPoolExecutor, gate: Gate, count: int) -> list[int]:
    """The numbers of so many workers, which are all at work at a time."""
    futures = [pool.submit(index_behind, gate.door) for _ in range(count)]
    for _ in futures:
        gate.wait_for_arrival()
    gate.open(count)
    return sorted(future.result(LIMIT) or 0 for future in futures)


@without_fork
def test_a_pool_that_grows_runs_more_at_a_time(pools: Pools, gates: Gates) -> None:
    """C-160."""
    pool, gate = pools.make(), gates.make()
    futures = [pool.submit(pid_behind, gate.door) for _ in range(3)]
    first = gate.wait_for_arrival()
    pool.resize(3)
    assert len({first, gate.wait_for_arrival(), gate.wait_for_arrival()}) == 3
    gate.open_wide()
    assert len({future.result(LIMIT) for future in futures}) == 3
    assert (pool._max_workers, pool.stats().max_workers) == (3, 3)


@without_fork
def test_a_pool_that_grows_without_work_starts_nothing(pools: Pools) -> None:
    """C-160, C-67."""
    pool = pools.make()
    assert pool.submit(int).result(LIMIT) == 0
    pool.resize(4)
    assert [pool.submit(int).result(LIMIT) for _ in range(3)] == [0, 0, 0]
    assert len(pool._processes) == 1


@without_fork
def test_a_pool_that_shrinks_lets_the_busy_finish_and_loses_nothing(pools: Pools, gates: Gates) -> None:
    """C-161: what is sent ahead of both comes from one."""
    pool, gate = pools.make(2), gates.make()
    futures = [pool.submit(pid_behind, gate.door) for _ in range(8)]
    busy = {gate.wait_for_arrival(), gate.wait_for_arrival()}
    pool.resize(1)
    gate.open_wide()
    assert len([future.result(LIMIT) for future in futures]) == 8
    eventually(lambda: len(pool._processes) == 1, "one of them has left")
    (stays,) = pool._processes
    eventually(lambda: [leaks.state_of(pid) == "" for pid in busy - {stays}] == [True], "it is gone")
    assert pool.submit(os.getpid).result(LIMIT) == stays
    assert not pool._broken


@without_fork
def test_the_idle_leave_first_and_what_is_left_runs_on(pools: Pools, gates: Gates) -> None:
    """C-161: nobody waits for the one that is at work."""
    pool, both, long = pools.make(2), gates.make(), gates.make()
    assert indexes_of(pool, both, 2) == [0, 1]
    task = pool.submit(pid_behind, long.door)
    busy = long.wait_for_arrival()
    pool.resize(1)
    eventually(lambda: [*pool._processes] == [busy], "the idle one has left")
    long.open()
    assert task.result(LIMIT) == busy


@without_fork
def test_a_worker_that_comes_again_gets_the_number_that_is_free(pools: Pools, gate: Gate) -> None:
    """C-161, C-123."""
    pool = pools.make(2)
    assert indexes_of(pool, gate, 2) == [0, 1]
    pool.resize(1)
    eventually(lambda: len(pool._processes) == 1, "one of them has left")
    assert indexes_of(pool, gate, 1) in ([0], [1])
    pool.resize(3)
    assert indexes_of(pool, gate, 3) == [0, 1, 2]


@without_fork
def test_it_is_heard_before_the_first_task_and_by_a_view(pools: Pools, gates: Gates) -> None:
    """C-160."""
    pool, gate = pools.make(), gates.make()
    view = pool.with_options(priority=1)
    view.resize(2)
    assert (pool._max_workers, view._max_workers) == (2, 2)
    futures = [pool.submit(pid_behind, gate.door) for _ in range(2)]
    assert gate.wait_for_arrival() != gate.wait_for_arrival()
    gate.open_wide()
    assert len({future.result(LIMIT) for future in futures}) == 2


@without_fork
@pytest.mark.parametrize(
    "options",
    [{}, {"max_tasks_per_child": 2}, {"idle_timeout": 0.001}, {"idle_timeout": 0.001, "min_workers": 1}],
    ids=["plain", "task-limit", "idle", "idle-but-one"],
)
def test_each_task_is_done_whatever_the_number_is(options: dict[str, Any], pools: Pools) -> None:
    """C-160, C-161, C-73, C-158: one after another, so that clients issue some themselves, and many at a time."""
    pool = pools.make(2, **options)
    for round_, count in enumerate((3, 1, 2, 1, 4, 1)):
        pool.resize(count)
        assert pool.submit(tasks.double, round_).result(LIMIT) == 2 * round_
        futures = [pool.submit(tasks.double, item) for item in range(12)]
        pool.resize(count + 1)
        pool.resize(count)
        assert [future.result(LIMIT) for future in futures] == [2 * item for item in range(12)]
    eventually(lambda: len(pool._processes) <= 1, "all but one have left")


@without_fork
def test_workers_are_killed_while_their_number_changes(pools: Pools) -> None:
    """C-161, C-84: each future ends, and the pool works on."""
    pool = pools.make(3, on_worker_death="replace")
    lost = 0
    for round_, count in enumerate((1, 3, 2, 4, 1, 3)):
        futures = [pool.submit(tasks.double, item) for item in range(20)]
        pool.resize(count)
        for pid in [*pool._processes][: 1 + round_ % 2]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        for item, future in enumerate(futures):
            error = future.exception(LIMIT)
            lost += error is not None
            assert future.result() == 2 * item if error is None else getattr(error, "ran", None) is True
    assert lost <= 9
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8
    eventually(lambda: len(pool._processes) <= 3, "no more are there than may be")


@without_fork
def test_a_death_breaks_a_pool_that_was_to_shrink(pools: Pools, gates: Gates) -> None:
    """C-81, C-162: under "break" the one that leaves may take the pool with it; then no number is taken any more."""
    pool, gate = pools.make(2), gates.make()
    futures = [pool.submit(pid_behind, gate.door) for _ in range(6)]
    victim = {gate.wait_for_arrival(), gate.wait_for_arrival()}.pop()
    pool.resize(1)
    os.kill(victim, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    assert {type(future.exception(LIMIT)) for future in futures} == {BrokenProcessPool}
    with pytest.raises(BrokenProcessPool):
        pool.resize(2)


@without_fork
@pytest.mark.parametrize("cancel", [False, True])
def test_a_shutdown_comes_while_one_is_to_leave(cancel: bool, pools: Pools, gates: Gates) -> None:
    """C-45, C-46, C-161."""
    pool, gate = pools.make(2), gates.make()
    futures = [pool.submit(pid_behind, gate.door) for _ in range(6)]
    for _ in range(2):
        gate.wait_for_arrival()
    pool.resize(1)
    pool.shutdown(wait=False, cancel_futures=cancel)
    if cancel:
        eventually(lambda: sum(future.cancelled() for future in futures) == 4, "what has not begun is cancelled")
    gate.open_wide()
    pool.shutdown(wait=True)
    assert sum(not future.cancelled() for future in futures) == (2 if cancel else 6)
    assert all(future.done() for future in futures)


@once
@pytest.mark.parametrize(("count", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (None, TypeError)])
def test_what_is_no_number_of_workers_is_refused(pools: Pools, count: Any, error: type[Exception]) -> None:
    """C-162."""
    pool = pools.make(2)
    with pytest.raises(error, match="max_workers must be"):
        pool.resize(count)
    assert pool._max_workers == 2


@once
def test_the_bound_of_windows_is_that_of_the_constructor(pools: Pools) -> None:
    """C-162, C-63."""
    pool = pools.make(2)
    with mock.patch("sys.platform", "win32"), pytest.raises(ValueError, match="max_workers must be <= 61"):
        pool.resize(62)
    assert pool._max_workers == 2


@once
def test_fewer_than_are_to_stay_are_refused(pools: Pools) -> None:
    """C-162, C-159."""
    pool = pools.make(3, idle_timeout=60, min_workers=2)
    with pytest.raises(ValueError, match="min_workers must be from 0 to max_workers, which is 1, not 2"):
        pool.resize(1)
    pool.resize(2)
    assert pool._max_workers == 2


@once
def test_a_pool_that_takes_no_tasks_takes_no_number(pools: Pools) -> None:
    """C-162."""
    pool = pools.make()
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.resize(2)
    if "fork" in multiprocessing.get_all_start_methods():
        forked = pools.make(mp_context=multiprocessing.get_context("fork"))
        with pytest.raises(ValueError, match=r"resize\(\) is incompatible with the 'fork' start method"):
            forked.resize(2)
        assert forked._max_workers == 1
