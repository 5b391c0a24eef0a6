"""A client that a signal throws out in the middle of a call loses nothing, whatever the line at which it comes.

A canceller that reads tickets back: the next to come finds them.  A submitter that starts the pool: it runs, or it can
be started again.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Callable
from concurrent.futures._base import PENDING, _AllCompletedWaiter
from contextlib import closing, suppress
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

from checkedpool._core.manager import Settings
from checkedpool._shell import channels, exits
from checkedpool._shell.jobs import Helpers
from checkedpool._shell.lane import LaneChannels
from checkedpool._shell.locks import Condition, Latch
from checkedpool._shell.pool import Pool
from checkedpool._shell.real import RealPlatform
from checkedpool._shell.shared import Once
from checkedpool._shell.starting import Starter
from checkedpool.future import PoolFuture
from checkedpool_spec.vocabulary import ShutdownLevel
from tests import leaks
from tests.shell.lanes import LIMIT, LaneAndWorker, takes_back

pytestmark = pytest.mark.usefixtures("counted_process")


LANE = frozenset(
    member.__code__
    for name, member in vars(LaneChannels).items()
    if name.startswith("_") and isinstance(member, FunctionType)
)
START = frozenset(
    function.__code__
    for function in (
        Pool.start_once,
        Pool._start,
        Helpers.__init__,
        RealPlatform.__init__,
        Starter.start_all,
        Starter._launch,
        exits.add,
    )
)


def interrupted_after(count: int, function: Callable[[], object]) -> bool:
    """Call; a KeyboardInterrupt comes at so many-th place where Python looks for signals. False: it ended before that.

    These are the entry of each function written in Python and the return of each one that is not, in whatever code,
    the standard library's included. (Python looks at the ends of loops too.)
    """
    left = count

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        if event in ("call", "c_return"):
            left -= 1
            if not left:
                raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(before)
    return left <= 0  # it was swallowed: an error that only one call of these tests makes, and wants


def interrupted_at(line: int, watched: frozenset[CodeType], function: Callable[[], object]) -> bool:
    """Call; a KeyboardInterrupt comes at so many lines of the watched code. False: it ended before that."""
    left = line

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if frame.f_code not in watched:
            return None
        if event == "line":
            left -= 1
            if not left:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def at_each(attempt: Callable[[int], bool]) -> int:
    """Attempt at the first moment, the second, and so on, while it is interrupted; the first at which it is not."""
    moment = 1
    while attempt(moment):
        moment += 1
    return moment


@takes_back
def test_a_cancel_interrupted_at_any_line_of_the_read_back_loses_no_ticket_and_no_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checkedpool._shell.lane.TICKETS", 4)  # fewer lines to go through

    def attempt(line: int) -> bool:
        with closing(LaneAndWorker()) as both:
            future = both.send(2, 11)
            both.offer(10, 12)
            both.lane.issue(((1, 10), (2, 11), (3, 12)))
            interrupted = interrupted_at(line, LANE, future.cancel)
            assert interrupted or future.cancelled()
            seqs = both.lane.take_back()
            assert seqs is not None
            assert set(seqs) == {1, 2, 3}, line
            assert set(both.shared.unclaimed) == ({10, 11, 12} if interrupted else {10, 12}), line
            assert both.lane.take_back() == ()
        return interrupted

    assert at_each(attempt) >= 20


def test_a_cancel_interrupted_after_it_has_told_the_waiters_calls_the_callbacks(both: LaneAndWorker) -> None:
    def ring() -> None:
        raise KeyboardInterrupt

    future = both.send(2, 11)
    called: list[object] = []
    future.add_done_callback(called.append)
    both.shared.ring = ring  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        future.cancel()
    assert future.cancelled()
    assert called == [future]


def test_a_cancel_interrupted_anywhere_calls_each_callback_once_if_it_has_given_the_end() -> None:
    def attempt(count: int) -> bool:
        with closing(LaneAndWorker()) as both:
            future = both.send(2, 11)
            called: list[list[object]] = [[], [], []]
            for calls in called:
                future.add_done_callback(calls.append)  # no function of Python's: it cannot be thrown out of
            interrupted = interrupted_after(count, future.cancel)
            assert called == [[future] if future.cancelled() else []] * 3, count
        return interrupted

    assert at_each(attempt) >= 20


def test_leftovers_of_an_interrupted_read_back_come_back_wherever_they_lie(both: LaneAndWorker) -> None:
    both.offer(10, 11)
    both.lane.issue(((5, 10), (6, 11)))
    channels.take_waiting(both.lane._tickets, both.lane._back)
    both.lane._back[:2] = b"\x00\x00"
    both.lane._back[7], both.lane._back[200] = 6, 5
    assert both.lane.take_back() == (6, 5)
    assert set(both.shared.unclaimed) == {10, 11}


@takes_back
def test_leftovers_of_an_interrupted_read_back_do_not_hide_tickets_that_are_still_out(both: LaneAndWorker) -> None:
    both.offer(10)
    future = both.send(6, 11)
    both.lane.issue(((5, 10), (6, 11)))
    channels.take_waiting(both.lane._tickets, both.lane._back)
    both.lane._back[1] = 0  # as if only the first had been read
    both.lane._issue.send(bytes((6,)))
    assert future.cancel()
    assert both.lane.take_back() == (5, 6)


def test_no_ticket_goes_out_before_those_that_were_read_back_have_been_taken(both: LaneAndWorker) -> None:
    both.offer(10, 11)
    both.lane.issue(((5, 10),))
    channels.take_waiting(both.lane._tickets, both.lane._back)
    assert both.lane.issue(((6, 11),)) is None
    assert both.lane.take_back() == (5,)
    assert both.lane.issue(((6, 11),)) == []


def forking_pool() -> Pool:
    return Pool(Settings(1), multiprocessing.get_context("fork"), (None, ()))


def test_a_first_submit_interrupted_at_any_line_of_the_start_leaves_a_pool_that_runs_or_can_be_started() -> None:
    def attempt(line: int) -> bool:
        before = leaks.take()
        pool = forking_pool()
        interrupted = interrupted_at(line, START, lambda: pool.submit(int, (), {}))
        assert pool.submit(int, (), {}).result(LIMIT) == 0, line
        pool.shutdown(ShutdownLevel.DRAIN, wait=True)
        assert leaks.left_behind(before) == [], line
        return interrupted

    assert at_each(attempt) >= 40


@pytest.mark.parametrize("begun", [True, False], ids=["the thread has begun", "the thread may begin later"])
def test_a_first_submit_interrupted_while_it_starts_a_thread_leaves_a_pool_that_runs_or_can_be_started(
    monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    """Nobody can say whether the thread runs: `Thread.start` was thrown out where it waits for that."""
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
    run = Once()
    run.take(pool)
    pool._manage(None, None, run)  # type: ignore[arg-type]  # it looks at neither
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


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_a_future_interrupted_anywhere_leaves_neither_its_lock_nor_the_lanes_held(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also inside the standard library's code: a `threading.Condition` would stay locked."""
    monkeypatch.setattr("checkedpool._shell.lane.TICKETS", 4)

    def attempt(count: int) -> bool:
        with closing(LaneAndWorker()) as both:
            future = both.send(2, 11)
            both.offer(10, 12)
            both.lane.issue(((1, 10), (2, 11), (3, 12)))
            interrupted = interrupted_after(count, lambda: CALLS[call](future))
            assert is_free(future._condition), count
            assert is_free(both.lane._lock), count
        return interrupted

    assert at_each(attempt) >= 3


def test_a_cancel_interrupted_anywhere_has_told_the_waiters_if_it_has_given_the_end() -> None:
    def attempt(count: int) -> bool:
        with closing(LaneAndWorker()) as both:
            future = both.send(2, 11)
            waiter = _AllCompletedWaiter(2, stop_on_exception=False)
            future._waiters.append(waiter)
            interrupted = interrupted_after(count, future.cancel)
            if future._state != PENDING:
                assert waiter.finished_futures == [future], count
        return interrupted

    assert at_each(attempt) >= 10


def test_a_wait_for_the_end_that_is_interrupted_anywhere_does_not_hold_up_the_end() -> None:
    def attempt(count: int) -> bool:
        latch = Latch()
        threading.Thread(target=latch.set).start()
        interrupted = interrupted_after(count, latch.wait)
        assert latch.wait(LIMIT)
        assert latch.wait()
        return interrupted

    at_each(attempt)


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


def test_a_wait_that_is_interrupted_has_the_lock_again_and_is_forgotten() -> None:
    condition = Condition()

    def attempt(count: int) -> bool:
        with condition:
            interrupted = interrupted_after(count, lambda: condition.wait(0.001))
            assert condition._is_owned(), count
        assert is_free(condition), count
        return interrupted

    assert at_each(attempt) >= 5
