"""Workers that leave when they have been idle for too long: which, when, who comes again, what is refused."""

from __future__ import annotations

import multiprocessing
import os
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import checkedpool
from checkedpool import ProcessPoolExecutor
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import Gates, Pools
    from tests.behaviour.gates import Door, Gate, Journal

without_fork = methods("spawn", "forkserver")
NEW = ours_only("new: idle workers leave")
once = methods("spawn")  # asked without any worker, so the start method makes no difference
SHORT, LONG = 0.02, 1_000.0
"""Time-outs that pass at once, and that never pass."""


def pid_behind(door: Door) -> int:
    door.pass_through()
    return os.getpid()


def two_workers(pool: ProcessPoolExecutor, gate: Gate) -> set[int]:
    """Both have come, and have done a task."""
    futures = [pool.submit(pid_behind, gate.door) for _ in range(2)]
    for _ in futures:
        gate.wait_for_arrival()
    gate.open(2)
    return {future.result(LIMIT) for future in futures}


def is_gone(pool: ProcessPoolExecutor, *pids: int) -> bool:
    """They have ended and were reaped, and the manager has heard of it."""
    return all(leaks.state_of(pid) == "" for pid in pids) and not pool._processes.keys() & {*pids}


@NEW
@without_fork
def test_an_idle_worker_leaves_and_another_one_comes_for_the_next_task(pools: Pools, journal: Journal) -> None:
    """C-158, C-74, C-126: under "break" too, for it is no death; its finalizer runs."""
    pool = pools.make(idle_timeout=SHORT, finalizer=tasks.write, finalargs=(journal, "left"))
    first = pool.submit(os.getpid).result(LIMIT)
    eventually(lambda: is_gone(pool, first), "the worker has left")
    assert journal.words() == ["left"]
    assert (pool.stats().state, pool.stats().workers, pool.stats().restarts) == ("open", (), 1)
    assert pool.submit(os.getpid).result(LIMIT) != first
    assert not pool._broken


@NEW
@without_fork
def test_until_then_it_stays(pools: Pools) -> None:
    """C-158."""
    pool = pools.make(idle_timeout=LONG)
    assert len({pool.submit(os.getpid).result(LIMIT) for _ in range(20)}) == 1


@NEW
@without_fork
def test_who_is_at_work_stays_however_long(pools: Pools, gates: Gates) -> None:
    """C-158: another worker leaves meanwhile."""
    pool, both, long = pools.make(2, idle_timeout=SHORT), gates.make(), gates.make()
    workers = two_workers(pool, both)
    task = pool.submit(pid_behind, long.door)
    busy = long.wait_for_arrival()
    eventually(lambda: not pool._processes.keys() - {busy}, "all others have left")
    eventually(lambda: is_gone(pool, *(workers - {busy})), "they are gone")
    long.open()
    assert task.result(LIMIT) == busy


@NEW
@without_fork
def test_so_many_stay_as_must(pools: Pools, gates: Gates) -> None:
    """C-159."""
    pool = pools.make(2, idle_timeout=SHORT, min_workers=1)
    two_workers(pool, gates.make())
    eventually(lambda: len(pool._processes) == 1, "one of them has left")
    (stays,) = pool._processes
    assert {pool.submit(os.getpid).result(LIMIT) for _ in range(3)} == {stays}
    assert pool._pool.machine is not None
    assert pool._pool.machine.deadline() is None


@NEW
@without_fork
def test_none_is_started_since_so_many_may_stay(pools: Pools) -> None:
    """C-159, C-67."""
    pool = pools.make(3, idle_timeout=LONG, min_workers=3)
    assert pool.submit(int).result(LIMIT) == 0
    assert len(pool._processes) == 1


@NEW
@without_fork
def test_all_tasks_are_done_whenever_the_time_out_passes(pools: Pools) -> None:
    """C-158: about as long as it takes to submit one, so that a worker is often just being let go."""
    pool = pools.make(2, idle_timeout=0.0005)
    for round_ in range(12):
        assert pool.submit(tasks.double, round_).result(LIMIT) == 2 * round_
        assert list(pool.map(tasks.double, range(round_ % 4))) == [2 * item for item in range(round_ % 4)]


@NEW
@without_fork
def test_a_task_waits_for_the_end_of_one_that_leaves(pools: Pools, gate: Gate) -> None:
    """C-158, C-66: its finalizer takes its time."""
    pool = pools.make(idle_timeout=SHORT, finalizer=pid_behind, finalargs=(gate.door,))
    first = pool.submit(os.getpid).result(LIMIT)
    assert gate.wait_for_arrival() == first
    second = pool.submit(os.getpid)
    assert [worker.state for worker in pool.stats().workers] == ["leaving"]
    assert not second.done()
    gate.open_wide()
    assert second.result(LIMIT) != first


@NEW
@without_fork
def test_who_comes_again_has_the_number_of_one_that_left(pools: Pools) -> None:
    """C-158, C-123."""
    pool = pools.make(idle_timeout=SHORT)
    for _ in range(2):
        assert pool.submit(checkedpool.worker_index).result(LIMIT) == 0
        eventually(lambda: not pool._processes, "the worker has left")


@NEW
@without_fork
def test_a_pool_whose_workers_have_all_left_ends_at_once(pools: Pools) -> None:
    """C-158, C-48."""
    pool = pools.make(2, idle_timeout=SHORT)
    pool.submit(int).result(LIMIT)
    eventually(lambda: not pool._processes, "the worker has left")
    Aside(pool.shutdown).result()
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)


@NEW
@without_fork
def test_it_goes_with_a_limit_of_tasks_and_with_replacing(pools: Pools) -> None:
    """C-158, C-73, C-84."""
    pool = pools.make(idle_timeout=SHORT, max_tasks_per_child=2, on_worker_death="replace")
    assert pool.submit(os._exit, 3).exception(LIMIT) is not None
    for _ in range(2):
        assert len({pool.submit(os.getpid).result(LIMIT) for _ in range(4)}) >= 2
        eventually(lambda: not pool._processes, "all have left")


@once
@NEW
@pytest.mark.parametrize(
    ("timeout", "error", "said"),
    [(0, ValueError, "a positive number of seconds, not 0"), (-1.5, ValueError, "not -1.5"),
     (float("nan"), ValueError, "not nan"), ("1", TypeError, "not str"), (1j, TypeError, "not complex")],
    ids=repr,
)  # fmt: skip
def test_what_is_no_time_is_refused(timeout: Any, error: type[Exception], said: str) -> None:
    """C-159."""
    with pytest.raises(error, match=f"idle_timeout must be .*{said}"):
        ProcessPoolExecutor(1, idle_timeout=timeout)


@once
@NEW
@pytest.mark.parametrize(
    ("least", "error", "said"),
    [(-1, ValueError, "from 0 to max_workers, which is 2, not -1"), (3, ValueError, "not 3"),
     (1.0, TypeError, "an integer, not float"), ("1", TypeError, "not str"), (True, TypeError, "not bool"),
     (None, TypeError, "not NoneType")],
    ids=repr,
)  # fmt: skip
def test_what_is_no_number_of_workers_that_stay_is_refused(least: Any, error: type[Exception], said: str) -> None:
    """C-159."""
    with pytest.raises(error, match=f"min_workers must be .*{said}"):
        ProcessPoolExecutor(2, idle_timeout=LONG, min_workers=least)


@once
@NEW
def test_min_workers_needs_a_time_out() -> None:
    """C-159."""
    with pytest.raises(ValueError, match="min_workers is for idle_timeout"):
        ProcessPoolExecutor(2, min_workers=1)


@once
@NEW
@pytest.mark.parametrize("timeout", [1, Fraction(1, 3), float("inf")], ids=repr)
def test_any_real_number_is_a_time(pools: Pools, timeout: Any) -> None:
    """C-159."""
    assert pools.make(idle_timeout=timeout).submit(int).result(LIMIT) == 0


@once
@NEW
def test_fork_cannot_keep_it(pools: Pools) -> None:
    """C-159."""
    with pytest.raises(ValueError, match="idle_timeout is incompatible with the 'fork' start method"):
        pools.make(mp_context=multiprocessing.get_context("fork"), idle_timeout=LONG)


@once
@NEW
def test_without_a_context_it_gets_one_that_starts_workers_at_any_time() -> None:
    """C-159."""
    pool = ProcessPoolExecutor(1, idle_timeout=LONG)
    assert pool._mp_context.get_start_method() in ("forkserver", "spawn")
