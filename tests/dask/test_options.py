"""Views of an executor on a cluster, and what ``map`` has beyond the standard one."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import CancelledError
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool import BrokenProcessPool, ExecutorShutdownError
from tests import limits
from tests.dask import tasks
from tests.dask.conftest import until

if TYPE_CHECKING:
    from checkedpool.dask import DaskExecutor


class Attempts:
    """What the attempts of one call say, each in a journal; each waits until it is let go."""

    def __init__(self, journal: str, folder: Path) -> None:
        self.journal, self._folder = journal, folder

    def call(self) -> tuple[Any, ...]:
        return tasks.attempt, self.journal, str(self._folder)

    def begun(self) -> list[int]:
        """The worker of each."""
        path = Path(self.journal)
        return [int(line.split()[1]) for line in path.read_text().splitlines()] if path.exists() else []

    def let_go(self, number: int) -> None:
        (self._folder / str(number)).touch()


@pytest.fixture
def attempts(journal: str, tmp_path: Path) -> Attempts:
    return Attempts(journal, tmp_path)


# --- views ------------------------------------------------------------------------------------------------------------


def test_a_view_is_an_executor_on_the_same_session(client: Any, journal: str) -> None:
    """C-117, C-107."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client)
    view = executor.with_options(retries=1, retry_on=ValueError)
    wider = view.with_options(retries=2)
    for one, begun in (executor, 1), (view, 2), (wider, 3):
        assert isinstance(one.submit(tasks.fail, f"{journal}{begun}").exception(), ValueError)
        assert len(Path(f"{journal}{begun}").read_text().splitlines()) == begun
    view.shutdown()
    with pytest.raises(ExecutorShutdownError, match="after shutdown"):
        executor.submit(abs, -1)


@pytest.mark.parametrize("options", [{"timeout": 1.5}, {"cancel_running": True}], ids=str)
def test_what_would_stop_a_task_is_refused_with_the_reason(executor: DaskExecutor, options: Any) -> None:
    """An option that cannot be kept is never ignored; what asks for nothing is taken."""
    with pytest.raises(ValueError, match=f"{next(iter(options))}: a task on a cluster cannot be stopped.*ProcessPool"):
        executor.with_options(**options)
    assert executor.with_options(timeout=None, cancel_running=False).submit(abs, -1).result() == 1


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"retries": -1}, ValueError),
        ({"retries": "1"}, TypeError),
        ({"retry_on": 1}, TypeError),
        ({"k": 1}, TypeError),
    ],
    ids=["negative", "no number", "no exception", "unknown"],
)
def test_nonsense_is_refused(executor: DaskExecutor, options: Any, kind: type[Exception]) -> None:
    """C-117, C-150."""
    with pytest.raises(kind):
        executor.with_options(**options)


# --- retries ----------------------------------------------------------------------------------------------------------


def test_a_call_is_tried_again_until_it_succeeds(executor: DaskExecutor, attempts: Attempts) -> None:
    """C-149: with an error of its own."""
    future = executor.with_options(retries=5, retry_on=(OSError, ZeroDivisionError)).submit(*attempts.call())
    for number in range(3):
        attempts.let_go(number)
    assert future.result(limits.HANG) == 2  # the first two divide by zero
    assert len(attempts.begun()) == 3


def test_a_call_is_tried_again_after_a_death(executor: DaskExecutor, attempts: Attempts) -> None:
    """C-149, C-03: once for each attempt."""
    future = executor.with_options(retries=1).submit(*attempts.call())
    until(lambda: len(attempts.begun()) == 1)
    os.kill(attempts.begun()[0], signal.SIGKILL)
    until(lambda: len(attempts.begun()) == 2)
    os.kill(attempts.begun()[1], signal.SIGKILL)
    error = future.exception(limits.HANG)
    assert isinstance(error, BrokenProcessPool)
    assert error.ran is True
    assert len(attempts.begun()) == 2


def test_other_exceptions_and_a_call_that_cannot_be_sent_are_not_tried_again(
    executor: DaskExecutor, journal: str
) -> None:
    """C-150, C-20."""
    view = executor.with_options(retries=3, retry_on=(KeyError, TypeError))
    assert isinstance(view.submit(tasks.fail, journal).exception(), ValueError)
    assert len(Path(journal).read_text().splitlines()) == 1
    unsent = view.submit(tasks.fail, threading.Lock())  # type: ignore[arg-type]
    assert isinstance(unsent.exception(), TypeError)


def test_between_two_attempts_it_waits_and_can_be_cancelled(client: Any, attempts: Attempts, gate: Path) -> None:
    """C-149, C-150."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with DaskExecutor(client, workers=next(iter(client.run(os.getpid)))) as executor:
        future = executor.with_options(retries=5, retry_on=ZeroDivisionError).submit(*attempts.call())
        behind = executor.submit(tasks.wait_for, str(gate))
        until(lambda: len(attempts.begun()) == 1)
        attempts.let_go(0)
        until(behind.running)
        until(lambda: not future.running())  # the worker may begin what is behind before the answer has come here
        assert future.cancel()
        gate.touch()
        with pytest.raises(CancelledError):
            future.result(0)
    assert len(attempts.begun()) == 1


def test_a_drain_runs_all_attempts(client: Any, attempts: Attempts) -> None:
    """C-150."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client)
    future = executor.with_options(retries=2, retry_on=ZeroDivisionError).submit(*attempts.call())
    executor.shutdown(wait=False)
    for number in range(3):
        attempts.let_go(number)
    executor.shutdown()
    assert future.result(0) == 2


def test_after_a_request_to_cancel_there_is_no_further_attempt(client: Any, attempts: Attempts) -> None:
    """C-150."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client)
    future = executor.with_options(retries=2, retry_on=ZeroDivisionError).submit(*attempts.call())
    until(future.running)
    executor.shutdown(wait=False, cancel_futures=True)
    for number in range(3):
        attempts.let_go(number)
    executor.shutdown()
    assert isinstance(future.exception(0), ZeroDivisionError)
    assert len(attempts.begun()) == 1


def test_where_a_death_breaks_the_executor_nothing_is_tried_again(client: Any, attempts: Attempts) -> None:
    """C-150."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client, on_worker_death="break")
    future = executor.with_options(retries=2).submit(*attempts.call())
    until(lambda: len(attempts.begun()) == 1)
    os.kill(attempts.begun()[0], signal.SIGKILL)
    assert isinstance(future.exception(limits.HANG), BrokenProcessPool)
    executor.shutdown()
    assert len(attempts.begun()) == 1


# --- map --------------------------------------------------------------------------------------------------------------


class Bar:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def update(self, n: int) -> None:
        self.heard.append(n)


def test_a_map_may_give_results_as_they_come_and_tell_a_bar(executor: DaskExecutor, gate: Path) -> None:
    """C-128, C-129, C-109."""
    bar = Bar()
    opened = gate.with_name("open")
    opened.touch()
    ends = executor.map(
        tasks.wait_for,
        [str(gate), str(opened)],
        ordered=False,
        progress=bar,
        timeout=Fraction(limits.HANG),  # type: ignore[arg-type]
    )
    assert next(ends) == str(opened)
    gate.touch()
    assert list(ends) == [str(gate)]
    until(lambda: bar.heard == [1, 1])
    assert list(executor.map(abs, [-1, -2, -3], chunksize=2, progress=bar)) == [1, 2, 3]
    until(lambda: sorted(bar.heard[2:]) == [1, 2])
    with pytest.raises(TypeError, match="ordered"):
        executor.map(abs, [], ordered=1)  # type: ignore[arg-type]


def test_a_calls_time_out_is_none_of_the_map(executor: DaskExecutor) -> None:
    """C-108."""
    results = executor.map(tasks.raise_it, [TimeoutError("own"), KeyError()], timeout=limits.HANG)
    with pytest.raises(TimeoutError, match="own"):
        next(results)
    with pytest.raises(KeyError):
        next(results)
