"""Limits: tasks per worker, seconds for a start, seconds for leaving."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.contexts import SlowStarts, failing_context
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import Pools

without_fork = methods("spawn", "forkserver")
BACKLOG = ours_only("gh-115634: with a backlog it hangs before July 2026, in 3.11 and 3.12 for ever")


# ------------------------------------------------------------------------------------------------ tasks per worker


@without_fork
def test_a_worker_that_reached_its_limit_leaves_and_another_one_goes_on(pools: Pools) -> None:
    """C-73: without a backlog."""
    pool = pools.make(max_tasks_per_child=2)
    ran_in = [pool.submit(os.getpid).result(LIMIT) for _ in range(5)]
    assert sorted(Counter(ran_in).values()) == [1, 2, 2]


@BACKLOG
@without_fork
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_backlog_is_worked_off_within_the_limit(pools: Pools, limit: int) -> None:
    """C-73."""
    pool = pools.make(max_workers=2, max_tasks_per_child=limit)
    ran_in = Counter(future.result(LIMIT) for future in [pool.submit(os.getpid) for _ in range(8)])
    assert max(ran_in.values()) <= limit
    assert ran_in.total() == 8


@BACKLOG
@without_fork
def test_a_backlog_is_worked_off_after_a_shutdown_without_wait(pools: Pools) -> None:
    """C-73: gh-119592."""
    pool = pools.make(max_tasks_per_child=1)
    futures = [pool.submit(tasks.double, number) for number in range(4)]
    pool.shutdown(wait=False)
    assert [future.result(LIMIT) for future in futures] == [0, 2, 4, 6]


@BACKLOG
@without_fork
def test_a_backlog_is_worked_off_by_a_collected_executor(pools: Pools) -> None:
    """C-62, C-73: gh-152967."""
    pool = pools.make(max_tasks_per_child=1)
    futures = [pool.submit(tasks.double, number) for number in range(4)]
    del pool
    pools.forget()
    gc.collect()
    assert [future.result(LIMIT) for future in futures] == [0, 2, 4, 6]


@BACKLOG
@without_fork
def test_tasks_that_raise_count_and_cancelled_ones_do_not(pools: Pools, gate: Gate) -> None:
    """C-73."""
    pool = pools.make(max_tasks_per_child=3)
    first = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    cancelled = [pool.submit(os.getpid) for _ in range(5)]
    assert all(future.cancel() for future in cancelled)
    raising = pool.submit(tasks.raise_it, ValueError())
    third, fourth = pool.submit(os.getpid), pool.submit(os.getpid)
    gate.open()
    first.result(LIMIT)
    assert isinstance(raising.exception(LIMIT), ValueError)
    assert third.result(LIMIT) == worker
    assert fourth.result(LIMIT) != worker


@BACKLOG
@without_fork
def test_a_chunk_counts_as_one(pools: Pools) -> None:
    """C-28, C-73."""
    pool = pools.make(max_tasks_per_child=1)
    ran_in = Counter(pid for pid, _ in pool.map(tasks.pid_and, range(6), chunksize=3))
    assert list(ran_in.values()) == [3, 3]


@without_fork
def test_a_worker_that_leaves_at_its_limit_ends_well_and_is_reaped(pools: Pools) -> None:
    """C-73: with nothing more to do no other one is started."""
    pool = pools.make(max_tasks_per_child=1)
    future = pool.submit(os.getpid)
    worker = future.result(LIMIT)
    eventually(lambda: leaks.state_of(worker) in {"", "Z"}, "the worker leaves")
    if pools.kind.is_ours:
        eventually(lambda: leaks.state_of(worker) == "", "the worker has been reaped")
        assert not pool._processes


@BACKLOG
@without_fork
def test_cancel_futures_ends_a_backlog(pools: Pools, gate: Gate) -> None:
    """C-46, C-73."""
    pool = pools.make(max_tasks_per_child=1)
    first = pool.submit(tasks.hold, gate, "first")
    gate.wait_for_arrival()
    backlog = [pool.submit(int) for _ in range(5)]
    call = Aside(pool.shutdown, cancel_futures=True)
    gate.open()
    call.result()
    assert first.result(0) == "first"
    assert all(future.cancelled() for future in backlog)


@BACKLOG
@without_fork
def test_workers_dying_of_the_limit_and_of_signals_are_told_apart(pools: Pools) -> None:
    """C-73, C-84: every third task kills its worker."""
    pool = pools.make(max_workers=2, max_tasks_per_child=2, on_worker_death="replace")
    futures = [pool.submit(tasks.die_or_double, number % 3, 1) for number in range(9)]
    for number, future in enumerate(futures):
        if number % 3 == 1:
            assert isinstance(future.exception(LIMIT), BrokenProcessPool)
        else:
            assert future.result(LIMIT) == 2 * (number % 3)


@without_fork
def test_with_a_limit_and_no_context_workers_are_spawned(pools: Pools) -> None:
    """C-64."""
    pool = pools.make(mp_context=None, max_tasks_per_child=1)
    assert pool._mp_context.get_start_method() == "spawn"


# ------------------------------------------------------------------------------------------------ leaving


@ours_only("no issue: a leaving worker is joined without limit")
def test_a_worker_that_does_not_leave_in_time_is_terminated(pools: Pools, gate: Gate) -> None:
    """C-50, C-75, C-76: it hangs in an exit handler."""
    pool = pools.make(exit_limit=0.2)
    future = pool.submit(tasks.at_exit_hold, gate)
    worker = future.result(LIMIT)
    pool.shutdown()
    assert leaks.state_of(worker) == ""


@ours_only("no issue: a leaving worker is joined without limit")
def test_a_worker_that_is_deaf_as_well_is_killed(pools: Pools, gate: Gate) -> None:
    """C-50, C-75."""
    pool = pools.make(exit_limit=0.2, terminate_limit=0.2)
    pool.submit(signal.signal, signal.SIGTERM, signal.SIG_IGN).result(LIMIT)
    worker = pool.submit(tasks.at_exit_hold, gate).result(LIMIT)
    Aside(pool.shutdown).result()
    assert leaks.state_of(worker) == ""


def test_a_leaving_worker_may_take_its_time(pools: Pools, gate: Gate) -> None:
    """C-74, C-75: a wait waits for it."""
    pool = pools.make()
    pool.submit(tasks.at_exit_hold, gate).result(LIMIT)
    call = Aside(pool.shutdown)
    gate.wait_for_arrival()
    assert call.is_still_waiting()
    gate.open()
    call.result()


def test_a_leaving_worker_that_ends_badly_costs_nothing(pools: Pools) -> None:
    """C-76."""
    pool = pools.make()
    futures = [pool.submit(tasks.at_exit_die, 7), pool.submit(tasks.double, 4)]
    pool.shutdown()
    assert futures[1].result(0) == 8
    with pytest.raises(RuntimeError, match="after shutdown") as caught:
        pool.submit(int)
    assert not isinstance(caught.value, BrokenProcessPool)


# ------------------------------------------------------------------------------------------------ starting


@ours_only("new: a limit for starts")
@without_fork
def test_starts_that_hang_are_given_up_and_the_pool_says_why(pools: Pools) -> None:
    """C-69: three in a row; the processes that they start after all are ended at once."""
    starts = SlowStarts(pools.kind.method)
    pool = pools.make(start_limit=0.2, mp_context=starts.context)
    error = death_of(pool.submit(int))
    assert "start" in str(error)
    starts.go_on.set()
    Aside(pool.shutdown).result()


@ours_only("new: a limit for starts")
@without_fork
def test_a_start_that_hangs_is_made_up_for(pools: Pools) -> None:
    """C-69: the second one does the work, while the first still hangs; on a busy machine it needs some time too."""
    starts = SlowStarts(pools.kind.method, times=1)
    pool = pools.make(start_limit=2.0, mp_context=starts.context)
    assert pool.submit(tasks.double, 21).result(LIMIT) == 42
    starts.go_on.set()


@ours_only("no issue: the exception comes out of submit(), and the task stays queued all the same")
@without_fork
def test_a_start_that_raises_costs_no_task(pools: Pools) -> None:
    """C-69: the first two starts fail, the third does the work."""
    pool = pools.make(mp_context=failing_context(pools.kind.method, failures=2))
    assert pool.submit(tasks.double, 21).result(LIMIT) == 42


@ours_only("no issue: the exception comes out of submit(), and the task stays queued all the same")
@without_fork
def test_starts_that_raise_again_and_again_break_the_pool_and_say_why(pools: Pools) -> None:
    """C-69."""
    pool = pools.make(mp_context=failing_context(pools.kind.method, failures=1000))
    error = pool.submit(int).exception(LIMIT)
    assert isinstance(error, BrokenProcessPool)
    assert "no more processes today" in f"{error} {error.__cause__}"


@ours_only("no issue: the task stays queued although submit() raised")
@methods("fork")
def test_under_fork_a_start_that_raises_comes_out_of_submit(pools: Pools) -> None:
    """C-18, C-69: nothing runs, and what had been started already is ended."""
    pool = pools.make(max_workers=2, mp_context=failing_context("fork", failures=1000, after=1))
    with pytest.raises(OSError, match="no more processes today"):
        pool.submit(int)
    pool.shutdown()
