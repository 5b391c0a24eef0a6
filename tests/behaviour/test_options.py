"""Views: what the options of a call change, and that a view is otherwise the pool itself."""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError, Executor
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT, Kind
from tests.behaviour.marks import methods, ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

pytestmark = ours_only("new: the standard executor has no views")
on_demand = methods("spawn", "forkserver")


# ------------------------------------------------------------------------------------------------ a view


@parent_only
def test_a_view_is_an_executor_on_the_same_pool(pool: ProcessPoolExecutor) -> None:
    """C-117."""
    view = pool.with_options()
    assert isinstance(view, Executor)
    worker, _ = pool.submit(tasks.pid_and, 1).result(LIMIT)
    assert view.submit(tasks.pid_and, 2).result(LIMIT) == (worker, 2)
    assert list(view.map(tasks.pid_and, [3, 4], chunksize=2)) == [(worker, 3), (worker, 4)]
    assert view.submit(tasks.call_of, self=1, fn=2).result(LIMIT) == ((), {"self": 1, "fn": 2})


@parent_only
def test_a_view_of_a_users_subclass_is_of_that_class(kind: Kind) -> None:
    """C-117."""

    class Counting(kind.executor):  # type: ignore[name-defined,misc]  # a class that is asked for
        count = 0

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            self.count += 1
            return super().submit(fn, *args, **kwargs)

    with Counting(1, mp_context=kind.context) as pool:
        view = pool.with_options()
        assert list(view.map(tasks.double, [1, 2])) == [2, 4]
        assert (view.count, pool.count) == (2, 0)


@parent_only
@pytest.mark.parametrize("way", ["shutdown", "with"])
def test_the_end_of_a_view_is_the_pools(pool: ProcessPoolExecutor, way: str) -> None:
    """C-44, C-117."""
    view = pool.with_options()
    if way == "with":
        with view as same:
            assert same is view
    else:
        view.shutdown()
    for closed in pool, view:
        with pytest.raises(RuntimeError, match="after shutdown"):
            closed.submit(tasks.double, 1)


@parent_only
def test_a_view_keeps_the_pool_open(pools: Pools) -> None:
    """C-62, C-117."""
    view = pools.make(1).with_options()
    pools.forget()
    assert view.submit(tasks.double, 4).result(LIMIT) == 8
    view.shutdown()


@parent_only
@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"other": 1}, TypeError, "takes .*cancel_running.*, not other"),
        ({"cancel_running": 1}, TypeError, "cancel_running must be True or False, not 1"),
        ({"cancel_running": None}, TypeError, "cancel_running must be True or False, not None"),
        ({"cancel_running": True}, ValueError, "cancel_running: .* under the 'fork' start method"),
    ],
)
def test_what_makes_no_sense_is_refused_when_the_view_is_made(
    pool: ProcessPoolExecutor, options: Any, error: type[Exception], words: str
) -> None:
    """C-65, C-117, C-118."""
    with pytest.raises(error, match=words):
        pool.with_options(**options)


# ------------------------------------------------------------------------------------------------ cancel_running


@on_demand
def test_cancel_stops_what_runs_and_no_other_call_of_the_pool(pools: Pools, gates: Gates) -> None:
    """C-05, C-118."""
    pool, one, other = pools.make(2), gates.make(), gates.make()
    stopped = pool.with_options(cancel_running=True).submit(tasks.hold, one)
    spared = pool.submit(tasks.hold, other, "value")
    worker = one.wait_for_arrival()
    other.wait_for_arrival()
    assert stopped.cancel()
    assert stopped.cancelled()
    assert not spared.cancel()
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")
    other.open()
    assert spared.result(LIMIT) == "value"


@on_demand
def test_a_view_of_a_view_changes_what_is_named(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-117."""
    stops = pool.with_options(cancel_running=True)
    held = stops.with_options(cancel_running=False).submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert not held.cancel()
    gate.open()
    held.result(LIMIT)
    also_stops = stops.with_options().submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert also_stops.cancel()


@on_demand
def test_to_cancel_a_task_of_asyncio_stops_the_call(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-14, C-118."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(pool.with_options(cancel_running=True), tasks.hold, gate)
        worker = await asyncio.to_thread(gate.wait_for_arrival)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return worker

    worker = asyncio.run(main())
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@on_demand
def test_a_map_that_is_closed_stops_what_runs(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-31, C-118."""
    view = pool.with_options(cancel_running=True)
    results: Any = view.map(tasks.hold_or_double, [gate, gate], [4, 0])
    assert next(results) == 8
    worker = gate.wait_for_arrival()
    results.close()
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")


@on_demand
def test_a_stopped_call_raises_that_it_was_cancelled(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-06, C-111, C-118."""
    future = pool.with_options(cancel_running=True).submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert future.cancel()
    with pytest.raises(CancelledError):
        future.result(0)
