"""Starting the pool: one caller does it, a failure comes out and strands nobody, and a shutdown may come in between."""

from __future__ import annotations

import errno
import multiprocessing
import sys
import threading
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from checkedpool import BrokenProcessPool
from checkedpool._core.manager import Settings
from checkedpool._core.tables import Step
from checkedpool._os import system
from checkedpool._os.locks import Latch
from checkedpool._pool import pool as pool_module
from checkedpool._pool.pool import Closer, Pool
from checkedpool._pool.shared import PoolFuture
from checkedpool._pool.worker_channels import Starter
from checkedpool.errors import AFTER_EXIT
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.shell import usercode
from tests.shell.interruptions import at_each, interrupted_after, interrupted_at
from tests.shell.lanes import LIMIT
from tests.shell.recording import NoStart, RecordingPool
from tests.shell.test_interruptions import forking_pool

STRANDING = frozenset({Pool._strand.__code__})


@pytest.fixture
def pool() -> RecordingPool:
    return RecordingPool()


def test_the_first_submit_starts_the_pool_and_the_others_do_not(pool: RecordingPool) -> None:
    for _ in range(3):
        pool.submit(int, (), {})
    assert list(pool.shared.record).count("take the start") == 1


def test_a_start_that_fails_comes_out_and_the_next_submit_tries_again(pool: RecordingPool) -> None:
    pool.starts = False
    for _ in range(2):
        with pytest.raises(NoStart):
            pool.submit(int, (), {})
    pool.starts = True
    assert not pool.submit(int, (), {}).done()
    assert pool.shared.start


def test_a_start_that_fails_leaves_nothing_of_its_submit(pool: RecordingPool) -> None:
    pool.starts = False
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    assert not pool.shared.inbox
    assert not pool.shared.unclaimed


def test_a_start_for_which_there_are_too_few_descriptors_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Starter, "channels_type", none_left)
    pool = Pool(Settings(3), multiprocessing.get_context("fork"), (None, ()))
    with pytest.raises(OSError, match="Too many open files") as raised:
        pool.submit(int, (), {})
    assert len(raised.value.__notes__) == 1
    assert "after 0 of 3 worker processes" in raised.value.__notes__[0]
    assert "max_workers" in raised.value.__notes__[0]


def test_what_others_have_published_meanwhile_ends_with_the_reason(pool: RecordingPool) -> None:
    """Another thread has submitted while this one was starting; its future is out already."""
    pool.starts = False
    others = []
    pool.shared.record.others["take the start"] = lambda: others.append(pool.submit(int, (), {}))
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    (future,) = others
    error = future.exception(0)
    assert isinstance(error, BrokenProcessPool)
    assert isinstance(error.__cause__, NoStart)


def test_what_others_have_cancelled_meanwhile_stays_cancelled(pool: RecordingPool) -> None:
    pool.starts = False
    others = []

    def submits_and_cancels() -> None:
        others.append(pool.submit(int, (), {}))
        others[0].cancel()

    pool.shared.record.others["take the start"] = submits_and_cancels
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    assert others[0].cancelled()


def test_what_another_thread_was_thrown_out_of_cancelling_meanwhile_is_cancelled(pool: RecordingPool) -> None:
    """A signal handler raises right after cancel() has claimed the task."""
    pool.starts = False
    others = []

    def submits_and_claims() -> None:
        others.append(pool.submit(int, (), {}))
        assert pool.shared.claim(others[0].number)

    pool.shared.record.others["take the start"] = submits_and_claims
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    assert others[0].cancelled()


def test_callbacks_of_what_others_have_published_find_the_start_free(pool: RecordingPool) -> None:
    """So they may call the pool: submit(), and shutdown(wait=True) too."""
    pool.starts = False
    found = []

    def submits() -> None:
        pool.submit(int, (), {}).add_done_callback(lambda _: found.append(bool(pool.shared.start)))

    pool.shared.record.others["take the start"] = submits
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    assert found == [False]


def test_a_callback_that_raises_comes_out_and_the_next_submit_tries_again(pool: RecordingPool) -> None:
    pool.starts = False
    called: list[object] = []

    def submits() -> None:
        pool.submit(int, (), {}).add_done_callback(lambda _: usercode.raise_it(SystemExit(3)))
        pool.submit(int, (), {}).add_done_callback(called.append)

    pool.shared.record.others["take the start"] = submits
    with pytest.raises(SystemExit):
        pool.submit(int, (), {})
    assert len(called) == 1
    pool.starts = True
    assert not pool.submit(int, (), {}).done()
    assert list(pool.shared.record).count("take the start") == 2


def test_a_pool_that_was_shut_down_while_its_start_failed_has_ended(pool: RecordingPool) -> None:
    pool.starts = False
    pool.shared.record.others["take the start"] = lambda: pool.shutdown(ShutdownLevel.DRAIN, wait=False)
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    assert pool.shared.ended.is_set()
    assert not pool.shared.inbox


def test_a_shutdown_that_found_the_start_taken_is_not_left_waiting(pool: RecordingPool) -> None:
    """It closes the pool and finds the start taken, just before the start fails and is given back."""
    pool.starts = False
    shutdown = Closer(pool, ShutdownLevel.DRAIN, wait=True)
    found: list[object] = []

    def closes_and_finds_the_start_taken() -> None:
        shutdown.perform(Step.CLOSE)
        found.append(shutdown.perform(Step.NEVER_STARTED))

    pool.shared.record.others["take the start"] = closes_and_finds_the_start_taken
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    shutdown.perform(Step.POST_REQUEST)
    assert found == [False]
    assert pool.shared.ended.is_set()


def test_a_shutdown_waits_until_what_was_published_before_that_end_has_its_own(
    pool: RecordingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-48: another thread submits and closes after the start has failed and before it is given back."""
    strand, shared = pool._strand, pool.shared
    futures: list[PoolFuture[int]] = []
    waits: list[bool] = []

    class Ended(Latch):
        def wait(self, timeout: float | None = None, over: object = None) -> bool:  # noqa: ARG002 - who comes here waits
            waits.append(self.is_set())
            return True

    def strands(error: BaseException, owed: list[PoolFuture[Any]]) -> None:
        if shared.closed is not None:
            pool.join()  # another thread's, in which shutdown(wait=True) has come so far
            strand(error, owed)
            return
        strand(error, owed)
        futures.append(pool.submit(int, (), {}))
        shared.closed = partial(RuntimeError, "shutdown() of another thread, which finds the start taken")

    shared.ended = Ended()
    monkeypatch.setattr(pool, "_strand", strands)
    pool.starts = False
    with pytest.raises(NoStart):
        pool.submit(int, (), {})
    assert waits == [False]
    assert shared.ended.is_set()
    assert isinstance(futures[0].exception(0), BrokenProcessPool)


def test_a_shutdown_before_the_start_takes_it_away_and_the_submitter_is_refused(pool: RecordingPool) -> None:
    pool.shared.record.others["post PoolFuture"] = lambda: pool.shutdown(ShutdownLevel.DRAIN, wait=True)
    with pytest.raises(RuntimeError, match="shutdown"):
        pool.submit(int, (), {})
    pool.shutdown(ShutdownLevel.DRAIN, wait=True)  # and a second one finds that there is nothing to wait for
    assert not pool.shared.unclaimed


def test_nothing_starts_while_the_interpreter_exits(pool: RecordingPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module.exiting, "is_set", lambda: True)
    monkeypatch.setattr(pool, "_start", super(RecordingPool, pool)._start)
    with pytest.raises(RuntimeError, match=AFTER_EXIT):
        pool.submit(int, (), {})


def test_where_the_exit_lets_no_thread_start_the_one_for_user_code_is_there_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So it is with 3.12.0 and 3.12.1, where the first callback may be called while the interpreter exits."""
    monkeypatch.setattr(system, "THREADS_AT_EXIT", False)
    pool = forking_pool()
    assert pool.submit(int, (), {}).result(LIMIT) == 0
    assert "checkedpool user code" in {thread.name for thread in threading.enumerate()}
    pool.shutdown(ShutdownLevel.DRAIN, wait=True)
    assert "checkedpool user code" not in {thread.name for thread in threading.enumerate()}


def test_a_start_that_fails_and_is_interrupted_while_it_tells_the_others_tells_them_all_and_can_be_repeated() -> None:
    def attempt(line: int) -> bool:
        pool, called = RecordingPool(), list[object]()
        pool.starts = False
        other: PoolFuture[object] = PoolFuture(pool.shared, -1)
        other.add_done_callback(called.append)
        pool.shared.unclaimed[-1] = None
        pool.shared.inbox.append(other)
        interrupted = False
        with suppress(NoStart):  # it comes out if nothing else does
            interrupted = interrupted_at(line, STRANDING, pool.start_once)
        assert not pool.shared.start, line
        assert not pool.shared.inbox, line
        assert called == [other], line
        return interrupted

    assert at_each(attempt) >= 5


def test_a_start_that_fails_and_is_interrupted_anywhere_strands_nobody_and_can_be_repeated() -> None:
    """Wherever Python looks for signals: so it may come when the start has failed and is not given back yet."""

    def attempt(count: int) -> bool:
        pool = RecordingPool()
        pool.starts = False
        other: PoolFuture[object] = PoolFuture(pool.shared, -1)
        pool.shared.unclaimed[-1] = None
        pool.shared.inbox.append(other)
        interrupted = False
        with suppress(NoStart):
            interrupted = interrupted_after(count, pool.start_once)
        assert not pool.shared.start, count
        assert other.done() or pool.shared.inbox, count
        pool.starts = True
        assert not pool.submit(int, (), {}).done(), count
        assert pool.shared.start, count
        return interrupted

    assert at_each(attempt) >= 20


def test_a_shutdown_that_found_the_start_taken_is_not_left_waiting_wherever_the_starter_is_interrupted() -> None:
    def attempt(count: int) -> bool:
        pool, closed = RecordingPool(), list[bool]()
        pool.starts = False

        def shuts_down() -> None:
            before = sys.getprofile()
            sys.setprofile(None)  # another thread's: it is not interrupted
            pool.shutdown(ShutdownLevel.DRAIN, wait=False)
            closed.append(True)
            sys.setprofile(before)

        pool.shared.record.others["take the start"] = shuts_down
        interrupted = False
        with suppress(NoStart):
            interrupted = interrupted_after(count, pool.start_once)
        assert pool.shared.ended.is_set() is bool(closed), count
        return interrupted

    assert at_each(attempt) >= 20


def test_a_pool_that_gets_no_thread_for_user_code_breaks_of_it_and_does_what_there_is_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def none_left(thread: threading.Thread) -> None:
        if thread.name == "checkedpool user code":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", none_left)
    monkeypatch.setattr(system, "THREADS_AT_EXIT", True)  # else that thread is started with the pool
    monkeypatch.setattr("checkedpool._pool.user_code.LATE", 0.2)
    pool, called = forking_pool(), list[object]()
    future = pool.submit(int, ("three",), {})  # its error is to be read by such a thread
    future.add_done_callback(called.append)
    assert isinstance(future.exception(LIMIT), ValueError)
    pool.join()
    assert called == [future]
    with pytest.raises(BrokenProcessPool, match="new thread"):
        pool.submit(int, (), {})
