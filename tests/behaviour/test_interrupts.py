"""Signals to workers and to whole programs: an interrupt is a task's exception, or it is nothing."""

from __future__ import annotations

import _imp
import os
import signal
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, MakeScript, Pools

IDLE_DIES = ours_only("gh-125886: an interrupt kills an idle worker, and with it the pool")


def test_an_interrupt_of_a_busy_worker_is_its_tasks_exception(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-35, C-36: the worker goes on with the next task."""
    future = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    os.kill(worker, signal.SIGINT)
    assert isinstance(future.exception(LIMIT), KeyboardInterrupt)
    assert pool.submit(os.getpid).result(LIMIT) == worker


def test_a_task_may_catch_the_interrupt(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-36."""
    future = pool.submit(tasks.hold_and_catch_interrupt, gate)
    os.kill(gate.wait_for_arrival(), signal.SIGINT)
    assert future.result(LIMIT) == "interrupted"


def test_an_import_that_was_interrupted_holds_up_no_pool(pool: ProcessPoolExecutor) -> None:
    """C-48, C-52: an exception in the midst of it can leave the interpreter's lock held."""
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    manager: Any = pool._executor_manager_thread
    _imp.acquire_lock()
    try:
        assert pool.submit(tasks.double, 2).result(LIMIT) == 4
        pool.shutdown(wait=False)
        manager.join(LIMIT)
        assert not manager.is_alive()
    finally:
        _imp.release_lock()


@IDLE_DIES
def test_an_interrupt_of_an_idle_worker_is_nothing(pool: ProcessPoolExecutor) -> None:
    """C-36: neither before its first task nor between two."""
    worker = pool.submit(os.getpid).result(LIMIT)
    for _ in range(20):
        os.kill(worker, signal.SIGINT)
        assert pool.submit(os.getpid).result(LIMIT) == worker


@IDLE_DIES
def test_interrupts_at_any_moment_cost_at_most_the_task_that_runs(pool: ProcessPoolExecutor) -> None:
    """C-01, C-36: a storm of interrupts over a stream of tiny tasks."""
    worker = pool.submit(os.getpid).result(LIMIT)
    futures: list[Future[list[int]]] = []
    for number in range(300):
        futures.append(pool.submit(tasks.identity, [number]))
        os.kill(worker, signal.SIGINT)
    for number, future in enumerate(futures):
        error = future.exception(LIMIT)
        assert isinstance(error, KeyboardInterrupt) or future.result() == [number]
    assert pool.submit(os.getpid).result(LIMIT) == worker


@IDLE_DIES
@methods("fork")
def test_the_programs_own_handler_is_called_in_a_forked_worker_only_while_a_task_runs(
    pool: ProcessPoolExecutor, gate: Gate, journal: Journal
) -> None:
    """C-36: asyncio's, say, which raises at the second interrupt."""
    before = signal.signal(signal.SIGINT, _SecondRaises(journal))
    try:
        worker = pool.submit(os.getpid).result(LIMIT)
    finally:
        signal.signal(signal.SIGINT, before)
    for _ in range(3):
        os.kill(worker, signal.SIGINT)
        assert pool.submit(os.getpid).result(LIMIT) == worker
    future = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    os.kill(worker, signal.SIGINT)
    eventually(lambda: journal.words() == ["interrupted"], "the handler is called")
    os.kill(worker, signal.SIGINT)
    assert isinstance(future.exception(LIMIT), LookupError)
    assert pool.submit(os.getpid).result(LIMIT) == worker


class _SecondRaises:
    """A handler of SIGINT."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def __call__(self, *_: object) -> None:
        self.journal.write("interrupted")
        if len(self.journal.words()) > 1:
            raise LookupError


@IDLE_DIES
def test_an_interrupt_while_leaving_is_no_death(pools: Pools, gate: Gate) -> None:
    """C-36, C-76."""
    pool = pools.make()
    worker = pool.submit(tasks.at_exit_hold, gate).result(LIMIT)
    pool.shutdown(wait=False)
    gate.wait_for_arrival()
    os.kill(worker, signal.SIGINT)
    gate.open()
    pool.shutdown()
    assert leaks.state_of(worker) == ""


@IDLE_DIES
def test_ctrl_c_in_a_terminal_breaks_no_pool(script: MakeScript, gates: Gates, journal: Journal) -> None:
    """C-35, C-36: it reaches the parent, a busy worker and an idle one alike."""
    program = script("""
        if __name__ == "__main__":
            busy, ready = Door(*sys.argv[2:4]), Door(*sys.argv[4:6])
            pool = make(2)
            held = pool.submit(tasks.hold, busy)
            quick = pool.submit(tasks.double, 4).result()
            try:
                ready.pass_through()
            except KeyboardInterrupt:
                print("parent: interrupted")
            print("task:", type(held.exception()).__name__)
            print("next:", [pool.submit(tasks.double, number).result() for number in range(4)])
    """)
    busy, ready = gates.make(), gates.make()
    pid = program.start(*busy.paths, *ready.paths)
    busy.wait_for_arrival()
    ready.wait_for_arrival()
    os.killpg(pid, signal.SIGINT)
    ended = program.wait()
    assert ended.out.splitlines() == ["parent: interrupted", "task: KeyboardInterrupt", "next: [0, 2, 4, 6]"]
    assert ended.code == 0


def test_ctrl_c_in_a_with_block_ends_the_program(script: MakeScript, gate: Gate) -> None:
    """C-36, C-59: nobody catches it; the begun tasks are interrupted, and the program ends of it."""
    program = script("""
        if __name__ == "__main__":
            with make(2) as pool:
                futures = [pool.submit(tasks.hold, Door(*sys.argv[2:4])) for _ in range(2)]
                for future in futures:
                    future.result()
    """)
    pid = program.start(*gate.paths)
    for _ in range(2):
        gate.wait_for_arrival()
    os.killpg(pid, signal.SIGINT)
    ended = program.wait()
    assert ended.code == -signal.SIGINT
    assert "KeyboardInterrupt" in ended.err


def test_sigterm_to_a_busy_worker_ends_it(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-77: nothing in the worker swallows it."""
    future: Future[Any] = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    os.kill(worker, signal.SIGTERM)
    with pytest.raises(RuntimeError):
        future.result(LIMIT)
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")
