"""The initializer: once in each worker, before its first task; when it fails, the pool is broken and says why."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import awkward, tasks
from tests.behaviour.gates import Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.behaviour.conftest import Pools


def test_it_is_called_once_in_each_worker_with_its_arguments(pools: Pools) -> None:
    """C-70: what it set up is there for every task."""
    pool = pools.make(max_workers=2, initializer=tasks.note, initargs=("a", 1))
    seen = {pool.submit(tasks.noted).result(LIMIT)[0] for _ in range(6)}
    assert os.getpid() not in seen
    assert pool.submit(tasks.noted).result(LIMIT)[1] == [("a", 1)]


def test_it_runs_before_the_first_task(pools: Pools, gate: Gate, journal: Journal) -> None:
    """C-70: the first task waits for it."""
    pool = pools.make(initializer=tasks.hold_then_write, initargs=(gate.door, journal, "initialized"))
    future = pool.submit(tasks.write, journal, "task")
    gate.wait_for_arrival()
    assert not future.done()
    gate.open()
    future.result(LIMIT)
    assert journal.words() == ["initialized", "task"]


@pytest.mark.parametrize(
    "error", [LookupError("of it"), SystemExit(3), KeyboardInterrupt()], ids=lambda e: type(e).__name__
)
def test_when_it_raises_the_pool_is_broken(pools: Pools, error: BaseException) -> None:
    """C-71: all unfinished futures and later submits."""
    pool = pools.make(initializer=tasks.raise_it, initargs=(error,))
    try:
        futures = [pool.submit(tasks.double, number) for number in range(4)]
    except BrokenProcessPool:
        futures = []  # under the standard executor the break may come before the last submit
    assert all(isinstance(future.exception(LIMIT), BrokenProcessPool) for future in futures)
    eventually(lambda: _is_refused(pool), "the pool says that it is broken")


@ours_only("gh-82265: there is no other policy than break")
@methods("spawn", "forkserver")
def test_when_it_raises_the_pool_is_broken_under_the_other_policy_too(pools: Pools, journal: Journal) -> None:
    """C-71: one failure is enough; it would not go better the second time."""
    pool = pools.make(on_worker_death="replace", initializer=_write_and_raise, initargs=(journal,))
    assert isinstance(pool.submit(int).exception(LIMIT), BrokenProcessPool)
    assert journal.words() == ["initializer"]
    assert _is_refused(pool)


@ours_only("no issue: the error of the initializer never reaches the parent")
def test_the_broken_pool_tells_the_initializers_error(pools: Pools) -> None:
    """C-71."""
    pool = pools.make(initializer=tasks.raise_it, initargs=(LookupError("of it"),))
    error = pool.submit(int).exception(LIMIT)
    assert isinstance(error, BrokenProcessPool)
    assert "initializer" in str(error)
    assert "LookupError: of it" in str(error.__cause__)
    assert "in raise_it" in str(error.__cause__)


@ours_only("no issue: the error of the initializer never reaches the parent")
def test_an_initializers_error_may_be_awkward(pools: Pools) -> None:
    """C-71: neither picklable, nor one that can be rebuilt."""
    for function, *arguments in ((awkward.fail_unpicklable, "awkward"), (awkward.fail_two_arguments, 1, "awkward")):
        pool = pools.make(initializer=function, initargs=tuple(arguments))
        error = pool.submit(int).exception(LIMIT)
        assert isinstance(error, BrokenProcessPool)
        assert "awkward" in str(error.__cause__)
        pool.shutdown()


@methods("spawn")  # a forked worker has pytest's log handlers, and one of the fork server the server's standard error
def test_its_failure_is_logged_in_the_worker(pools: Pools, capfd: pytest.CaptureFixture[str]) -> None:
    """C-71: on the worker's standard error, unless logging is set up there."""
    pool = pools.make(initializer=tasks.raise_it, initargs=(LookupError("of it"),))
    assert isinstance(pool.submit(int).exception(LIMIT), BrokenProcessPool)
    pool.shutdown()
    assert "LookupError: of it" in capfd.readouterr().err


def test_when_it_ends_the_process_that_is_a_death(pools: Pools) -> None:
    """C-86."""
    pool = pools.make(initializer=os._exit, initargs=(5,))
    assert isinstance(pool.submit(int).exception(LIMIT), BrokenProcessPool)


@ours_only("gh-139462: before 3.15 the error says nothing about the death")
def test_a_death_in_it_is_charged_to_no_task(pools: Pools) -> None:
    """C-79, C-80, C-86."""
    pool = pools.make(initializer=os._exit, initargs=(5,))
    error: Any = pool.submit(int).exception(LIMIT)
    assert (error.exitcode, error.ran) == (5, False)


@ours_only("no issue: the exception comes out of submit(), but the task stays queued all the same")
@methods("spawn", "forkserver")
def test_arguments_of_it_that_cannot_be_pickled_come_out_of_submit_and_nothing_runs(
    pools: Pools, journal: Journal
) -> None:
    """C-18: each time, since no worker can ever start."""
    pool = pools.make(initializer=tasks.note, initargs=(lambda: 1,))
    for _ in range(2):
        with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
            pool.submit(tasks.write, journal, "ran")
    pool.shutdown()
    assert journal.words() == []


@methods("spawn", "forkserver")
def test_arguments_of_it_that_are_for_one_process_go_to_each_of_them(pools: Pools) -> None:
    """C-70: a connection's descriptor is duplicated for every worker."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        pool = pools.make(max_workers=2, initializer=_say_hello, initargs=(writer,), max_tasks_per_child=1)
        for _ in range(3):
            pool.submit(int).result(LIMIT)
        pool.shutdown()
        assert {reader.recv() for _ in range(3)} == {"hello"}


def _say_hello(writer: Connection) -> None:
    writer.send("hello")


@methods("spawn", "forkserver")
def test_arguments_of_it_that_cannot_be_unpickled_break_the_pool(pools: Pools) -> None:
    """C-69, C-86."""
    pool = pools.make(initializer=tasks.note, initargs=(awkward.WhenUnpickled(awkward.fail, LookupError("late")),))
    assert isinstance(pool.submit(int).exception(LIMIT), BrokenProcessPool)


@ours_only("no issue: the end of a worker that was started last goes unnoticed until another one speaks")
def test_its_failure_in_one_worker_ends_the_others(pools: Pools, gate: Gate, journal: Journal) -> None:
    """C-71, C-82."""
    pool = pools.make(max_workers=2, initializer=_second_raises, initargs=(journal,))
    held = [pool.submit(tasks.hold, gate)]
    with suppress(BrokenProcessPool):  # it may know already
        held.append(pool.submit(tasks.hold, gate))
    assert all(isinstance(future.exception(LIMIT), BrokenProcessPool) for future in held)
    pool.shutdown()


def test_a_signal_disposition_that_it_sets_holds_for_the_tasks(pools: Pools) -> None:
    """C-70: it runs in the thread that runs the tasks."""
    pool = pools.make(initializer=signal.signal, initargs=(signal.SIGUSR2, signal.SIG_IGN))
    assert pool.submit(signal.getsignal, signal.SIGUSR2).result(LIMIT) == signal.SIG_IGN


def _write_and_raise(journal: Journal) -> None:
    journal.write("initializer")
    raise LookupError


def _second_raises(journal: Journal) -> None:
    journal.write("initializer")
    if len(journal.words()) == 2:
        raise LookupError


def _is_refused(pool: Any) -> bool:
    try:
        pool.submit(int)
    except BrokenProcessPool:
        return True
    return False
