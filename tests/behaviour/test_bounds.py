"""max_pending: a full pool makes who submits wait, or refuses; what gives a place, ends a wait, or must not wait."""

from __future__ import annotations

import itertools
import os
import queue
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool import BrokenProcessPool, ExecutorShutdownError
from tests.behaviour import tasks
from tests.behaviour.alarms import alarms
from tests.behaviour.gates import Aside, Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

pytestmark = ours_only("new: the standard executor takes what it gets")
on_demand = methods("spawn", "forkserver")


def waits(pool: ProcessPoolExecutor, submitting: Aside[Any]) -> None:
    """Until the call stands in front of the full pool."""
    gate: Any = pool._pool.shared.gate  # type: ignore[attr-defined]
    eventually(lambda: gate._sleepers, "it waits for a place")
    assert submitting.is_still_waiting(0.01)


# ------------------------------------------------------------------------------------------------ a place


def test_a_full_pool_makes_submit_wait_until_a_task_ends(pools: Pools, gate: Gate) -> None:
    """C-119."""
    pool = pools.make(1, max_pending=2)
    held, second = pool.submit(tasks.hold, gate), pool.submit(tasks.double, 1)
    third = Aside(pool.submit, tasks.double, 2)
    waits(pool, third)
    gate.open()
    assert third.result().result(LIMIT) == 4
    assert held.done()
    assert second.result(LIMIT) == 2


def test_or_refuses_and_takes_again_when_a_task_has_ended(pools: Pools, gate: Gate) -> None:
    """C-119."""
    pool = pools.make(1, max_pending=2, when_full="raise")
    held, second = pool.submit(tasks.hold, gate), pool.submit(tasks.double, 1)
    with pytest.raises(queue.Full, match="max_pending=2 tasks have not ended"):
        pool.submit(tasks.double, 2)
    gate.open()
    second.result(LIMIT)
    held.result(LIMIT)
    assert [pool.submit(tasks.double, number).result(LIMIT) for number in range(5)] == [0, 2, 4, 6, 8]


@parent_only
def test_each_way_to_end_gives_its_place_back_once(pools: Pools, gates: Gates) -> None:
    """C-119: a value, an error, what cannot be pickled, what was cancelled; afterwards there are as many as before."""
    gate = gates.make()
    pool = pools.make(1, max_pending=3, when_full="raise")
    for _ in range(3):
        assert pool.submit(tasks.double, 1).result(LIMIT) == 2
        assert isinstance(pool.submit(tasks.raise_it, LookupError()).exception(LIMIT), LookupError)
        assert pool.submit(tasks.identity, threading.Lock()).exception(LIMIT) is not None
        held = pool.submit(tasks.hold, gate)
        later = pool.submit(tasks.double, 2)
        assert later.cancel()
        assert later.cancel()
        gate.open()
        held.result(LIMIT)
    held = pool.submit(tasks.hold, gate)
    others = [pool.submit(tasks.double, 1) for _ in range(2)]
    with pytest.raises(queue.Full):
        pool.submit(tasks.double, 1)
    gate.open()
    assert [future.result(LIMIT) for future in [held, *others]][1:] == [2, 2]


@on_demand
def test_a_call_of_a_view_needs_a_place_too(pools: Pools, gate: Gate) -> None:
    """C-117, C-119."""
    pool = pools.make(1, max_pending=1, when_full="raise")
    view = pool.with_options(cancel_running=True)
    held = view.submit(tasks.hold, gate)
    with pytest.raises(queue.Full):
        view.submit(tasks.double, 1)
    with pytest.raises(queue.Full):
        pool.submit(tasks.double, 1)
    gate.wait_for_arrival()
    assert held.cancel()
    assert view.submit(tasks.double, 4).result(LIMIT) == 8


@on_demand
def test_a_task_that_is_stopped_gives_its_place_back(pools: Pools, gate: Gate) -> None:
    """C-111, C-119."""
    pool = pools.make(1, max_pending=1, when_full="raise")
    stuck: Any = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert stuck.kill()
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@parent_only
def test_who_is_told_of_an_end_finds_the_place_free(pools: Pools) -> None:
    """C-119: whichever way he waits."""
    pool = pools.make(2, max_pending=1, when_full="raise")
    for number in range(200):
        assert pool.submit(tasks.double, number).result(LIMIT) == 2 * number


# ------------------------------------------------------------------------------------------------ ends of a wait


@parent_only
@pytest.mark.parametrize("cancel", [False, True])
def test_a_shutdown_ends_the_wait(pools: Pools, gate: Gate, *, cancel: bool) -> None:
    """C-121: though no task has ended."""
    pool = pools.make(1, max_pending=1)
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    waiting = Aside(pool.submit, tasks.double, 2)
    waits(pool, waiting)
    pool.shutdown(wait=False, cancel_futures=cancel)
    with pytest.raises(ExecutorShutdownError):
        waiting.result()
    assert not held.done()
    gate.open()
    held.result(LIMIT)


def test_a_death_ends_the_wait(pools: Pools, gate: Gate) -> None:
    """C-121."""
    pool = pools.make(1, max_pending=1)
    held = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    waiting = Aside(pool.submit, tasks.double, 2)
    waits(pool, waiting)
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(BrokenProcessPool):
        waiting.result()
    assert isinstance(held.exception(LIMIT), BrokenProcessPool)


@parent_only
def test_of_many_that_wait_each_comes_through(pools: Pools, gate: Gate) -> None:
    """C-119, C-121."""
    pool = pools.make(1, max_pending=1)
    held = pool.submit(tasks.hold, gate)
    waiting = [Aside(pool.submit, tasks.double, number) for number in range(8)]
    waits(pool, waiting[0])
    gate.open()
    assert sorted(aside.result().result(LIMIT) for aside in waiting) == [2 * number for number in range(8)]
    held.result(LIMIT)


@parent_only
def test_an_interrupted_wait_accepts_nothing_and_takes_no_place(pools: Pools, gate: Gate) -> None:
    """C-121."""
    pool = pools.make(1, max_pending=1)
    held = pool.submit(tasks.hold, gate)

    def raises(*_: object) -> None:
        raise LookupError

    with alarms(raises):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(LookupError):
            pool.submit(tasks.double, 1)
    gate.open()
    held.result(LIMIT)
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2


# ------------------------------------------------------------------------------------------------ who never waits


class Interrupts:
    """Pickling it is interrupted."""

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        raise KeyboardInterrupt


@parent_only
def test_an_interrupted_submit_keeps_no_place(pools: Pools) -> None:
    """C-20, C-119."""
    pool = pools.make(1, max_pending=1, when_full="raise")
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            pool.submit(tasks.identity, Interrupts())
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2


@parent_only
def test_a_callback_does_not_wait(pools: Pools, gates: Gates) -> None:
    """C-120: in a thread of the pool; the place that its task gave back has been taken by somebody else."""
    start, first, second = gates.make(), gates.make(), gates.make()
    pool = pools.make(2, max_pending=2)
    more: Future[Future[int]] = Future()

    def submit_more(_: Future[Any]) -> None:
        second.wait_for_arrival()
        more.set_result(pool.submit(tasks.double, 4))

    pool.submit(tasks.hold, start).add_done_callback(submit_more)
    held = [pool.submit(tasks.hold, first)]
    start.open()
    held.append(pool.submit(tasks.hold, second))
    follow_up = more.result(LIMIT)
    assert not any(future.done() for future in held)
    first.open()
    second.open()
    assert follow_up.result(LIMIT) == 8


@parent_only
def test_a_signal_handler_does_not_wait(pools: Pools, gate: Gate) -> None:
    """C-120."""
    pool = pools.make(1, max_pending=1)
    held = pool.submit(tasks.hold, gate)
    submitted: list[Future[int]] = []
    with alarms(lambda *_: submitted.append(pool.submit(tasks.double, 4))):
        signal.raise_signal(signal.SIGALRM)
    assert not held.done()
    gate.open()
    assert [future.result(LIMIT) for future in submitted] == [8]


class Submits:
    """Pickling it submits a task."""

    pool: ProcessPoolExecutor
    submitted: list[Future[int]]

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        Submits.submitted.append(Submits.pool.submit(tasks.double, 4))
        return int, (3,)


@parent_only
def test_what_runs_within_a_call_of_the_pool_does_not_wait(pools: Pools) -> None:
    """C-120: it would wait for the call that it is in."""
    Submits.pool, Submits.submitted = pools.make(1, max_pending=1), []
    try:
        assert Submits.pool.submit(tasks.identity, Submits()).result(LIMIT) == 3  # type: ignore[comparison-overlap]
        assert [future.result(LIMIT) for future in Submits.submitted] == [8]
    finally:
        del Submits.pool, Submits.submitted


@parent_only
def test_in_a_worker_a_pool_is_bounded_like_any_other(pools: Pools) -> None:
    """C-93, C-119: the frames below a task are the worker's, and the parent's that forked it."""
    assert pools.make().submit(tasks.nested_most, str(pools.kind), 20, 2).result(LIMIT) <= 2


# ------------------------------------------------------------------------------------------------ map


def test_map_takes_its_input_as_tasks_end(pools: Pools) -> None:
    """C-122: a generator is asked for the next item when there is a place for it; nobody takes results meanwhile."""
    pool = pools.make(2, max_pending=3)
    futures: list[Future[int]] = []
    ahead: list[int] = []
    submit = pool.submit

    def items() -> Iterator[int]:
        for number in range(30):
            ahead.append(sum(not future.done() for future in futures))
            yield number

    def submit_and_note(*arguments: Any) -> Future[int]:
        futures.append(submit(*arguments))
        return futures[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "submit", submit_and_note)
        results = pool.map(tasks.double, items())
    assert max(ahead) <= 3
    assert list(results) == [2 * number for number in range(30)]


@parent_only
@pytest.mark.parametrize("buffersize", [1, 7])
def test_a_lazy_map_of_any_width_ends(pools: Pools, buffersize: int) -> None:
    """C-122: wider or narrower than the pool has places."""
    pool = pools.make(1, max_pending=2)
    assert list(itertools.islice(pool.map(tasks.double, itertools.count(), buffersize=buffersize), 20))[-1] == 38


@parent_only
def test_a_map_for_which_there_is_no_place_is_taken_back(pools: Pools, gate: Gate, journal: Journal) -> None:
    """C-122."""
    pool = pools.make(1, max_pending=3, when_full="raise")
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    with pytest.raises(queue.Full):
        pool.map(tasks.write, itertools.repeat(journal), range(9))
    gate.open()
    held.result(LIMIT)
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    assert journal.words() == []


# ------------------------------------------------------------------------------------------------ bad input


@parent_only
def test_a_bound_may_be_any_positive_integer(pools: Pools) -> None:
    """C-119."""
    assert pools.make(1, max_pending=1 << 70).submit(int).result(LIMIT) == 0


@parent_only
@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"max_pending": 0}, ValueError, "max_pending must be >= 1"),
        ({"max_pending": -1}, ValueError, "max_pending must be >= 1"),
        ({"max_pending": 1.5}, TypeError, "max_pending must be an integer, not float"),
        ({"max_pending": "1"}, TypeError, "max_pending must be an integer, not str"),
        ({"max_pending": 1, "when_full": "drop"}, ValueError, "when_full must be 'block' or 'raise', not 'drop'"),
        ({"max_pending": 1, "when_full": None}, ValueError, "when_full must be 'block' or 'raise', not None"),
        ({"when_full": "raise"}, ValueError, "when_full='raise' needs max_pending"),
    ],
)
def test_nonsense_is_refused(pools: Pools, options: dict[str, Any], error: type[Exception], says: str) -> None:
    """C-65, C-119."""
    with pytest.raises(error, match=says):
        pools.make(1, **options)
