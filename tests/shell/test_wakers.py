"""What a thread sleeps on that waits for a result: lent to one at a time, released once, with no old waking in it."""

from __future__ import annotations

import os
import sys
import threading
from _thread import allocate_lock
from collections.abc import Iterator
from concurrent.futures import CancelledError
from concurrent.futures._base import FINISHED, PENDING
from contextlib import closing
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from checkedpool._core import messages
from checkedpool._fast import parking
from checkedpool._fast.future_without_lock import _made
from checkedpool._fast.parking import MOST, ParkingShared, Waker, Wakers, wake
from checkedpool._os import system
from checkedpool._os.locks import Condition
from checkedpool._payload.pickling import Kind
from checkedpool._pool.shared import CANCELLED_END, Ending, PoolFuture, Shared, error_end, value_end
from tests import leaks
from tests.shell.bench import Bench
from tests.shell.fits import FITS, Fit, fast
from tests.shell.interruptions import at_each, interrupted_after
from tests.shell.lanes import LIMIT, LaneAndWorker, takes_back

if TYPE_CHECKING:
    from checkedpool._os.locks import Sleeper

pytestmark = pytest.mark.usefixtures("counted_process")
HAS_DESCRIPTORS = hasattr(os, "eventfd") and not system.PORTABLE
"""Asked of the system: what is tested must not say that it cannot be."""
needs_descriptors = pytest.mark.skipif(not HAS_DESCRIPTORS, reason="there is no such descriptor here")


@pytest.fixture(params=list(FITS))
def fit(request: pytest.FixtureRequest) -> Fit:
    """The plain classes, and those of the rooms: who waits is woken by all of them."""
    return FITS[request.param]


@pytest.fixture
def bench(fit: Fit) -> Iterator[Bench]:
    """A platform with one lane."""
    with closing(Bench(fit)) as bench:
        yield bench


def pending(fit: Fit, shared: Shared | None = None) -> PoolFuture[Any]:
    made: PoolFuture[Any] = fit(PoolFuture)(shared or fit(Shared)(), 7)
    return made


def lent(lender: Wakers) -> Waker:
    waker = lender.lend()
    assert waker is not None
    return waker


@pytest.fixture
def enrolled(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[None]:
    """One for each who is about to sleep, and will be woken."""
    count: SimpleQueue[None] = SimpleQueue()
    enroll = Condition.enroll

    def noting(condition: Condition, sleeper: Sleeper) -> None:
        enroll(condition, sleeper)
        count.put(None)

    monkeypatch.setattr(Condition, "enroll", noting)
    return count


def waiting(future: PoolFuture[Any], enrolled: SimpleQueue[None]) -> tuple[threading.Thread, list[object]]:
    """A thread that waits for its result, and is about to sleep; and what it gets."""
    got: list[object] = []

    def wait() -> None:
        try:
            got.append(future.result())
        except BaseException as error:  # noqa: BLE001 - it is looked at
            got.append(type(error))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    enrolled.get(timeout=LIMIT)
    return thread, got


# --- the lender -------------------------------------------------------------------------------------------------------


@needs_descriptors
def test_who_sleeps_is_woken_also_if_that_came_first() -> None:
    lender = Wakers()
    for sleeper in [lent(lender) for _ in range(MOST)]:
        sleeper.release()
        assert sleeper.acquire()
        thread = threading.Thread(target=sleeper.acquire, daemon=True)
        thread.start()
        sleeper.release()
        thread.join(LIMIT)
        assert not thread.is_alive()


@needs_descriptors
def test_one_that_is_given_back_clean_is_lent_again_and_no_other() -> None:
    lender = Wakers()
    one, other = lent(lender), lent(lender)
    assert one is not other
    lender.revoke(one, clean=True)
    lender.revoke(other, clean=False)
    assert lender.lend() is one
    assert lender.lend() is not other


@needs_descriptors
def test_a_thousand_threads_that_wait_take_few_descriptors() -> None:
    lender = Wakers()
    wakers = [lender.lend() for _ in range(1_000)]
    assert sum(waker is not None for waker in wakers) == MOST


@needs_descriptors
def test_one_that_could_not_be_given_back_clean_is_replaced() -> None:
    lender = Wakers()
    for _ in range(10 * MOST):
        lender.revoke(lent(lender), clean=False)


def test_where_no_descriptor_is_left_none_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> None:
        raise OSError

    monkeypatch.setattr(parking, "new_alarm", none_left)
    assert Wakers().lend() is None


def test_where_there_is_no_such_descriptor_none_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "PORTABLE", True)
    assert Wakers().lend() is None


@needs_descriptors
def test_one_that_is_given_back_just_when_the_pool_ends_is_not_kept() -> None:
    """The end comes between any two looks: so the list is looked at last."""
    lender = Wakers()
    waker = lent(lender)

    class Ending(list[Any]):
        def append(self, one: object) -> None:
            lender.close()
            super().append(one)

    lender._idle = Ending()
    lender.revoke(waker, clean=True)
    assert not lender._idle


@needs_descriptors
def test_who_is_interrupted_while_he_makes_one_leaves_no_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # pytest's keeps what it hears of, and all in its frames
    before = leaks.take()

    def attempt(count: int) -> bool:
        interrupted = interrupted_after(count, lambda: Wakers().lend())
        assert leaks.differences(before, leaks.take()) == [], count
        return interrupted

    assert at_each(attempt) >= 3


@needs_descriptors
def test_after_the_end_of_the_pool_none_is_kept() -> None:
    lender = Wakers()
    one, other = lent(lender), lent(lender)
    lender.revoke(one, clean=True)
    lender.close()
    lender.revoke(other, clean=True)
    assert not lender._idle


# --- who waits for a result -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "gets"), [(value_end(3), 3), (error_end(KeyError(1)), KeyError), (CANCELLED_END, CancelledError)]
)
def test_who_waits_for_a_result_gets_it_whatever_it_is(
    fit: Fit, enrolled: SimpleQueue[None], end: Ending, gets: object
) -> None:
    future = pending(fit)
    thread, got = waiting(future, enrolled)
    future.complete_and_call(end)
    thread.join(LIMIT)
    assert got == [gets]


def test_many_threads_that_wait_for_one_result_all_get_it(fit: Fit, enrolled: SimpleQueue[None]) -> None:
    future = pending(fit)
    threads = [waiting(future, enrolled) for _ in range(2 * MOST)]
    future.complete_and_call(value_end(3))
    for thread, got in threads:
        thread.join(LIMIT)
        assert got == [3]


def test_who_waits_while_he_holds_the_lock_lets_go_of_it(fit: Fit, enrolled: SimpleQueue[None]) -> None:
    """So does a signal handler that waits for a result, above a call of that future which holds it for a moment."""
    future, got = pending(fit), list[object]()

    def wait() -> None:
        with future._condition:
            got.append(future.result())

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    enrolled.get(timeout=LIMIT)
    threading.Thread(target=future.complete_and_call, args=(value_end(3),), daemon=True).start()
    thread.join(LIMIT)
    assert got == [3]


def test_a_cancel_interrupted_anywhere_has_woken_who_waits_if_it_has_given_the_end(
    fit: Fit, enrolled: SimpleQueue[None]
) -> None:
    def attempt(count: int) -> bool:
        with closing(LaneAndWorker(fit=fit)) as both:
            future = both.send(2, 11)
            thread, _ = waiting(future, enrolled)
            interrupted = interrupted_after(count, future.cancel)
            if future._state == PENDING:
                future.complete_and_call(CANCELLED_END)  # the manager does, when it finds the task claimed
            thread.join(LIMIT)
            assert not thread.is_alive(), count
        return interrupted

    assert at_each(attempt) >= 20


def test_who_waits_after_a_cancel_that_was_interrupted_before_it_is_woken_by_the_manager(
    fit: Fit, enrolled: SimpleQueue[None]
) -> None:
    def attempt(count: int) -> bool:
        with closing(LaneAndWorker(fit=fit)) as both:
            future = both.send(2, 11)
            interrupted = interrupted_after(count, future.cancel)
            if future._state == PENDING:
                thread, _ = waiting(future, enrolled)
                future.complete_and_call(CANCELLED_END)  # the manager does, when it finds the task claimed
                thread.join(LIMIT)
                assert not thread.is_alive(), count
        return interrupted

    assert at_each(attempt) >= 20


def test_who_is_woken_does_not_wait_for_the_lock_of_the_future(fit: Fit, enrolled: SimpleQueue[None]) -> None:
    future = pending(fit)
    thread, got = waiting(future, enrolled)
    with future._condition:
        future.complete(value_end(3))
        thread.join(LIMIT)
        assert got == [3]


def test_a_wait_that_is_interrupted_anywhere_leaves_no_waking_for_the_next_one(
    fit: Fit, enrolled: SimpleQueue[None]
) -> None:
    shared: Shared = fit(Shared)()

    def end(future: PoolFuture[Any]) -> None:
        enrolled.get(timeout=LIMIT)
        future.complete_and_call(value_end(3))

    def attempt(count: int) -> bool:
        while not enrolled.empty():
            enrolled.get()
        future = pending(fit, shared)
        thread = threading.Thread(target=end, args=(future,), daemon=True)
        thread.start()
        interrupted = interrupted_after(count, future.result)
        enrolled.put(None)  # it may have been interrupted before
        thread.join(LIMIT)
        assert not future._condition._waiters
        assert not isinstance(shared, ParkingShared) or not any(map(has_rung, lent_now(shared.wakers)))
        return interrupted

    assert at_each(attempt) >= 5
    _made.clear()  # who was interrupted while he made a lock has left it there for the next at that address


def lent_now(lender: Wakers) -> list[Waker]:
    """All that there are; they are given back."""
    lent = [waker for waker in (lender.lend() for _ in range(MOST)) if waker is not None]
    for waker in lent:
        lender.revoke(waker, clean=True)
    return lent


def has_rung(waker: Waker) -> bool:
    """It is released, and nobody sleeps on it."""
    os.set_blocking(waker._alarm.fileno(), False)
    try:
        return waker.acquire()
    finally:
        os.set_blocking(waker._alarm.fileno(), True)


@needs_descriptors
def test_who_is_interrupted_when_he_is_just_being_woken_does_not_pass_the_waking_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    future, wakers = pending(fast("wake")), list[Waker]()
    shared = future.shared
    assert isinstance(shared, ParkingShared)

    def interrupted(waker: Waker) -> NoReturn:
        wakers.append(waker)
        future.complete(value_end(3))
        raise KeyboardInterrupt

    monkeypatch.setattr(Waker, "acquire", interrupted)
    with pytest.raises(KeyboardInterrupt):
        future.result()
    assert len(wakers) == 1
    assert wakers[0] not in shared.wakers._idle


@needs_descriptors
def test_a_lender_that_trusts_everybody_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def trust(self: Wakers, waker: Waker, *, clean: bool) -> None:
        self._idle.append(waker)

    monkeypatch.setattr(Wakers, "revoke", trust)
    with pytest.raises(AssertionError):
        test_who_is_interrupted_when_he_is_just_being_woken_does_not_pass_the_waking_on(monkeypatch)


# --- the manager ------------------------------------------------------------------------------------------------------


def issued(bench: Bench) -> PoolFuture[object]:
    """A task whose worker has answered."""
    future = bench.submit()
    bench.wait()
    bench.perform(messages.Send(0, ((1, future.number),)), messages.Issue(0, ((1, future.number),)))
    bench.begin()
    bench.answer(1, Kind.PLAIN, 3)
    return future


def settle(bench: Bench, future: PoolFuture[object]) -> messages.Settle:
    (answered,) = bench.wait()
    assert isinstance(answered, messages.Answered)
    return messages.Settle(((future.number, answered.answers[0].body),))


@takes_back
@pytest.mark.parametrize("fit", ["wake", "all"], indirect=True)
def test_the_manager_wakes_who_waits_when_all_operations_are_performed(
    bench: Bench, enrolled: SimpleQueue[None]
) -> None:
    future, seen = issued(bench), []
    thread, got = waiting(future, enrolled)
    (sleeper,) = future._condition._waiters

    class Noting:
        def release(self) -> None:
            seen.append((future._state, bench.user_threads.added))
            sleeper.release()

    noting: Any = Noting()
    future._condition._waiters = [noting]
    bench.perform(settle(bench, future), messages.AddUserThread())
    thread.join(LIMIT)
    assert got == [3]
    assert seen == [(FINISHED, 1)]


class NotWoken:
    """Cannot be woken."""

    def release(self) -> None:
        raise OSError("no")


def test_one_who_cannot_be_woken_leaves_nobody_else_asleep() -> None:
    """There is no reason why that should be; but those who sleep would sleep for ever."""
    locks = [allocate_lock() for _ in range(3)]
    for lock in locks:
        lock.acquire()
    refusing = NotWoken()
    sleepers: list[Sleeper] = [refusing, locks[0], refusing, locks[1], locks[2], refusing]
    with pytest.raises(OSError, match="no"):
        wake(sleepers)
    assert not any(lock.locked() for lock in locks)
    assert not sleepers


@takes_back
def test_the_manager_wakes_who_waits_also_if_an_operation_fails(bench: Bench, enrolled: SimpleQueue[None]) -> None:
    future = issued(bench)
    thread, got = waiting(future, enrolled)
    with pytest.raises(KeyError):
        bench.perform(settle(bench, future), messages.Leave(99))
    thread.join(LIMIT)
    assert got == [3]


@takes_back
def test_whoever_else_gives_an_end_while_the_manager_performs_wakes_who_waits_at_once(
    bench: Bench, enrolled: SimpleQueue[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    future, got = issued(bench), list[object]()
    thread, got = waiting(future, enrolled)

    def cancel_and_wait() -> None:
        other = threading.Thread(target=future.complete, args=(CANCELLED_END,))
        other.start()
        other.join(LIMIT)
        thread.join(LIMIT)

    monkeypatch.setattr(bench.user_threads, "add_or_owe", cancel_and_wait)
    bench.perform(messages.AddUserThread())
    assert got == [CancelledError]


def test_who_was_taken_off_the_list_is_not_woken_again() -> None:
    condition, lock = Condition(), allocate_lock()
    with condition:
        condition.enroll(lock)
        assert list(condition.take_sleepers()) == [lock]
        condition.notify_all()  # RuntimeError if it were released
    assert not condition.dismiss(lock)
