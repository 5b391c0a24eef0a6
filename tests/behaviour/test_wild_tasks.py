"""Tasks that do what a task ought not to do, or what is rarely tried: the pool outlasts them, or says what happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, ours_only, parent_only

if TYPE_CHECKING:
    from pathlib import Path

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import MakeScript, Pools


@ours_only("no issue: both processes go on as the worker, and answer and take tasks by turns")
def test_a_task_that_forks_and_returns_twice_is_answered_once(pool: ProcessPoolExecutor) -> None:
    """C-01, C-03: the child that comes back into the worker's loop is no worker, and ends."""
    worker = pool.submit(os.getpid).result(LIMIT)
    child = pool.submit(os.fork).result(LIMIT)
    assert child > 0
    eventually(lambda: not leaks.is_alive(child), "the child has ended")
    assert [pool.submit(tasks.pid_and, number).result(LIMIT) for number in range(5)] == [(worker, n) for n in range(5)]
    pool.shutdown()
    eventually(lambda: _reap(child), "the child, by now an orphan, has been reaped")


@ours_only("no issue: both processes go on as the worker")
def test_a_task_that_forks_and_returns_twice_writes_into_no_file_that_it_opened(
    pool: ProcessPoolExecutor, tmp_path: Path
) -> None:
    """C-01: the child's files have got the numbers of the ends that were closed in it."""
    assert pool.submit(_fork_and_open, tmp_path).result(LIMIT) == 1
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0] * 16
    assert pool.submit(abs, -1).result(LIMIT) == 1


@ours_only("no issue: the worker cannot say that it failed, and its sentinel goes on being silent")
def test_a_task_that_closes_every_descriptor_is_a_death(pool: ProcessPoolExecutor) -> None:
    """C-77, C-80: the worker has nothing left to answer through."""
    worker = pool.submit(os.getpid).result(LIMIT)
    error = death_of(pool.submit(os.closerange, 3, 4096))
    assert (error.pid, error.ran) == (worker, True)


@methods("fork", "spawn")
def test_a_task_may_run_programs(pool: ProcessPoolExecutor) -> None:
    """C-02: the pool's way of watching its own processes is not in the way."""
    assert pool.submit(_run_program).result(LIMIT) == b"42"


@ours_only("no issue: a program that the task starts holds the worker's descriptors open when told to")
def test_a_program_that_outlives_its_worker_delays_nothing(pools: Pools) -> None:
    """C-48, C-77: it was started with close_fds=False, as shells and old programs do."""
    pool = pools.make()
    program = pool.submit(_start_program).result(LIMIT)
    try:
        pool.shutdown()
        assert leaks.is_alive(program)
    finally:
        os.kill(program, signal.SIGKILL)
        eventually(lambda: _reap(program), "the program has been reaped")


def test_a_task_that_starts_daemon_threads_leaves_no_trace(pool: ProcessPoolExecutor) -> None:
    """C-45: its worker leaves while they run."""
    pool.submit(_start_daemon_thread).result(LIMIT)
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


def test_a_task_may_change_directory_and_signal_mask(pools: Pools, tmp_path: Path) -> None:
    """C-45: a worker whose signals are blocked leaves all the same."""
    pool = pools.make()
    pool.submit(os.chdir, tmp_path).result(LIMIT)
    pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, range(1, 32)).result(LIMIT)
    assert pool.submit(os.getcwd).result(LIMIT) == str(tmp_path)
    pool.shutdown()


def test_endless_recursion_is_the_tasks_error(pool: ProcessPoolExecutor) -> None:
    """C-33."""
    assert isinstance(pool.submit(_recurse, 1).exception(LIMIT), RecursionError)
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


def test_memory_that_cannot_be_had_is_the_tasks_error(pool: ProcessPoolExecutor) -> None:
    """C-33."""
    assert isinstance(pool.submit(tasks.blank, 2**62).exception(LIMIT), MemoryError)


@parent_only
def test_an_exception_group_arrives_with_its_members(pool: ProcessPoolExecutor) -> None:
    """C-33."""
    error: Any = pool.submit(_raise_group).exception(LIMIT)
    assert isinstance(error, ExceptionGroup)
    assert [type(member) for member in error.exceptions] == [ValueError, KeyError]


@parent_only
def test_stop_iteration_does_not_end_a_map_in_silence(pool: ProcessPoolExecutor) -> None:
    """C-29, C-32."""
    with pytest.raises((RuntimeError, StopIteration), match=r"StopIteration|of the task"):
        list(pool.map(tasks.raise_it, [StopIteration("of the task")]))


@parent_only
@ours_only("gh-107219: with an unpicklable task and a cancelled one the manager may die, and shutdown hangs")
def test_a_map_of_what_cannot_be_pickled_raises_at_its_first_result(pool: ProcessPoolExecutor) -> None:
    """C-20, C-29."""
    results = pool.map(lambda number: number, range(3))
    with pytest.raises(Exception, match=r"lambda|pickle"):
        next(results)


def test_functions_of_the_main_module_can_be_submitted(script: MakeScript) -> None:
    """C-02: as everybody writes them."""
    program = script("""
        def increment(number):
            return number + 1

        class Holder:
            def __init__(self, number):
                self.number = number

            def get(self):
                return self.number

        if __name__ == "__main__":
            with make(2) as pool:
                print(*pool.map(increment, range(3)), pool.submit(Holder(7).get).result())
    """)
    assert program.output() == ["1", "2", "3", "7"]


@parent_only
@pytest.mark.parametrize("seconds", [0, 0.01])
def test_a_result_that_does_not_come_in_time_can_be_waited_for_again(
    pool: ProcessPoolExecutor, gate: Gate, seconds: float
) -> None:
    """C-01."""
    future = pool.submit(tasks.hold, gate, "late")
    with pytest.raises(TimeoutError):
        future.result(seconds)
    with pytest.raises(TimeoutError):
        future.exception(seconds)
    gate.open()
    assert future.result(LIMIT) == "late"


@ours_only("no issue: the manager waits for the rest of a message that nobody will send")
def test_a_result_that_is_torn_by_a_death_is_broken_or_whole(pools: Pools, gate: Gate) -> None:
    """C-01, C-78: the worker is killed at a random moment of making and sending a large result."""
    chance = random.Random(7)
    for _ in range(6):
        pool = pools.make(max_workers=2)
        pool.submit(int).result(LIMIT)
        future = pool.submit(tasks.arrive_and_make, gate, 2**25)
        worker = gate.wait_for_arrival()
        threading.Event().wait(chance.random() * 0.03)
        os.kill(worker, signal.SIGKILL)
        error = future.exception(LIMIT)
        assert isinstance(error, BrokenProcessPool) or future.result() == bytes(2**25)
        pool.shutdown()


def _run_program() -> bytes:
    return subprocess.run([sys.executable, "-c", "print(42, end='')"], check=True, capture_output=True).stdout


def _start_program() -> int:
    """A program that lives on, as a child of nobody who waits for it."""
    program = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], close_fds=False)
    program.returncode = 0  # so that nobody complains that it still runs
    return program.pid


def _reap(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return leaks.state_of(pid) == ""


def _start_daemon_thread() -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def _recurse(depth: int) -> int:
    return _recurse(depth + 1) + 1


def _raise_group() -> NoReturn:
    raise ExceptionGroup("both", [ValueError(1), KeyError(2)])


def _fork_and_open(directory: Path) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for number in range(16):
        os.open(directory / str(number), os.O_CREAT | os.O_WRONLY)
    return 0
