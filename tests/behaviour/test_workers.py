"""What workers are given: a number, an environment, a finalizer, a pickler."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import checkedpool
from checkedpool.reusable import _own
from tests.behaviour import tasks
from tests.behaviour.forked import in_forked_child
from tests.behaviour.gates import Aside, Gate, Journal
from tests.behaviour.kinds import LIMIT, Kind
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from _thread import RLock

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, MakeScript, Pools
    from tests.behaviour.gates import Door

pytestmark = ours_only("new: the standard executor has none of this")
on_demand = methods("spawn", "forkserver")

# ------------------------------------------------------------------------------------------------ worker_index


def index_behind(door: Door) -> int | None:
    door.pass_through()
    return checkedpool.worker_index()


def note_index() -> None:
    tasks.set_up[:] = [checkedpool.worker_index()]


def index_noted_and_of_a_child() -> tuple[object, str]:
    """What the initializer has noted, and what a child of this worker says."""
    reader, writer = os.pipe()
    if not os.fork():
        os.write(writer, repr(checkedpool.worker_index()).encode())
        os._exit(0)
    os.wait()
    said = os.read(reader, 9).decode()
    os.close(reader)
    os.close(writer)
    return tasks.set_up[0], said


def test_workers_that_run_at_the_same_time_have_different_numbers(pools: Pools, gates: Gates) -> None:
    """C-123."""
    gate = gates.make()
    pool = pools.make(max_workers=2)
    futures = [pool.submit(index_behind, gate.door) for _ in range(2)]
    for _ in futures:
        gate.wait_for_arrival()
    gate.open_wide()
    assert sorted(future.result(LIMIT) or 0 for future in futures) == [0, 1]


@on_demand
def test_a_worker_in_the_place_of_another_one_has_its_number(pools: Pools, gates: Gates) -> None:
    """C-123: whatever the other one has died of, and a task limit is no death."""
    stays, dies, later = gates.make(), gates.make(), gates.make()
    pool = pools.make(max_workers=2, max_tasks_per_child=2)
    held = pool.submit(index_behind, stays.door)
    stays.wait_for_arrival()
    killed: Any = pool.submit(index_behind, dies.door)
    dies.wait_for_arrival()
    assert killed.kill()
    found = [pool.submit(index_behind, later.door) for _ in range(3)]
    later.open_wide()
    others = {future.result(LIMIT) for future in found}
    stays.open_wide()
    assert {held.result(LIMIT)} | others == {0, 1}
    assert len(others) == 1


def test_the_initializer_finds_it_and_no_process_that_is_no_worker_does(pools: Pools) -> None:
    """C-123."""
    pool = pools.make(initializer=note_index)
    assert pool.submit(index_noted_and_of_a_child).result(LIMIT) == (0, "None")
    assert checkedpool.worker_index() is None


# ------------------------------------------------------------------------------------------------ env


def variables(*names: str) -> list[str | None]:
    return [os.environ.get(name) for name in names]


def test_the_environment_of_a_worker_is_changed_and_no_other(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-124."""
    for name in ("CHECKED_KEPT", "CHECKED_TAKEN"):
        monkeypatch.setenv(name, "the parent's")
    names = ("CHECKED_NEW", "CHECKED_TAKEN")
    pool = pools.make(env={"CHECKED_NEW": "one", "CHECKED_TAKEN": None})
    assert pool.submit(variables, *names).result(LIMIT) == ["one", None]
    assert variables(*names) == [None, "the parent's"]


@on_demand
def test_the_main_module_finds_the_environment(script: MakeScript) -> None:
    """C-124: before the worker imports it.  From 3.14 on the fork server does so first, unless it is told not to."""
    ended = script(
        """
        import multiprocessing, os
        FOUND = os.environ.get("CHECKED")
        def found():
            return FOUND
        if __name__ == "__main__":
            multiprocessing.set_forkserver_preload([])
            with make(env={"CHECKED": "yes"}) as pool:
                print(FOUND, pool.submit(found).result())
        """
    ).run()
    assert (ended.code, ended.out) == (0, "None yes\n"), ended.err


@on_demand
def test_threads_of_libraries_are_limited_unless_the_environment_says_otherwise(pools: Pools) -> None:
    """C-125."""
    pool = pools.make(env={"MKL_NUM_THREADS": "7"}, inner_max_num_threads=2)
    names = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"
    assert pool.submit(variables, *names).result(LIMIT) == ["2", "2", "7"]


@methods("forkserver")
def test_a_limit_that_comes_too_late_is_no_limit_that_is_ignored(
    script: MakeScript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-125: the fork server has loaded such a library; under spawn nothing is loaded before."""
    (tmp_path / "numexpr.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ended = script(
        """
        import multiprocessing
        if __name__ == "__main__":
            multiprocessing.set_forkserver_preload(["numexpr"])
            with make(inner_max_num_threads=1) as pool:
                print(type(pool.submit(abs, -1).exception()).__name__)
        """
    ).run()
    assert (ended.code, ended.out) == (0, "BrokenProcessPool\n"), ended.err
    assert "numexpr had been loaded before" in ended.err


@methods("fork")
def test_a_forked_worker_has_the_libraries_of_its_parent(pools: Pools) -> None:
    """C-125."""
    with pytest.raises(ValueError, match="incompatible with the 'fork' start method"):
        pools.make(inner_max_num_threads=1)


@methods("fork")
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"env": "A=1"}, TypeError),
        ({"env": {"A": 1}}, TypeError),
        ({"env": {1: "A"}}, TypeError),
        ({"env": {"A=B": "1"}}, ValueError),
        ({"env": {"": "1"}}, ValueError),
        ({"env": {"A": "\0"}}, ValueError),
        ({"inner_max_num_threads": 0}, ValueError),
        ({"inner_max_num_threads": 1.5}, TypeError),
        ({"inner_max_num_threads": True}, TypeError),
        ({"finalizer": "no function"}, TypeError),
        ({"finalargs": 5}, TypeError),
        ({"finalargs": (5,)}, ValueError),
        ({"of_another_pool": 1}, TypeError),
    ],
)
def test_each_that_makes_no_sense_is_refused(pools: Pools, options: dict[str, Any], error: type[Exception]) -> None:
    """C-124, C-125, C-126, C-167: and the refusal names it."""
    (name,) = options
    with pytest.raises(error, match=name):
        pools.make(mp_context=multiprocessing.get_context("spawn"), **options)


def test_no_arguments_may_be_for_no_finalizer(pools: Pools) -> None:
    """C-167."""
    assert pools.make(finalizer=None, finalargs=iter(())).submit(tasks.double, 1).result(LIMIT) == 2


# ------------------------------------------------------------------------------------------------ finalizer


def note_end(journal: Journal, word: str) -> None:
    journal.write(f"{word}-{os.getpid()}")


def raise_at_the_end(journal: Journal) -> None:
    journal.write("raises")
    raise SystemExit(3)


def test_it_is_called_once_in_each_worker_that_leaves(pools: Pools, journal: Journal) -> None:
    """C-126: after its last task, and before shutdown returns."""
    pool = pools.make(finalizer=note_end, finalargs=(journal, "ends"))
    worker, _ = pool.submit(tasks.pid_and, 1).result(LIMIT)
    assert journal.words() == []
    pool.shutdown()
    assert journal.words() == [f"ends-{worker}"]


@on_demand
def test_a_worker_at_its_task_limit_leaves(pools: Pools, journal: Journal) -> None:
    """C-126."""
    pool = pools.make(finalizer=note_end, finalargs=(journal, "ends"), max_tasks_per_child=1)
    workers = [pool.submit(tasks.pid_and, number).result(LIMIT)[0] for number in range(2)]
    pool.shutdown()
    assert sorted(journal.words()) == sorted(f"ends-{worker}" for worker in workers)


def test_it_is_not_called_where_a_worker_is_ended(pools: Pools, gate: Gate, journal: Journal) -> None:
    """C-126."""
    pool = pools.make(finalizer=note_end, finalargs=(journal, "ends"))
    future = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    pool.terminate_workers()
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)
    pool.shutdown()
    assert journal.words() == []


def test_it_is_not_called_where_the_initializer_has_failed(pools: Pools, journal: Journal) -> None:
    """C-126."""
    pool = pools.make(
        initializer=tasks.raise_it, initargs=(LookupError(),), finalizer=note_end, finalargs=(journal, "ends")
    )
    with suppress(BrokenProcessPool):
        pool.submit(tasks.double, 1).result(LIMIT)
    pool.shutdown()
    assert journal.words() == []


def test_what_it_raises_is_nobodys(pools: Pools, journal: Journal) -> None:
    """C-126: it is logged in the worker."""
    pool = pools.make(finalizer=raise_at_the_end, finalargs=(journal,))
    future = pool.submit(tasks.double, 1)
    pool.shutdown()
    assert journal.words() == ["raises"]
    assert future.result(0) == 2


def test_one_that_hangs_is_ended(pools: Pools, gate: Gate) -> None:
    """C-126: by the limits of C-76, so shutdown returns."""
    pool = pools.make(finalizer=tasks.hold_deaf, finalargs=(gate.door,), exit_limit=0.1, terminate_limit=0.1)
    future = pool.submit(tasks.double, 1)
    Aside(pool.shutdown).result()
    assert future.result(0) == 2
    gate.wait_for_arrival()


# ------------------------------------------------------------------------------------------------ one for all callers


@contextmanager
def held_elsewhere(lock: RLock) -> Iterator[None]:
    """Another thread has it meanwhile."""
    taken, given_back = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            taken.set()
            given_back.wait(LIMIT)

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(LIMIT)
    try:
        yield
    finally:
        given_back.set()
        thread.join(LIMIT)


@pytest.fixture
def reusable(kind: Kind) -> Iterator[Callable[..., ProcessPoolExecutor]]:
    """Gets the executor, under this start method; at the end there is none."""
    made = []

    def get(max_workers: int = 1, **options: Any) -> ProcessPoolExecutor:
        made.append(checkedpool.get_reusable_executor(max_workers, mp_context=kind.context, **options))
        return made[-1]

    yield get
    while made:
        made.pop().shutdown(cancel_futures=True)
    _own[0].kept = None


def test_callers_have_the_same_one_and_its_workers(reusable: Callable[..., ProcessPoolExecutor]) -> None:
    """C-127: in several threads, too."""
    pool = reusable()
    workers = {pool.submit(tasks.pid_and, 1).result(LIMIT)[0]}
    others = [Aside(reusable) for _ in range(4)]
    assert all(other.result() is pool for other in others)
    workers.add(reusable().submit(tasks.pid_and, 1).result(LIMIT)[0])
    assert len(workers) == 1


def test_other_options_are_another_one_and_what_was_submitted_is_run(
    reusable: Callable[..., ProcessPoolExecutor], gate: Gate
) -> None:
    """C-127."""
    pool = reusable()
    future = pool.submit(tasks.hold, gate, 5)
    gate.wait_for_arrival()
    other = reusable(initializer=tasks.note, initargs=("a",))
    assert other is not pool
    assert other is reusable(initializer=tasks.note, initargs=("a",))
    with pytest.raises(checkedpool.ExecutorShutdownError):
        pool.submit(tasks.double, 1)
    gate.open()
    assert future.result(LIMIT) == 5
    assert other.submit(tasks.noted).result(LIMIT)[1] == [("a",)]


@methods("fork")
def test_one_that_takes_no_more_is_followed_by_another_one(reusable: Callable[..., ProcessPoolExecutor]) -> None:
    """C-127: of one that is broken, or shut down, nobody gets more than the error."""
    pool = reusable()
    with suppress(BrokenProcessPool):
        pool.submit(os._exit, 1).result(LIMIT)
    other = reusable()
    assert other is not pool
    assert other.submit(tasks.double, 4).result(LIMIT) == 8
    other.shutdown()
    assert reusable().submit(tasks.double, 4).result(LIMIT) == 8


@methods("fork")
def test_a_refusal_changes_nothing(reusable: Callable[..., ProcessPoolExecutor]) -> None:
    """C-127."""
    pool = reusable()
    with pytest.raises(ValueError, match="max_workers"):
        reusable(0)
    assert reusable() is pool


@methods("fork")
def test_a_forked_child_has_its_own(reusable: Callable[..., ProcessPoolExecutor]) -> None:
    """C-127, C-91: and the parent keeps the one that it has."""
    pool = reusable()
    pool.submit(tasks.double, 1).result(LIMIT)

    def in_the_child() -> int:
        own = reusable()
        with own:
            return own.submit(tasks.double, 4).result(LIMIT) if own is not pool else 0

    with held_elsewhere(_own[0].lock):
        assert in_forked_child(in_the_child) == 8
    assert reusable() is pool
