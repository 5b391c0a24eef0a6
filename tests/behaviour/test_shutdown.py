"""shutdown(): every mode in every order. The strongest request wins, and wait=True waits."""

from __future__ import annotations

import concurrent.futures
import itertools
import signal
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, Journal
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

REQUESTS = {
    "drain": {"wait": False},
    "drain-wait": {"wait": True},
    "cancel": {"wait": False, "cancel_futures": True},
    "cancel-wait": {"wait": True, "cancel_futures": True},
}


def _request(pool: ProcessPoolExecutor, name: str) -> Aside[None]:
    """Make the request; one that waits is still waiting when this returns."""
    call = Aside(pool.shutdown, **REQUESTS[name])
    if REQUESTS[name]["wait"]:
        assert call.is_still_waiting()
    else:
        call.result()
    return call


def _busy(pool: ProcessPoolExecutor, gate: Gate, later: int = 4) -> tuple[Future[Any], list[Future[Any]]]:
    """One begun task, and some behind it."""
    begun = pool.submit(tasks.hold, gate, "begun")
    gate.wait_for_arrival()
    return begun, [pool.submit(tasks.double, number) for number in range(later)]


# ------------------------------------------------------------------------------------------------ the matrix


@pytest.mark.parametrize("name", ["drain", "drain-wait"])
def test_drain_runs_all_that_was_submitted(pool: ProcessPoolExecutor, gate: Gate, name: str) -> None:
    """C-45."""
    begun, later = _busy(pool, gate)
    call = _request(pool, name)
    gate.open()
    call.result()
    assert begun.result(LIMIT) == "begun"
    assert [future.result(LIMIT) for future in later] == [0, 2, 4, 6]


@ours_only("gh-136655: what is in the call queue still runs, and the cancelled are not told")
@pytest.mark.parametrize("name", ["cancel", "cancel-wait"])
def test_cancel_ends_all_that_has_not_begun_and_tells_the_waiters(
    pool: ProcessPoolExecutor, gate: Gate, name: str
) -> None:
    """C-46: before the begun one ends, which keeps its own outcome."""
    begun, later = _busy(pool, gate)
    waiter = Aside(concurrent.futures.wait, later)
    call = _request(pool, name)
    waiter.result()
    assert [future._state for future in later] == ["CANCELLED_AND_NOTIFIED"] * 4
    assert begun.running()
    gate.open()
    call.result()
    assert begun.result(LIMIT) == "begun"


@parent_only
@ours_only("no issue: a later request replaces an earlier one, and a second wait does not wait")
@pytest.mark.parametrize(("first", "second"), list(itertools.product(REQUESTS, REQUESTS)))
def test_of_two_requests_the_stronger_wins_and_both_waits_wait(
    pool: ProcessPoolExecutor, gate: Gate, first: str, second: str
) -> None:
    """C-42, C-43, C-48."""
    begun, later = _busy(pool, gate)
    calls = [_request(pool, first), _request(pool, second)]
    cancels = "cancel" in first or "cancel" in second
    if cancels:
        assert not concurrent.futures.wait(later, LIMIT).not_done
    assert not begun.done()
    gate.open()
    for call in calls:
        call.result()
    pool.shutdown()
    assert begun.result(0) == "begun"
    assert [future.cancelled() for future in later] == [cancels] * 4


@parent_only
@pytest.mark.parametrize("error", [None, LookupError("of the task")], ids=["returns", "raises"])
@pytest.mark.parametrize("cancel_futures", [False, True])
def test_a_begun_task_keeps_its_own_outcome(
    pool: ProcessPoolExecutor, gate: Gate, error: Exception | None, cancel_futures: bool
) -> None:
    """C-45, C-46."""
    future = pool.submit(tasks.hold_then_raise, gate, error) if error else pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    pool.shutdown(wait=False, cancel_futures=cancel_futures)
    gate.open()
    assert repr(future.exception(LIMIT)) == repr(error)


# ------------------------------------------------------------------------------------------------ waiting


def test_a_wait_returns_when_all_has_ended_and_the_workers_are_gone(pools: Pools, gate: Gate) -> None:
    """C-48, C-96."""
    pool = pools.make(max_workers=2)
    held = [pool.submit(tasks.hold, gate) for _ in range(2)]
    workers = [gate.wait_for_arrival() for _ in held]
    call = _request(pool, "drain-wait")
    gate.open_wide()
    call.result()
    assert all(future.done() for future in held)
    assert [leaks.state_of(worker) for worker in workers] == ["", ""], "not even a zombie is left"


@ours_only("no issue: a second shutdown(wait=True) after wait=False returns at once")
def test_a_wait_after_a_request_without_one_waits(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-48."""
    begun, later = _busy(pool, gate)
    pool.shutdown(wait=False)
    call = _request(pool, "drain-wait")
    gate.open()
    call.result()
    assert all(future.done() for future in [begun, *later])


@ours_only("no issue: OSError or AttributeError out of concurrent calls, which clear what the other one uses")
def test_waits_of_several_threads_all_wait(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-42, C-48."""
    begun, _ = _busy(pool, gate)
    calls = [Aside(pool.shutdown) for _ in range(4)]
    assert all(call.is_still_waiting(0.05) for call in calls)
    gate.open()
    for call in calls:
        call.result()
    assert begun.done()


@parent_only
@ours_only("no issue: OSError or AttributeError out of concurrent calls, which clear what the other one uses")
def test_requests_of_all_kinds_at_once_raise_nothing(pools: Pools) -> None:
    """C-42: in every round some threads make every kind of request to a pool that is at work."""
    for _ in range(3):
        pool = pools.make()
        futures = [pool.submit(tasks.double, number) for number in range(20)]
        calls = [Aside(pool.shutdown, **options) for options in REQUESTS.values() for _ in range(2)]
        for call in calls:
            call.result()
        pool.shutdown()
        assert all(future.cancelled() or future.result(0) == 2 * number for number, future in enumerate(futures))


@ours_only("gh-90882: until 3.13 an interrupted Thread.join() marks the thread as ended, so the next one does not wait")
def test_an_interrupted_wait_can_be_taken_up_again(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-52: a signal handler raises while the main thread waits."""
    begun, later = _busy(pool, gate)
    previous = signal.signal(signal.SIGUSR1, _raise_interrupted)
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(_Interrupted):
            pool.shutdown()
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, previous)
    assert not begun.done()
    gate.open()
    pool.shutdown()
    assert [future.result(0) for future in later] == [0, 2, 4, 6]


def test_a_wait_returns_after_the_callbacks_have_run(pools: Pools) -> None:
    """C-48."""
    for _ in range(5):
        pool = pools.make()
        called: list[Future[int]] = []
        future = pool.submit(int)
        future.add_done_callback(called.append)
        pool.shutdown()
        assert called == [future]


def test_no_wait_returns_at_once(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-47: the task that is held proves it."""
    begun, _ = _busy(pool, gate)
    pool.shutdown(wait=False)
    assert not begun.done()
    gate.open()
    assert begun.result(LIMIT) == "begun"


# ------------------------------------------------------------------------------------------------ callbacks


@ours_only("gh-131598: RuntimeError, the manager joins itself")
@pytest.mark.parametrize("cancel_futures", [False, True])
def test_from_a_callback_a_wait_returns_at_once_and_the_request_stands(
    pool: ProcessPoolExecutor, gate: Gate, cancel_futures: bool
) -> None:
    """C-49."""
    begun, _ = _busy(pool, gate, later=0)
    waiting = pool.submit(tasks.hold, gate)
    last = pool.submit(tasks.double, 4)
    outcome: Future[bool] = Future()

    def callback(_: Future[Any]) -> None:
        pool.shutdown(wait=True, cancel_futures=cancel_futures)
        outcome.set_result(waiting.done() and not waiting.cancelled())

    begun.add_done_callback(callback)
    gate.open()
    assert outcome.result(LIMIT) is False
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)
    gate.open_wide()
    pool.shutdown()
    if not cancel_futures:
        assert last.result(0) == 8


def test_from_a_callback_a_request_without_wait_is_carried_out(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-09, C-47."""
    begun, later = _busy(pool, gate)
    begun.add_done_callback(lambda _: pool.shutdown(wait=False))
    gate.open()
    assert [future.result(LIMIT) for future in later] == [0, 2, 4, 6]


@parent_only
@ours_only("no issue: the callback runs in the manager of the one pool, which then does nothing else")
def test_a_wait_for_another_pool_waits_in_a_callback_too(pools: Pools, gates: Gates) -> None:
    """C-48, C-49: only the pool's own threads need not wait for themselves."""
    mine, its = gates.make(), gates.make()
    pool, other = pools.make(), pools.make()
    held = other.submit(tasks.hold, its, "held")
    its.wait_for_arrival()
    outcome: Future[object] = Future()

    def callback(_: Future[Any]) -> None:
        other.shutdown()
        outcome.set_result(held.result(0))

    pool.submit(tasks.hold, mine).add_done_callback(callback)
    mine.open()
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8
    its.open()
    assert outcome.result(LIMIT) == "held"


# ------------------------------------------------------------------------------------------------ edges


@parent_only
def test_shutdown_may_be_called_again_and_again(pool: ProcessPoolExecutor) -> None:
    """C-42."""
    pool.submit(int)
    for _ in range(3):
        for options in REQUESTS.values():
            pool.shutdown(**options)


@parent_only
@pytest.mark.parametrize("name", REQUESTS)
def test_a_pool_without_tasks_is_shut_down_without_starting_anything(pools: Pools, name: str) -> None:
    """C-51, C-67."""
    before = leaks.take()
    pool = pools.make(max_workers=3)
    for _ in range(2):
        now = leaks.take()
        assert (now.processes, now.threads) == (before.processes, before.threads)
        pool.shutdown(**REQUESTS[name])


def test_leaving_the_with_block_waits_for_everything(pools: Pools) -> None:
    """C-59."""
    with pools.make() as pool:
        futures = [pool.submit(tasks.double, number) for number in range(5)]
    assert [future.result(0) for future in futures] == [0, 2, 4, 6, 8]
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)


def test_the_body_of_a_with_block_may_raise(pools: Pools) -> None:
    """C-59: everything submitted still runs, and the exception goes on."""
    futures = []
    with pytest.raises(LookupError, match="of the body"), pools.make() as pool:  # noqa: PT012 - the body is the test
        futures = [pool.submit(tasks.double, number) for number in range(3)]
        raise LookupError("of the body")
    assert [future.result(0) for future in futures] == [0, 2, 4]


def test_leaving_the_block_after_an_explicit_shutdown_is_fine(pools: Pools) -> None:
    """C-42, C-59."""
    with pools.make() as pool:
        future = pool.submit(tasks.double, 1)
        pool.shutdown()
    assert future.result(0) == 2


def test_each_submit_beside_a_shutdown_raises_or_is_run(pools: Pools) -> None:
    """C-18, C-44: threads submit until they are refused; what was accepted has run when the shutdown returns."""
    pool = pools.make(max_workers=2)
    pool.submit(int).result(LIMIT)
    accepted: list[list[Future[int]]] = [[], [], []]
    started = threading.Barrier(4)

    def submit_until_refused(mine: list[Future[int]]) -> None:
        started.wait(LIMIT)
        for number in range(100_000):
            try:
                mine.append(pool.submit(tasks.double, number))
            except RuntimeError:
                return

    threads = [Aside(submit_until_refused, mine) for mine in accepted]
    started.wait(LIMIT)
    pool.shutdown()
    for thread in threads:
        thread.result()
    for mine in accepted:
        assert [future.result(0) for future in mine] == [2 * number for number in range(len(mine))]


@ours_only("no issue: what waits is run by an executor that nobody refers to, but its cancellation may be lost")
def test_a_request_is_carried_out_although_the_executor_is_dropped(
    pools: Pools, gates: Gates, journal: Journal
) -> None:
    """C-47, C-62."""
    gate = gates.make()
    pool = pools.make()
    begun, _ = _busy(pool, gate, later=0)
    waiting = [pool.submit(tasks.write, journal, number) for number in range(4)]
    pool.shutdown(wait=False, cancel_futures=True)
    del pool
    pools.forget()
    assert not concurrent.futures.wait(waiting, LIMIT).not_done
    gate.open()
    assert begun.result(LIMIT) == "begun"
    assert all(future.cancelled() for future in waiting)
    assert journal.words() == []


def test_workers_leave_with_exit_code_zero(pools: Pools) -> None:
    """C-45."""
    pool = pools.make(max_workers=2)
    for _ in range(4):
        pool.submit(int).result(LIMIT)
    workers = list(pool._processes.values())
    pool.shutdown()
    assert workers
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


class _Interrupted(Exception):  # noqa: N818 - it is a signal, not an error
    pass


def _raise_interrupted(number: int, frame: object) -> None:
    raise _Interrupted
