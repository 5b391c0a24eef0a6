"""The parent forks: the child cannot use what it inherited, is told so, and disturbs nothing."""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import signal
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.forked import error_of, in_forked_child
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import MakeScript, Pools

NEVER_RESOLVED = ours_only("no issue: submit() is accepted in the child, and its future never ends")
DISTURBS = ours_only("gh-105464: locks and pipes of the executor are copied as they are at the moment of the fork")

inherited: list[Any] = []
"""An executor for tasks of its own workers to find (under fork they inherit this list)."""


@NEVER_RESOLVED
@pytest.mark.parametrize("call", ["submit", "map"])
def test_in_a_forked_child_new_tasks_are_refused_with_the_reason(pool: ProcessPoolExecutor, call: str) -> None:
    """C-91: and with what to do instead."""
    pool.submit(int).result(LIMIT)

    def use() -> Any:
        return pool.submit(int) if call == "submit" else pool.map(abs, [1])

    error = in_forked_child(lambda: error_of(use))
    assert error.startswith("RuntimeError")
    assert "fork" in error
    assert "new executor" in error


def _shut_down(pool: ProcessPoolExecutor) -> None:
    pool.shutdown()


def _cancel(pool: ProcessPoolExecutor) -> None:
    pool.shutdown(cancel_futures=True)


def _leave_a_with_block(pool: ProcessPoolExecutor) -> None:
    with pool:
        pass


def _terminate(pool: ProcessPoolExecutor) -> None:
    pool.terminate_workers()


def _kill(pool: ProcessPoolExecutor) -> None:
    pool.kill_workers()


def _let_a_child_ask(pools: Pools, gate: Gate, ask: Callable[[ProcessPoolExecutor], None]) -> None:
    """Let a forked child make a request while the pool is at work, and see that the pool goes on."""
    pool = pools.make()
    begun = pool.submit(tasks.hold, gate, "begun")
    gate.wait_for_arrival()
    later = [pool.submit(tasks.double, number) for number in range(4)]
    assert in_forked_child(lambda: ask(pool)) is None
    assert not begun.done()
    gate.open()
    assert begun.result(LIMIT) == "begun"
    assert [future.result(LIMIT) for future in later] == [0, 2, 4, 6]
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@pytest.mark.parametrize("ask", [_shut_down, _cancel, _leave_a_with_block], ids=lambda ask: ask.__name__)
def test_a_request_of_a_forked_child_returns_and_the_parents_pool_goes_on(pools: Pools, gate: Gate, ask: Any) -> None:
    """C-90, C-91."""
    _let_a_child_ask(pools, gate, ask)


@ours_only("no issue: in the child too it sends its signals to the parent's workers")
@pytest.mark.parametrize("ask", [_terminate, _kill], ids=lambda ask: ask.__name__)
def test_a_forked_child_cannot_end_the_parents_workers(pools: Pools, gate: Gate, ask: Any) -> None:
    """C-90, C-91."""
    _let_a_child_ask(pools, gate, ask)


def test_an_executor_that_is_collected_in_a_forked_child_costs_nothing(pools: Pools, gate: Gate) -> None:
    """C-90, C-91: the parent drops its own reference as well, and the work goes on."""
    pool = pools.make()
    futures = [pool.submit(tasks.hold, gate, number) for number in range(3)]
    gate.wait_for_arrival()
    box = [pool]
    del pool
    pools.forget()

    def drop() -> int:
        box.clear()
        return gc.collect()

    assert in_forked_child(drop) >= 0
    box.clear()
    gate.open_wide()
    assert [future.result(LIMIT) for future in futures] == [0, 1, 2]


@DISTURBS
def test_in_a_forked_child_an_unfinished_future_does_not_wait(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-92: neither begun nor not begun; the parent's are untouched."""
    futures = [pool.submit(tasks.hold, gate, number) for number in range(8)]
    gate.wait_for_arrival()
    ended = pool.submit(tasks.double, 1)
    for future in (futures[0], futures[-1]):
        assert in_forked_child(lambda f=future: error_of(f.result)).startswith("RuntimeError")  # type: ignore[misc]
        assert in_forked_child(lambda f=future: error_of(f.exception)).startswith("RuntimeError")  # type: ignore[misc]
        assert in_forked_child(future.cancel) is False
    gate.open_wide()
    assert [future.result(LIMIT) for future in futures] == list(range(8))
    assert ended.result(LIMIT) == 2
    assert in_forked_child(ended.result) == 2, "an ended one is only a value"


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)", "os.kill(os.getpid(), 9)", "raise LookupError"])
def test_no_end_of_a_forked_child_disturbs_the_parents_pool(script: MakeScript, gate: Gate, ending: str) -> None:
    """C-90: the child leaves by every door while tasks run and wait."""
    program = script(f"""
        import os, signal

        if __name__ == "__main__":
            sys.stderr = open(os.devnull, "w")
            pool = make(1)
            futures = [pool.submit(tasks.hold, Door(*sys.argv[2:4]), number) for number in range(5)]
            child = os.fork()
            if child == 0:
                {ending}
            os.waitpid(child, 0)
            Door(*sys.argv[2:4]).arrive()
            print(*[future.result() for future in futures])
    """)
    program.start(*gate.paths)
    gate.wait_for_arrival()
    gate.wait_for_arrival()
    gate.open_wide()
    ended = program.wait()
    assert (ended.code, ended.out.split()) == (0, ["0", "1", "2", "3", "4"])


@methods(
    "fork", "spawn"
)  # a forked child cannot use the fork server of its parent, and multiprocessing starts no other
def test_a_forked_child_may_make_a_pool_of_its_own(pools: Pools) -> None:
    """C-90, C-91: as the refusal tells it to."""
    pool = pools.make()
    pool.submit(int).result(LIMIT)
    kind = str(pools.kind)
    assert in_forked_child(lambda: tasks.nested_sum(kind, [1, 2, 3])) == 12
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@ours_only("no issue: documented as a deadlock; the lock is copied while it is held")
@methods("fork")
def test_a_task_that_uses_the_executor_of_its_own_worker_gets_an_error(pools: Pools) -> None:
    """C-91."""
    pool = pools.make()
    inherited.append(pool)
    try:
        error = pool.submit(_use_inherited).exception(LIMIT)
    finally:
        inherited.clear()
    assert isinstance(error, RuntimeError)
    assert "fork" in str(error)


def test_a_task_may_use_a_pool_of_its_own(pools: Pools) -> None:
    """C-93."""
    pool = pools.make()
    assert pool.submit(tasks.nested_sum, str(pools.kind), [1, 2, 3]).result(LIMIT) == 12


def test_pools_in_workers_of_two_pools_at_once(pools: Pools) -> None:
    """C-93."""
    made = [pools.make() for _ in range(2)]
    futures = [pool.submit(tasks.nested_sum, str(pools.kind), [1, 2]) for pool in made for _ in range(2)]
    assert [future.result(LIMIT) for future in futures] == [6] * 4


@ours_only("no issue: a process waits for its children before it tells its executors that it exits")
def test_a_process_that_does_not_shut_its_pool_down_ends(script: MakeScript) -> None:
    """C-60, C-93: before it waits for its children it tells the pool's workers to leave."""
    program = script("""
        import multiprocessing

        def use_a_pool():
            global pool
            pool = make(1)
            assert pool.submit(tasks.double, 2).result() == 4

        if __name__ == "__main__":
            process = multiprocessing.get_context("fork").Process(target=use_a_pool)
            process.start()
            process.join()
            sys.exit(process.exitcode)
    """)
    ended = program.run()
    assert (ended.code, ended.err) == (0, "")


def test_a_process_of_the_users_own_may_end_while_tasks_run(pools: Pools, gate: Gate) -> None:
    """C-90: forked by multiprocessing while the pool is at work; it runs its finalizers."""
    pool = pools.make()
    future = pool.submit(tasks.hold, gate, "held")
    gate.wait_for_arrival()
    child = multiprocessing.get_context("fork").Process(target=int)
    child.start()
    child.join(LIMIT)
    assert child.exitcode == 0
    child.close()
    gate.open()
    assert future.result(LIMIT) == "held"


@ours_only("no issue: an AssertionError without a cure; the task stays queued")
def test_in_a_daemonic_process_the_first_submit_says_what_is_wrong(script: MakeScript) -> None:
    """C-94."""
    program = script("""
        import multiprocessing

        def use():
            pool = make(1)
            try:
                pool.submit(int)
            except RuntimeError as error:
                print(type(error).__name__, error)
            pool.shutdown()

        if __name__ == "__main__":
            process = multiprocessing.get_context("fork").Process(target=use, daemon=True)
            process.start()
            process.join()
    """)
    ended = program.run()
    assert ended.out.startswith("RuntimeError")
    assert "daemon" in ended.out


@ours_only("no issue: an AssertionError without a cure; the task stays queued")
@pytest.mark.every("first call of an executor in a daemonic process")
def test_in_a_daemonic_process_each_first_call_says_what_is_wrong(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-94."""
    calls: tuple[Callable[[Any], object], ...] = (
        lambda pool: pool.submit(int),
        lambda pool: pool.map(abs, [1]),
        lambda pool: pool.map(abs, [1], chunksize=2),
        lambda pool: pool.map(abs, [1], buffersize=1),
    )
    process: Any = multiprocessing.current_process()
    monkeypatch.setitem(process._config, "daemon", True)  # noqa: FBT003 - as multiprocessing notes it
    for call in calls:
        with pytest.raises(RuntimeError, match="daemonic"):
            call(pools.make())


@methods("spawn", "forkserver")
@ours_only("new: replace")
def test_a_main_module_without_a_guard_is_told_so_by_a_pool_that_replaces_its_workers_too(script: MakeScript) -> None:
    """C-69, C-95: it does not start them for ever."""
    program = script("""
        pool = make(1, on_worker_death="replace")
        print(type(pool.submit(int).exception()).__name__)
    """)
    ended = program.run()
    assert "BrokenProcessPool" in ended.out + ended.err
    assert "__main__" in ended.out + ended.err


@methods("spawn", "forkserver")
@ours_only("no issue: the traceback of each worker has some thirty lines")
def test_each_worker_says_of_a_missing_guard_one_line_that_names_the_place(script: MakeScript) -> None:
    """C-95: an excepthook of the program is asked for whatever else there is."""
    program = script("""
        import sys

        def hook(kind, error, traceback):
            print("HOOK", kind.__name__, file=sys.stderr)

        sys.excepthook = hook
        pool = make(1)
        future = pool.submit(int)
        raise future.exception()
    """)
    *told, last = program.run().err.splitlines()
    assert last == "HOOK BrokenProcessPool"
    said = r"\S*program0\.py:\d+: RuntimeError: a worker process tried to use a process pool .*"
    assert [line for line in told if not re.fullmatch(said, line)] == []
    assert 1 <= len(told) <= 3, "the worker; and a fork server that imports the main module, started twice"


@methods("spawn", "forkserver")
@ours_only("no issue: each worker shows a traceback")
@pytest.mark.parametrize("policy", ["break", "replace"])
def test_of_many_workers_one_says_that_a_guard_is_missing(script: MakeScript, policy: str) -> None:
    """C-95, C-165: and the last line of the program's own traceback names it too."""
    program = script(f"""
        pool = make(4, on_worker_death="{policy}")
        print(list(pool.map(abs, range(50))))
    """)
    told = program.run().err.splitlines()
    said = [line for line in told if "RuntimeError: a worker process tried to use a process pool" in line]
    assert len(said) <= 3, "one worker; and a fork server that imports the main module, started twice"
    assert sum(line.startswith("Traceback") for line in told) == 1
    assert told[-1].startswith("checkedpool.errors.BrokenProcessPool: ")
    assert told[-1].endswith("outside of:  if __name__ == '__main__':")


@methods("spawn", "forkserver")
def test_a_main_module_without_a_guard_is_told_what_is_missing(script: MakeScript) -> None:
    """C-95: it breaks instead of hanging, and names the line to write."""
    program = script("""
        pool = make(1)
        print(type(pool.submit(int).exception()).__name__)
    """)
    ended = program.run()
    assert "BrokenProcessPool" in ended.out + ended.err
    assert "__main__" in ended.out + ended.err


@DISTURBS
def test_many_forks_while_many_tasks_run(pools: Pools) -> None:
    """C-90: forks at moments when the pool is in the middle of anything."""
    pool = pools.make(max_workers=2)
    futures = []
    for number in range(20):
        futures += [pool.submit(tasks.identity, [number]) for _ in range(20)]
        child = os.fork()
        if child == 0:
            os._exit(0 if error_of(lambda: pool.submit(int)).startswith("RuntimeError") else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [future.result(LIMIT) for future in futures] == [[number] for number in range(20) for _ in range(20)]


@DISTURBS
def test_a_callback_that_forks_and_returns_in_the_child_ends_that_child_and_the_pool_goes_on(
    pool: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-90: in the child there is nothing of the pool to go on with but the copy of a thread."""
    children: SimpleQueue[int] = SimpleQueue()

    def forks(_: object) -> None:
        child = os.fork()
        if child:
            children.put(child)

    pool.submit(tasks.hold, gate, 1).add_done_callback(forks)
    gate.wait_for_arrival()
    gate.open()
    child = children.get(timeout=LIMIT)
    try:
        assert pool.submit(abs, -2).result(LIMIT) == 2
        eventually(lambda: os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT), "the child has ended")
    finally:
        os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0


def _use_inherited() -> None:
    inherited[0].submit(int).result(LIMIT)
