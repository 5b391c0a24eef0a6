"""stats() and repr(): what a pool is doing, seen from any thread at any time, and nobody waits for it."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool import stats as stats_module
from checkedpool._core.messages import RevokedByCanceller
from tests.behaviour import tasks
from tests.behaviour.alarms import alarms
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from checkedpool.stats import Stats
    from tests.behaviour.conftest import Gates, Pools

pytestmark = ours_only("new: the standard executor says nothing of itself")
on_demand = methods("spawn", "forkserver")


def states(seen: Stats) -> list[str]:
    return sorted(worker.state for worker in seen.workers)


def time_passes(seconds: float) -> None:
    start = time.monotonic()
    eventually(lambda: time.monotonic() - start > seconds, "some time passes")


def test_it_says_who_does_what_and_how_much_waits(pools: Pools, gates: Gates) -> None:
    """C-130."""
    pool, gate = pools.make(2), gates.make()
    seen = pool.stats()
    assert (seen.state, seen.max_workers, seen.workers, seen.pending, seen.running) == ("open", 2, (), 0, 0)
    held = [pool.submit(tasks.hold, gate) for _ in range(2)]
    pids = {gate.wait_for_arrival() for _ in held}
    others = [pool.submit(tasks.double, number) for number in range(5)]
    eventually(lambda: states(pool.stats()) == ["busy", "busy"], "both are at work")
    seen = pool.stats()
    assert {worker.pid for worker in seen.workers} == pids
    assert {worker.task for worker in seen.workers} == {"tests.behaviour.tasks.hold"}
    assert (seen.pending, seen.running, seen.restarts) == (5, 2, 0)
    assert others[-1].cancel()
    eventually(lambda: pool.stats().pending == 4, "a cancelled task waits no more")
    gate.open(2)
    for future in [*held, *others[:-1]]:
        future.result(LIMIT)
    eventually(lambda: states(pool.stats()) == ["idle", "idle"], "all is done")
    seen = pool.stats()
    assert (seen.pending, seen.running) == (0, 0)
    assert {worker.task for worker in seen.workers} == {None}


@parent_only
def test_what_a_client_has_changed_is_heard_by_the_manager_before_it_is_counted(pool: ProcessPoolExecutor) -> None:
    """C-130: else what the client has done and the manager's records are of two moments."""
    pool.submit(tasks.double, 1).result(LIMIT)
    shared, machine = pool._pool.shared, pool._pool.machine
    assert machine is not None
    eventually(lambda: shared.sleep is not None, "the manager sleeps")
    shared.inbox.append(RevokedByCanceller(next(iter(machine.lanes))))  # a canceller has not woken it up yet
    assert pool.stats().pending == 0
    assert not shared.inbox


@parent_only
def test_the_seconds_count_from_when_the_pool_gives_a_worker_its_task(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-130, C-163: not from before it was submitted, and they go with the clock."""
    for _ in range(2):
        before = time.monotonic()
        held = pool.submit(tasks.hold, gate)
        gate.wait_for_arrival()
        first = pool.stats().workers[0].seconds
        assert first is not None
        time_passes(0.02)
        second = pool.stats().workers[0].seconds
        assert second is not None
        assert first + 0.02 <= second <= time.monotonic() - before
        gate.open()
        held.result(LIMIT)


@parent_only
def test_the_seconds_of_a_task_behind_another_count_from_the_end_of_that_one(
    pool: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-130: though nobody asks meanwhile."""
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    pool.stats()
    before = time.monotonic()
    first, held = pool.submit(time.sleep, 0.2), pool.submit(tasks.hold, gate)
    first.result(LIMIT)
    gate.wait_for_arrival()
    time_passes(0.1)
    seconds = pool.stats().workers[0].seconds
    assert seconds is not None
    assert 0.02 <= seconds <= time.monotonic() - before - 0.2
    gate.open()
    held.result(LIMIT)


@parent_only
def test_a_look_that_the_manager_has_woken_up_in_is_not_taken(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-130: there was one moment before, and another one after."""
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    shared: Any = pool._pool.shared
    looked: list[Stats] = []
    real = stats_module._look

    def looks(*of: Any) -> Stats:
        seen = real(*of)
        looked.append(seen)
        if len(looked) == 1:
            asleep = shared.sleep
            pool.submit(tasks.double, 1).result(LIMIT)
            eventually(lambda: shared.sleep not in {asleep, None}, "it sleeps again")
        return seen

    monkeypatch.setattr(stats_module, "_look", looks)
    assert pool.stats() is looked[1]


@on_demand
def test_workers_that_have_ended_are_counted(pools: Pools, gate: Gate) -> None:
    """C-130."""
    pool = pools.make(1, on_worker_death="replace")
    held: Any = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert held.kill()
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    assert pool.stats().restarts == 1


@parent_only
def test_the_state_of_a_pool_in_a_word(pools: Pools, gate: Gate) -> None:
    """C-130."""
    pool, broken, unused = pools.make(1), pools.make(1), pools.make(1)
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    pool.shutdown(wait=False)
    assert pool.stats().state == "closing"
    gate.open()
    held.result(LIMIT)
    pool.shutdown()
    assert (pool.stats().state, pool.stats().workers) == ("ended", ())
    broken.submit(os._exit, 3).exception(LIMIT)
    assert broken.stats().state == "broken"
    broken.shutdown()
    assert broken.stats().state == "broken"
    unused.shutdown()
    assert unused.stats().state == "ended"


@parent_only
def test_in_a_forked_child_it_says_so_and_no_more(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-131."""
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    child = os.fork()
    if not child:
        try:
            seen = pool.stats()
            os._exit((seen.state, seen.workers, seen.running) != ("inherited", (), 0))
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    gate.open()
    held.result(LIMIT)


@parent_only
def test_it_may_be_asked_in_a_callback_and_in_a_signal_handler(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-131."""
    seen: Future[Stats] = Future()
    pool.submit(tasks.double, 1).add_done_callback(lambda _: seen.set_result(pool.stats()))
    assert seen.result(LIMIT).state == "open"
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    in_handler: list[Stats] = []
    with alarms(lambda *_: in_handler.append(pool.stats())):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(TimeoutError):
            held.result(0.2)
    assert in_handler[0].running == 1
    gate.open()
    held.result(LIMIT)


@parent_only
def test_it_does_not_wait_for_a_manager_that_is_busy(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-131: who is in the middle of a step, however long that takes."""
    pool.submit(tasks.double, 1).result(LIMIT)
    machine: Any = pool._pool.machine
    step, in_it, go_on = machine.step, threading.Event(), threading.Event()

    def slow(events: Any) -> Any:
        in_it.set()
        go_on.wait(LIMIT)
        return step(events)

    monkeypatch.setattr(machine, "step", slow)
    future = pool.submit(tasks.double, 2)
    pool.submit(tasks.double, 3)
    assert in_it.wait(LIMIT)
    asked = Aside(pool.stats)
    seen = asked.result(2.0)
    assert seen.state == "open"
    assert seen.pending + seen.running <= 2
    go_on.set()
    assert future.result(LIMIT) == 4


@parent_only
def test_what_it_says_is_of_one_moment(pools: Pools) -> None:
    """C-130: while tasks come and go no task is counted twice, and of two workers no third is at work."""
    pool = pools.make(2)
    futures = [pool.submit(tasks.double, number) for number in range(3000)]
    left = len(futures)
    while left:
        before = sum(not future.done() for future in futures)
        seen = pool.stats()
        left = seen.pending + seen.running
        assert left <= before
        assert seen.running <= 2
    assert [future.result(LIMIT) for future in futures] == [2 * number for number in range(3000)]


@parent_only
def test_the_repr_says_it_in_a_line(pools: Pools, gate: Gate) -> None:
    """C-130."""
    pool = pools.make(2)
    assert repr(pool) == "<ProcessPoolExecutor open: 0 of 2 workers, 0 busy; 0 running, 0 pending>"
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    eventually(lambda: "1 busy" in repr(pool), "it is at work")
    assert repr(pool) == "<ProcessPoolExecutor open: 2 of 2 workers, 1 busy; 1 running, 0 pending>"
    gate.open()
    held.result(LIMIT)
    pool.shutdown()
    assert repr(pool) == "<ProcessPoolExecutor ended: 0 of 2 workers, 0 busy; 0 running, 0 pending>"
