"""What the executor promises where nothing dies, on a real cluster (C-01 to C-48, as far as they hold there)."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import threading
from concurrent.futures import CancelledError, Executor, Future, as_completed, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import limits
from tests.dask import tasks
from tests.dask.conftest import tickets_at, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkedpool.dask import DaskExecutor


class Sleepers:
    """Tasks that hold both workers, and what waits behind them."""

    def __init__(self, executor: DaskExecutor, gate: Path, waiting: int = 4) -> None:
        self.begun = [executor.submit(tasks.wait_for, str(gate)) for _ in range(2)]
        until(lambda: all(future.running() for future in self.begun))
        self.waiting = [executor.submit(abs, -number) for number in range(waiting)]


def test_a_result_is_the_calls_own_whatever_its_keywords(executor: DaskExecutor) -> None:
    """C-02, C-14, C-15: the engine's own executor takes `key` and its kin for itself."""
    future = executor.submit(dict, key=1, workers=2, retries=3, pure=4, priority=5, self=6, fn=7)
    assert future.result() == {"key": 1, "workers": 2, "retries": 3, "pure": 4, "priority": 5, "self": 6, "fn": 7}
    assert isinstance(future, Future)
    assert isinstance(executor, Executor)


def test_equal_calls_are_two_tasks(executor: DaskExecutor, journal: str) -> None:
    """C-01: the engine's own executor makes one of them."""
    assert [f.result() for f in [executor.submit(tasks.noted, journal, 1) for _ in range(3)]] == [1, 1, 1]
    assert Path(journal).read_text().count("begun") == 3


def test_a_function_of_a_main_module_or_a_closure_travels_whole(executor: DaskExecutor) -> None:
    offset = 40
    assert executor.submit(lambda value: value + offset, 2).result() == 42


def test_what_a_call_raises_comes_with_its_traceback(executor: DaskExecutor) -> None:
    """C-33, C-34, C-35."""
    for error in (ValueError("a", 1), SystemExit(3), KeyboardInterrupt()):
        raised = executor.submit(tasks.raise_it, error).exception()
        assert type(raised) is type(error)
        assert raised is not None
        assert raised.args == error.args
        assert "in raise_it" in str(raised.__cause__)


def test_an_error_goes_as_its_class_says_and_not_as_the_engine_would_have_it(executor: DaskExecutor) -> None:
    """C-33, C-35: the engine has errors rebuilt without ``__init__``, and sends along what has caused them."""
    left = executor.submit(sys.exit, "farewell").exception()
    assert isinstance(left, SystemExit)
    assert left.code == "farewell"
    caused = executor.submit(tasks.raise_for_a_lock).exception()
    assert isinstance(caused, KeyError)
    assert caused.args == ("key",)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (functools.partial(threading.Lock), TypeError),  # a result that cannot be sent
        (tasks.lambda_back, ValueError),  # one that cannot be rebuilt here
        (tasks.raise_unrebuildable, TypeError),  # an exception that cannot
    ],
    ids=["unsent result", "unread result", "unread error"],
)
def test_a_value_costs_its_own_future_alone(executor: DaskExecutor, call: Any, kind: type[BaseException]) -> None:
    """C-38, C-39, C-41, C-115."""
    error = executor.submit(call).exception()
    assert isinstance(error, kind)
    assert error.__notes__
    assert executor.submit(abs, -1).result() == 1


def test_a_call_that_cannot_be_sent_or_read_costs_its_own_future_alone(executor: DaskExecutor) -> None:
    """C-20, C-37, C-24."""
    for arguments, kind in (
        ((abs, threading.Lock()), TypeError),
        ((abs, tasks.Unreadable()), ValueError),
        ((1,), TypeError),
    ):
        assert isinstance(executor.submit(*arguments).exception(), kind)
    assert executor.submit(abs, -1).result() == 1


def test_a_large_value_arrives(executor: DaskExecutor) -> None:
    """C-101."""
    value = os.urandom(1 << 22)
    assert executor.submit(bytes.__add__, value, b"!").result() == value + b"!"


# --- cancel -----------------------------------------------------------------------------------------------------------


def test_cancel_succeeds_before_the_begin_and_never_after(executor: DaskExecutor, gate: Path) -> None:
    """C-04, C-05, C-06: the engine's own executor says True of a running task."""
    held = Sleepers(executor, gate)
    assert held.begun[0].cancel() is False
    assert held.begun[0].running()
    waits = held.waiting[1]
    assert waits.cancel() is True
    assert waits.cancel() is True
    assert wait([waits], timeout=0).done == {waits}
    with pytest.raises(CancelledError):
        waits.result()
    gate.touch()
    assert held.begun[0].result() == str(gate)
    assert held.begun[0].cancel() is False
    assert [held.waiting[place].result() for place in (0, 2, 3)] == [0, 2, 3]


def test_a_cancel_right_behind_its_submit_does_not_overtake_it(executor: DaskExecutor, gate: Path) -> None:
    """C-05: what the client says goes out in its order, however much goes out at once."""
    from checkedpool.dask import session  # noqa: PLC0415 - it needs the engine

    Sleepers(executor, gate)
    futures = [executor.submit(abs, number) for number in range(2 * session.MANY + 1)]
    assert futures[-1].cancel() is True
    assert {executor.submit(abs, number).cancel() for number in range(20)} == {True}
    gate.touch()
    assert [future.result() for future in futures[:-1]] == list(range(2 * session.MANY))


def test_a_cancel_in_the_event_loop_never_waits_for_it(client: Any, gate: Path) -> None:
    """As by a finalizer that happens to run there, however new the executor is."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    heard: list[bool] = []
    executor = DaskExecutor(client)
    future = executor.submit(tasks.wait_for, str(gate))
    client.loop.add_callback(lambda: heard.append(future.cancel()))
    until(lambda: heard)
    gate.touch()
    assert not wait([future], limits.HANG).not_done
    assert future.cancelled() or future.result() == str(gate)
    executor.shutdown()


def test_begin_against_cancel_is_decided_once(executor: DaskExecutor, journal: str) -> None:
    """C-03, C-05: of many that are cancelled just when they may begin each has run or was cancelled, and none both."""
    futures = [executor.submit(tasks.noted, journal, number) for number in range(100)]
    cancelled = {number for number, future in enumerate(futures) if number % 2 and future.cancel()}
    ran = {future.result() for future in futures if not future.cancelled()}
    begun = [int(line.split()[1]) for line in Path(journal).read_text().splitlines() if line.startswith("begun")]
    assert sorted(begun) == sorted(ran)
    assert ran | cancelled == set(range(100))
    assert not ran & cancelled


# --- callbacks and waiters --------------------------------------------------------------------------------------------


def test_callbacks_come_once_in_their_order_and_hold_up_nothing(executor: DaskExecutor, gate: Path) -> None:
    """C-08 to C-13."""
    held = Sleepers(executor, gate)
    heard: list[object] = []
    blocked = threading.Event()
    first = held.waiting[0]
    first.add_done_callback(lambda _: blocked.wait())
    first.add_done_callback(heard.append)
    held.waiting[1].add_done_callback(lambda _: 1 / 0)
    held.waiting[1].add_done_callback(heard.append)
    gate.touch()
    assert first.result() == 0  # before its callbacks have returned
    until(lambda: heard == [held.waiting[1]])  # beside one that blocks
    blocked.set()
    until(lambda: heard == [held.waiting[1], first])


def test_a_callback_may_use_the_executor_and_shut_it_down(client: Any) -> None:
    """C-09, C-49."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client)
    heard: list[object] = []

    def call(_: object) -> None:
        heard.append(executor.submit(abs, -5).result())
        executor.shutdown(wait=True)
        heard.append("returned")

    executor.submit(abs, -1).add_done_callback(call)
    until(lambda: "returned" in heard)
    executor.shutdown()
    assert heard == [5, "returned"]


def test_waiters_of_every_kind_are_told(executor: DaskExecutor) -> None:
    """C-07, C-14."""
    futures = [executor.submit(abs, -number) for number in range(4)]
    assert {future.result() for future in as_completed(futures)} == {0, 1, 2, 3}
    assert wait(futures).not_done == set()

    async def main() -> int:
        return await asyncio.get_running_loop().run_in_executor(executor, abs, -7)

    assert asyncio.run(main()) == 7


# --- map --------------------------------------------------------------------------------------------------------------


def test_map_in_chunks_and_with_a_buffer(executor: DaskExecutor) -> None:
    """C-25, C-27, C-28, C-30."""
    assert list(executor.map(pow, range(10), [2] * 10, chunksize=3)) == [number**2 for number in range(10)]
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(6):
            read.append(number)
            yield -number

    results = executor.map(abs, numbers(), buffersize=2)
    assert read == [0, 1]
    assert list(results) == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="chunksize must be >= 1"):
        executor.map(abs, [], chunksize=0)


def test_an_exception_of_a_call_does_not_end_a_map(executor: DaskExecutor) -> None:
    """C-29."""
    results = executor.map(abs, [-1, None, -3])
    assert next(results) == 1
    with pytest.raises(TypeError):
        next(results)
    assert next(results) == 3


def test_a_map_that_is_closed_cancels_the_rest(executor: DaskExecutor, gate: Path) -> None:
    """C-26, C-31."""
    results = executor.map(tasks.wait_for, [str(gate)] * 6, timeout=0.2)
    with pytest.raises(TimeoutError):
        next(results)
    gate.touch()


# --- shutdown ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(client: Any) -> DaskExecutor:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    return DaskExecutor(client)


def test_a_drain_runs_what_was_submitted(own: DaskExecutor, gate: Path) -> None:
    """C-44, C-45, C-47, C-48: the engine's own executor cancels what runs where it is not to wait."""
    held = Sleepers(own, gate)
    own.shutdown(wait=False)
    with pytest.raises(RuntimeError, match="after shutdown"):
        own.submit(abs, -1)
    with pytest.raises(RuntimeError, match="after shutdown"):
        own.map(abs, [-1])
    gate.touch()
    own.shutdown()
    assert [future.result() for future in held.waiting] == [0, 1, 2, 3]


def test_leaving_with_waits_also_if_its_body_raises(client: Any) -> None:
    """C-59."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    futures: list[Future[int]] = []
    with contextlib.suppress(ZeroDivisionError), DaskExecutor(client) as executor:
        futures += [executor.submit(abs, -number) for number in range(5)]
        raise ZeroDivisionError
    assert len(futures) == 5
    assert all(future.done() for future in futures)


@pytest.mark.parametrize("first", ["nothing", "drain"])
def test_a_cancelling_shutdown_cancels_what_has_not_begun(own: DaskExecutor, gate: Path, first: str) -> None:
    """C-43, C-46."""
    held = Sleepers(own, gate)
    if first == "drain":
        own.shutdown(wait=False)
    own.shutdown(wait=False, cancel_futures=True)
    own.shutdown(wait=False)
    assert {future.cancelled() for future in wait(held.waiting).done} == {True}
    assert not any(future.done() for future in held.begun)
    gate.touch()
    own.shutdown(wait=True)
    assert [future.result() for future in held.begun] == [str(gate)] * 2


def test_a_collected_executor_finishes_its_work(client: Any, gate: Path) -> None:
    """C-62."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    held = Sleepers(DaskExecutor(client), gate)
    gate.touch()
    assert [future.result() for future in held.waiting] == [0, 1, 2, 3]


def test_two_executors_of_a_client_do_not_meet(client: Any, gate: Path) -> None:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    one, other = DaskExecutor(client), DaskExecutor(client)
    held = Sleepers(one, gate)
    theirs = other.submit(abs, -9)
    one.shutdown(wait=False, cancel_futures=True)
    assert {future.cancelled() for future in wait(held.waiting).done} == {True}
    gate.touch()
    one.shutdown()
    assert theirs.result() == 9
    other.shutdown()


def test_nothing_is_left_when_it_has_ended(own: DaskExecutor, client: Any) -> None:
    """C-96, C-98: no thread of the executor, no ticket, no task at the scheduler."""
    before = set(threading.enumerate())  # one of another executor may just end
    with contextlib.suppress(TypeError):
        own.submit(tasks.raise_it, TypeError()).result()
    assert {thread.name for thread in set(threading.enumerate()) - before} >= {"checkedpool user code"}
    own.shutdown()
    assert not [thread.name for thread in set(threading.enumerate()) - before if "checkedpool" in thread.name]
    until(lambda: client.run_on_scheduler(left_at) == (0, 0))


def left_at(dask_scheduler: Any) -> tuple[int, int]:
    """Tickets and tasks."""
    return len(tickets_at(dask_scheduler).clients), len(dask_scheduler.tasks)


# --- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"on_worker_death": "ignore"}, ValueError, "'break' or 'replace'"),
        ({"workers": []}, ValueError, "the address, name or host"),
        ({"resources": {"GPU": 0}}, ValueError, "positive numbers"),
    ],
    ids=["policy", "workers", "resources"],
)
def test_nonsense_is_refused(client: Any, options: Any, kind: type[Exception], says: str) -> None:
    """C-65."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with pytest.raises(kind, match=says):
        DaskExecutor(client, **options)
    with pytest.raises(TypeError, match=r"distributed\.Client"):
        DaskExecutor("127.0.0.1")


def test_workers_and_tasks_of_a_shared_cluster_are_not_stopped(executor: DaskExecutor, gate: Path) -> None:
    held = Sleepers(executor, gate, waiting=0)
    for stop in (executor.terminate_workers, executor.kill_workers, held.begun[0].terminate, held.begun[0].kill):  # type: ignore[attr-defined]
        with pytest.raises(NotImplementedError, match="cluster"):
            stop()


def test_tasks_go_to_the_workers_that_were_named(client: Any) -> None:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    address, pid = next(iter(client.run(os.getpid).items()))
    with DaskExecutor(client, workers=address) as executor:
        assert set(executor.map(pid_of, range(6))) == {pid}


def pid_of(_: int) -> int:
    return os.getpid()
