"""A limit to the memory of a worker: when it leaves, what becomes of the tasks, what is refused."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._os.resident_memory import resident_memory
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import Pools
    from tests.behaviour.gates import Journal

without_fork = methods("spawn", "forkserver")
NEW = ours_only("new: a limit to a worker's memory")
once = methods("spawn")  # asked without any worker, so the start method makes no difference
LITTLE, MUCH = 1, 1 << 50
"""Limits that each worker exceeds, and that none does."""
MEBIBYTE = 1 << 20
kept: list[bytearray] = []


def keep(mebibytes: int) -> int:
    """Have so much more in memory from now on."""
    kept.append(bytearray(b"x") * (mebibytes * MEBIBYTE))
    return os.getpid()


def held_by(value: bytes) -> tuple[int, int]:
    return os.getpid(), len(value)


def fork_and_come_back() -> tuple[int, int]:
    """Both return; the child is no worker."""
    return os.fork(), os.getpid()


@NEW
@without_fork
def test_each_worker_that_is_over_its_limit_runs_one_task(pools: Pools) -> None:
    """C-151: with a backlog; no task is lost and none begins in a worker that is to leave."""
    pool = pools.make(max_workers=2, max_memory_per_child=LITTLE)
    ran_in = Counter(future.result(LIMIT) for future in [pool.submit(os.getpid) for _ in range(6)])
    assert list(ran_in.values()) == [1] * 6


@NEW
@without_fork
def test_a_worker_leaves_after_the_task_that_exceeds_its_limit(pools: Pools) -> None:
    """C-151: not before."""
    pool = pools.make(max_memory_per_child=192 * MEBIBYTE)
    first, second = (pool.submit(os.getpid).result(LIMIT) for _ in range(2))
    assert pool.submit(keep, 224).result(LIMIT) == first == second
    assert pool.submit(os.getpid).result(LIMIT) != first


@NEW
@without_fork
def test_a_worker_within_its_limit_stays(pools: Pools) -> None:
    """C-151."""
    pool = pools.make(max_memory_per_child=MUCH)
    assert len({pool.submit(os.getpid).result(LIMIT) for _ in range(20)}) == 1


@NEW
@without_fork
def test_it_leaves_well_and_is_reaped(pools: Pools, journal: Journal) -> None:
    """C-151, C-74, C-126: it is no death, and with nothing more to do no other one is started."""
    pool = pools.make(max_memory_per_child=LITTLE, finalizer=tasks.write, finalargs=(journal, "left"))
    worker = pool.submit(os.getpid).result(LIMIT)
    eventually(lambda: leaks.state_of(worker) == "", "the worker has left and has been reaped")
    assert journal.words() == ["left"]
    eventually(lambda: not pool._processes, "the manager has heard of it")
    assert not pool._broken


@NEW
@without_fork
def test_a_task_that_raises_counts_and_a_chunk_is_one(pools: Pools) -> None:
    """C-151, C-28."""
    pool = pools.make(max_memory_per_child=LITTLE)
    assert isinstance(pool.submit(tasks.raise_it, ValueError()).exception(LIMIT), ValueError)
    ran_in = Counter(pid for pid, _ in pool.map(tasks.pid_and, range(6), chunksize=3))
    assert list(ran_in.values()) == [3, 3]


@NEW
@without_fork
def test_what_was_submitted_is_run_after_a_shutdown(pools: Pools) -> None:
    """C-151, C-45."""
    pool = pools.make(max_memory_per_child=LITTLE)
    futures = [pool.submit(tasks.double, number) for number in range(4)]
    pool.shutdown(wait=False)
    assert [future.result(LIMIT) for future in futures] == [0, 2, 4, 6]


@NEW
@without_fork
def test_cancelled_futures_end_such_a_pool(pools: Pools, gate: Gate) -> None:
    """C-151, C-46."""
    pool = pools.make(max_memory_per_child=LITTLE)
    first = pool.submit(tasks.hold, gate, "first")
    gate.wait_for_arrival()
    backlog = [pool.submit(int) for _ in range(3)]
    call = Aside(pool.shutdown, cancel_futures=True)
    gate.open()
    call.result()
    assert first.result(0) == "first"
    assert all(future.cancelled() for future in backlog)


@NEW
@without_fork
def test_it_goes_with_a_limit_of_tasks_and_with_large_values(pools: Pools) -> None:
    """C-151, C-73: the first that is reached; C-102."""
    pool = pools.make(max_memory_per_child=MUCH, max_tasks_per_child=2)
    ran_in = Counter(pool.submit(held_by, bytes(MEBIBYTE)).result(LIMIT)[0] for _ in range(4))
    assert list(ran_in.values()) == [2, 2]


@NEW
@without_fork
def test_a_child_that_a_task_forks_says_nothing(pools: Pools) -> None:
    """C-151, C-01: it is no worker, though it comes back into the worker's loop."""
    pool = pools.make(max_memory_per_child=LITTLE)
    (child, worker), (other_child, other) = (pool.submit(fork_and_come_back).result(LIMIT) for _ in range(2))
    assert worker != other
    pool.shutdown()
    for number in child, other_child:
        eventually(partial(has_ended, number), "the child, by now an orphan, has ended and been reaped")


@once
@NEW
@pytest.mark.parametrize(
    ("most", "error", "said"),
    [(0, ValueError, ">= 1"), (-5, ValueError, ">= 1"), (1.5, TypeError, "not float"), ("1G", TypeError, "not str"),
     (True, TypeError, "not bool")],
    ids=repr,
)  # fmt: skip
def test_what_is_no_number_of_bytes_is_refused(most: Any, error: type[Exception], said: str) -> None:
    """C-152."""
    with pytest.raises(error, match=f"max_memory_per_child must be .*{said}"):
        ProcessPoolExecutor(1, max_memory_per_child=most)


@once
@NEW
def test_fork_cannot_keep_it(pools: Pools) -> None:
    """C-152."""
    with pytest.raises(ValueError, match="max_memory_per_child is incompatible with the 'fork' start method"):
        pools.make(mp_context=multiprocessing.get_context("fork"), max_memory_per_child=LITTLE)


@once
@NEW
def test_without_a_context_it_gets_one_that_starts_workers_at_any_time() -> None:
    """C-152."""
    pool = ProcessPoolExecutor(1, max_memory_per_child=LITTLE)
    assert pool._mp_context.get_start_method() in ("forkserver", "spawn")


@once
@NEW
def test_a_system_that_does_not_say_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """C-152."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(ValueError, match=r"max_memory_per_child cannot be kept here: .*/proc"):
        ProcessPoolExecutor(1, max_memory_per_child=LITTLE)


@once
@NEW
def test_what_the_system_says_is_what_is_there() -> None:
    """C-151."""
    before = resident_memory()
    assert before > MEBIBYTE
    block = bytearray(b"x") * (64 * MEBIBYTE)
    assert resident_memory() - before > 48 * MEBIBYTE
    del block


def has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return leaks.state_of(pid) == ""
