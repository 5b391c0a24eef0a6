"""What a task's objects do when they are destroyed in its worker: its answer has left before, and is what it was."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import MakeScript, Pools


class Ending:
    """Does something when it is destroyed in the process that it was sent to."""

    def __init__(self, act: Callable[..., object], *args: object) -> None:
        self.act, self.args, self.armed = act, args, False

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self.act, *self.args)

    def __del__(self) -> None:
        if self.armed:
            self.act(*self.args)


def _arrived(act: Callable[..., object], *args: object) -> Ending:
    made = Ending(act, *args)
    made.armed = True
    return made


class Seven(Ending):
    """Arrives as a number."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, (7,)


def take(_: Ending) -> int:
    return 7


def fail(ending: Ending) -> NoReturn:
    raise ValueError(7, type(ending).__name__)


def fail_with(ending: Ending) -> NoReturn:
    raise Fragile(ending)


class Fragile(Exception):  # noqa: N818 - what it carries matters
    """An error that carries something that does not travel."""

    def __init__(self, ending: Ending) -> None:
        super().__init__()
        self.ending = ending

    def __reduce__(self) -> tuple[Any, ...]:
        return ValueError, (7, "Ending")


def make_seven(act: Callable[..., object], *args: object) -> Seven:
    made = Seven(act, *args)
    made.armed = True
    return made


def outcome(task: Callable[..., Any], pool: ProcessPoolExecutor, act: Callable[..., object], *args: object) -> object:
    """Of a task an object of which does this at its end."""
    future = pool.submit(task, act, *args) if task is make_seven else pool.submit(task, Ending(act, *args))
    error = future.exception(LIMIT)
    return future.result() if error is None else error.args


EACH = pytest.mark.parametrize(
    ("task", "expected"),
    [(take, 7), (fail, (7, "Ending")), (fail_with, (7, "Ending")), (make_seven, 7)],
    ids=["argument", "argument of a task that raises", "in its exception", "result"],
)
KEPT = "no issue: a worker keeps its last exception until the next one"


@EACH
def test_a_worker_that_dies_over_a_tasks_objects_has_answered_before(
    task: Callable[..., object], expected: object, pool: ProcessPoolExecutor
) -> None:
    """C-103: and its death is no task's."""
    assert outcome(task, pool, os._exit, 9) == expected


@pytest.mark.parametrize("task", [take, fail, make_seven])
def test_an_answer_does_not_wait_until_the_tasks_objects_are_destroyed(
    task: Callable[..., object], pool: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-103: whose finalizers take as long as they like."""
    assert outcome(task, pool, tasks.hold, gate) in (7, (7, "Ending"))
    gate.wait_for_arrival()
    gate.open()
    assert pool.submit(abs, -1).result(LIMIT) == 1


@ours_only("new: replace")
@methods("spawn", "forkserver")
def test_the_next_task_runs_elsewhere_when_a_finalizer_has_ended_the_worker(pools: Pools) -> None:
    """C-84, C-103: whether it had been sent to that worker, or comes later."""
    pool = pools.make(on_worker_death="replace")
    for _ in range(3):
        futures = [pool.submit(take, Ending(os._exit, 9)), *(pool.submit(abs, number) for number in range(5))]
        assert [future.result(LIMIT) for future in futures] == [7, 0, 1, 2, 3, 4]


@ours_only(KEPT)
def test_an_idle_worker_has_destroyed_the_last_tasks_objects(pool: ProcessPoolExecutor, journal: Journal) -> None:
    """C-98, C-103: before it waits for another."""
    each: list[Callable[..., object]] = [take, fail, fail_with, make_seven]
    for number, task in enumerate(each):
        outcome(task, pool, journal.write, number)
        eventually(lambda: journal.words()[-1:] == [str(number)], "it is destroyed")  # noqa: B023 - called here


@ours_only("no issue: an interrupt that comes after the finalizer, and before the next task, ends the worker")
def test_an_interrupt_of_a_finalizer_ends_that_alone(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-36: as everywhere in Python; the worker goes on."""
    assert outcome(take, pool, tasks.hold, gate) == 7
    worker = gate.wait_for_arrival()
    os.kill(worker, signal.SIGINT)
    assert pool.submit(os.getpid).result(LIMIT) == worker


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), ValueError("finalizer")], ids=repr)
def test_what_a_finalizer_raises_is_nobodys(pool: ProcessPoolExecutor, error: BaseException) -> None:
    """C-103."""
    worker = pool.submit(os.getpid).result(LIMIT)
    assert outcome(take, pool, tasks.raise_it, error) == 7
    assert pool.submit(os.getpid).result(LIMIT) == worker


@ours_only("no issue: both processes go on as the worker, and take tasks by turns")
def test_a_finalizer_that_forks_and_returns_twice_makes_no_second_worker(
    pool: ProcessPoolExecutor, journal: Journal
) -> None:
    """C-01: the child that comes back into the worker's loop ends."""
    worker = pool.submit(os.getpid).result(LIMIT)
    assert outcome(take, pool, _fork, journal) == 7
    assert [pool.submit(tasks.pid_and, number).result(LIMIT) for number in range(5)] == [(worker, n) for n in range(5)]
    (child,) = map(int, journal.words())
    pool.shutdown()
    eventually(lambda: reaped(child), "the child, by now an orphan, has been reaped")


def reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return leaks.state_of(pid) == ""


def _fork(journal: Journal) -> None:
    child = os.fork()
    if child:
        journal.write(child)


CRASHING = """
    from tests.behaviour.test_finalizers import Ending, take
    import os
    if __name__ == "__main__":
        with make(2) as pool:
            print(pool.submit(take, Ending(os._exit, 9)).result(LIMIT))
"""


def test_a_program_whose_last_argument_crashes_its_worker_has_its_result(script: MakeScript) -> None:
    """C-103: in a fresh interpreter, with the pool's end right behind it."""
    assert script(CRASHING).output() == ["7"]


def test_of_many_tasks_each_is_answered_before_its_objects_are_destroyed(pools: Pools, journal: Journal) -> None:
    """C-103: sent ahead, on two workers."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(take, Ending(journal.write, number)) for number in range(200)]
    assert [future.result(LIMIT) for future in futures] == [7] * 200
    eventually(lambda: sorted(map(int, journal.words())) == list(range(200)), "all are destroyed, each once")
