"""A death is what the operating system says of the process: other processes, threads and handlers cannot hide it."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

own_children = methods("fork", "spawn")
"""Under forkserver the workers are children of the server: nobody here can take their status."""

STOLEN = ours_only("gh-130895: a worker whose status somebody else has taken counts as alive, or its join never ends")


@contextmanager
def _status_thief() -> Iterator[None]:
    """A thread that takes the exit status of every child of this process, as some supervisors do."""
    wanted = threading.Event()

    def steal() -> None:
        while not wanted.is_set():
            try:
                os.waitid(os.P_ALL, 0, os.WEXITED)
            except ChildProcessError:
                wanted.wait(0.001)

    # With a child of its own the thief always has something to wait for, and its end lets the thief look up.
    sentry = os.fork()
    if sentry == 0:
        signal.pause()
        os._exit(0)
    thief = Aside(steal)
    try:
        yield
    finally:
        wanted.set()
        os.kill(sentry, signal.SIGKILL)
        thief.result()
        with suppress(ChildProcessError):
            os.waitpid(sentry, 0)


@STOLEN
@own_children
def test_a_death_whose_status_was_stolen_is_a_death(pools: Pools, gate: Gate) -> None:
    """C-77, C-80: the exit code is known or it is not; the future ends."""
    pool = pools.make()
    future = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    with _status_thief():
        os.kill(worker, signal.SIGKILL)
        error = death_of(future)
    assert error.pid == worker
    assert error.exitcode in {None, -signal.SIGKILL}
    assert error.ran
    pool.shutdown()


@STOLEN
@own_children
def test_workers_whose_status_was_stolen_leave_all_the_same(pools: Pools) -> None:
    """C-48, C-77: a drain ends."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(tasks.double, number) for number in range(6)]
    futures[-1].result(LIMIT)
    with _status_thief():
        Aside(pool.shutdown).result()
    assert [future.result(0) for future in futures] == [0, 2, 4, 6, 8, 10]


@STOLEN
@own_children
def test_a_stolen_status_is_told_as_unknown(pools: Pools, gate: Gate) -> None:
    """C-80: with SIGCHLD ignored the kernel itself throws every status away."""
    with _ignored_sigchld():
        pool = pools.make()
        future = pool.submit(tasks.hold, gate)
        worker = gate.wait_for_arrival()
        os.kill(worker, signal.SIGKILL)
        error: Any = future.exception(LIMIT)
        assert (error.pid, error.exitcode, error.ran) == (worker, None, True)
        assert "unknown" in str(error)
        pool.shutdown()


@contextmanager
def _ignored_sigchld() -> Iterator[None]:
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, previous)


@STOLEN
@own_children
def test_a_pool_works_while_sigchld_is_ignored(pools: Pools) -> None:
    """C-48, C-77."""
    with _ignored_sigchld():
        pool = pools.make(max_workers=2)
        assert [pool.submit(tasks.double, number).result(LIMIT) for number in range(4)] == [0, 2, 4, 6]
        Aside(pool.shutdown).result()


@STOLEN
@methods("spawn")
def test_a_replaced_worker_may_have_lost_its_status(pools: Pools, gate: Gate) -> None:
    """C-77, C-84."""
    pool = pools.make(on_worker_death="replace")
    with _ignored_sigchld():
        future = pool.submit(tasks.hold, gate)
        os.kill(gate.wait_for_arrival(), signal.SIGKILL)
        assert isinstance(future.exception(LIMIT), BrokenProcessPool)
        assert pool.submit(tasks.double, 4).result(LIMIT) == 8
        pool.shutdown()


def test_active_children_may_be_asked_at_any_time(pools: Pools) -> None:
    """C-77: it reaps what has ended, behind the pool's back."""
    pool = pools.make(max_workers=2)
    stop = threading.Event()

    def ask() -> int:
        count = 0
        while not stop.is_set():
            count += len(multiprocessing.active_children()) >= 0
        return count

    asker = Aside(ask)
    try:
        assert [pool.submit(tasks.double, number).result(LIMIT) for number in range(20)] == list(range(0, 40, 2))
        pool.shutdown()
    finally:
        stop.set()
    assert asker.result() > 0


@ours_only("gh-139462: before 3.15 the error says nothing about the death")
@own_children
def test_whoever_asks_for_the_state_of_all_children_takes_no_status_away(pools: Pools) -> None:
    """C-80: another thread of multiprocessing's may have taken a status and not said it yet."""
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            multiprocessing.active_children()

    askers = [Aside(ask) for _ in range(2)]
    try:
        for _ in range(20):
            pool = pools.make()
            assert death_of(pool.submit(tasks.kill_self, signal.SIGKILL)).exitcode == -signal.SIGKILL
            pool.shutdown()
    finally:
        stop.set()
    for asker in askers:
        asker.result()


@ours_only("no issue: only a pidfd or the like is silent about nothing, and there are kernels without")
def test_a_kernel_without_pidfds_is_no_reason_not_to_work(
    pools: Pools, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-77: a thread waits for the process instead."""
    monkeypatch.setattr("checkedpool._os.system.HAS_PIDFD", False)
    pool = pools.make()
    assert pool.submit(tasks.double, 2).result(LIMIT) == 4
    future = pool.submit(tasks.hold, gate)
    os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    assert death_of(future).exitcode == -signal.SIGKILL
    pool.shutdown()


@ours_only("new: kill_workers; no issue: nobody is signalled, and it waits for ever")
@methods("fork", "forkserver")
@pytest.mark.parametrize(
    ("ending", "refusal"),
    [
        ("terminate_workers", partial(PermissionError, errno.EPERM, "refused")),
        ("kill_workers", partial(OSError, errno.ENOSYS, "no such call")),
        ("kill_workers", AttributeError),
    ],
    ids=["refused", "unknown to the system", "unknown to Python"],
)
def test_where_a_pidfd_may_be_watched_and_not_signalled_workers_are_ended_all_the_same(
    pools: Pools, gate: Gate, monkeypatch: pytest.MonkeyPatch, ending: str, refusal: Callable[[], Exception]
) -> None:
    """C-53, C-54: a sandbox allows pidfd_open, and refuses pidfd_send_signal."""
    monkeypatch.setattr(signal, "pidfd_send_signal", lambda *_: tasks.raise_it(refusal()))
    pool = pools.make()
    future = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    getattr(pool, ending)()
    assert death_of(future).exitcode == (-signal.SIGTERM if ending == "terminate_workers" else -signal.SIGKILL)
    pool.shutdown()


@ours_only("no issue: the sentinel is a pipe whose other end the grandchild holds, so it stays silent")
@pytest.mark.parametrize("while_busy", [True, False], ids=["busy", "idle"])
def test_a_death_is_noticed_although_a_grandchild_holds_the_workers_files(
    pools: Pools, gates: Gates, while_busy: bool
) -> None:
    """C-77."""
    grand, gate = gates.make(), gates.make()
    pool = pools.make()
    grandchild = pool.submit(tasks.leave_grandchild, grand).result(LIMIT)
    try:
        worker = pool.submit(os.getpid).result(LIMIT)
        future = pool.submit(tasks.hold, gate) if while_busy else None
        if future is not None:
            gate.wait_for_arrival()
        os.kill(worker, signal.SIGKILL)
        if future is not None:
            assert isinstance(future.exception(LIMIT), BrokenProcessPool)
        eventually(lambda: _is_refused(pool), "the pool says that it is broken")
        Aside(pool.shutdown).result()
    finally:
        _end_grandchild(grandchild, grand)


@ours_only("no issue: the sentinel is a pipe whose other end the grandchild holds, so it stays silent")
def test_a_drain_ends_although_a_grandchild_holds_the_workers_files(pools: Pools, gate: Gate) -> None:
    """C-48, C-77."""
    pool = pools.make()
    grandchild = pool.submit(tasks.leave_grandchild, gate).result(LIMIT)
    try:
        Aside(pool.shutdown).result()
    finally:
        _end_grandchild(grandchild, gate)


def _end_grandchild(pid: int, gate: Gate) -> None:
    """Let it go; by now it is ours, for its parent is gone."""
    gate.open_wide()
    eventually(lambda: not leaks.is_alive(pid), "the grandchild ends")
    eventually(lambda: _is_reaped(pid), "the grandchild has been reaped")


def _is_reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return leaks.state_of(pid) == ""


def _is_refused(pool: ProcessPoolExecutor) -> bool:
    try:
        pool.submit(int)
    except BrokenProcessPool:
        return True
    return False
