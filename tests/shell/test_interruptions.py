"""A client that a signal throws out in the middle of a call loses nothing, whatever the instruction at which it comes.

Once, or again while that is being dealt with.  A canceller that revokes tickets: the next to come finds them.  A
submitter that starts the pool: it runs, or it can be started again.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures._base import PENDING, _AllCompletedWaiter
from contextlib import closing, suppress
from functools import partial
from types import FunctionType
from typing import Any

import pytest

from checkedpool._core.manager import Settings
from checkedpool._core.messages import StopRequested
from checkedpool._fast.future_without_lock import FutureWithoutLock
from checkedpool._fast.parking import ParkedFuture
from checkedpool._os import servers, system
from checkedpool._os.locks import Condition, Latch, held
from checkedpool._pool import pool as pool_module
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.pool import Attempt, Pool
from checkedpool._pool.shared import CANCELLED_END, Canceller, PoolFuture, Shared
from checkedpool._pool.starting_in_threads import StartThreads, ThreadedStarter
from checkedpool._pool.starting_world import World
from checkedpool._pool.user_code import UserThreads
from checkedpool._pool.worker_channels import Starter
from checkedpool_spec.vocabulary import ShutdownLevel
from tests import leaks
from tests.shell.fits import Fit, plain_and_fast
from tests.shell.interruptions import at_each, interrupted_at
from tests.shell.lanes import LIMIT, LaneAndWorker, takes_back
from tests.shell.strikes import StrikeAt, at_every_instruction
from tests.whole import HowMany

pytestmark = pytest.mark.usefixtures("counted_process")


EVERY = pytest.mark.every("instruction at which an exception can strike")
TIMES = (1, 2, 3)
START = frozenset(
    function.__code__
    for function in (
        Pool.start_once,
        Pool._start,
        UserThreads.__init__,
        RealPlatform.__init__,
        Starter.start_all,
        Starter._process,
        pool_module.note_live,
    )
)

TAKING_BACK = frozenset(
    function.__code__
    for function in (Pool._give_up, Pool._take_apart, Pool._strand, Pool._close_unstarted, Pool._go_on_unstarted)
)
CANCELLING: list[Any] = [Canceller.perform, PoolFuture.complete, FutureWithoutLock.complete]
for kind in PoolFuture, FutureWithoutLock, ParkedFuture:
    CANCELLING += [member for name, member in vars(kind).items() if name.startswith("_") and name != "_end_by"]
MAKING_UP = frozenset(function.__code__ for function in CANCELLING if isinstance(function, FunctionType))
PREPARATION = frozenset(
    function.__code__
    for function in (
        ThreadedStarter.start_all,
        World.__init__,
        servers.have_running,
        servers.server_of,
        StartThreads.add,
    )
)


@EVERY
@pytest.mark.one_in(5, "make test-all alone")
@takes_back
@plain_and_fast
@pytest.mark.parametrize("times", TIMES)
def test_a_cancel_struck_anywhere_loses_no_ticket_and_no_task_and_the_next_one_succeeds(
    times: int, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-05, C-21: nobody has begun it; whoever was interrupted between claim and telling has left it to the next."""
    monkeypatch.setattr("checkedpool._pool.worker_channels.TICKETS", 4)

    def attempt(strike: StrikeAt) -> None:
        with closing(LaneAndWorker(fit=fit)) as both:
            future = both.send(2, 11)
            both.offer(10, 12)
            both.lane.issue(((1, 10), (2, 11), (3, 12)))
            strike(future.cancel)
            assert future.cancel()
            assert future.cancelled()
            seqs = both.lane.revoke()
            assert seqs is not None
            assert sorted(seqs) == [1, 2, 3]
            assert set(both.shared.unclaimed) == {10, 12}
            assert both.lane.revoke() == ()

    at_every_instruction(attempt, times, 200)


def test_a_cancel_interrupted_after_it_has_told_the_waiters_calls_the_callbacks(both: LaneAndWorker) -> None:
    def wake() -> None:
        raise KeyboardInterrupt

    future = both.send(2, 11)
    called: list[object] = []
    future.add_done_callback(called.append)
    both.shared.wake = wake  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        future.cancel()
    assert future.cancelled()
    assert called == [future]


@EVERY
@pytest.mark.one_in(5, "make test-all alone")
@plain_and_fast
@pytest.mark.parametrize("times", TIMES)
def test_a_cancel_struck_anywhere_calls_each_callback_once_if_it_has_given_the_end(times: int, fit: Fit) -> None:
    """C-08, C-21: also where what makes up for the first strike is struck, but for a few instructions between tries."""

    def attempt(strike: StrikeAt) -> None:
        with closing(LaneAndWorker(fit=fit)) as both:
            future = both.send(2, 11)
            called: list[list[object]] = [[], [], []]
            for calls in called:
                future.add_done_callback(calls.append)  # no function of Python's: it cannot be interrupted in
            strike(future.cancel)
            assert called == [[future] if future.cancelled() else []] * 3

    at_every_instruction(attempt, times, 100, None if times == 1 else MAKING_UP)


@EVERY
@pytest.mark.one_in(5, "make test-all alone")
@plain_and_fast
@pytest.mark.parametrize("times", TIMES)
def test_a_stop_of_a_begun_task_struck_anywhere_has_asked_the_manager_if_it_has_ended_the_future(
    times: int, fit: Fit
) -> None:
    """C-08, C-21, C-114: whoever was interrupted before has changed nothing that the manager does not make good.

    And the manager, who may sleep, is woken after the wish is there.
    """

    def attempt(strike: StrikeAt) -> None:
        with closing(LaneAndWorker(fit=fit)) as both:
            future = both.send(2, 11)
            both.lane.issue(((2, 11),))
            both.take_ticket()
            called: list[object] = []
            future.add_done_callback(called.append)
            posts: list[int] = []  # how many there were at each waking
            both.shared.wake = lambda: posts.append(len(both.shared.inbox))  # type: ignore[method-assign]
            strike(future.terminate)
            asked = [post for post in both.shared.inbox if isinstance(post, StopRequested)]
            assert asked or not future.done()
            assert not asked or posts[-1] == len(both.shared.inbox)
            assert called == [future] * future.cancelled()
            assert is_free(future._condition)
            assert future.kill()
            assert called == [future]

    at_every_instruction(attempt, times, 100, None if times == 1 else MAKING_UP)


def test_leftovers_of_an_interrupted_read_back_come_back_wherever_they_lie(both: LaneAndWorker) -> None:
    both.offer(10, 11)
    both.lane.issue(((5, 10), (6, 11)))
    system.take_waiting(both.lane._tickets, both.lane._back)
    both.lane._back[:2] = b"\x00\x00"
    both.lane._back[7], both.lane._back[200] = 6, 5
    assert both.lane.revoke() == (6, 5)
    assert set(both.shared.unclaimed) == {10, 11}


@takes_back
def test_leftovers_of_an_interrupted_read_back_do_not_hide_tickets_that_are_still_out(both: LaneAndWorker) -> None:
    both.offer(10)
    future = both.send(6, 11)
    both.lane.issue(((5, 10), (6, 11)))
    system.take_waiting(both.lane._tickets, both.lane._back)
    both.lane._back[1] = 0  # as if only the first had been read
    both.lane.ticket_end.send(bytes((6,)))
    assert future.cancel()
    assert both.lane.revoke() == (5, 6)


def test_no_ticket_goes_out_before_those_that_were_read_back_have_been_taken(both: LaneAndWorker) -> None:
    both.offer(10, 11)
    both.lane.issue(((5, 10),))
    system.take_waiting(both.lane._tickets, both.lane._back)
    assert both.lane.issue(((6, 11),)) is None
    assert both.lane.revoke() == (5,)
    assert both.lane.issue(((6, 11),)) == []


def forking_pool() -> Pool:
    return Pool(Settings(1), multiprocessing.get_context("fork"), (None, ()))


@pytest.mark.slow
def test_a_first_submit_interrupted_at_any_line_of_the_start_leaves_a_pool_that_runs_or_can_be_started(
    so_many: HowMany,
) -> None:
    def attempt(line: int) -> bool:
        before = leaks.take()
        pool = forking_pool()
        interrupted = interrupted_at(line, START, lambda: pool.submit(int, (), {}))
        assert pool.submit(int, (), {}).result(LIMIT) == 0, line
        pool.shutdown(ShutdownLevel.DRAIN, wait=True)
        assert leaks.left_behind(before) == [], line
        return interrupted

    assert at_each(attempt, so_many(1, 3)) >= 40


def test_a_first_submit_interrupted_where_it_prepares_later_starts_leaves_a_pool_that_runs_or_can_be_started(
    monkeypatch: pytest.MonkeyPatch, so_many: HowMany
) -> None:
    """Its thread for starts is there then, as where none can be had later."""
    monkeypatch.setattr(system, "THREADS_AT_EXIT", False)

    def attempt(line: int) -> bool:
        before = leaks.take()
        monkeypatch.setattr(servers, "_seen", {})
        pool = Pool(Settings(1), multiprocessing.get_context("spawn"), (None, ()))
        interrupted = interrupted_at(line, PREPARATION, lambda: pool.submit(int, (), {}))
        assert pool.submit(int, (), {}).result(LIMIT) == 0, line
        pool.shutdown(ShutdownLevel.DRAIN, wait=True)
        assert leaks.left_behind(before) == [], line
        return interrupted

    assert at_each(attempt, so_many(1, 3)) >= 15


@pytest.mark.one_in(2, "make test-all alone")
@pytest.mark.parametrize("times", [2, 3])
def test_a_first_submit_that_is_struck_again_while_its_start_is_taken_back_leaves_a_pool_that_can_be_started(
    times: int,
) -> None:
    """Anywhere but between two tries to take it back, where nothing is called."""

    def attempt(strike: StrikeAt) -> None:
        before = leaks.take()
        pool = forking_pool()
        strike(partial(pool.submit, int, (), {}))
        assert pool.submit(int, (), {}).result(LIMIT) == 0
        pool.shutdown(ShutdownLevel.DRAIN, wait=True)
        assert leaks.left_behind(before) == []

    at_every_instruction(attempt, times, 200, TAKING_BACK | START - {Pool.start_once.__code__}, 12)


@pytest.mark.parametrize("begun", [True, False], ids=["the thread has begun", "the thread may begin later"])
def test_a_first_submit_interrupted_while_it_starts_a_thread_leaves_a_pool_that_runs_or_can_be_started(
    monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    """Nobody can say whether the thread runs: `Thread.start` was interrupted where it waits for that."""
    start, wait = threading.Thread.start, threading.Event.wait

    def interrupted_wait(event: threading.Event, timeout: float | None = None) -> bool:
        if begun:
            wait(event, timeout)
        raise KeyboardInterrupt

    def interrupted_start(thread: threading.Thread) -> None:
        with monkeypatch.context() as patch:
            if thread.name == "checkedpool manager":
                patch.setattr(threading.Event, "wait", interrupted_wait)
            start(thread)

    before = leaks.take()
    pool = forking_pool()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted_start)
        with pytest.raises(KeyboardInterrupt):
            pool.submit(int, (), {})
    assert pool.submit(int, (), {}).result(LIMIT) == 0
    pool.shutdown(ShutdownLevel.DRAIN, wait=True)
    assert leaks.left_behind(before) == []


def test_a_manager_whose_start_was_taken_back_does_nothing() -> None:
    pool = forking_pool()
    starter = Attempt()
    starter.run.take(pool)
    pool._manage(None, None, starter)  # type: ignore[arg-type]  # it looks at neither
    assert not pool.shared.ended.is_set()


# --- no lock is left held ---------------------------------------------------------------------------------------------


def is_free(lock: Any) -> bool:
    """Whether another thread gets it."""
    got: list[bool] = []

    def try_it() -> None:
        got.append(lock.acquire(blocking=False))
        if got[0]:
            lock.release()

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    return got[0]


def _no_result(future: PoolFuture[Any]) -> None:
    with suppress(TimeoutError):
        future.result(0)


CALLS: dict[str, Callable[[PoolFuture[Any]], object]] = {
    "cancel": PoolFuture.cancel,
    "running": PoolFuture.running,
    "add_done_callback": lambda future: future.add_done_callback(id),
    "done": PoolFuture.done,
    "result": _no_result,
}


@pytest.mark.one_in(5, "make test-all alone")
@plain_and_fast
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_a_future_struck_anywhere_leaves_neither_its_lock_nor_the_lanes_held(
    call: str, times: int, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also inside the standard library's code: a `threading.Condition` would stay locked."""
    monkeypatch.setattr("checkedpool._pool.worker_channels.TICKETS", 4)

    def attempt(strike: StrikeAt) -> None:
        with closing(LaneAndWorker(fit=fit)) as both:
            future = both.send(2, 11)
            both.offer(10, 12)
            both.lane.issue(((1, 10), (2, 11), (3, 12)))
            strike(lambda: CALLS[call](future))
            assert is_free(future._condition)
            assert is_free(both.lane.lock)

    at_every_instruction(attempt, times, 10)


@pytest.mark.one_in(5, "make test-all alone")
@plain_and_fast
@pytest.mark.parametrize("times", TIMES)
def test_a_cancel_struck_anywhere_has_told_the_waiters_if_it_has_given_the_end(times: int, fit: Fit) -> None:
    def attempt(strike: StrikeAt) -> None:
        with closing(LaneAndWorker(fit=fit)) as both:
            future = both.send(2, 11)
            waiter = _AllCompletedWaiter(2, stop_on_exception=False)
            with future._condition:
                future._waiters.append(waiter)
            if strike(future.cancel) > 1:
                future.complete(CANCELLED_END, wait=False)  # the manager, who comes to each task at last
            if future._state != PENDING:
                assert waiter.finished_futures == [future]

    at_every_instruction(attempt, times, 200)


@pytest.mark.one_in(5, "make test-all alone")
@plain_and_fast
@pytest.mark.parametrize("times", TIMES)
def test_a_callback_whose_adding_is_struck_is_added_once_or_not_at_all(times: int, fit: Fit) -> None:
    def attempt(strike: StrikeAt) -> None:
        future: PoolFuture[Any] = fit(PoolFuture)(fit(Shared)(), 11)
        called: list[object] = []
        came = strike(lambda: future.add_done_callback(called.append))
        future.complete_and_call(CANCELLED_END)
        assert called in ([[future]] if not came else [[future], []])

    at_every_instruction(attempt, times, 30)


@EVERY
@pytest.mark.parametrize("times", TIMES)
def test_a_wait_for_the_end_that_is_struck_anywhere_does_not_hold_up_the_end(times: int) -> None:
    """C-52."""

    def attempt(strike: StrikeAt) -> None:
        latch = Latch()
        thread = threading.Thread(target=latch.set)
        thread.start()
        strike(latch.wait)
        assert latch.wait(LIMIT)
        assert latch.wait()
        thread.join()

    at_every_instruction(attempt, times, 20)


@pytest.mark.parametrize("times", TIMES)
def test_an_end_that_is_struck_while_it_is_said_can_be_said_again(times: int) -> None:
    def attempt(strike: StrikeAt) -> None:
        latch = Latch()
        strike(latch.set)
        latch.set()
        assert latch.wait(LIMIT)

    at_every_instruction(attempt, times, 5)


# --- who waits on a future --------------------------------------------------------------------------------------------


def test_a_wait_on_a_condition_ends_with_its_time_or_with_the_news_and_has_the_lock_again() -> None:
    condition = Condition()
    with condition, condition:
        assert condition.wait(0.001) is False
        assert condition.wait(0) is False
        assert not is_free(condition)
        thread = threading.Thread(target=lambda: _notify(condition))
        thread.start()
        assert condition.wait(LIMIT)
        assert condition.wait is not None
        thread.join()
    assert is_free(condition)


def _notify(condition: Condition) -> None:
    with condition:
        condition.notify_all()


@pytest.mark.parametrize("times", TIMES)
def test_a_wait_that_is_struck_anywhere_has_the_lock_again_as_often_as_before(times: int) -> None:
    def attempt(strike: StrikeAt) -> None:
        condition = Condition()
        with condition, condition:
            strike(lambda: condition.wait(0.001))
            assert condition._is_owned()
        assert is_free(condition)

    at_every_instruction(attempt, times, 40)


@pytest.mark.parametrize("times", TIMES)
def test_whoever_is_struck_with_a_lock_does_not_hold_it_any_more(times: int) -> None:
    def with_lock(lock: Any) -> None:
        for _ in held(lock):
            if lock:
                return

    def attempt(strike: StrikeAt) -> None:
        lock, again, owned = threading.RLock(), threading.RLock(), threading.Lock()
        for one in lock, again, owned:
            strike(partial(with_lock, one))
            assert is_free(one)

    at_every_instruction(attempt, times, 10)
