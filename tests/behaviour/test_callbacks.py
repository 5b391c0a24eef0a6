"""Done-callbacks: once, in order, whatever they do; and what they do costs nobody else anything."""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.behaviour import awkward, tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

pytestmark = [parent_only]
IN_THE_MANAGER = ours_only("no issue: callbacks run in the manager's thread, which does nothing else meanwhile")


def test_callbacks_of_a_future_are_called_once_in_the_order_of_adding(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-08, C-10."""
    future = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    seen: list[tuple[int, object]] = []
    for number in range(20):
        future.add_done_callback(lambda done, number=number: seen.append((number, done)))  # type: ignore[misc]
    gate.open()
    pool.shutdown()
    assert seen == [(number, future) for number in range(20)]


def test_a_callback_finds_its_future_ended(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-08, C-13."""
    seen: Future[tuple[bool, object]] = Future()
    future = pool.submit(tasks.hold, gate, "value")
    future.add_done_callback(lambda done: seen.set_result((done.done(), done.result())))
    gate.open()
    assert seen.result(LIMIT) == (True, "value")


def test_a_callback_runs_in_the_process_that_added_it(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-09."""
    seen: Future[int] = Future()
    pool.submit(tasks.hold, gate).add_done_callback(lambda _: seen.set_result(os.getpid()))
    gate.open()
    assert seen.result(LIMIT) == os.getpid()


def test_a_callback_added_to_an_ended_future_is_called_at_once_by_the_adder(pool: ProcessPoolExecutor) -> None:
    """C-08."""
    future = pool.submit(int)
    future.result(LIMIT)
    pool.shutdown()
    seen: list[int] = []
    future.add_done_callback(lambda _: seen.append(threading.get_ident()))
    assert seen == [threading.get_ident()]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_exception_of_a_callback_is_logged_and_the_others_are_called(
    pool: ProcessPoolExecutor, gate: Gate, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    """C-11."""
    seen: list[int] = []

    def fail(_: Future[Any]) -> NoReturn:
        raise LookupError("of the callback")

    future = pool.submit(tasks.hold, gate)
    if moment == "after":
        gate.open()
        future.result(LIMIT)
    with caplog.at_level(logging.ERROR, logger="concurrent.futures"):
        future.add_done_callback(fail)
        future.add_done_callback(lambda _: seen.append(1))
        gate.open()
        pool.shutdown()
    assert seen == [1]
    assert "of the callback" in caplog.text


class _FailingHandler(logging.Handler):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def emit(self, _: logging.LogRecord) -> None:
        raise self.error


@ours_only("no issue: the manager's thread ends with the handler's exception")
@pytest.mark.parametrize("error", [RuntimeError("of the handler"), SystemExit(3)], ids=lambda e: type(e).__name__)
def test_a_logging_handler_that_raises_costs_no_callback_no_result_and_no_shutdown(
    pool: ProcessPoolExecutor, gate: Gate, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """C-11."""
    monkeypatch.setattr(logging.getLogger("concurrent.futures"), "handlers", [_FailingHandler(error)])
    seen: list[int] = []

    def fail(_: Future[Any]) -> NoReturn:
        raise LookupError("of the callback")

    future = pool.submit(tasks.hold, gate)
    future.add_done_callback(fail)
    future.add_done_callback(lambda _: seen.append(1))
    gate.open()
    assert pool.submit(tasks.identity, [2]).result(LIMIT) == [2]  # read by the thread that runs the callbacks
    Aside(pool.shutdown).result()
    assert seen == [1]


@ours_only("no issue: the manager dies of it, and every other future never ends")
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()], ids=lambda e: type(e).__name__)
def test_not_even_a_base_exception_of_a_callback_costs_anybody_else(
    pool: ProcessPoolExecutor, gate: Gate, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    """C-11."""
    seen: list[int] = []

    def fail(_: Future[Any]) -> NoReturn:
        raise error

    future = pool.submit(tasks.hold, gate)
    future.add_done_callback(fail)
    future.add_done_callback(lambda _: seen.append(1))
    gate.open()
    assert [pool.submit(tasks.double, number).result(LIMIT) for number in range(3)] == [0, 2, 4]
    pool.shutdown()
    assert seen == [1]
    assert type(error).__name__ in caplog.text


@IN_THE_MANAGER
def test_a_callback_that_blocks_holds_up_no_other_future(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-12: neither results nor their callbacks, plain values and others."""
    blocked, called = threading.Event(), threading.Event()
    leave = threading.Event()

    def block(_: Future[Any]) -> None:
        blocked.set()
        leave.wait(LIMIT)

    try:
        pool.submit(tasks.hold, gate).add_done_callback(block)
        gate.open()
        assert blocked.wait(LIMIT)
        assert [pool.submit(tasks.double, number).result(LIMIT) for number in range(5)] == [0, 2, 4, 6, 8]
        assert pool.submit(tasks.identity, [1, {2}]).result(LIMIT) == [1, {2}]
        pool.submit(tasks.hold, gate).add_done_callback(lambda _: called.set())
        gate.open()
        assert called.wait(LIMIT)
    finally:
        leave.set()


@IN_THE_MANAGER
def test_several_callbacks_that_block_hold_up_no_other_future(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-12: one spare thread would not be enough."""
    leave = threading.Event()
    entered = threading.Semaphore(0)

    def block(_: Future[Any]) -> None:
        entered.release()
        leave.wait(LIMIT)

    try:
        for _ in range(4):
            pool.submit(tasks.hold, gate).add_done_callback(block)
            gate.open()
            assert entered.acquire(timeout=LIMIT)
        assert pool.submit(tasks.identity, [1]).result(LIMIT) == [1]
    finally:
        leave.set()


@IN_THE_MANAGER
def test_callbacks_that_wait_for_later_futures_do_not_deadlock(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-09, C-12: each waits for the result of the task behind it."""
    futures = [pool.submit(tasks.hold, gate, [number]) for number in range(4)]
    outcomes: list[Future[object]] = [Future() for _ in futures[:-1]]
    for number, outcome in enumerate(outcomes):
        futures[number].add_done_callback(
            lambda _, n=number, out=outcome: out.set_result(futures[n + 1].result(LIMIT))  # type: ignore[misc]
        )
    gate.open_wide()
    assert [outcome.result(LIMIT) for outcome in outcomes] == [[1], [2], [3]]


def test_a_callback_may_submit_and_add_callbacks(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-09, C-21: a chain in which each callback submits the next task."""
    last: Future[int] = Future()

    def next_one(done: Future[int]) -> None:
        if done.result() >= 30:
            last.set_result(done.result())
        else:
            pool.submit(_increment, done.result()).add_done_callback(next_one)

    first = pool.submit(tasks.hold, gate, 0)
    first.add_done_callback(next_one)
    gate.open()
    assert last.result(LIMIT) == 30


@IN_THE_MANAGER
def test_a_callback_may_wait_for_a_task_that_it_submitted(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-09, C-12."""
    seen: Future[int] = Future()
    future = pool.submit(tasks.hold, gate)
    future.add_done_callback(lambda _: seen.set_result(pool.submit(tasks.double, 4).result(LIMIT)))
    gate.open()
    assert seen.result(LIMIT) == 8


def test_waiters_are_told_before_the_first_callback_is_called(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-13: a callback that waits for the waiter would wait for ever."""
    future = pool.submit(tasks.hold, gate, "value")
    waiter = Aside(future.result)
    seen: Future[object] = Future()
    future.add_done_callback(lambda _: seen.set_result(waiter.result()))
    gate.open()
    assert seen.result(LIMIT) == "value"


def test_a_callback_added_by_a_callback_is_called(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-08."""
    seen: Future[str] = Future()
    future = pool.submit(tasks.hold, gate)
    future.add_done_callback(lambda done: done.add_done_callback(lambda _: seen.set_result("called")))
    gate.open()
    assert seen.result(LIMIT) == "called"


def test_callbacks_added_while_the_future_ends_are_all_called_once(pools: Pools) -> None:
    """C-08: adding races with the end."""
    pool = pools.make()
    for _ in range(20):
        future = pool.submit(tasks.identity, [1])
        called = Counter[int]()
        for number in range(50):
            future.add_done_callback(partial(_count, called, number))
        eventually(lambda called=called: len(called) == 50, "all callbacks are called")  # type: ignore[misc]
        assert called == Counter(range(50))


def test_a_callback_that_blocks_does_not_keep_shutdown_from_returning_later(
    pool: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-48: the wait ends when the callback does, not before."""
    leave, entered = threading.Event(), threading.Event()

    def block(_: Future[Any]) -> None:
        entered.set()
        leave.wait(LIMIT)

    pool.submit(tasks.hold, gate).add_done_callback(block)
    gate.open()
    assert entered.wait(LIMIT)
    call = Aside(pool.shutdown)
    assert call.is_still_waiting()
    leave.set()
    call.result()


def test_callbacks_of_failed_futures_are_called(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-08: after an exception, and after an error of pickling."""
    seen: list[str] = []
    pool.submit(tasks.hold, gate)
    for future in (
        pool.submit(tasks.raise_it, ValueError("a")),
        pool.submit(tasks.identity, awkward.WhenPickled(awkward.fail, ValueError("b"))),
    ):
        future.add_done_callback(lambda done: seen.append(str(done.exception())))
    gate.open()
    pool.shutdown()
    assert len(seen) == 2


def _count(called: Counter[int], number: int, _: Future[Any]) -> None:
    called[number] += 1


def _increment(number: int) -> int:
    return number + 1
