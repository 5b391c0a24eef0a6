"""A future's end: who is told, in which order callbacks run and where, and what happens when its lock is not free."""

from __future__ import annotations

import concurrent.futures
import gc
import logging
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import pytest

from checkedpool._shell.shared import Shared
from checkedpool.future import CANCELLED_END, PoolFuture, error_end, value_end
from tests.machines import usercode

Callback = Callable[[Future[object]], object]


@pytest.fixture
def future() -> PoolFuture[object]:
    shared = Shared()
    shared.unclaimed[0] = None
    return PoolFuture(shared, 0)


def noting(log: list[str], word: str) -> Callback:
    return lambda _: log.append(word)


# --- the end --------------------------------------------------------------------------------------------------------


def test_the_first_end_counts(future: PoolFuture[object]) -> None:
    assert future._try_end(value_end(1)) is False
    assert future._try_end(error_end(ValueError())) is False
    assert future.result(0) == 1
    assert future.exception(0) is None


def test_an_end_takes_the_claim_away(future: PoolFuture[object]) -> None:
    shared = future._shared
    assert shared is not None
    future._try_end(value_end(1))
    assert not shared.unclaimed
    assert not future.cancel()


def test_a_cancelled_future_is_told_at_once(future: PoolFuture[object]) -> None:
    """Whoever waits for it is not left waiting."""
    assert future.cancel()
    done, _ = concurrent.futures.wait([future], timeout=0)
    assert done == {future}
    with pytest.raises(CancelledError):
        future.result(0)


@pytest.mark.parametrize("end", [value_end(1), error_end(ValueError()), CANCELLED_END])
def test_waiters_in_other_threads_are_told(future: PoolFuture[object], end: tuple[str, object, None]) -> None:
    found: list[Future[object]] = []
    waiting = threading.Event()

    def wait() -> None:
        iterator = concurrent.futures.as_completed([future, other], timeout=30)
        found.append(next(iterator))  # the one that has ended already
        waiting.set()
        found.append(next(iterator))

    other: PoolFuture[object] = PoolFuture(Shared(), 1)
    other._try_end(value_end(None))
    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(30)
    future._try_end(end)
    thread.join(30)
    assert found == [other, future]


def test_an_end_that_finds_the_lock_held_does_nothing_and_says_so(future: PoolFuture[object]) -> None:
    held, leave = threading.Event(), threading.Event()

    def holder() -> None:
        with future._condition:
            held.set()
            leave.wait(30)

    thread = threading.Thread(target=holder)
    thread.start()
    held.wait(30)
    assert future._try_end(value_end(1)) is None
    leave.set()
    thread.join(30)
    future._end_and_call(value_end(1))
    assert future.result(0) == 1


def test_an_end_says_whether_something_is_owing(future: PoolFuture[object]) -> None:
    future.add_done_callback(lambda _: None)
    assert future._try_end(value_end(1)) is True


def test_objects_of_the_user_that_were_kept_are_owing_too(future: PoolFuture[object]) -> None:
    """To let go of them may run code of the user."""
    future._kept = (print, (), {})
    assert future._try_end(CANCELLED_END) is True
    future._end_and_call(None)
    assert future._kept is None


def test_after_its_end_a_future_holds_nothing_of_the_pool(future: PoolFuture[object]) -> None:
    shared = future._shared
    assert shared is not None
    there = weakref.ref(shared)
    future._frame = b"frame"
    future._try_end(value_end(1))
    del shared
    gc.collect()
    assert there() is None
    assert future._frame is None


def test_an_error_that_is_false_is_raised_all_the_same(future: PoolFuture[object]) -> None:
    future._try_end(error_end(usercode.FalseError()))
    with pytest.raises(usercode.FalseError):
        future.result(0)


def test_a_future_without_end_times_out(future: PoolFuture[object]) -> None:
    with pytest.raises(TimeoutError):
        future.result(0)
    with pytest.raises(TimeoutError):
        future.exception(0)


def test_a_task_that_was_not_sent_is_neither_running_nor_done(future: PoolFuture[object]) -> None:
    assert not future.running()
    assert not future.done()
    assert not future.cancelled()


# --- callbacks ------------------------------------------------------------------------------------------------------


def test_callbacks_run_in_their_order(future: PoolFuture[object]) -> None:
    log: list[str] = []
    for word in "abc":
        future.add_done_callback(noting(log, word))
    future._end_and_call(value_end(1))
    assert log == ["a", "b", "c"]


def test_the_manager_runs_none_of_them(future: PoolFuture[object]) -> None:
    log: list[str] = []
    future.add_done_callback(noting(log, "a"))
    future._try_end(value_end(1))
    assert future.done()
    assert not log


def test_a_callback_that_is_added_while_others_are_owing_comes_after_them(future: PoolFuture[object]) -> None:
    log: list[str] = []
    future.add_done_callback(noting(log, "first"))
    future._try_end(value_end(1))
    future.add_done_callback(noting(log, "added"))
    assert not log
    future._end_and_call(None)
    assert log == ["first", "added"]


def test_a_callback_that_is_added_by_a_callback_comes_after_it_has_returned(future: PoolFuture[object]) -> None:
    log: list[str] = []

    def adds(done: Future[object]) -> None:
        done.add_done_callback(noting(log, "added"))
        log.append("returned")

    future.add_done_callback(adds)
    future._end_and_call(value_end(1))
    assert log == ["returned", "added"]


def test_a_callback_that_is_added_to_a_future_that_owes_nothing_runs_at_once(future: PoolFuture[object]) -> None:
    log: list[str] = []
    future._end_and_call(value_end(1))
    future.add_done_callback(noting(log, "now"))
    assert log == ["now"]


def test_callbacks_of_a_cancelled_future_run_in_the_cancelling_thread(future: PoolFuture[object]) -> None:
    threads: list[threading.Thread] = []
    future.add_done_callback(lambda _: threads.append(threading.current_thread()))
    future.cancel()
    assert threads == [threading.current_thread()]


def test_a_callback_that_cancels_its_own_future_again_does_not_run_the_next_one(future: PoolFuture[object]) -> None:
    log: list[str] = []

    def cancels(done: Future[object]) -> None:
        assert done.cancel()
        log.append("a has returned")

    future.add_done_callback(cancels)
    future.add_done_callback(noting(log, "b"))
    future.cancel()
    assert log == ["a has returned", "b"]


def test_the_callbacks_of_one_future_are_run_by_whoever_told_its_end(future: PoolFuture[object]) -> None:
    """The manager found the lock held by a canceller; by the time its user-code thread comes, all is told."""
    log: list[str] = []

    def meanwhile(done: Future[object]) -> None:
        future._end_and_call(value_end(1))
        log.append("a has returned")

    future.add_done_callback(meanwhile)
    future.add_done_callback(noting(log, "b"))
    future.cancel()
    assert future.cancelled()
    assert log == ["a has returned", "b"]


def test_a_callback_that_raises_is_logged_and_the_others_run(
    future: PoolFuture[object], caplog: pytest.LogCaptureFixture
) -> None:
    log: list[str] = []
    future.add_done_callback(lambda _: usercode.raise_it(ValueError("callback")))
    future.add_done_callback(noting(log, "b"))
    with caplog.at_level(logging.ERROR, logger="concurrent.futures"):
        future._end_and_call(value_end(1))
    assert log == ["b"]
    assert "callback" in caplog.text


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_exception_comes_out_of_cancel_after_the_others_have_run(
    future: PoolFuture[object], kind: type[BaseException]
) -> None:
    log: list[str] = []
    future.add_done_callback(lambda _: usercode.raise_it(kind()))
    future.add_done_callback(noting(log, "b"))
    with pytest.raises(kind):
        future.cancel()
    assert log == ["b"]
    assert future.cancelled()


def test_a_late_callback_that_raises_is_logged(future: PoolFuture[object], caplog: pytest.LogCaptureFixture) -> None:
    future._end_and_call(value_end(1))
    with caplog.at_level(logging.ERROR, logger="concurrent.futures"):
        future.add_done_callback(lambda _: usercode.raise_it(ValueError("late")))
    assert "late" in caplog.text


def test_a_callback_sees_the_end_and_may_ask_for_the_result(future: PoolFuture[object]) -> None:
    seen: list[object] = []
    future.add_done_callback(lambda done: seen.append(done.result(0)))
    future._end_and_call(value_end("value"))
    assert seen == ["value"]


# --- after a fork ---------------------------------------------------------------------------------------------------


def test_a_future_that_was_inherited_says_so_instead_of_waiting(future: PoolFuture[object]) -> None:
    shared = future._shared
    assert shared is not None
    shared.pid += 1
    with pytest.raises(RuntimeError, match="inherited through fork"):
        future.result(0)
    with pytest.raises(RuntimeError, match="inherited through fork"):
        future.exception(0)
    assert not future.cancel()
    assert not future.done()
