"""`map` over an executor that is a test: when it takes input, what it submits, what it cancels, when it gives up."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from itertools import count
from typing import Any

import pytest

from checkedpool import mapping


class FakeExecutor(Executor):
    """Keeps what is submitted until a test runs it; or runs it at once."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.at_once = at_once
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self.futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls.append((fn, args, kwargs))
        self.futures.append(future)
        if self.at_once:
            self.run(len(self.futures) - 1)
        return future

    def run(self, number: int) -> None:
        fn, args, kwargs = self.calls[number]
        try:
            self.futures[number].set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the task's
            self.futures[number].set_exception(error)

    @property
    def cancelled(self) -> list[bool]:
        return [future.cancelled() for future in self.futures]


def mapped(
    executor: Executor, fn: Callable[..., Any], *iterables: Any, timeout: float | None = None, chunksize: int = 1,
    buffersize: int | None = None,
) -> Iterator[Any]:  # fmt: skip
    return mapping.results(executor, fn, iterables, timeout, chunksize, buffersize)


def square(number: int) -> int:
    return number * number


def fails_at_two(number: int) -> int:
    if number == 2:
        raise ValueError(number)
    return number


def test_results_come_in_the_order_of_the_input() -> None:
    executor = FakeExecutor(at_once=False)
    results = mapped(executor, square, range(4))
    for number in (3, 1, 0, 2):
        executor.run(number)
    assert list(results) == [0, 1, 4, 9]


def test_several_iterables_end_with_the_shortest() -> None:
    assert list(mapped(FakeExecutor(), pow, [2, 3, 4], [5, 2])) == [32, 9]


def test_no_input_is_no_result() -> None:
    assert list(mapped(FakeExecutor(), square, [])) == []
    assert list(mapped(FakeExecutor(), square, [], chunksize=3, buffersize=2)) == []


def test_everything_is_submitted_at_once_unless_it_is_buffered() -> None:
    executor = FakeExecutor(at_once=False)
    mapped(executor, square, range(10))
    assert len(executor.calls) == 10


@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_buffered_map_takes_no_more_input_than_it_submits(size: int) -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    results = mapped(FakeExecutor(), square, source(), buffersize=size)
    assert len(taken) == size
    for number in range(4):
        assert next(results) == number * number
        assert len(taken) == size + number + 1


def test_a_buffered_map_comes_to_the_end_of_its_input() -> None:
    assert list(mapped(FakeExecutor(), square, range(7), buffersize=3)) == [square(n) for n in range(7)]
    assert list(mapped(FakeExecutor(), square, range(2), buffersize=30)) == [0, 1]


def test_chunks_travel_together_and_come_apart_again() -> None:
    executor = FakeExecutor()
    assert list(mapped(executor, square, range(7), chunksize=3)) == [square(n) for n in range(7)]
    assert [len(args) for _, args, _ in executor.calls] == [3, 3, 1]


def test_a_buffer_counts_chunks() -> None:
    executor = FakeExecutor()
    results = mapped(executor, square, range(100), chunksize=5, buffersize=2)
    assert len(executor.calls) == 2
    assert [next(results) for _ in range(6)] == [square(n) for n in range(6)]
    assert len(executor.calls) == 4


def test_an_error_comes_out_in_its_place_and_the_rest_is_cancelled() -> None:
    executor = FakeExecutor(at_once=False)
    results = mapped(executor, fails_at_two, range(5))
    for number in range(3):
        executor.run(number)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="2"):
        next(results)
    assert executor.cancelled == [False, False, False, True, True]
    assert list(results) == []


def test_to_close_a_map_is_to_cancel_what_it_has_not_given_out() -> None:
    executor = FakeExecutor(at_once=False)
    results = mapped(executor, square, range(4))
    executor.run(0)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert executor.cancelled == [False, True, True, True]


def test_to_close_a_map_of_chunks_is_to_cancel_too() -> None:
    executor = FakeExecutor(at_once=False)
    results = mapped(executor, square, range(6), chunksize=2)
    executor.run(0)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert executor.cancelled == [False, True, True]


def test_to_drop_a_map_before_its_first_result_cancels_nothing() -> None:
    """`pool.map(fn, items)` for its effects, as with the standard executor."""
    executor = FakeExecutor(at_once=False)
    mapped(executor, square, range(3))
    gc.collect()
    assert executor.cancelled == [False] * 3


def test_a_map_that_times_out_cancels_the_rest() -> None:
    executor = FakeExecutor(at_once=False)
    results = mapped(executor, square, range(3), timeout=0)
    executor.run(0)
    assert next(results) == 0, "what is there needs no time"
    with pytest.raises(TimeoutError):
        next(results)
    assert executor.cancelled == [False, True, True]


def test_the_limit_counts_from_the_call_of_map(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    waited: list[float | None] = []

    class Patient(Future[int]):
        def result(self, timeout: float | None = None) -> int:
            waited.append(timeout)
            return 0

    class Executing(FakeExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            super().submit(fn, *args, **kwargs)
            return Patient()

    results = mapped(Executing(), square, range(2), timeout=5.0)
    now[0] = 102.0
    next(results)
    now[0] = 104.0
    next(results)
    assert waited == [3.0, 1.0]


def test_a_timeout_error_of_the_task_itself_is_its_result() -> None:
    def times_out(_: int) -> None:
        raise TimeoutError("of the task")

    with pytest.raises(TimeoutError, match="of the task"):
        list(mapped(FakeExecutor(), times_out, range(2)))


@pytest.mark.parametrize(("size", "error"), [(0, ValueError), (-1, ValueError), ("3", TypeError), (2.0, TypeError)])
def test_a_buffer_that_makes_no_sense_is_refused_before_any_input_is_taken(size: Any, error: type[Exception]) -> None:
    taken: list[int] = []
    with pytest.raises(error, match="buffersize"):
        mapped(FakeExecutor(), square, map(taken.append, range(3)), buffersize=size)
    assert not taken


def test_a_value_that_was_given_out_is_held_by_nobody() -> None:
    class Value:
        pass

    for chunksize in (1, 2):
        results = mapped(FakeExecutorThatForgets(), lambda _: Value(), range(4), chunksize=chunksize)
        there = weakref.ref(next(results))
        gc.collect()
        assert there() is None


class FakeExecutorThatForgets(FakeExecutor):
    """Keeps nothing itself."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_a_buffered_map_keeps_its_executor_alive() -> None:
    executor = FakeExecutor()
    there = weakref.ref(executor)
    results = mapped(executor, square, range(4), buffersize=1)
    del executor
    gc.collect()
    assert there() is not None
    assert list(results) == [0, 1, 4, 9]
