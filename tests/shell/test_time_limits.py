"""A task's limit, on a platform whose worker is the test and whose clock stands still.

Decides: what is due when, and what comes in between. Must not know: how a worker tells that it has begun a task.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from traceback import StackSummary
from typing import Any

import pytest

from checkedpool._core import messages
from checkedpool._core.stop_table import STOP
from checkedpool._core.tables import Step
from checkedpool._payload.pickling import Kind
from checkedpool._pool import stacks
from checkedpool._pool.shared import CANCELLED_END, PoolFuture, error_end, value_end
from checkedpool._pool.stopping import Stopper
from checkedpool._pool.time_limits import Limited, TimeLimits
from checkedpool.options import also
from tests.shell.bench import Bench
from tests.shell.lanes import takes_back

pytestmark = takes_back
LIMIT = 10.0


class Clock:
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    monkeypatch.setattr(stacks, "stack_of", lambda *_: StackSummary.from_list([("file.py", 7, "inner", None)]))
    return clock


def begun(bench: Bench, seq: int = 1) -> PoolFuture[Any]:
    """A task with a limit, which the worker has begun, and has said so."""
    bench.future_type = also(Limited, bench.future_type)
    TimeLimits.of(bench.shared)
    future: Any = bench.submit()
    future.limit = LIMIT
    bench.wait()
    bench.perform(messages.Send(0, ((seq, future.number),)), messages.Issue(0, ((seq, future.number),)))
    assert bench.begin() == seq
    bench.answer(seq, Kind.BEGUN)
    assert bench.wait() == []
    return future  # type: ignore[no-any-return]


def due(bench: Bench) -> list[float | None]:
    return [due() for due in bench.platform.dues]


def job(bench: Bench, future: PoolFuture[Any]) -> Callable[[], object]:
    """What a user-code thread gets when the limit is reached."""
    assert bench.wait() == [messages.Settled(future.number)]
    bench.perform(messages.Call(future.number))
    return bench.user_threads.jobs.pop()


def test_nothing_is_due_before_the_limit_and_the_manager_knows_when(bench: Bench, clock: Clock) -> None:
    """C-132."""
    begun(bench)
    clock.now += LIMIT - 1
    assert due(bench) == [1000 + LIMIT]
    assert not bench.shared.inbox


def test_at_its_limit_a_task_is_stopped_by_a_user_code_thread(bench: Bench, clock: Clock) -> None:
    """C-09, C-132."""
    future = begun(bench)
    called: list[object] = []
    future.add_done_callback(called.append)
    clock.now += LIMIT
    assert due(bench) == [None]
    assert not future.done()
    job(bench, future)()
    assert called == [future]
    assert messages.StopRequested(future.number, force=False) in bench.shared.inbox
    error: Any = future.exception(0)
    assert [frame.name for frame in error.stack] == ["inner"]
    assert 'File "file.py", line 7, in inner' in error.__notes__[0]
    assert type(error) is TimeoutError
    assert str(error).startswith("the task module.fn had not ended 10 seconds after its begin")


def test_of_a_task_that_has_ended_nothing_is_kept(bench: Bench, clock: Clock) -> None:
    """C-98, C-99, C-132."""
    future = begun(bench)
    bench.answer(1, Kind.PLAIN, 5)
    bench.wait()
    bench.perform(messages.Settle(((future.number, pickle.dumps(5)),)))
    assert due(bench) == [None]
    clock.now += LIMIT
    assert due(bench) == [None]
    assert not bench.shared.inbox
    assert future.result(0) == 5


def test_a_word_about_a_task_that_has_its_end_is_nothing(bench: Bench) -> None:
    """A worker may say that it has begun what its caller has stopped."""
    begun(bench)
    bench.platform.futures.clear()
    bench.answer(1, Kind.BEGUN)
    bench.answer(77, Kind.BEGUN)
    assert bench.wait() == []
    assert due(bench) == [None]


def test_a_stack_that_cannot_be_had_keeps_nobody_from_stopping_the_task(
    bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-132."""
    future = begun(bench)
    clock.now += LIMIT
    due(bench)
    monkeypatch.setattr(stacks, "stack_of", None)
    job(bench, future)()
    error: Any = future.exception(0)
    assert error.stack is None
    assert not hasattr(error, "__notes__")


OTHERS: dict[str, Callable[[PoolFuture[Any]], object]] = {
    "its answer": lambda future: future.complete(value_end(5)),
    "a death": lambda future: future.complete(error_end(LookupError())),
    "its caller's cancel": lambda future: future.cancel(),
    "its caller's terminate": lambda future: future.terminate(),
    "the manager that was told": lambda future: future.complete(CANCELLED_END, wait=False),
    "nobody": lambda _: None,
}


@pytest.mark.every("step of the stop at a limit, and who else may come to the future before it")
@pytest.mark.parametrize("step", [*STOP, None], ids=str)
@pytest.mark.parametrize("other", OTHERS)
def test_whoever_comes_before_each_step_the_future_ends_once_and_as_it_should(
    bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch, other: str, step: Step | None
) -> None:
    """C-01, C-08, C-132."""
    future = begun(bench)
    called: list[str] = []
    future.add_done_callback(lambda _: called.append("cancelled" if future.cancelled() else str(future.exception(0))))
    come = OTHERS[other]
    perform = Stopper.perform

    def performed(stopper: Stopper, at: Step) -> Any:
        if at is step and not came:
            came.append(at)
            come(future)
        return perform(stopper, at)

    came: list[Step] = []
    clock.now += LIMIT
    due(bench)
    stop = job(bench, future)
    if step is None:
        come(future)
    monkeypatch.setattr(Stopper, "perform", performed)
    stop()
    future.run_callbacks()  # as whoever has told the end sees to
    assert future.done()
    assert len(called) == 1
    assert other != "nobody" or messages.StopRequested(future.number, force=False) in bench.shared.inbox
    expected = {"its answer": "None", "a death": ""}.get(other, "the task") if came or step is None else "the task"
    assert called[0].startswith(expected)
