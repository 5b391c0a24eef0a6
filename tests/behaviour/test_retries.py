"""``with_options(retries=...)``: a call is tried again after a death, a limit, or an exception that was named.

Decides: calls that fail so many times. Must not know: how an attempt is made.
"""

from __future__ import annotations

import os
import random
import signal
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._pool import pool as pool_module
from checkedpool._pool import worker_channels
from checkedpool_model.traces.verdict import Verdict, judge
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.forked import error_of, in_forked_child
from tests.behaviour.gates import Aside, Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, not_portable, ours_only, parent_only

if TYPE_CHECKING:
    from pathlib import Path

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, MakeScript, Pools

pytestmark = ours_only("new: the standard executor tries nothing again")
on_demand = methods("spawn", "forkserver")


@pytest.fixture
def replacing(pools: Pools) -> ProcessPoolExecutor:
    return pools.make(1, on_worker_death="replace")


@on_demand
def test_a_call_whose_worker_dies_is_tried_again_and_its_future_is_the_same(
    replacing: ProcessPoolExecutor, journal: Journal
) -> None:
    """C-08, C-84, C-149."""
    called: list[object] = []
    future = replacing.with_options(retries=2).submit(tasks.die_until, journal, 3)
    future.add_done_callback(called.append)
    assert future.result(LIMIT) == 3
    assert len(set(journal.words())) == 3
    replacing.shutdown()
    assert called == [future]


def test_a_call_that_was_not_accepted_since_the_pool_did_not_start_never_runs(
    pools: Pools, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-69, C-150: BrokenProcessPool is what such a call is tried again after."""
    pool = pools.make(1)
    with monkeypatch.context() as patched:
        patched.setattr(worker_channels.Starter, "check", _refuse)
        with pytest.raises(BlockingIOError):
            pool.with_options(retries=2).submit(tasks.write, journal, "ran")
    assert pool.submit(int).result(LIMIT) == 0
    pool.shutdown()
    assert journal.words() == []


def _refuse(_: object) -> None:
    raise BlockingIOError


@on_demand
def test_when_all_attempts_have_failed_the_last_error_is_the_calls(
    replacing: ProcessPoolExecutor, journal: Journal
) -> None:
    """C-80, C-149, C-164: a note of it tells of the attempts before, in their order."""
    error = replacing.with_options(retries=2).submit(tasks.die_until, journal, 9).exception(LIMIT)
    assert isinstance(error, BrokenProcessPool)
    first, second, third = journal.words()
    assert str(third) in str(error)
    (note,) = error.__notes__
    told = [f"BrokenProcessPool: worker process {worker} exited with code 9 " for worker in (first, second)]
    assert [line for line in note.splitlines()[1:] if not any(words in line for words in told)] == []
    assert note.index(told[0]) < note.index(told[1])


@parent_only
def test_of_many_attempts_the_last_ones_are_told_of_and_in_a_few_words(
    pool: ProcessPoolExecutor, journal: Journal
) -> None:
    """C-164: what is told does not grow."""
    view = pool.with_options(retries=14, retry_on=LookupError)
    error = view.submit(tasks.raise_until, journal, 99, LookupError("x" * 9000)).exception(LIMIT)
    assert isinstance(error, LookupError)
    (note,) = error.__notes__
    assert len(note.splitlines()) == 1 + 10
    assert len(note) < 10 * 600


@on_demand
def test_no_two_attempts_run_at_the_same_time(pools: Pools, gates: Gates, journal: Journal) -> None:
    """C-149: the one that was stopped at its limit has ended, although it would not; another worker waits for tasks."""
    pool, made = pools.make(2, terminate_limit=1.0), [gates.make(), gates.make()]
    for gate in made:
        pool.submit(tasks.hold, gate)
    for gate in made:
        gate.wait_for_arrival()
    for gate in made:
        gate.open()
    view = pool.with_options(retries=3, timeout=1.0)
    assert view.submit(tasks.hold_deaf_until_alone, journal, 2).result(LIMIT) == [False]


@parent_only
def test_exceptions_of_a_call_count_if_they_are_named(pool: ProcessPoolExecutor, journal: Journal) -> None:
    """C-149."""
    view = pool.with_options(retries=3, retry_on=(LookupError, OSError))
    assert view.submit(tasks.raise_until, journal, 3, KeyError("key")).result(LIMIT) == 3
    other = pool.with_options(retries=3).submit(tasks.raise_until, journal, 9, KeyError("key"))
    assert isinstance(other.exception(LIMIT), KeyError)
    assert len(journal.words()) == 4
    assert isinstance(view.submit(lambda: 1).exception(LIMIT), Exception)
    assert list(view.map(tasks.double, range(5), chunksize=2)) == [0, 2, 4, 6, 8]


@parent_only
def test_what_was_pickled_late_and_what_is_large_arrives_each_time(
    pool: ProcessPoolExecutor, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-19, C-102, C-149."""
    view = pool.with_options(retries=2, retry_on=OSError)
    large = view.submit(tasks.raise_until, journal, 3, OSError(bytes(1 << 20)))
    assert large.result(LIMIT) == 3
    monkeypatch.setattr(pool_module, "BUDGET", 0)
    late = view.submit(tasks.raise_until, journal, 5, OSError(1))
    assert late.result(LIMIT) == 5


@on_demand
def test_a_drain_runs_all_attempts(replacing: ProcessPoolExecutor, journal: Journal) -> None:
    """C-45, C-48, C-149, C-150."""
    future = replacing.with_options(retries=4).submit(tasks.die_until, journal, 4)
    replacing.shutdown()
    assert future.result(0) == 4


@on_demand
@pytest.mark.parametrize("how", ["cancel_futures", "terminate_workers", "kill_workers"])
def test_after_a_stronger_request_there_is_no_further_attempt(
    replacing: ProcessPoolExecutor, gate: Gate, how: str
) -> None:
    """C-46, C-53, C-54, C-149, C-150."""
    future = replacing.with_options(retries=4).submit(tasks.hold_then_die, gate)
    gate.wait_for_arrival()
    if how == "cancel_futures":
        leaving = Aside(replacing.shutdown, wait=True, cancel_futures=True)
        eventually(lambda: replacing._pool.shared.closed, "it is closed")
        gate.open()
        leaving.result()
    else:
        getattr(replacing, how)()
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)


@on_demand
def test_a_pool_that_breaks_tries_nothing_again(pool: ProcessPoolExecutor, journal: Journal) -> None:
    """C-82, C-83, C-149, C-150."""
    future = pool.with_options(retries=4).submit(tasks.die_until, journal, 3)
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)
    assert len(journal.words()) == 1


@on_demand
@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_what_its_caller_stops_is_not_tried_again(pool: ProcessPoolExecutor, gate: Gate, how: str) -> None:
    """C-05, C-111, C-149, C-150."""
    view = pool.with_options(retries=4)
    held: Any = view.submit(tasks.hold, gate)
    behind = view.submit(tasks.double, 4)
    gate.wait_for_arrival()
    assert held.running()
    assert not held.cancel()
    assert behind.cancel()
    assert getattr(held, how)()
    assert held.cancelled()
    assert behind.cancelled()
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@not_portable("no stack is shown")
@on_demand
def test_its_stack_is_its_attempts(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-141, C-149."""
    held: Any = pool.with_options(retries=4).submit(tasks.hold, gate)
    gate.wait_for_arrival()
    assert "pass_through" in {frame.name for frame in held.get_stack()}


@parent_only
def test_in_a_forked_child_it_is_the_parents(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-92, C-149."""
    future = pool.with_options(retries=1).submit(tasks.hold, gate, "value")
    gate.wait_for_arrival()
    assert in_forked_child(lambda: (future.cancel(), future.running())) == (False, False)
    assert "inherited through fork" in in_forked_child(lambda: str(error_of(future.result)))
    gate.open()
    assert future.result(LIMIT) == "value"


@on_demand
@pytest.mark.parametrize("end", ["del pool, view", "pass"])
def test_at_the_interpreters_exit_and_after_collection_attempts_go_on(script: MakeScript, end: str) -> None:
    """C-60, C-62, C-149, C-150."""
    program = script(
        f"""
        import os, tempfile

        def die_until(path, count):
            with open(path, "a") as file:
                file.write("x")
            if os.path.getsize(path) < count:
                os._exit(3)
            return os.path.getsize(path)

        if __name__ == "__main__":
            pool = make(1, on_worker_death="replace")
            view = pool.with_options(retries=4)
            future = view.submit(die_until, os.path.join(tempfile.mkdtemp(), "file"), 3)
            future.add_done_callback(lambda future: print("attempts", future.result(0), flush=True))
            {end}
        """
    )
    assert "attempts 3" in program.run().out


@on_demand
def test_traces_of_it_are_runs_of_the_protocol(pools: Pools, journal: Journal, tmp_path: Path) -> None:
    """C-100, C-149: each attempt is a task that a client submits, some after the pool was told to drain."""
    pool = pools.make(1, on_worker_death="replace", trace=tmp_path / "run")
    view = pool.with_options(retries=4)
    assert view.submit(tasks.die_until, journal, 2).result(LIMIT) == 2
    last = view.submit(tasks.die_until, journal, 5)
    pool.shutdown()
    assert last.result(0) == 5
    report = judge(tmp_path / "run", draw=False)
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())


@on_demand
@pytest.mark.slow
def test_kills_at_random_moments_cost_no_result(pools: Pools) -> None:
    """C-01, C-02, C-149: with a worker killed beside every fifth task."""
    chance = random.Random(13)
    pool = pools.make(2, on_worker_death="replace")
    view = pool.with_options(retries=50)
    futures = []
    for number in range(300):
        futures.append(view.submit(tasks.double, number))
        if number % 5 == 0 and (there := list(pool._processes)):
            with suppress(ProcessLookupError):
                os.kill(chance.choice(there), signal.SIGKILL)
    assert [future.result(LIMIT) for future in futures] == [2 * number for number in range(300)]
    pool.shutdown()
    assert not any(leaks.is_alive(pid) for pid in pool._processes)
