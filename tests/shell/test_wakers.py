"""What a thread sleeps on that waits for a result: lent to one at a time, released once, with no old waking in it."""

from __future__ import annotations

import os
import sys
import threading
from _thread import allocate_lock
from concurrent.futures import CancelledError
from concurrent.futures._base import FINISHED, PENDING
from contextlib import closing
from queue import SimpleQueue
from typing import Any, NoReturn

import pytest

from checkedpool._core import words
from checkedpool._shell import channels, wakers
from checkedpool._shell.frames import Kind
from checkedpool._shell.locks import Condition
from checkedpool._shell.shared import Shared
from checkedpool._shell.wakers import MOST, Waker, Wakers
from checkedpool.future import CANCELLED_END, Ending, PoolFuture, _made, error_end, value_end
from tests import leaks
from tests.shell.bench import Bench
from tests.shell.interruptions import at_each, interrupted_after
from tests.shell.lanes import LIMIT, LaneAndWorker, takes_back

pytestmark = pytest.mark.usefixtures("counted_process")
needs_descriptors = pytest.mark.skipif(not list(channels.new_alarm()), reason="there is no such descriptor here")


def pending(shared: Shared | None = None) -> PoolFuture[Any]:
    return PoolFuture(shared or Shared(), 7)


@pytest.fixture
def enrolled(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[None]:
    """One for each who is about to sleep, and will be woken."""
    count: SimpleQueue[None] = SimpleQueue()
    enroll = Condition.enroll

    def noting(condition: Condition, sleeper: wakers.Sleeper) -> None:
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


def test_who_sleeps_is_woken_also_if_that_came_first() -> None:
    for sleeper in (lent for lender in [Wakers()] for lent in (lender.lend() for _ in range(MOST + 1))):
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
    one, other = lender.lend(), lender.lend()
    assert one is not other
    lender.take_back(one, clean=True)
    lender.take_back(other, clean=False)
    assert lender.lend() is one
    assert lender.lend() is not other


@needs_descriptors
def test_a_thousand_threads_that_wait_take_few_descriptors() -> None:
    lender = Wakers()
    lent = [lender.lend() for _ in range(1_000)]
    assert sum(isinstance(sleeper, Waker) for sleeper in lent) == MOST


@needs_descriptors
def test_one_that_could_not_be_given_back_clean_is_replaced() -> None:
    lender = Wakers()
    for _ in range(10 * MOST):
        sleeper = lender.lend()
        assert isinstance(sleeper, Waker)
        lender.take_back(sleeper, clean=False)


def test_where_no_descriptor_is_left_it_is_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> None:
        raise OSError

    monkeypatch.setattr(channels, "new_alarm", none_left)
    assert not isinstance(Wakers().lend(), Waker)


def test_where_there_is_no_such_descriptor_it_is_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "PORTABLE", True)
    assert not isinstance(Wakers().lend(), Waker)


@needs_descriptors
def test_one_that_is_given_back_just_when_the_pool_ends_is_not_kept() -> None:
    """The end comes between any two looks: so the list is looked at last."""
    lender = Wakers()
    sleeper = lender.lend()

    class Ending(list[Any]):
        def append(self, one: object) -> None:
            lender.close()
            super().append(one)

    lender._idle = Ending()
    lender.take_back(sleeper, clean=True)
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
    one, other = lender.lend(), lender.lend()
    lender.take_back(one, clean=True)
    lender.close()
    lender.take_back(other, clean=True)
    assert not lender._idle


# --- who waits for a result -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "gets"), [(value_end(3), 3), (error_end(KeyError(1)), KeyError), (CANCELLED_END, CancelledError)]
)
def test_who_waits_for_a_result_gets_it_whatever_it_is(enrolled: SimpleQueue[None], end: Ending, gets: object) -> None:
    future = pending()
    thread, got = waiting(future, enrolled)
    future._end_and_call(end)
    thread.join(LIMIT)
    assert got == [gets]


def test_many_threads_that_wait_for_one_result_all_get_it(enrolled: SimpleQueue[None]) -> None:
    future = pending()
    threads = [waiting(future, enrolled) for _ in range(2 * MOST)]
    future._end_and_call(value_end(3))
    for thread, got in threads:
        thread.join(LIMIT)
        assert got == [3]


def test_who_waits_while_he_holds_the_lock_lets_go_of_it(enrolled: SimpleQueue[None]) -> None:
    """So does a signal handler that waits for a result, above a call of that future which holds it for a moment."""
    future, got = pending(), list[object]()

    def wait() -> None:
        with future._condition:
            got.append(future.result())

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    enrolled.get(timeout=LIMIT)
    threading.Thread(target=future._end_and_call, args=(value_end(3),), daemon=True).start()
    thread.join(LIMIT)
    assert got == [3]


@pytest.mark.parametrize("descriptors", [MOST, 0])
def test_a_cancel_interrupted_anywhere_has_woken_who_waits_if_it_has_given_the_end(
    enrolled: SimpleQueue[None], descriptors: int
) -> None:
    def attempt(count: int) -> bool:
        with closing(LaneAndWorker()) as both:
            both.shared.wakers._most = descriptors
            future = both.send(2, 11)
            thread, _ = waiting(future, enrolled)
            interrupted = interrupted_after(count, future.cancel)
            if future._state == PENDING:
                future._end_and_call(CANCELLED_END)  # the manager does, when it finds the task claimed
            thread.join(LIMIT)
            assert not thread.is_alive(), count
        return interrupted

    assert at_each(attempt) >= 20


def test_who_waits_after_a_cancel_that_was_interrupted_before_it_gave_the_end_is_woken_by_the_manager(
    enrolled: SimpleQueue[None],
) -> None:
    def attempt(count: int) -> bool:
        with closing(LaneAndWorker()) as both:
            future = both.send(2, 11)
            interrupted = interrupted_after(count, future.cancel)
            if future._state == PENDING:
                thread, _ = waiting(future, enrolled)
                future._end_and_call(CANCELLED_END)  # the manager does, when it finds the task claimed
                thread.join(LIMIT)
                assert not thread.is_alive(), count
        return interrupted

    assert at_each(attempt) >= 20


def test_who_is_woken_does_not_wait_for_the_lock_of_the_future(enrolled: SimpleQueue[None]) -> None:
    future = pending()
    thread, got = waiting(future, enrolled)
    with future._condition:
        future._end(value_end(3))
        thread.join(LIMIT)
        assert got == [3]


def test_a_wait_that_is_interrupted_anywhere_leaves_no_waking_for_the_next_one(enrolled: SimpleQueue[None]) -> None:
    shared = Shared()

    def end(future: PoolFuture[Any]) -> None:
        enrolled.get(timeout=LIMIT)
        future._end_and_call(value_end(3))

    def attempt(count: int) -> bool:
        while not enrolled.empty():
            enrolled.get()
        future = pending(shared)
        thread = threading.Thread(target=end, args=(future,), daemon=True)
        thread.start()
        interrupted = interrupted_after(count, future.result)
        enrolled.put(None)  # it may have been interrupted before
        thread.join(LIMIT)
        assert not getattr(future._condition, "_waiters", None)
        lent = [shared.wakers.lend() for _ in range(MOST)]
        for sleeper in lent:
            if isinstance(sleeper, Waker):
                os.set_blocking(sleeper._alarm.fileno(), False)
                assert not sleeper.acquire()
                os.set_blocking(sleeper._alarm.fileno(), True)
                shared.wakers.take_back(sleeper, clean=True)
        return interrupted

    assert at_each(attempt) >= 5
    _made.clear()  # who was interrupted while he made a lock has left it there for the next at that address


@needs_descriptors
def test_who_is_interrupted_when_he_is_just_being_woken_does_not_pass_the_waking_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    future, woken = pending(), []  # type: ignore[var-annotated]
    shared = future._shared
    assert shared is not None

    def interrupted(_: Waker) -> NoReturn:
        with future._condition:
            future._end(value_end(3), woken)
        raise KeyboardInterrupt

    monkeypatch.setattr(Waker, "acquire", interrupted)
    with pytest.raises(KeyboardInterrupt):
        future.result()
    assert len(woken) == 1
    assert woken[0] not in shared.wakers._idle


@needs_descriptors
def test_a_lender_that_trusts_everybody_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def trust(self: Wakers, sleeper: wakers.Sleeper, *, clean: bool) -> None:
        assert isinstance(sleeper, Waker)
        self._idle.append(sleeper)

    monkeypatch.setattr(Wakers, "take_back", trust)
    with pytest.raises(AssertionError):
        test_who_is_interrupted_when_he_is_just_being_woken_does_not_pass_the_waking_on(monkeypatch)


# --- the manager ------------------------------------------------------------------------------------------------------


def issued(bench: Bench) -> PoolFuture[object]:
    """A task whose worker has answered."""
    future = bench.submit()
    bench.wait()
    bench.perform(words.Send(0, ((1, future._number),)), words.Issue(0, ((1, future._number),)))
    bench.begin()
    bench.answer(1, Kind.PLAIN, 3)
    return future


def settle(bench: Bench, future: PoolFuture[object]) -> words.Settle:
    (answered,) = bench.wait()
    assert isinstance(answered, words.Answered)
    return words.Settle(((future._number, answered.answers[0].body),))


@takes_back
def test_the_manager_wakes_who_waits_when_all_operations_are_performed(
    bench: Bench, enrolled: SimpleQueue[None]
) -> None:
    future, seen = issued(bench), []
    thread, got = waiting(future, enrolled)
    (sleeper,) = future._condition._waiters

    class Noting:
        def release(self) -> None:
            seen.append((future._state, bench.helpers.added))
            sleeper.release()

    noting: Any = Noting()
    future._condition._waiters = [noting]
    bench.perform(settle(bench, future), words.AddHelper())
    thread.join(LIMIT)
    assert got == [3]
    assert seen == [(FINISHED, 1)]


class NotWoken:
    """Cannot be woken."""

    def release(self) -> None:
        raise OSError("no")


def test_one_who_cannot_be_woken_leaves_nobody_else_asleep(bench: Bench) -> None:
    """There is no reason why that should be; but those who sleep would sleep for ever."""
    locks = [allocate_lock() for _ in range(3)]
    for lock in locks:
        lock.acquire()
    refusing: Any = NotWoken()
    bench.platform.woken += [refusing, locks[0], refusing, locks[1], locks[2], refusing]
    with pytest.raises(OSError, match="no"):
        bench.perform()
    assert not any(lock.locked() for lock in locks)
    assert not bench.platform.woken


@takes_back
def test_the_manager_wakes_who_waits_also_if_an_operation_fails(bench: Bench, enrolled: SimpleQueue[None]) -> None:
    future = issued(bench)
    thread, got = waiting(future, enrolled)
    with pytest.raises(KeyError):
        bench.perform(settle(bench, future), words.Leave(99))
    thread.join(LIMIT)
    assert got == [3]


def test_a_condition_hands_over_those_it_would_wake() -> None:
    condition, woken = Condition(), []  # type: ignore[var-annotated]
    sleeper = Wakers().lend()
    with condition:
        condition.enroll(sleeper)
        condition.notify_all(woken)
        condition.notify_all(woken)
    assert woken == [sleeper]
    assert not condition.dismiss(sleeper)
