"""A future is completed once, whoever comes; its callbacks run in order, outside of its lock, whatever they do."""

from __future__ import annotations

import logging
import pickle
import threading
from concurrent.futures import CancelledError, Future, wait
from concurrent.futures._base import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    FINISHED,
    PENDING,
    RUNNING,
    _Waiter,
)
from typing import Any, NoReturn

import pytest

from checkedpool._core.messages import Withdrawn
from checkedpool._core.tables import Step
from checkedpool._pool.shared import CANCELLED_END, PoolFuture, Shared, error_end, value_end
from checkedpool._pool.stopping import Stopper
from tests.behaviour.forked import in_forked_child
from tests.shell.fits import FITS
from tests.shell.lanes import LIMIT, held


@pytest.mark.every("state of a future, with either way to stop it")
@pytest.mark.parametrize("state", [PENDING, RUNNING, CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED])
@pytest.mark.parametrize("way", ["terminate", "kill"])
def test_where_no_worker_can_be_started_what_has_not_ended_is_not_stopped(
    future: PoolFuture[Any], way: str, state: str
) -> None:
    """C-113."""
    shared_of(future).stopper = None
    if state in (CANCELLED, CANCELLED_AND_NOTIFIED):
        assert future.cancel()
    elif state == FINISHED:
        future.complete(value_end("value"))
    elif state == RUNNING:
        assert future.set_running_or_notify_cancel()
    was = future.done(), future.cancelled()
    if future.done():
        assert getattr(future, way)() is (state != FINISHED)
    else:
        with pytest.raises(ValueError, match="cannot be stopped under the 'fork' start method"):
            getattr(future, way)()
    assert (future.done(), future.cancelled()) == was


@pytest.mark.every("call of an unfinished future in a forked child, whose lock a thread of the parent held")
def test_in_a_forked_child_nobody_waits_for_a_lock_whose_holder_is_not_there(future: PoolFuture[Any]) -> None:
    """C-92: the manager may give it an end, or say that it has begun, at the moment of the fork."""

    def asked() -> list[object]:
        future.add_done_callback(lambda _: called.append("called"))
        return [future.cancel(), future.running(), future.done(), future.cancelled(), *called]

    called: list[object] = []
    with held(future._condition):
        assert in_forked_child(asked, 10) == [False, False, False, False]


def test_whoever_stops_a_task_gives_the_end_that_the_manager_has_left(future: PoolFuture[Any]) -> None:
    """C-01, C-111: the manager found the lock taken, and did not wait for it."""
    future.shared.unclaimed.clear()  # type: ignore[union-attr]  # it was submitted
    future.left = value_end("value")
    stopper = Stopper(future, future.shared, force=False)
    stopper.perform(Step.NOTIFY_STOPPED)
    assert future.result(0) == "value"


def test_what_was_left_for_whoever_stops_the_task_is_let_go_of() -> None:
    """C-98: the value of a task that was stopped belongs to nobody."""
    shared = Shared()
    future: PoolFuture[Any] = PoolFuture(shared, 7)
    future.left = value_end("value")
    assert future.complete(CANCELLED_END) is False
    future.complete_and_call(value_end("value"))
    assert vars(future)["left"] is None
    assert future.cancelled()


class FalseError(Exception):
    """An exception that is false and has no length."""

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0


class NastyError(BaseException):
    """Not even an Exception."""


class Waiter(_Waiter):
    """Notes what it is told; the future's lock is held then."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def add_result(self, future: Future[Any]) -> None:  # noqa: ARG002 - as it is called
        self.told.append("result")

    def add_exception(self, future: Future[Any]) -> None:  # noqa: ARG002 - likewise
        self.told.append("exception")

    def add_cancelled(self, future: Future[Any]) -> None:  # noqa: ARG002 - likewise
        self.told.append("cancelled")


@pytest.fixture(params=list(FITS))
def future(request: pytest.FixtureRequest) -> PoolFuture[Any]:
    """One that was submitted and sent nowhere yet."""
    fit = FITS[request.param]
    shared = fit(Shared)()
    made: PoolFuture[Any] = fit(PoolFuture)(shared, 7)
    shared.unclaimed[7] = None
    return made


def shared_of(future: PoolFuture[Any]) -> Shared:
    assert future.shared is not None
    return future.shared


def test_it_has_all_that_a_standard_future_is_made_with(future: PoolFuture[Any]) -> None:
    """It does not call the standard one's constructor."""
    standard = {name: value for name, value in vars(Future()).items() if name != "_condition"}
    assert future._condition is not None  # the others may be made with it
    assert {name: getattr(future, name) for name in standard} == standard
    assert all(callable(getattr(future._condition, name)) for name in ("acquire", "release", "wait", "notify_all"))
    future._waiters.append(Waiter())
    future._done_callbacks.append(print)
    assert [len(future._waiters), len(future._done_callbacks)] == [1, 1]


def test_a_future_never_gets_an_attribute_that_it_was_not_made_with(future: PoolFuture[Any]) -> None:
    """One more, and the interpreter would keep a dict for each: a kilobyte for what takes half of one."""
    made_with = vars(type(future)(shared_of(future), 1)).keys()
    future.place, future.frame, future.name = (None, 1), b"frame", "name"  # type: ignore[assignment]
    with future._condition:
        future._waiters.append(Waiter())
    future.add_done_callback(lambda _: None)
    future.complete_and_call(value_end(1))
    assert vars(future).keys() == made_with


def test_it_cannot_be_pickled_and_no_part_of_it_is(future: PoolFuture[Any]) -> None:
    with pytest.raises(TypeError, match=r"cannot pickle '.*Future.*' object"):
        pickle.dumps(future)


# --- its end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "told"),
    [(value_end(1), "result"), (error_end(OSError()), "exception"), (error_end(FalseError()), "exception"),
     (CANCELLED_END, "cancelled")],
)  # fmt: skip
def test_waiters_are_told_how_it_ended_and_only_the_first_time(future: PoolFuture[Any], end: Any, told: str) -> None:
    waiter = Waiter()
    with future._condition:
        future._waiters.append(waiter)
    assert future.complete(end, wait=False) is False
    assert future.complete(value_end(2), wait=False) is False
    assert waiter.told == [told]
    assert future._state == end[2]


@pytest.mark.parametrize("end", [value_end(1), error_end(FalseError()), CANCELLED_END])
def test_a_thread_that_waits_wakes_up_at_every_end(future: PoolFuture[Any], end: Any) -> None:
    thread = threading.Thread(target=wait, args=([future],))
    thread.start()
    future.complete_and_call(end)
    thread.join(LIMIT)
    assert not thread.is_alive()


def test_an_exception_that_is_false_is_raised_all_the_same(future: PoolFuture[Any]) -> None:
    error = FalseError()
    future.complete_and_call(error_end(error))
    with pytest.raises(FalseError):
        future.result(0)
    assert future.exception(0) is error


def test_a_value_that_is_false_or_an_exception_is_a_value(future: PoolFuture[Any]) -> None:
    value = FalseError()
    future.complete_and_call(value_end(value))
    assert future.result(0) is value
    assert future.exception(0) is None


def test_at_its_end_it_lets_go_of_the_pool_and_of_the_call(future: PoolFuture[Any]) -> None:
    shared = shared_of(future)
    future.deferred, future.frame = (print, (), {}), b"frame"
    future.complete_and_call(value_end(1))
    assert [future.shared, future.frame, future.deferred, future.place] == [None] * 4
    assert not shared.unclaimed


def test_while_another_thread_holds_its_lock_the_manager_gets_nothing_and_changes_nothing(
    future: PoolFuture[Any],
) -> None:
    with held(future._condition):
        assert future.complete(value_end(1), wait=False) is None
        assert future._state == PENDING
    assert future.complete(value_end(2), wait=False) is False
    assert future.result(0) == 2


def test_the_manager_is_told_when_callbacks_or_objects_of_the_user_are_left_over(future: PoolFuture[Any]) -> None:
    future.deferred = print, (), {}
    assert future.complete(value_end(1), wait=False) is True
    assert future.deferred is not None
    future.complete_and_call(None)
    assert future.deferred is None


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_callbacks_run_in_the_order_in_which_they_were_added(future: PoolFuture[Any]) -> None:
    called: list[int] = []
    for number in range(5):
        future.add_done_callback(lambda _, number=number: called.append(number))  # type: ignore[misc]
    assert future.complete(value_end(1), wait=False) is True
    assert called == []
    future.complete_and_call(None)
    assert called == list(range(5))


def test_callbacks_added_while_others_are_owed_queue_up_behind_them(future: PoolFuture[Any]) -> None:
    called: list[str] = []
    future.add_done_callback(lambda _: called.append("first"))
    future.complete(value_end(1), wait=False)
    future.add_done_callback(lambda _: called.append("second"))
    assert called == []
    future.complete_and_call(None)
    future.add_done_callback(lambda _: called.append("third, at once"))
    assert called == ["first", "second", "third, at once"]


def test_a_callback_that_adds_one_is_done_before_that_runs(future: PoolFuture[Any]) -> None:
    called: list[str] = []

    def outer(it: Future[Any]) -> None:
        it.add_done_callback(lambda _: called.append("inner"))
        called.append("outer")

    future.add_done_callback(outer)
    future.add_done_callback(lambda _: called.append("next"))
    future.complete_and_call(value_end(1))
    assert called == ["outer", "next", "inner"]


def test_an_exception_in_a_callback_is_logged_and_the_others_run(
    future: PoolFuture[Any], caplog: pytest.LogCaptureFixture
) -> None:
    called: list[str] = []

    def fail(_: Future[Any]) -> NoReturn:
        raise ZeroDivisionError

    future.add_done_callback(fail)
    future.add_done_callback(lambda _: called.append("next"))
    with caplog.at_level(logging.ERROR, "concurrent.futures"):
        future.complete_and_call(value_end(1))
        future.add_done_callback(fail)
    assert called == ["next"]
    assert len(caplog.records) == 2


def test_an_exception_beyond_exception_comes_out_when_all_callbacks_have_run(future: PoolFuture[Any]) -> None:
    called: list[str] = []

    def fail(_: Future[Any]) -> NoReturn:
        raise NastyError

    future.add_done_callback(fail)
    future.add_done_callback(lambda _: called.append("next"))
    with pytest.raises(NastyError):
        future.complete_and_call(value_end(1))
    assert called == ["next"]
    assert future.result(0) == 1
    future.add_done_callback(lambda _: called.append("at once"))
    assert called == ["next", "at once"]


def test_callbacks_run_outside_of_the_futures_lock(future: PoolFuture[Any]) -> None:
    found: list[Any] = []

    def look(it: Future[Any]) -> None:
        thread = threading.Thread(target=lambda: found.append(it.result(LIMIT)))
        thread.start()
        thread.join(LIMIT)

    future.add_done_callback(look)
    future.complete_and_call(value_end(1))
    assert found == [1]


# --- cancel -----------------------------------------------------------------------------------------------------------


def test_a_cancelled_future_is_notified_at_once_and_the_manager_hears_of_it(future: PoolFuture[Any]) -> None:
    shared = shared_of(future)
    assert future.cancel()
    assert future._state == CANCELLED_AND_NOTIFIED
    assert list(shared.inbox) == [Withdrawn(7)]
    with pytest.raises(CancelledError):
        future.result(0)


def test_a_second_cancel_inside_the_callbacks_of_the_first_calls_nothing_twice(future: PoolFuture[Any]) -> None:
    shared = shared_of(future)
    called: list[bool] = []
    future.add_done_callback(lambda it: called.append(it.cancel()))
    future.add_done_callback(lambda it: called.append(it.cancelled()))
    assert future.cancel()
    assert called == [True, True]
    assert list(shared.inbox) == [Withdrawn(7)]


def test_a_second_cancel_does_not_wait_for_the_callbacks_of_the_first(future: PoolFuture[Any]) -> None:
    inside, leave = threading.Event(), threading.Event()
    called: list[str] = []

    def block(_: Future[Any]) -> None:
        inside.set()
        leave.wait(LIMIT)
        called.append("first")

    future.add_done_callback(block)
    thread = threading.Thread(target=future.cancel)
    thread.start()
    try:
        assert inside.wait(LIMIT)
        assert future.cancel()
        future.add_done_callback(lambda _: called.append("second"))
        assert called == []
    finally:
        leave.set()
        thread.join()
    assert called == ["first", "second"]


def test_the_callbacks_of_one_future_are_run_by_whoever_told_its_end_and_by_nobody_else(
    future: PoolFuture[Any],
) -> None:
    """A job that comes to tell another end, and finds the future cancelled, leaves the callbacks to the canceller."""
    inside, leave = threading.Event(), threading.Event()
    called: list[str] = []

    def block(_: Future[Any]) -> None:
        inside.set()
        leave.wait(LIMIT)

    future.add_done_callback(block)
    future.add_done_callback(lambda _: called.append(threading.current_thread().name))
    thread = threading.Thread(target=future.cancel, name="the canceller")
    thread.start()
    try:
        assert inside.wait(LIMIT)
        future.complete_and_call(value_end(1))
        assert called == []
    finally:
        leave.set()
        thread.join()
    assert called == ["the canceller"]
    assert future.cancelled()


def test_of_many_cancels_one_tells_and_all_say_that_it_is_cancelled(future: PoolFuture[Any]) -> None:
    shared = shared_of(future)
    answers: list[bool] = []
    called: list[object] = []
    future.add_done_callback(called.append)
    threads = [threading.Thread(target=lambda: answers.append(future.cancel())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 8
    assert called == [future]
    assert list(shared.inbox) == [Withdrawn(7)]


def test_cancel_inside_its_own_lock_does_not_deadlock(future: PoolFuture[Any]) -> None:
    """As from a signal handler that interrupts another call on the same future."""
    with future._condition:
        assert future.cancel()


def test_a_done_future_cannot_be_cancelled(future: PoolFuture[Any]) -> None:
    future.complete_and_call(value_end(1))
    assert not future.cancel()
    assert future._state == FINISHED


def test_running_is_false_before_it_was_sent_and_after_its_end(future: PoolFuture[Any]) -> None:
    assert not future.running()
    shared_of(future).unclaimed.clear()
    assert not future.running()
    future.complete_and_call(value_end(1))
    assert not future.running()


def test_an_inherited_future_refuses_to_wait_and_cannot_be_cancelled(future: PoolFuture[Any]) -> None:
    shared = shared_of(future)
    shared.pid += 1
    for call in (future.result, future.exception):
        with pytest.raises(RuntimeError, match="inherited through fork"):
            call()
    assert not future.cancel()
    assert not shared.inbox
    assert 7 in shared.unclaimed


def test_an_inherited_future_that_was_done_keeps_its_value(future: PoolFuture[Any]) -> None:
    shared = shared_of(future)
    future.complete_and_call(value_end(1))
    shared.pid += 1
    assert future.result() == 1
