"""get_stack() and print_stack() of a future: where its task is, whatever it does; and nothing comes of asking."""

from __future__ import annotations

import io
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._os import system
from checkedpool._pool import stacks
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.forked import error_of, in_forked_child
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, not_portable, ours_only, parent_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

pytestmark = [ours_only("new: the standard executor shows no stack"), not_portable("it shows no stack")]
SHORT = 0.3
"""Seconds that one waits here for who does not answer."""


def names(future: Any) -> list[str]:
    return [frame.name for frame in future.get_stack()]


def begun(pool: ProcessPoolExecutor, gate: Gate, task: Callable[..., Any], *args: Any) -> tuple[Any, int]:
    """The future of a task that has come to the gate, and its worker."""
    future = pool.submit(task, gate, *args)
    return future, gate.wait_for_arrival()


def test_where_a_task_is(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-141, C-142."""
    future, worker = begun(pool, gate, tasks.hold, 7)
    stack = future.get_stack()
    assert [frame.name for frame in stack][:3] == ["answer_to", "hold", "pass_through"]
    assert (stack[1].filename, stack[1].line) == (tasks.__file__, "door.pass_through()")
    future.print_stack(printed := io.StringIO())
    assert printed.getvalue().startswith(
        "Stack of tests.behaviour.tasks.hold (most recent call last):\n"
        f'  File "{stack[0].filename}", line {stack[0].lineno}, in answer_to\n    value = fn(*args, **kwargs)\n'
        f'  File "{tasks.__file__}", line {stack[1].lineno}, in hold\n    door.pass_through()\n'
    )
    gate.open()
    assert future.result(LIMIT) == 7
    assert pool.submit(os.getpid).result(LIMIT) == worker


def test_where_a_task_is_that_stays_in_c_and_holds_the_interpreters_lock(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-141."""
    future, worker = begun(pool, gate, tasks.busy_in_c)
    try:
        eventually(lambda: names(future) == ["answer_to", "busy_in_c"], "it is in C")
        assert names(future) == ["answer_to", "busy_in_c"]
    finally:
        os.kill(worker, signal.SIGKILL)
    assert death_of(future).ran


@parent_only
def test_a_task_that_is_all_c_has_the_frame_that_calls_it(pool: ProcessPoolExecutor) -> None:
    """C-141."""
    future: Any = pool.submit(sum, range(10**15))
    eventually(future.running, "the task runs")
    try:
        eventually(lambda: names(future) == ["answer_to"], "the frame is there")
    finally:
        pool.kill_workers()


@parent_only
def test_what_does_not_run_has_no_stack(
    pool: ProcessPoolExecutor, gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    """C-141, C-142: it has ended, was cancelled, waits, or was sent ahead."""
    ended: Any = pool.submit(tasks.double, 1)
    assert ended.result(LIMIT) == 2
    begun(pool, gate, tasks.hold)
    ahead: Any = pool.submit(tasks.double, 1)
    cancelled: Any = pool.submit(tasks.double, 1)
    assert cancelled.cancel()
    assert [names(future) for future in (ended, ahead, cancelled)] == [[], [], []]
    ahead.print_stack()
    assert capsys.readouterr().err == "tests.behaviour.tasks.double does not run\n"


@parent_only
def test_a_stack_is_never_that_of_the_next_task(pool: ProcessPoolExecutor) -> None:
    """C-141."""
    futures: list[Any] = [pool.submit(tasks.busy_alike, number) for number in range(80)]
    seen: Counter[str] = Counter()
    for number, future in enumerate(futures):
        while not (found := names(future)) and not future.done():
            pass
        seen.update(found)
        assert ("_even", "_odd")[number % 2 - 1] not in found
    assert [future.result(LIMIT) for future in futures] == list(range(80))


@parent_only
@pytest.mark.parametrize(
    ("task", "args", "last"), [(tasks.hold_in_a_thread, (), "join"), (tasks.hold_beside_a_child, (), "pass_through")]
)
def test_what_runs_beside_the_task_is_not_in_the_way(
    pool: ProcessPoolExecutor, gate: Gate, task: Callable[..., None], args: tuple[object, ...], last: str
) -> None:
    """C-141: a thread of it, a child that it has forked, a program that it runs."""
    future, _ = begun(pool, gate, task, *args)
    eventually(lambda: last in names(future), "it waits there")
    assert names(future)[:2] == ["answer_to", task.__name__]
    gate.open()
    assert future.result(LIMIT) is None


@parent_only
def test_of_a_deep_stack_there_is_the_inner_part(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-141."""
    future, _ = begun(pool, gate, tasks.hold_deep, 200)
    found = names(future)
    assert 90 < len(found) <= 100
    assert found[0] == "hold_deep"
    assert "pass_through" in found


@parent_only
def test_many_may_ask_at_once(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-141."""
    future, _ = begun(pool, gate, tasks.hold)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(names, [future] * 40))
    assert {tuple(names[:2]) for names in found} == {("answer_to", "hold")}


@methods("forkserver")
def test_a_worker_of_a_worker_shows_its_stack(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-141: it inherits the pipe and the handlers of the other."""
    future: Any = pool.submit(tasks.stack_of_a_task_of_a_pool_in_here, gate)
    assert future.result(LIMIT)[:2] == ["answer_to", "pass_through"]


@parent_only
def test_a_stopped_worker_shows_none_in_time_and_one_that_is_killed_has_none(
    pool: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-141, C-143."""
    future, worker = begun(pool, gate, tasks.hold)
    os.kill(worker, signal.SIGSTOP)
    try:
        with pytest.raises(RuntimeError, match=rf"worker process {worker} has not shown its stack in 0\.3 s"):
            stacks.stack_of(future.number, future.place, SHORT)
        asking = Aside(names, future)
    finally:
        os.kill(worker, signal.SIGKILL)
    assert asking.result() == []
    assert death_of(future).ran


@parent_only
@pytest.mark.every("signal by which one asks, and each way in which a task does not hear it")
@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN])
@pytest.mark.parametrize("number", [system.ASK, system.ASK_IN_C])
def test_a_task_that_takes_a_signal_is_left_alone(
    pool: ProcessPoolExecutor, gate: Gate, number: int, handler: signal.Handlers
) -> None:
    """C-143: it would end by the one, and go on after the other."""
    future, worker = begun(pool, gate, tasks.hold_with_signal, number, int(handler))
    if number == system.ASK:
        with pytest.raises(RuntimeError, match=f"worker process {worker} does not show its stack: user code in it"):
            future.get_stack()
    else:
        assert names(future)[:2] == ["answer_to", "hold_with_signal"]
    gate.open()
    assert future.result(LIMIT) is None


@parent_only
def test_a_file_that_has_the_pipes_number_is_not_written_to(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-143."""
    future, worker = begun(pool, gate, tasks.hold_without_pipe)
    with pytest.raises(RuntimeError, match=f"worker process {worker} does not show its stack"):
        future.get_stack()
    gate.open()
    assert future.result(LIMIT) is None


@parent_only
def test_a_program_that_has_a_use_of_its_own_for_the_signals_keeps_it(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-143: a forked worker has its handlers."""
    signal.signal(system.ASK, tasks.ignore_signal)
    try:
        future, _ = begun(pool, gate, tasks.hold)
        with pytest.raises(RuntimeError, match="user code in it has taken or reset the signals"):
            future.get_stack()
    finally:
        signal.signal(system.ASK, signal.SIG_DFL)


@parent_only
def test_where_the_system_has_no_way_one_is_told(
    pool: ProcessPoolExecutor, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-143."""
    future, _ = begun(pool, gate, tasks.hold)
    monkeypatch.setattr(system, "HAS_PIDFD", False)
    with pytest.raises(NotImplementedError, match="on Linux only"):
        future.get_stack()


@parent_only
def test_a_forked_child_asks_for_nothing(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-92: the worker is its parent's."""
    future, _ = begun(pool, gate, tasks.hold)
    assert "inherited through fork" in in_forked_child(lambda: error_of(future.get_stack))


@methods("forkserver")
def test_a_stopped_future_has_no_stack_although_its_worker_may_still_be_ending(pools: Pools, gate: Gate) -> None:
    """C-111, C-141: and the stack can be had before it is stopped."""
    future, worker = begun(pools.make(), gate, tasks.hold)
    assert names(future)[:2] == ["answer_to", "hold"]
    assert future.terminate()
    assert names(future) == []
    eventually(lambda: not leaks.is_alive(worker), "the worker ends")
