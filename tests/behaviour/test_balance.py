"""How tasks come to workers: no idle worker while a task waits, no worker without need, never too many."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.contexts import SlowStarts
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools


def _two_held(pool: ProcessPoolExecutor, gates: Gates) -> tuple[Gate, Gate]:
    """Both workers are busy, each at a gate of its own."""
    first, second = gates.make(), gates.make()
    for gate in (first, second):
        pool.submit(tasks.hold, gate)
        gate.wait_for_arrival()
    return first, second


def test_short_tasks_do_not_wait_behind_a_long_one(pools: Pools, gate: Gate) -> None:
    """C-23: the other worker does them all."""
    pool = pools.make(max_workers=2)
    held = pool.submit(tasks.hold, gate)
    futures = [pool.submit(tasks.double, number) for number in range(60)]
    gate.wait_for_arrival()
    assert [future.result(LIMIT) for future in futures] == [2 * number for number in range(60)]
    assert not held.done()
    gate.open()


def test_tasks_that_were_sent_ahead_do_not_wait_either(pools: Pools, gates: Gates) -> None:
    """C-23: both workers are busy when the short tasks come; whichever gets free does them all."""
    pool = pools.make(max_workers=2)
    first, second = _two_held(pool, gates)
    futures = [pool.submit(os.getpid) for _ in range(40)]
    second.open()
    assert len({future.result(LIMIT) for future in futures}) == 1
    again = [pool.submit(tasks.double, number) for number in range(40)]
    assert [future.result(LIMIT) for future in again] == [2 * number for number in range(40)]
    first.open()


def test_a_long_task_among_short_ones_holds_up_only_itself(pools: Pools, gate: Gate) -> None:
    """C-23: it begins in the middle of them."""
    pool = pools.make(max_workers=2)
    before = [pool.submit(tasks.double, number) for number in range(30)]
    held = pool.submit(tasks.hold, gate)
    after = [pool.submit(tasks.double, number) for number in range(30)]
    assert [future.result(LIMIT) for future in before + after] == [2 * number for number in range(30)] * 2
    assert not held.done()
    gate.open()


def test_large_tasks_that_were_sent_ahead_do_not_wait_either(pools: Pools, gates: Gates) -> None:
    """C-23: frames larger than a pipe, half of which may lie in the pipe of the busy worker."""
    pool = pools.make(max_workers=2)
    first, second = _two_held(pool, gates)
    futures = [pool.submit(tasks.length, bytes(300_000)) for _ in range(20)]
    second.open()
    assert [future.result(LIMIT) for future in futures] == [300_000] * 20
    first.open()


# ------------------------------------------------------------------------------------------------ how many workers


def test_there_are_never_more_workers_than_allowed(pools: Pools, gate: Gate) -> None:
    """C-66."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(tasks.hold, gate, number) for number in range(6)]
    seen = {gate.wait_for_arrival(), gate.wait_for_arrival()}
    assert len(seen) == 2
    assert gate.has_no_arrival()
    for _ in range(4):
        gate.open()
        seen.add(gate.wait_for_arrival())
    gate.open_wide()
    assert [future.result(LIMIT) for future in futures] == list(range(6))
    assert len(seen) == 2


@methods("spawn", "forkserver")
@ours_only("gh-117344: a worker is counted idle only some time after its result is there")
def test_an_idle_worker_is_used_before_another_one_is_started(pools: Pools) -> None:
    """C-67: one task after the other needs one worker."""
    pool = pools.make(max_workers=4)
    assert len({pool.submit(os.getpid).result(LIMIT) for _ in range(6)}) == 1
    assert len(pool._processes) == 1


@methods("spawn", "forkserver")
def test_no_more_workers_are_started_than_there_are_tasks(pools: Pools, gate: Gate) -> None:
    """C-67."""
    pool = pools.make(max_workers=4)
    for _ in range(2):
        pool.submit(tasks.hold, gate)
    for _ in range(2):
        gate.wait_for_arrival()
    assert len(pool._processes) == 2


@methods("fork")
def test_under_fork_all_workers_are_there_after_the_first_submit(pools: Pools) -> None:
    """C-68: they are forked before the pool has any thread."""
    pool = pools.make(max_workers=3)
    pool.submit(int)
    assert len(pool._processes) == 3


@ours_only("no issue: submit() starts the worker itself, and waits for it")
@methods("spawn", "forkserver")
def test_submit_does_not_wait_for_the_start_of_a_worker(pools: Pools) -> None:
    """C-16, C-68: the start stands still until the test lets it go on."""
    starts = SlowStarts(pools.kind.method)
    pool = pools.make(mp_context=starts.context)
    future = pool.submit(tasks.double, 4)
    assert starts.begun.wait(LIMIT)
    later = pool.submit(tasks.double, 5)
    assert not future.done()
    starts.go_on.set()
    assert [future.result(LIMIT), later.result(LIMIT)] == [8, 10]


@ours_only("no issue: submit() starts the worker itself, and waits for it")
@methods("spawn", "forkserver")
def test_a_start_that_hangs_holds_up_no_task_that_another_worker_can_do(pools: Pools, gate: Gate) -> None:
    """C-23, C-69: the second start stands still; the first worker goes on."""
    starts = SlowStarts(pools.kind.method, after=1)
    pool = pools.make(max_workers=2, mp_context=starts.context)
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(tasks.double, number) for number in range(10)]
    assert starts.begun.wait(LIMIT)
    gate.open()
    assert [future.result(LIMIT) for future in futures] == [2 * number for number in range(10)]
    starts.go_on.set()


# ------------------------------------------------------------------------------------------------ at rest


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "waiting"])
def test_a_pool_with_nothing_to_do_does_nothing(pools: Pools, gate: Gate, busy: bool) -> None:
    """C-99: neither the parent nor the workers use the processor, a task that waits notwithstanding."""
    pool = pools.make(max_workers=2)
    worker = pool.submit(os.getpid).result(LIMIT)
    if busy:
        pool.submit(tasks.hold, gate)
        worker = gate.wait_for_arrival()
    eventually(lambda: leaks.state_of(worker) == "S", "the worker sleeps")
    switches = _switches(worker)
    used = time.process_time()
    threading.Event().wait(0.5)
    assert time.process_time() - used < 0.05
    assert _switches(worker) == switches
    gate.open()


def _switches(pid: int) -> list[str]:
    """How often the process has been woken: the kernel's count."""
    with open(f"/proc/{pid}/status") as file:  # noqa: PTH123 - a file of the kernel
        return [line for line in file if "voluntary_ctxt_switches" in line]
