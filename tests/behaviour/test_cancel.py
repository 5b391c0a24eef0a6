"""cancel() and running(): a task is running when a worker has begun it, and until then it can be cancelled."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import random
import threading
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

QUEUE_IS_RUNNING = ours_only("no issue: a task is RUNNING from its entry into the call queue, before any worker has it")
UNTOLD = ours_only("gh-136655: a cancelled future stays CANCELLED, and its waiters are not told")


def test_a_task_that_a_worker_has_begun_is_running_and_cannot_be_cancelled(
    pool: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-04, C-05."""
    future = pool.submit(tasks.hold, gate, "done")
    gate.wait_for_arrival()
    assert future.running()
    assert not future.cancel()
    assert future.running()
    assert not future.cancelled()
    gate.open()
    assert future.result(LIMIT) == "done"
    assert not future.running()


def test_an_ended_task_cannot_be_cancelled(pool: ProcessPoolExecutor) -> None:
    """C-05: neither after a result nor after an exception."""
    ended: list[Future[Any]] = [pool.submit(int), pool.submit(tasks.raise_it, ValueError())]
    for future in ended:
        concurrent.futures.wait([future], LIMIT)
        assert not future.cancel()
        assert future.done()
        assert not future.cancelled()


@QUEUE_IS_RUNNING
def test_a_task_sent_ahead_is_not_running(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-04: the worker is busy; whatever the pool did with the others meanwhile, they have not begun."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    later = [pool.submit(tasks.hold, gate) for _ in range(5)]
    for begun in range(4):
        gate.open()
        gate.wait_for_arrival()
        assert later[begun].running()
        assert not any(future.running() for future in later[begun + 1 :])
    gate.open_wide()


@QUEUE_IS_RUNNING
def test_a_task_sent_ahead_can_be_cancelled_and_never_runs(
    pool: ProcessPoolExecutor, gate: Gate, journal: Journal
) -> None:
    """C-05: not only the ones that wait in the parent."""
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    later = [pool.submit(tasks.write, journal, number) for number in range(6)]
    assert all(future.cancel() for future in later)
    gate.open()
    held.result(LIMIT)
    pool.shutdown()
    assert journal.words() == []


def test_a_pending_task_can_be_cancelled_and_never_runs(
    pool: ProcessPoolExecutor, gate: Gate, journal: Journal
) -> None:
    """C-05, C-06: the last of many waits in the parent, whatever is sent ahead."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(tasks.write, journal, number) for number in range(20)]
    assert futures[-1].cancel()
    assert futures[-1].cancelled()
    assert futures[-1].done()
    assert futures[-1].cancel(), "cancelled is cancelled"
    with pytest.raises(CancelledError):
        futures[-1].result()
    with pytest.raises(CancelledError):
        futures[-1].exception()
    gate.open()
    pool.shutdown()
    assert "19" not in journal.words()


@QUEUE_IS_RUNNING
def test_cancelling_some_leaves_their_neighbours_alone(pool: ProcessPoolExecutor, gate: Gate, journal: Journal) -> None:
    """C-05, C-22: the others run, each once, in their order."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(tasks.write, journal, number) for number in range(9)]
    for future in futures[1::2]:
        assert future.cancel()
    gate.open()
    assert not concurrent.futures.wait(futures, LIMIT).not_done
    assert journal.words() == ["0", "2", "4", "6", "8"]
    assert [future.cancelled() for future in futures] == [False, True] * 4 + [False]


@QUEUE_IS_RUNNING
def test_tasks_submitted_after_a_cancellation_run(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-01, C-05: room that a cancelled task took is given back."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    for _ in range(400):  # more than a byte can count
        assert pool.submit(int).cancel()
    last = pool.submit(tasks.double, 21)
    gate.open()
    assert last.result(LIMIT) == 42


def test_whatever_the_moment_a_task_either_runs_or_is_cancelled(pools: Pools, journal: Journal) -> None:
    """C-03, C-05: cancellations race with the begin of tiny tasks."""
    pool = pools.make(max_workers=2)
    chance = random.Random(20)
    futures: list[Future[None]] = []
    for number in range(300):
        futures.append(pool.submit(tasks.write, journal, number))
        if chance.random() < 0.5:
            chance.choice(futures[-8:]).cancel()
    assert not concurrent.futures.wait(futures, LIMIT).not_done
    pool.shutdown()
    ran = sorted(map(int, journal.words()))
    assert ran == [number for number, future in enumerate(futures) if not future.cancelled()]


@parent_only
def test_shutdown_ends_when_all_that_was_left_has_been_cancelled(pool: ProcessPoolExecutor) -> None:
    """C-50: gh-94440."""
    pool.submit(int).result(LIMIT)
    for _ in range(20):
        pool.submit(int).cancel()
    Aside(pool.shutdown).result()


@parent_only
def test_a_cancelled_future_calls_its_callbacks_in_the_cancelling_thread(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-08, C-09."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(int) for _ in range(10)]
    seen: list[tuple[bool, int]] = []
    futures[-1].add_done_callback(lambda future: seen.append((future.cancelled(), threading.get_ident())))
    assert futures[-1].cancel()
    assert seen == [(True, threading.get_ident())]
    gate.open()


@parent_only
def test_cancel_may_be_called_from_a_callback(pool: ProcessPoolExecutor, gate: Gate, journal: Journal) -> None:
    """C-09, C-21: the callback of the first cancels the last, which waits behind a held one."""
    first = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    second = pool.submit(tasks.hold, gate)
    last = [pool.submit(tasks.write, journal, number) for number in range(10)][-1]
    outcome: Future[bool] = Future()
    first.add_done_callback(lambda _: outcome.set_result(last.cancel()))
    gate.open()
    gate.wait_for_arrival()
    assert outcome.result(LIMIT)
    gate.open()
    second.result(LIMIT)
    pool.shutdown()
    assert "9" not in journal.words()


# ------------------------------------------------------------------------------------------------ waiters


def _wait_all(futures: list[Future[Any]]) -> int:
    return len(concurrent.futures.wait(futures, LIMIT).done)


def _wait_first(futures: list[Future[Any]]) -> int:
    return len(concurrent.futures.wait(futures, LIMIT, concurrent.futures.FIRST_COMPLETED).done)


def _wait_first_exception(futures: list[Future[Any]]) -> int:
    return len(concurrent.futures.wait(futures, LIMIT, concurrent.futures.FIRST_EXCEPTION).done)


def _as_completed(futures: list[Future[Any]]) -> int:
    return len(list(concurrent.futures.as_completed(futures, LIMIT)))


def _results(futures: list[Future[Any]]) -> int:
    return sum(isinstance(_outcome(future), CancelledError) for future in futures)


def _awaited(futures: list[Future[Any]]) -> int:
    async def wait() -> int:
        return len(await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True))

    return asyncio.run(asyncio.wait_for(wait(), LIMIT))


def _outcome(future: Future[Any]) -> object:
    try:
        return future.result(LIMIT)
    except CancelledError as error:
        return error


WAYS = [_wait_all, _wait_first, _wait_first_exception, _as_completed, _results, _awaited]


@parent_only
@UNTOLD
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
@pytest.mark.parametrize("by", ["cancel", "shutdown"])
def test_whoever_waits_for_a_future_is_told_of_its_cancellation(
    pool: ProcessPoolExecutor, gate: Gate, way: Any, by: str
) -> None:
    """C-06, C-07: at once, while the worker is still busy."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(int) for _ in range(3)]
    waiter = Aside(way, futures)
    eventually(lambda: all(_is_waited_for(future) for future in futures[:1]), "the waiter waits")
    if by == "cancel":
        assert all(future.cancel() for future in futures)
    else:
        pool.shutdown(wait=False, cancel_futures=True)
    count = waiter.result()
    assert count == 3 or (way is _wait_first and count >= 1)
    # The first waiter may be told of one future while another's lock is still its own: that one is told later.
    eventually(lambda: [future._state for future in futures] == ["CANCELLED_AND_NOTIFIED"] * 3, "all are cancelled")
    gate.open()


def _is_waited_for(future: Future[Any]) -> bool:
    """True once somebody waits for the future in any of the ways above."""
    inside: Any = future
    waiting_threads = getattr(inside._condition, "_waiters", ())
    return bool(inside._waiters or waiting_threads or inside._done_callbacks)


@parent_only
@UNTOLD
def test_waiting_for_a_future_that_was_cancelled_before_returns_at_once(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-06, C-07."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(os.getpid) for _ in range(5)]
    assert futures[-1].cancel()
    assert _as_completed(futures[-1:]) == 1
    assert concurrent.futures.wait(futures[-1:], LIMIT).not_done == set()
    gate.open()


@parent_only
def test_a_cancellation_seen_from_several_threads_is_one(pools: Pools, gates: Gates) -> None:
    """C-05: many cancel the same futures at once; each future is cancelled, and its callback is called once."""
    gate = gates.make()
    pool = pools.make()
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(int) for _ in range(60)][10:]
    called: list[Future[int]] = []
    for future in futures:
        future.add_done_callback(called.append)
    threads = [Aside(lambda: [future.cancel() for future in futures]) for _ in range(4)]
    assert all(all(thread.result()) for thread in threads)
    assert len(called) == len(futures) == len({id(future) for future in called})
    gate.open()
