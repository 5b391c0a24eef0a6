"""terminate_workers() and kill_workers(): an end in bounded time, whatever the workers do."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only, standard_since

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

WAYS = {"terminate": signal.SIGTERM, "kill": signal.SIGKILL}
both_ways = pytest.mark.parametrize("way", WAYS)


def _end(pool: ProcessPoolExecutor, way: str) -> None:
    if way == "terminate":
        pool.terminate_workers()
    else:
        pool.kill_workers()


@standard_since(3, 14)
@both_ways
def test_a_begun_task_is_broken_and_its_worker_ends(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-53, C-54, C-56."""
    future = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    _end(pool, way)
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")


@ours_only("new: the error says what became of the worker")
@both_ways
def test_the_error_of_a_begun_task_names_worker_signal_and_task(
    pool: ProcessPoolExecutor, gate: Gate, way: str
) -> None:
    """C-56, C-80."""
    future = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    _end(pool, way)
    error: Any = future.exception(LIMIT)
    assert (error.pid, error.exitcode, error.task, error.ran) == (worker, -WAYS[way], f"{tasks.__name__}.hold", True)


@ours_only("no issue: a task in the call queue is broken instead, and those that are cancelled are not told")
@both_ways
def test_tasks_that_have_not_begun_are_cancelled_and_their_waiters_told(
    pool: ProcessPoolExecutor, gate: Gate, way: str
) -> None:
    """C-53, C-54, C-88."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    later = [pool.submit(int) for _ in range(6)]
    waiter = Aside(concurrent.futures.wait, later)
    _end(pool, way)
    waiter.result()
    assert [future._state for future in later] == ["CANCELLED_AND_NOTIFIED"] * 6


@standard_since(3, 14)
@both_ways
def test_the_call_returns_at_once_and_a_later_wait_waits(pools: Pools, gate: Gate, way: str) -> None:
    """C-48, C-55."""
    pool = pools.make(max_workers=2)
    for _ in range(2):
        pool.submit(tasks.hold, gate)
    workers = [gate.wait_for_arrival() for _ in range(2)]
    _end(pool, way)
    pool.shutdown()
    if pools.kind.is_ours:
        assert [leaks.state_of(worker) for worker in workers] == ["", ""], "not even a zombie is left"


@standard_since(3, 14)
@both_ways
def test_ended_futures_keep_their_outcome(pool: ProcessPoolExecutor, way: str) -> None:
    """C-01."""
    good: Future[Any] = pool.submit(tasks.double, 1)
    bad: Future[Any] = pool.submit(tasks.raise_it, ValueError())
    concurrent.futures.wait([good, bad], LIMIT)
    _end(pool, way)
    pool.shutdown()
    assert good.result() == 2
    assert isinstance(bad.exception(), ValueError)


@standard_since(3, 14)
@both_ways
def test_afterwards_the_pool_is_shut_down_and_not_broken(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-44, C-58."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    _end(pool, way)
    with pytest.raises(RuntimeError, match="after shutdown") as caught:
        pool.submit(int)
    assert not isinstance(caught.value, BrokenProcessPool)


@ours_only("no issue: the process object is given up by then, and the futures of a broken pool follow")
@both_ways
def test_when_all_has_ended_it_is_still_not_broken(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-58."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    _end(pool, way)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown") as caught:
        pool.submit(int)
    assert not isinstance(caught.value, BrokenProcessPool)


# ------------------------------------------------------------------------------------------------ workers that resist


@ours_only("no issue: SIGTERM is sent once, and the pool waits for ever")
def test_a_worker_that_ignores_sigterm_is_killed_after_the_limit(pools: Pools, gate: Gate) -> None:
    """C-53."""
    pool = pools.make(terminate_limit=0.2)
    future = pool.submit(tasks.hold_deaf, gate)
    gate.wait_for_arrival()
    pool.terminate_workers()
    error: Any = future.exception(LIMIT)
    assert error.exitcode == -signal.SIGKILL
    pool.shutdown()


@ours_only("no issue: SIGTERM reaches a stopped process when it is continued, and nobody does that")
def test_a_stopped_worker_is_killed_after_the_limit(pools: Pools, gate: Gate) -> None:
    """C-53."""
    pool = pools.make(terminate_limit=0.2)
    future = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    os.kill(worker, signal.SIGSTOP)
    pool.terminate_workers()
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)
    pool.shutdown()


@standard_since(3, 14)
def test_killing_ends_a_worker_that_is_deaf_and_stopped(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-54."""
    future = pool.submit(tasks.hold_deaf, gate)
    worker = gate.wait_for_arrival()
    os.kill(worker, signal.SIGSTOP)
    pool.kill_workers()
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)
    pool.shutdown()


@ours_only("no issue: the second call finds no workers any more")
def test_a_kill_after_a_terminate_is_carried_out(pools: Pools, gate: Gate) -> None:
    """C-43, C-57: the limit of the first is far away."""
    pool = pools.make(terminate_limit=1000)
    future = pool.submit(tasks.hold_deaf, gate)
    gate.wait_for_arrival()
    pool.terminate_workers()
    pool.kill_workers()
    error: Any = future.exception(LIMIT)
    assert error.exitcode == -signal.SIGKILL


@ours_only("no issue: in the standard executor the outcome depends on which of them finds the process table")
def test_a_terminate_after_a_kill_takes_nothing_back(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-43."""
    future = pool.submit(tasks.hold_deaf, gate)
    gate.wait_for_arrival()
    pool.kill_workers()
    pool.terminate_workers()
    pool.shutdown(wait=False)
    error: Any = future.exception(LIMIT)
    assert error.exitcode == -signal.SIGKILL


# ------------------------------------------------------------------------------------------------ at any time


@ours_only("no issue: after shutdown() it does nothing, and the workers live on")
@both_ways
@pytest.mark.parametrize("cancel_futures", [False, True])
def test_it_acts_after_a_shutdown(pool: ProcessPoolExecutor, gate: Gate, way: str, cancel_futures: bool) -> None:
    """C-43, C-57."""
    future = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    pool.shutdown(wait=False, cancel_futures=cancel_futures)
    _end(pool, way)
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)


@ours_only("no issue: after shutdown() it does nothing, and the workers live on")
@both_ways
def test_it_ends_a_wait_of_another_thread(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-48, C-57."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    call = Aside(pool.shutdown)
    assert call.is_still_waiting()
    _end(pool, way)
    call.result()


@ours_only("no issue: a leaving worker is joined without limit")
@both_ways
def test_it_ends_a_worker_that_hangs_in_its_exit_handlers(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-57."""
    pool.submit(tasks.at_exit_hold, gate).result(LIMIT)
    pool.shutdown(wait=False)
    gate.wait_for_arrival()
    _end(pool, way)
    Aside(pool.shutdown).result()


@standard_since(3, 14)
@both_ways
def test_before_the_first_task_it_starts_nothing(pool: ProcessPoolExecutor, way: str) -> None:
    """C-51, C-57."""
    before = leaks.take()
    _end(pool, way)
    pool.shutdown()
    now = leaks.take()
    assert (now.processes, now.threads) == (before.processes, before.threads)


@standard_since(3, 14)
@both_ways
def test_idle_workers_are_ended(pools: Pools, way: str) -> None:
    """C-53, C-54, C-57."""
    pool = pools.make(max_workers=2)
    worker = pool.submit(os.getpid).result(LIMIT)
    _end(pool, way)
    pool.shutdown()
    eventually(lambda: not leaks.is_alive(worker), "the idle worker ends")


@standard_since(3, 14)
@both_ways
def test_it_may_be_called_again_and_again(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-57."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    for _ in range(3):
        _end(pool, way)
    pool.shutdown()
    _end(pool, way)


@ours_only("gh-152967: a worker that is being started at that moment escapes")
@both_ways
def test_no_worker_that_is_being_started_escapes(pools: Pools, way: str) -> None:
    """C-57: the leak check at the end of each test says whether one did."""
    for _ in range(4):
        pool = pools.make(max_workers=2)
        futures = [pool.submit(tasks.double, number) for number in range(4)]
        _end(pool, way)
        pool.shutdown()
        for number, future in enumerate(futures):
            assert future.cancelled() or future.exception(0) is not None or future.result() == 2 * number


@ours_only("no issue: it has no workers in its table yet, so it starts them and waits for them")
@methods("spawn", "forkserver")
@both_ways
def test_it_ends_workers_that_hang_in_their_initializer(pools: Pools, gate: Gate, way: str) -> None:
    """C-53, C-54, C-57: whatever became of the future, it has ended."""
    pool = pools.make(initializer=tasks.hold, initargs=(gate,))
    future = pool.submit(int)
    gate.wait_for_arrival()
    _end(pool, way)
    Aside(pool.shutdown).result()
    assert future.done()


# ------------------------------------------------------------------------------------------------ from anywhere


@ours_only("no issue: the callback runs in the manager, under the lock that the call wants")
@both_ways
def test_it_may_be_called_from_a_callback(pools: Pools, gate: Gate, way: str) -> None:
    """C-09, C-21."""
    pool = pools.make(max_workers=2)
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    pool.submit(int).add_done_callback(lambda _: _end(pool, way))
    assert isinstance(held.exception(LIMIT), BrokenProcessPool)


@ours_only("no issue: the call takes a lock that the interrupted one may hold")
@both_ways
def test_it_may_be_called_from_a_signal_handler(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-21: the handler interrupts the main thread while that waits."""
    future = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    previous = signal.signal(signal.SIGUSR1, lambda *_: _end(pool, way))
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGUSR1))
    timer.start()
    try:
        pool.shutdown()
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, previous)
    assert isinstance(future.exception(0), BrokenProcessPool)


@standard_since(3, 14)
@both_ways
def test_waiters_of_a_begun_task_are_told(pool: ProcessPoolExecutor, gate: Gate, way: str) -> None:
    """C-07."""
    future: Future[Any] = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    waiters: list[Aside[Any]] = [
        Aside(concurrent.futures.wait, [future]),
        Aside(lambda: list(concurrent.futures.as_completed([future]))),
    ]
    _end(pool, way)
    for waiter in waiters:
        waiter.result()
