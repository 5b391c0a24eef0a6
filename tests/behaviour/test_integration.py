"""Beside the rest of the standard library: asyncio, wait and as_completed, subclasses, multiprocessing, logging."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import pickle
import threading
import weakref
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.gates import Gate, Journal
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from multiprocessing.synchronize import Event, Lock

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

# ------------------------------------------------------------------------------------------------ asyncio


def test_asyncio_runs_calls_in_it(pool: ProcessPoolExecutor) -> None:
    """C-14: results and exceptions."""

    async def use() -> tuple[list[int], str]:
        loop = asyncio.get_running_loop()
        values = await asyncio.gather(*(loop.run_in_executor(pool, tasks.double, number) for number in range(5)))
        with pytest.raises(LookupError) as caught:
            await loop.run_in_executor(pool, partial(tasks.raise_it, LookupError("of the task")))
        return values, str(caught.value)

    assert asyncio.run(asyncio.wait_for(use(), LIMIT)) == ([0, 2, 4, 6, 8], "of the task")


@parent_only
@ours_only("no issue: a task in the call queue cannot be cancelled any more")
def test_cancelling_the_asyncio_future_cancels_a_task_that_has_not_begun(
    pool: ProcessPoolExecutor, gate: Gate, journal: Journal
) -> None:
    """C-05, C-14."""

    async def use() -> bool:
        loop = asyncio.get_running_loop()
        held = loop.run_in_executor(pool, partial(tasks.hold, gate.door))
        await asyncio.to_thread(gate.wait_for_arrival)
        later = loop.run_in_executor(pool, tasks.write, journal, "ran")
        later.cancel()
        await asyncio.sleep(0)  # asyncio hands the cancellation on in its next turn
        gate.open()
        await held
        return later.cancelled()

    assert asyncio.run(asyncio.wait_for(use(), LIMIT))
    pool.shutdown()
    assert journal.words() == []


@parent_only
def test_an_asyncio_timeout_leaves_the_pool_usable(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-14: the begun task goes on, its outcome is not wanted any more."""

    async def use() -> int:
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.run_in_executor(pool, partial(tasks.hold, gate.door)), 0.05)
        gate.open_wide()
        return await asyncio.wait_for(loop.run_in_executor(pool, tasks.double, 4), LIMIT)

    assert asyncio.run(use()) == 8


@parent_only
def test_asyncio_is_told_that_the_pool_broke(pool: ProcessPoolExecutor) -> None:
    """C-07."""

    async def use() -> str:
        with pytest.raises(concurrent.futures.BrokenExecutor) as caught:
            await asyncio.get_running_loop().run_in_executor(pool, partial(tasks.exit_at_once, 1))
        return type(caught.value).__name__

    assert asyncio.run(asyncio.wait_for(use(), LIMIT)) == "BrokenProcessPool"


# ------------------------------------------------------------------------------------------------ wait, as_completed


@parent_only
def test_wait_tells_done_from_not_done(pools: Pools, gate: Gate) -> None:
    """C-07, C-14."""
    pool = pools.make(max_workers=2)
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    quick = [pool.submit(tasks.double, number) for number in range(3)]
    first = concurrent.futures.wait([held, *quick], LIMIT, FIRST_COMPLETED)
    assert held in first.not_done
    assert first.done
    assert not concurrent.futures.wait(quick, LIMIT).not_done
    assert concurrent.futures.wait([held, *quick], 0.05, ALL_COMPLETED).not_done == {held}
    gate.open()
    assert concurrent.futures.wait([held, *quick], LIMIT, ALL_COMPLETED).not_done == set()


@parent_only
def test_wait_ends_with_the_first_exception(pools: Pools, gate: Gate) -> None:
    """C-07."""
    pool = pools.make(max_workers=2)
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    failing = pool.submit(tasks.raise_it, LookupError())
    outcome = concurrent.futures.wait([held, failing], LIMIT, FIRST_EXCEPTION)
    assert (outcome.done, outcome.not_done) == ({failing}, {held})
    gate.open()


@parent_only
def test_as_completed_gives_each_future_when_it_ends(pools: Pools, gates: Gates) -> None:
    """C-07: in the order of the ends, also of those that ended before."""
    pool = pools.make(max_workers=2)
    slow, fast = gates.make(), gates.make()
    last, second = pool.submit(tasks.hold, slow), pool.submit(tasks.hold, fast)
    slow.wait_for_arrival()
    fast.wait_for_arrival()
    iterator = concurrent.futures.as_completed([last, second], LIMIT)
    fast.open()
    assert next(iterator) is second
    slow.open()
    assert next(iterator) is last


@parent_only
def test_as_completed_times_out(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-07."""
    future = pool.submit(tasks.hold, gate)
    with pytest.raises(TimeoutError):
        list(concurrent.futures.as_completed([future], 0.05))
    gate.open()


def test_futures_of_different_executors_can_be_waited_for_together(pools: Pools) -> None:
    """C-14."""
    first, second = pools.make(), pools.make()
    with ThreadPoolExecutor(1) as threads:
        futures: list[Future[int]] = [executor.submit(tasks.double, 4) for executor in (first, second, threads)]
        assert {future.result() for future in concurrent.futures.as_completed(futures, LIMIT)} == {8}


# ------------------------------------------------------------------------------------------------ classes


@parent_only
def test_it_can_be_subclassed(pools: Pools) -> None:
    """C-15, C-59: what a subclass overrides is used by map and by the with block."""
    base: Any = pools.kind.executor
    shut_down: list[bool] = []

    class Counting(base):  # type: ignore[misc, no-any-unimported]
        submitted = 0

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.submitted += 1
            return super().submit(fn, *args, **kwargs)  # type: ignore[no-any-return]

        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002 - as the base
            shut_down.append(wait)
            super().shutdown(wait, cancel_futures=cancel_futures)

    with Counting(1, pools.kind.context) as pool:
        assert pool.submit(tasks.double, 1).result(LIMIT) == 2
        assert list(pool.map(tasks.double, [2, 3])) == [4, 6]
        assert pool.submitted == 3
    assert shut_down == [True]


@parent_only
def test_executors_and_futures_are_ordinary_objects(pool: ProcessPoolExecutor) -> None:
    """C-14: hashable, told apart, referable weakly, and with a repr."""
    futures = [pool.submit(tasks.double, 1) for _ in range(2)]
    assert len({*futures}) == 2
    assert weakref.ref(pool)() is pool
    assert weakref.ref(futures[0])() is futures[0]
    assert repr(pool)
    concurrent.futures.wait(futures, LIMIT)
    assert "returned int" in repr(futures[0])
    assert concurrent.futures.Future[int] is not None


@parent_only
def test_a_future_cannot_be_sent_to_a_task(pool: ProcessPoolExecutor) -> None:
    """C-20: it costs that task only."""
    future: Future[Any] = pool.submit(tasks.identity, pool.submit(int))
    assert future.exception(LIMIT) is not None
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@parent_only
@ours_only("no issue: pickling gets as far as its pipes, and starts a thread of multiprocessing that offers them")
def test_the_executor_cannot_be_sent_to_a_task(pool: ProcessPoolExecutor) -> None:
    """C-20: it costs that task only."""
    assert pool.submit(tasks.identity, pool).exception(LIMIT) is not None
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@ours_only("new: names that are views here")
def test_the_names_that_others_read_are_there(pool: ProcessPoolExecutor) -> None:
    """C-66: tools read how many workers there are, and who they are."""
    assert pool._max_workers == 1
    assert pool._processes == {}
    assert not pool._broken
    worker = pool.submit(os.getpid).result(LIMIT)
    assert list(pool._processes) == [worker]
    assert pool._processes[worker].is_alive()
    assert isinstance(pool._executor_manager_thread, threading.Thread)
    pool.shutdown()
    pool._call_queue.join_thread()


# ------------------------------------------------------------------------------------------------ multiprocessing


def test_primitives_of_multiprocessing_reach_the_workers_through_the_initializer(pools: Pools) -> None:
    """C-70: a lock and an event, which cannot be sent as arguments."""
    context = pools.kind.context
    event: Event = context.Event()
    lock: Lock = context.Lock()
    pool = pools.make(initializer=tasks.note, initargs=(event, lock))
    future = pool.submit(_set_under_lock)
    assert event.wait(LIMIT)
    assert future.result(LIMIT) is True


def test_a_primitive_sent_as_an_argument_fails_as_a_task(pool: ProcessPoolExecutor, pools: Pools) -> None:
    """C-20: multiprocessing says what to do instead."""
    error = pool.submit(tasks.identity, pools.kind.context.Lock()).exception(LIMIT)
    assert isinstance(error, RuntimeError)
    assert "inheritance" in str(error)


def _set_under_lock() -> bool:
    shared: Any = tasks.set_up[-1]
    event, lock = shared
    with lock:
        event.set()
    return True


# ------------------------------------------------------------------------------------------------ logging, pickle


def test_logging_in_a_task_does_not_hang(pool: ProcessPoolExecutor) -> None:
    """C-02: under fork a worker has the parent's handlers."""
    assert pool.submit(_log).result(LIMIT) == "logged"


def _log() -> str:
    logging.getLogger("a task").warning("from the worker")
    return "logged"


def test_types_that_register_a_reducer_are_pickled_by_it(pool: ProcessPoolExecutor) -> None:
    """C-02: what copyreg and multiprocessing know, a task may be given."""
    import copyreg  # noqa: PLC0415 - only here

    copyreg.pickle(_Opaque, _reduce_opaque)
    try:
        assert pool.submit(_weight_of, _Opaque(4)).result(LIMIT) == 4
    finally:
        del copyreg.dispatch_table[_Opaque]


class _Opaque:
    def __init__(self, weight: int) -> None:
        self.weight = weight

    def __reduce_ex__(self, protocol: object) -> str:
        raise pickle.PicklingError("not without a reducer")


def _reduce_opaque(value: _Opaque) -> tuple[type[_Opaque], tuple[int]]:
    return _Opaque, (value.weight,)


def _weight_of(value: _Opaque) -> int:
    return value.weight
