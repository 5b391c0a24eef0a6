"""``with_options(timeout=...)``: a task that runs for longer is stopped, and nothing else is.

Decides: tasks that never end, with limits that are small, and quick ones with limits that are long: no test measures
a time. Must not know: how a limit is kept.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool_model.traces.verdict import Verdict, judge
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.awkward import WhenUnpickled
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, not_portable, ours_only
from tests.whole import HowMany

if TYPE_CHECKING:
    from pathlib import Path

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

pytestmark = [ours_only("new: the standard executor limits no task"), methods("spawn", "forkserver")]
SHORT, LONG = 0.05, 1e6


def at_its_limit(future: Any) -> Any:
    error = future.exception(LIMIT)
    assert type(error) is TimeoutError, repr(error)
    return error


def test_a_task_that_never_ends_is_stopped_and_another_worker_comes(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-112, C-132."""
    worker, _ = pool.submit(tasks.pid_and, 1).result(LIMIT)
    future = pool.with_options(timeout=SHORT).submit(tasks.hold, gate)
    error = at_its_limit(future)
    for words in "tests.behaviour.tasks.hold", f"{SHORT:g} seconds", f"worker process {worker}":
        assert words in str(error)
    assert error.seconds >= SHORT
    assert not future.cancelled()
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


def test_a_death_under_a_limit_says_for_how_long_the_task_had_run(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-80, C-153."""
    before = time.monotonic()
    future = pool.with_options(timeout=LONG).submit(tasks.hold, gate)
    os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    error = death_of(future)
    assert error.seconds is not None
    assert 0 <= error.seconds <= time.monotonic() - before
    assert f"tasks.hold, for {error.seconds:.3g} s" in str(error)


@not_portable("no stack is shown")
def test_its_error_shows_where_it_was(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-132, C-141."""
    error = at_its_limit(pool.with_options(timeout=SHORT).submit(tasks.hold, gate))
    assert error.stack[0].name == "answer_to"
    assert "in answer_to" in error.__notes__[0]


def test_what_ends_in_time_is_what_it_is_without_a_limit(pools: Pools) -> None:
    """C-02, C-33, C-132."""
    view = pools.make(2).with_options(timeout=LONG)
    assert list(view.map(tasks.double, range(50), chunksize=3)) == [2 * number for number in range(50)]
    assert view.submit(tasks.length, bytes(1 << 20)).result(LIMIT) == 1 << 20
    assert isinstance(view.submit(tasks.raise_it, LookupError()).exception(LIMIT), LookupError)
    assert view.submit(tasks.call_of, 1, self=2, fn=3).result(LIMIT) == ((1,), {"self": 2, "fn": 3})
    assert isinstance(view.submit(4).exception(LIMIT), TypeError)  # type: ignore[arg-type]  # C-24
    assert "lambda" in str(view.submit(lambda: 1).exception(LIMIT))


def test_the_time_counts_from_the_begin(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-132: whoever waits behind a task that is stopped at the same limit would be over it by then."""
    view = pool.with_options(timeout=0.5)
    first, behind = view.submit(tasks.hold, gate), view.submit(tasks.double, 4)
    at_its_limit(first)
    assert behind.result(LIMIT) == 8


def test_unpickling_is_a_part_of_the_task(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-132: as it is for C-04."""
    at_its_limit(pool.with_options(timeout=SHORT).submit(tasks.identity, WhenUnpickled(tasks.hold, gate.door)))


def test_a_call_that_never_comes_out_of_c_is_stopped(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-132."""
    at_its_limit(pool.with_options(timeout=SHORT).submit(tasks.busy_in_c, gate))


def test_the_limit_of_a_chunk_names_the_function(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-28, C-132."""
    results = pool.with_options(timeout=SHORT).map(tasks.hold, [gate, gate], chunksize=2)
    with pytest.raises(TimeoutError, match=r"tests\.behaviour\.tasks\.hold"):
        next(results)


def test_a_task_that_ignores_sigterm_is_over_at_its_limit_and_killed_later(pools: Pools, gate: Gate) -> None:
    """C-132."""
    pool = pools.make(1, terminate_limit=0.1)
    worker, _ = pool.submit(tasks.pid_and, 1).result(LIMIT)
    at_its_limit(pool.with_options(timeout=0.3).submit(tasks.hold_deaf, gate))
    eventually(lambda: not leaks.is_alive(worker), "the worker is killed")


def test_others_are_not_touched(pools: Pools, gates: Gates) -> None:
    """C-112, C-132."""
    pool, one, other = pools.make(2), gates.make(), gates.make()
    spared = pool.submit(tasks.hold, other, "value")
    other.wait_for_arrival()
    future = pool.with_options(timeout=SHORT).submit(tasks.hold, one)
    ahead = [pool.submit(tasks.double, number) for number in range(50)]
    at_its_limit(future)
    assert [each.result(LIMIT) for each in ahead] == [2 * number for number in range(50)]
    other.open()
    assert spared.result(LIMIT) == "value"


@pytest.mark.parametrize("policy", ["break", "replace"])
def test_a_limit_is_no_death_under_either_policy(pools: Pools, gate: Gate, policy: str) -> None:
    """C-82, C-84, C-132: five times in a row."""
    pool = pools.make(1, on_worker_death=policy)
    for _ in range(5):
        at_its_limit(pool.with_options(timeout=SHORT).submit(tasks.hold, gate))
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


def test_a_pool_ends_although_a_task_never_does(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-48, C-132; and a callback of what was stopped has run by then."""
    called: list[object] = []
    future = pool.with_options(timeout=SHORT).submit(tasks.hold, gate)
    future.add_done_callback(called.append)
    pool.shutdown()
    assert called == [future]
    at_its_limit(future)


def test_its_caller_may_cancel_or_stop_it(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-05, C-111, C-118, C-132."""
    view: Any = pool.with_options(timeout=LONG)
    held, pending = view.submit(tasks.hold, gate), view.submit(tasks.double, 4)
    gate.wait_for_arrival()
    assert pending.cancel()
    assert not held.cancel()
    assert held.terminate()
    assert held.cancelled()
    again = view.with_options(cancel_running=True).submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert again.cancel()


def test_a_worker_that_dies_before_the_limit_has_died(pools: Pools) -> None:
    """C-79, C-132."""
    view = pools.make(1, on_worker_death="replace").with_options(timeout=LONG)
    assert isinstance(view.submit(tasks.exit_at_once, 3).exception(LIMIT), BrokenProcessPool)
    assert view.submit(tasks.double, 4).result(LIMIT) == 8


def test_a_service_answers_although_requests_hang(pools: Pools, gates: Gates) -> None:
    """C-14, C-132: with as many that hang as there are workers, and twice that."""

    async def serve() -> list[object]:
        loop, view = asyncio.get_running_loop(), pools.make(2).with_options(timeout=SHORT)
        hangs = [loop.run_in_executor(view, tasks.hold, gates.make()) for _ in range(4)]
        answers = [loop.run_in_executor(view.with_options(timeout=LONG), tasks.double, number) for number in range(20)]
        return [await asyncio.gather(*answers), await asyncio.gather(*hangs, return_exceptions=True)]

    answers, hung = asyncio.run(serve())
    assert answers == [2 * number for number in range(20)]
    assert [type(error) for error in hung] == [TimeoutError] * 4  # type: ignore[attr-defined]  # a list


def test_a_trace_of_it_is_a_run_of_the_protocol(pools: Pools, gate: Gate, tmp_path: Path) -> None:
    """C-100, C-132."""
    pool = pools.make(1, trace=tmp_path / "run")
    view = pool.with_options(timeout=SHORT)
    ends = [view.submit(tasks.hold, gate), *(pool.submit(tasks.double, number) for number in range(3))]
    ends[0].add_done_callback(lambda _: None)
    at_its_limit(ends[0])
    assert view.submit(tasks.double, 4).result(LIMIT) == 8
    pool.shutdown()
    report = judge(tmp_path / "run")
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())


@pytest.mark.slow
def test_each_future_ends_whichever_worker_is_killed_beside_its_limit(
    pools: Pools, gate: Gate, so_many: HowMany
) -> None:
    """C-01, C-132: kills at random moments of tasks that end, die or run into their limit."""
    chance = random.Random(13)
    pool = pools.make(2, on_worker_death="replace")
    view = pool.with_options(timeout=0.01)
    futures: list[Any] = []
    for number in range(so_many(120, 40)):
        kind = chance.randrange(3)
        call = ((tasks.hold, gate), (tasks.double, number), (tasks.exit_at_once, 3))[kind]
        futures.append(view.submit(*call))
        if kind == 0:
            for pid in list(pool._processes)[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    ends = Counter(type(future.exception(LIMIT)).__name__ for future in futures)
    assert set(ends) <= {"TimeoutError", "BrokenProcessPool", "NoneType"}
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8
