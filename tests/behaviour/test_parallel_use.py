"""Calls from everywhere at once: threads, callbacks, signal handlers, finalizers; several pools beside each other."""

from __future__ import annotations

import concurrent.futures
import gc
import os
import random
import signal
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import awkward, tasks
from tests.behaviour.alarms import alarms
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

REENTRANT = ours_only("no issue: submit() and shutdown() take a lock that the code they interrupt may hold")


def test_many_threads_may_submit_at_once(pools: Pools) -> None:
    """C-01, C-02, C-16: the first submits of all race for the start of the pool."""
    pool = pools.make(max_workers=2)
    together = threading.Barrier(6)

    def submit_many(base: int) -> list[int]:
        together.wait(LIMIT)
        futures = [pool.submit(tasks.double, base + number) for number in range(80)]
        return [future.result(LIMIT) for future in futures]

    threads = [Aside(submit_many, 1000 * thread) for thread in range(6)]
    for thread, aside in enumerate(threads):
        assert aside.result() == [2 * (1000 * thread + number) for number in range(80)]


@parent_only
@ours_only("gh-136655: a cancelled future may stay untold")
def test_threads_that_submit_cancel_and_wait_at_once_lose_nothing(pools: Pools) -> None:
    """C-01, C-05, C-06: every future ends, and those that ran have their own result."""
    pool = pools.make(max_workers=2)

    def work(seed: int) -> bool:
        chance = random.Random(seed)
        futures = []
        for number in range(120):
            futures.append(pool.submit(tasks.double, number))
            if chance.random() < 0.4:
                chance.choice(futures).cancel()
        assert not concurrent.futures.wait(futures, LIMIT).not_done
        return all(future.cancelled() or future.result(0) == 2 * number for number, future in enumerate(futures))

    assert all(aside.result() for aside in [Aside(work, seed) for seed in range(4)])


def test_several_pools_work_beside_each_other(pools: Pools) -> None:
    """C-01: each is made, used and shut down in a thread of its own, while the others fork and close descriptors."""

    def use(number: int) -> list[list[int]]:
        values = []
        for _ in range(3):
            with pools.kind.make(1) as pool:
                values.append(list(pool.map(tasks.double, range(number, number + 5))))
        return values

    threads = [Aside(use, number) for number in range(3)]
    for number, aside in enumerate(threads):
        assert aside.result() == [[2 * value for value in range(number, number + 5)]] * 3


def test_a_callback_of_one_pool_may_use_another(pools: Pools, gate: Gate) -> None:
    """C-09, C-21: to and fro."""
    first, second = pools.make(), pools.make()
    last: Future[int] = Future()

    def next_one(done: Future[int]) -> None:
        if done.result() > 20:
            last.set_result(done.result())
        else:
            (first if done.result() % 2 else second).submit(_increment, done.result()).add_done_callback(next_one)

    first.submit(tasks.hold, gate, 0).add_done_callback(next_one)
    gate.open()
    assert last.result(LIMIT) == 21


def test_nothing_piles_up_over_many_pools(pools: Pools) -> None:
    """C-96: when shutdown() has returned nothing is left, without the help of the garbage collector."""
    with pools.kind.make(1) as pool:
        pool.submit(int).result(LIMIT)
    before = leaks.take()
    gc.disable()
    try:
        kept = []
        for _ in range(5):
            with pools.kind.make(1) as pool:
                kept.append(pool.submit(tasks.double, 4))
        now = leaks.take()
    finally:
        gc.enable()
    assert leaks.differences(before, now) == []
    assert [future.result(0) for future in kept] == [8] * 5


def _what_is_left_after(pools: Pools, gate: Gate, end: Callable[[ProcessPoolExecutor, int], None]) -> list[str]:
    """Let a busy pool end in this way; the garbage collector does not help, and its future is still in hand."""
    before = leaks.take()
    gc.disable()
    try:
        pool = pools.kind.make(1)
        future = pool.submit(tasks.hold, gate)
        end(pool, gate.wait_for_arrival())
        error = future.exception(LIMIT)
        pool.shutdown()
        return [] if error is None else leaks.left_behind(before, leaks.AT_ONCE, collect=False)
    finally:
        gc.enable()


def test_nothing_is_left_of_a_pool_that_broke(pools: Pools, gate: Gate) -> None:
    """C-96."""
    assert _what_is_left_after(pools, gate, lambda _, worker: os.kill(worker, signal.SIGKILL)) == []


@ours_only("no issue: descriptors of a pool whose workers were killed are closed when its objects are collected")
def test_nothing_is_left_of_a_pool_that_was_killed(pools: Pools, gate: Gate) -> None:
    """C-96."""
    assert _what_is_left_after(pools, gate, lambda pool, _: pool.kill_workers()) == []


# ------------------------------------------------------------------------------------------------ interrupting calls


@contextmanager
def _alarms(handler: Callable[[], object], seconds: float = 0.002) -> Iterator[None]:
    """Call the handler again and again, between any two instructions of the main thread."""
    with alarms(lambda *_: handler()):
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
        yield


@parent_only
@REENTRANT
def test_a_signal_handler_may_submit_and_cancel_whatever_it_interrupts(pools: Pools) -> None:
    """C-21: it interrupts submit() and cancel() of the same pool, and their like in itself."""
    pool = pools.make(max_workers=2)
    pool.submit(int).result(LIMIT)
    futures: list[Future[int]] = []

    def handler() -> None:
        futures.append(pool.submit(tasks.double, 1))
        futures[len(futures) // 2].cancel()

    own = []
    with _alarms(handler):
        for number in range(1500):
            own.append(pool.submit(tasks.double, number))
            if number % 3 == 0:
                own[number // 2].cancel()
    assert futures
    assert not concurrent.futures.wait(own + futures, LIMIT).not_done
    assert all(future.cancelled() or future.result(0) == 2 * number for number, future in enumerate(own))
    assert all(future.cancelled() or future.result(0) == 2 for future in futures)


@parent_only
@REENTRANT
@pytest.mark.parametrize("request_", ["drain", "cancel", "kill"])
def test_a_signal_handler_may_close_the_pool_under_a_submit(pools: Pools, request_: str) -> None:
    """C-18, C-21: the interrupted submit raises or is accepted; every accepted future ends."""
    for _ in range(3):
        pool = pools.make()
        pool.submit(int).result(LIMIT)
        futures: list[Future[int]] = []

        def close(pool: ProcessPoolExecutor = pool) -> None:
            if request_ == "kill":
                pool.kill_workers()
            else:
                pool.shutdown(wait=False, cancel_futures=request_ == "cancel")

        with _alarms(close, 0.01), pytest.raises(RuntimeError, match="after shutdown"):
            _submit_on_and_on(pool, futures)
        pool.shutdown()
        for number, future in enumerate(futures):
            if request_ == "drain":
                assert future.result(0) == 2 * number
            else:
                assert future.cancelled() or future.exception(0) or future.result(0) == 2 * number


@parent_only
@REENTRANT
def test_a_finalizer_may_submit_and_cancel(pool: ProcessPoolExecutor) -> None:
    """C-21: bpo-32576. The garbage collector runs it inside whatever call allocates."""
    futures: list[Future[int]] = []

    class Final:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            futures.append(pool.submit(tasks.double, 1))
            futures[0].cancel()

    thresholds = gc.get_threshold()
    gc.set_threshold(20)
    try:
        own = []
        for number in range(300):
            Final()
            own.append(pool.submit(tasks.identity, [number]))
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    assert [future.result(LIMIT) for future in own] == [[number] for number in range(300)]
    assert futures
    assert all(future.cancelled() or future.result(LIMIT) == 2 for future in list(futures))


@parent_only
@REENTRANT
def test_a_weak_reference_callback_may_shut_the_pool_down(pool: ProcessPoolExecutor) -> None:
    """C-21: it runs where the argument of the last task is released, in a thread of the pool or in a caller's."""
    closed = threading.Event()

    def close(_: object) -> None:
        pool.shutdown(wait=False)
        closed.set()

    argument = _Referable()
    watch = weakref.ref(argument, close)
    future = pool.submit(tasks.call_of, argument)
    del argument
    future.result(LIMIT)
    eventually(lambda: gc.collect() >= 0 and closed.is_set(), "the argument is released")
    assert watch() is None
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)


@parent_only
@REENTRANT
@pytest.mark.parametrize("call", ["shutdown", "kill_workers"])
def test_pickling_may_close_the_pool(pools: Pools, call: str) -> None:
    """C-18, C-21: the submit that pickles raises or its future ends."""
    pool = pools.make()
    pool.submit(int).result(LIMIT)
    close = {"shutdown": lambda: pool.shutdown(wait=False), "kill_workers": pool.kill_workers}[call]
    future: Future[Any] | None = None
    try:
        future = pool.submit(tasks.identity, awkward.WhenPickled(close))
    except RuntimeError as refusal:
        assert "after shutdown" in str(refusal)  # noqa: PT017 - both outcomes are allowed
    pool.shutdown()
    assert future is None or future.done()


def _submit_on_and_on(pool: ProcessPoolExecutor, futures: list[Future[int]]) -> None:
    for number in range(1_000_000):
        futures.append(pool.submit(tasks.double, number))  # noqa: PERF401 - it ends by an exception, and keeps what it has


class _Referable:
    pass


def _increment(number: int) -> int:
    return number + 1
