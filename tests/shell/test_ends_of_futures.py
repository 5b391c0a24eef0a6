"""The real platform tells futures their ends: plain values itself, all that is code of the user by a job."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures._base import _AllCompletedWaiter
from typing import Any, NoReturn

import pytest

from checkedpool import BrokenProcessPool
from checkedpool._core import messages
from checkedpool._core.messages import Command, Verdict
from checkedpool._pool.platform import Reactor
from tests import limits
from tests.shell import usercode
from tests.shell.bench import KILLED, Bench
from tests.shell.lanes import takes_back

pytestmark = takes_back


# --- the ends of futures --------------------------------------------------------------------------------------------


def test_plain_values_are_told_by_the_manager_and_leave_nothing_owing(bench: Bench) -> None:
    future = bench.submit()
    bench.wait()
    assert bench.perform(messages.Settle(((1, pickle.dumps(7)),))) == []
    assert future.result(0) == 7


@pytest.mark.parametrize(
    "command", [messages.Settle(((1, pickle.dumps(7)),)), messages.Cancel((1,)), messages.Fail((1,), KILLED)]
)
def test_a_future_with_callbacks_is_told_and_its_callbacks_are_owing(bench: Bench, command: Command) -> None:
    future = bench.submit(callback=True)
    bench.wait()
    assert bench.perform(command) == [messages.Settled(1)]
    assert future.done()
    bench.perform(messages.Call(1))
    (job,) = bench.user_threads.jobs
    job()
    assert not future._owing


def test_a_future_whose_lock_is_held_is_told_later(bench: Bench) -> None:
    future = bench.submit()
    bench.wait()
    held, leave = threading.Event(), threading.Event()

    def holder() -> None:
        with future._condition:
            held.set()
            leave.wait(limits.HANG)

    thread = threading.Thread(target=holder)
    thread.start()
    held.wait(limits.HANG)
    assert bench.perform(messages.Settle(((1, pickle.dumps(7)),))) == [messages.Settled(1)]
    leave.set()
    thread.join(limits.HANG)
    bench.perform(messages.Call(1))
    bench.user_threads.jobs.pop()()
    assert future.result(0) == 7


class _Unsearchable(list[Future[Any]]):
    """What a waiter was told: it can be added to, not gone through."""

    def __iter__(self) -> Iterator[NoReturn]:
        raise AssertionError("all that the waiter was told before is gone through for each future")


def test_to_tell_a_waiter_costs_the_same_however_much_it_was_told_before(bench: Bench) -> None:
    futures = [bench.submit(), bench.submit()]
    waiter = _AllCompletedWaiter(2, stop_on_exception=False)
    waiter.finished_futures = _Unsearchable()
    for future in futures:
        with future._condition:
            future._waiters.append(waiter)
    bench.wait()
    bench.perform(messages.Settle(((1, pickle.dumps(7)),)), messages.Cancel((2,)))
    assert waiter.event.is_set()
    assert len(waiter.finished_futures) == 2


def test_each_broken_future_has_an_error_of_its_own_and_one_says_that_it_ran(bench: Bench) -> None:
    futures = [bench.submit(), bench.submit()]
    bench.wait()
    bench.perform(messages.Break(KILLED), messages.Fail((1, 2), KILLED))
    errors = [future.exception(0) for future in futures]
    assert [error.ran for error in errors if isinstance(error, BrokenProcessPool)] == [True, False]
    assert errors[0] is not errors[1]


def test_a_task_that_came_after_the_break_is_told_of_the_same_worker_and_task(bench: Bench) -> None:
    bench.submit()
    bench.wait()
    bench.perform(messages.Break(KILLED), messages.Fail((1,), KILLED), messages.Close(0))
    late = bench.submit()
    bench.wait()
    bench.perform(messages.Fail((2,), KILLED))
    error = late.exception(0)
    assert isinstance(error, BrokenProcessPool)
    assert (error.pid, error.task, error.ran) == (17, "module.fn", False)
    assert bench.shared.broken is not None
    refused = bench.shared.broken()
    assert isinstance(refused, BrokenProcessPool)
    assert refused.task == "module.fn"


def test_values_of_users_are_read_by_a_job(bench: Bench) -> None:
    future = bench.submit()
    bench.wait()
    assert bench.perform(messages.Deliver(1, Verdict.VALUE, pickle.dumps([1]))) == []
    assert not future.done()
    bench.user_threads.jobs.pop()()
    assert future.result(0) == [1]


def test_what_was_kept_is_pickled_by_a_job(bench: Bench) -> None:
    bench.submit(None)
    bench.wait()
    bench.perform(messages.Pickle(1))
    bench.user_threads.jobs.pop()()
    assert bench.wait() == [messages.Pickled(1)]


@pytest.mark.parametrize("value", [usercode.NoPickle(), usercode.NoPickleAtAll(), usercode.NotelessNoPickle()])
def test_what_was_kept_and_cannot_be_pickled_ends_with_the_error(bench: Bench, value: object) -> None:
    future = bench.submit(None)
    future.deferred = int, (value,), {}
    bench.wait()
    bench.perform(messages.Pickle(1))
    bench.user_threads.jobs.pop()()
    assert type(future.exception(0)) in (TypeError, SystemExit, usercode.NotelessError)
    assert bench.wait() == [messages.PickleFailed(1)]


def test_what_was_kept_and_cannot_be_pickled_is_cancelled_if_a_canceller_was_thrown_out(bench: Bench) -> None:
    """A signal handler raised in cancel(), after it had claimed the task and before it said so."""
    future = bench.submit(None)
    future.deferred = int, (usercode.NoPickle(),), {}
    bench.wait()
    bench.perform(messages.Pickle(1))
    assert bench.shared.claim(1)
    bench.user_threads.jobs.pop()()
    assert future.cancelled()


def test_to_finish_is_to_let_the_user_code_threads_go(bench: Bench) -> None:
    bench.perform(messages.AddUserThread(), messages.Finish())
    assert bench.user_threads.added == 1
    assert bench.user_threads.ended
    bench.platform.reactor = Reactor()  # for the teardown
