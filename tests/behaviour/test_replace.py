"""A worker dies and the policy is "replace": only the task that ran in it fails."""

from __future__ import annotations

import concurrent.futures
import gc
import os
import signal
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

pytestmark = [ours_only("gh-82265: a worker's death always breaks the whole pool")]
without_fork = methods("spawn", "forkserver")


@pytest.fixture
def replacing(pools: Pools) -> ProcessPoolExecutor:
    """One worker, replaced when it dies."""
    return pools.make(on_worker_death="replace")


@without_fork
def test_only_the_task_that_ran_fails(replacing: ProcessPoolExecutor, gate: Gate) -> None:
    """C-79, C-80, C-84: those sent ahead to the dead worker begin in another one."""
    blamed = replacing.submit(tasks.hold_then_die, gate)
    dead = gate.wait_for_arrival()
    behind = [replacing.submit(tasks.pid_and, number) for number in range(6)]
    gate.open()
    error = death_of(blamed)
    assert (error.pid, error.exitcode, error.task, error.ran) == (dead, 9, f"{tasks.__name__}.hold_then_die", True)
    results = [future.result(LIMIT) for future in behind]
    assert [value for _, value in results] == list(range(6))
    assert dead not in {pid for pid, _ in results}


@without_fork
def test_a_task_whose_worker_died_is_not_run_again(
    replacing: ProcessPoolExecutor, gate: Gate, journal: Journal
) -> None:
    """C-03."""
    blamed = replacing.submit(_write_and_hold, journal, gate)
    os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    assert isinstance(blamed.exception(LIMIT), BrokenProcessPool)
    replacing.submit(int).result(LIMIT)
    assert journal.words() == ["begun"]


@without_fork
def test_a_task_begun_in_another_worker_keeps_its_own_outcome(pools: Pools, gates: Gates) -> None:
    """C-84."""
    pool = pools.make(max_workers=2, on_worker_death="replace")
    healthy, deadly = gates.make(), gates.make()
    beside = pool.submit(tasks.hold, healthy, "survived")
    healthy.wait_for_arrival()
    assert isinstance(pool.submit(tasks.exit_at_once, 1).exception(LIMIT), BrokenProcessPool)
    assert not beside.done()
    healthy.open()
    assert beside.result(LIMIT) == "survived"
    deadly.open_wide()


@without_fork
def test_the_pool_survives_many_deaths(replacing: ProcessPoolExecutor) -> None:
    """C-84: more in a row than the limit for deaths before the first task (C-86). C-137: there is no limit."""
    futures = [replacing.submit(tasks.die_or_double, number, number // 2 * 2) for number in range(10)]
    for number, future in enumerate(futures):
        if number % 2 == 0:
            assert isinstance(future.exception(LIMIT), BrokenProcessPool)
        else:
            assert future.result(LIMIT) == 2 * number
    assert not replacing._broken


@without_fork
def test_the_death_of_an_idle_worker_costs_nothing(replacing: ProcessPoolExecutor) -> None:
    """C-79, C-84."""
    dead = replacing.submit(os.getpid).result(LIMIT)
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: leaks.state_of(dead) == "", "the dead worker has been reaped")
    assert replacing.submit(os.getpid).result(LIMIT) != dead


@without_fork
def test_deaths_go_on_being_charged_while_closing(replacing: ProcessPoolExecutor, gate: Gate) -> None:
    """C-84: a drain runs what was submitted, in a new worker if it must."""
    blamed = replacing.submit(tasks.hold_then_die, gate)
    gate.wait_for_arrival()
    behind = [replacing.submit(tasks.double, number) for number in range(4)]
    call = Aside(replacing.shutdown)
    assert call.is_still_waiting()
    gate.open()
    call.result()
    assert isinstance(blamed.exception(0), BrokenProcessPool)
    assert [future.result(0) for future in behind] == [0, 2, 4, 6]


@without_fork
def test_a_death_after_a_cancel_request_fails_the_task_that_ran_only(
    replacing: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-84, C-88."""
    blamed = replacing.submit(tasks.hold_then_die, gate)
    gate.wait_for_arrival()
    behind = [replacing.submit(int) for _ in range(4)]
    replacing.shutdown(wait=False, cancel_futures=True)
    assert not concurrent.futures.wait(behind, LIMIT).not_done
    gate.open()
    replacing.shutdown()
    assert isinstance(blamed.exception(0), BrokenProcessPool)
    assert all(future.cancelled() for future in behind)


@without_fork
def test_three_deaths_before_the_first_task_in_a_row_break_the_pool(pools: Pools, journal: Journal) -> None:
    """C-86: so a pool whose workers cannot start does not start them for ever."""
    pool = pools.make(on_worker_death="replace", initializer=_note_and_die, initargs=(journal,))
    error = death_of(pool.submit(int))
    assert error.ran is False
    assert journal.words() == ["died"] * 3
    with pytest.raises(BrokenProcessPool):
        pool.submit(int)


@without_fork
def test_a_death_before_the_first_task_is_made_up_for(pools: Pools, journal: Journal) -> None:
    """C-86: the first two workers die before they are ready, the third does the work."""
    pool = pools.make(on_worker_death="replace", initializer=_die_twice, initargs=(journal,))
    assert pool.submit(tasks.double, 21).result(LIMIT) == 42
    assert len(journal.words()) == 2


@without_fork
def test_one_death_more_in_a_row_than_may_be_breaks_the_pool_and_says_so(pools: Pools) -> None:
    """C-135, C-136: a task that was finished between two deaths ends the row, one that was stopped does not count."""
    pool = pools.make(on_worker_death="replace", max_worker_restarts=1)
    assert "max_worker_restarts" not in str(death_of(pool.submit(tasks.die_or_double, 1, 1)))
    assert pool.submit(tasks.double, 21).result(LIMIT) == 42
    assert death_of(pool.submit(tasks.die_or_double, 1, 1)).ran
    blamed = pool.submit(tasks.die_or_double, 1, 1)
    error = death_of(blamed)
    assert (error.exitcode, error.task, error.ran) == (7, f"{tasks.__name__}.die_or_double", True)
    assert str(error).startswith(f"worker process {error.pid} exited with code 7 while it ran this task")
    assert str(error).endswith("(deaths in a row, without a task finished between them: 2; max_worker_restarts=1)")
    with pytest.raises(BrokenProcessPool, match="max_worker_restarts=1"):
        pool.submit(int)


@without_fork
def test_an_initializer_that_kills_its_worker_meets_the_limit_that_comes_first(pools: Pools, journal: Journal) -> None:
    """C-86, C-135: such a death is a failed start, and one of a row of deaths."""
    pool = pools.make(on_worker_death="replace", max_worker_restarts=0, initializer=_note_and_die, initargs=(journal,))
    assert "max_worker_restarts=0" in str(death_of(pool.submit(int)))
    assert journal.words() == ["died"]


@without_fork
def test_large_tasks_that_were_sent_ahead_arrive_whole_in_another_worker(
    replacing: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-02, C-84: frames larger than a pipe, the first of them half written when the worker dies."""
    blamed = replacing.submit(tasks.hold_then_die, gate)
    gate.wait_for_arrival()
    large = os.urandom(1024) * 1024
    behind = [replacing.submit(tasks.identity, large) for _ in range(4)]
    gate.open()
    death_of(blamed)
    assert all(future.result(LIMIT) == large for future in behind)


@without_fork
def test_a_collected_executor_goes_on_replacing(pools: Pools, gate: Gate) -> None:
    """C-62, C-84."""
    pool = pools.make(on_worker_death="replace")
    blamed = pool.submit(tasks.hold_then_die, gate)
    gate.wait_for_arrival()
    behind = [pool.submit(tasks.double, number) for number in range(3)]
    del pool
    pools.forget()
    gc.collect()
    gate.open()
    death_of(blamed)
    assert [future.result(LIMIT) for future in behind] == [0, 2, 4]


@without_fork
def test_a_pool_that_lost_all_its_workers_terminates(pools: Pools, gate: Gate) -> None:
    """C-57, C-84."""
    pool = pools.make(max_workers=2, on_worker_death="replace")
    held = [pool.submit(tasks.hold, gate) for _ in range(2)]
    for _ in range(2):
        os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    assert all(isinstance(future.exception(LIMIT), BrokenProcessPool) for future in held)
    pool.kill_workers()
    pool.shutdown()


@methods("fork")
def test_it_does_not_go_with_fork(pools: Pools) -> None:
    """C-85: the error says why, and what to write instead."""
    with pytest.raises(ValueError, match="fork") as caught:
        pools.make(on_worker_death="replace")
    assert "spawn" in str(caught.value) or "forkserver" in str(caught.value)


@methods("spawn")
def test_without_a_context_it_chooses_one_that_it_goes_with(pools: Pools) -> None:
    """C-64."""
    pool = pools.make(on_worker_death="replace", mp_context=None)
    assert pool._mp_context.get_start_method() in {"spawn", "forkserver"}


def _write_and_hold(journal: Journal, gate: Any) -> None:
    journal.write("begun")
    gate.pass_through()


def _note_and_die(journal: Journal) -> None:
    journal.write("died")
    os._exit(5)


def _die_twice(journal: Journal) -> None:
    if len(journal.words()) < 2:
        _note_and_die(journal)
