"""``map`` reads no more than it was allowed to, gives results in order, keeps none, and cancels what is left over."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from checkedpool import mapping
from tests.shell.interruptions import at_each, interrupted_after

NONE: Future[Any] = Future()
"""Stands for one that is done."""
NONE.cancel()


class Value:
    """Can be referred to weakly."""


class FakeExecutor(Executor):
    """Runs nothing until it is asked to; refuses more than so many."""

    def __init__(self, limit: int = 1000) -> None:
        self.futures: list[Future[Any]] = []
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.limit = limit

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert not kwargs
        if len(self.calls) == self.limit:
            raise RuntimeError("no more")
        future: Future[Any] = Future()
        self.futures.append(future)
        self.calls.append((fn, args))
        return future

    def run(self, *places: int) -> None:
        """Run these, or all that are pending."""
        for place, (future, (fn, args)) in enumerate(zip(self.futures, self.calls, strict=True)):
            if future.done() or (places and place not in places):
                continue
            try:
                future.set_result(fn(*args))
            except BaseException as error:  # noqa: BLE001 - a task may raise anything
                future.set_exception(error)

    def forget(self) -> None:
        """Keep no future that is done."""
        self.futures = [NONE if future.done() else future for future in self.futures]

    def waiting(self) -> int:
        """How many are not done."""
        return sum(not future.done() for future in self.futures)

    def cancelled(self) -> list[bool]:
        return [future.cancelled() for future in self.futures]


def start(
    executor: Executor, fn: Callable[..., Any], *iterables: Any, timeout: float | None = None, chunksize: int = 1,
    buffersize: int | None = None,
) -> Any:  # fmt: skip
    return mapping.results(executor, fn, iterables, timeout, chunksize, buffersize)


class Input:
    """Counts what was read of it."""

    def __init__(self, count: int) -> None:
        self.read = 0
        self.items = iter(range(count))

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        item = next(self.items)
        self.read += 1
        return item


# --- what is submitted when -------------------------------------------------------------------------------------------


def test_without_a_buffer_everything_is_submitted_at_the_call() -> None:
    executor, items = FakeExecutor(), Input(5)
    start(executor, abs, items)
    assert items.read == 5
    assert executor.calls == [(abs, (item,)) for item in range(5)]


@pytest.mark.parametrize("chunksize", [1, 3])
def test_with_a_buffer_one_more_is_read_for_each_result_that_is_taken(chunksize: int) -> None:
    executor, items = FakeExecutor(), Input(100)
    found = start(executor, abs, items, buffersize=2, chunksize=chunksize)
    assert items.read == 2 * chunksize
    for taken in range(1, 10):
        executor.run()
        assert next(found) == taken - 1
        chunks_begun = (taken + chunksize - 1) // chunksize
        assert items.read == (2 + chunks_begun) * chunksize
    found.close()


def test_with_a_buffer_larger_than_the_input_it_ends_with_the_input() -> None:
    executor = FakeExecutor()
    found = start(executor, abs, range(3), buffersize=10)
    executor.run()
    assert list(found) == [0, 1, 2]


def test_several_inputs_end_with_the_shortest() -> None:
    executor = FakeExecutor()
    found = start(executor, pow, [2, 3, 4], [5, 6])
    executor.run()
    assert list(found) == [32, 729]


@pytest.mark.parametrize(("wrong", "kind"), [("1", TypeError), (1.0, TypeError), (0, ValueError), (-1, ValueError)])
def test_a_wrong_buffer_is_refused_before_anything_is_read(wrong: Any, kind: type[Exception]) -> None:
    executor, items = FakeExecutor(), Input(3)
    with pytest.raises(kind, match="buffersize must be"):
        start(executor, abs, items, buffersize=wrong)
    assert (items.read, executor.calls) == (0, [])


# --- chunks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunksize", [1, 2, 3, 7, 100])
def test_chunks_change_nothing_but_the_number_of_tasks(chunksize: int) -> None:
    executor = FakeExecutor()
    found = start(executor, pow, range(7), [2] * 7, chunksize=chunksize)
    executor.run()
    assert list(found) == [item * item for item in range(7)]
    assert len(executor.calls) == -(-7 // chunksize)


def test_closing_a_map_of_chunks_cancels_what_has_not_been_given() -> None:
    executor = FakeExecutor()
    found = start(executor, abs, range(6), chunksize=2)
    executor.run(0)
    assert next(found) == 0
    found.close()
    assert executor.cancelled() == [False, True, True]


# --- what is left over ------------------------------------------------------------------------------------------------


def test_results_come_in_the_order_of_the_input() -> None:
    executor = FakeExecutor()
    found = start(executor, abs, [-3, -2, -1])
    for place in (2, 0, 1):
        executor.run(place)
    assert list(found) == [3, 2, 1]


def test_closing_it_cancels_what_has_not_been_given() -> None:
    executor = FakeExecutor()
    found = start(executor, abs, range(4))
    executor.run(0)
    next(found)
    found.close()
    assert executor.cancelled() == [False, True, True, True]


@pytest.mark.parametrize("chunksize", [1, 2])
def test_an_exception_comes_at_its_place_and_the_rest_goes_on(chunksize: int) -> None:
    executor = FakeExecutor()
    found = start(executor, (1).__truediv__, [1, 1, 0, 1, 2, 4], chunksize=chunksize)
    executor.run()
    assert [next(found), next(found)] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        next(found)
    assert list(found) == ([1, 0.5, 0.25] if chunksize == 1 else [0.5, 0.25])


def test_with_a_buffer_it_goes_on_reading_after_an_exception() -> None:
    executor, items = FakeExecutor(), Input(5)
    found = start(executor, (1).__truediv__, items, buffersize=1)
    executor.run()
    with pytest.raises(ZeroDivisionError):
        next(found)
    executor.run()
    assert (next(found), items.read) == (1, 3)
    found.close()


def test_stop_iteration_of_a_call_is_no_end() -> None:
    executor = FakeExecutor()
    found = start(executor, lambda item: next(iter(range(item))), range(2))
    executor.run()
    with pytest.raises(RuntimeError, match="raised StopIteration"):
        next(found)
    assert list(found) == [0]


def test_dropping_it_after_an_exception_that_is_kept_cancels_the_rest() -> None:
    executor = FakeExecutor()
    found = start(executor, (1).__truediv__, range(3))
    executor.run(0)
    with pytest.raises(ZeroDivisionError) as kept:
        next(found)
    del found
    assert executor.cancelled() == [False, True, True]
    assert kept.type is ZeroDivisionError


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("chunksize", [1, 2])
def test_who_is_interrupted_is_not_given_the_next_one_in_its_place(chunksize: int, before: int) -> None:
    expected = [0, 1, 2, 3, 4, 5] if chunksize == 1 else [0, 1, 2, 4, 5]

    def attempt(moment: int) -> bool:
        executor = FakeExecutor()
        found = start(executor, _raise_at_2, range(6), chunksize=chunksize)
        given = [_outcome(executor, found) for _ in range(before)]
        executor.run()
        interrupted = interrupted_after(moment, lambda: given.append(_next(found)))
        while (outcome := _outcome(executor, found)) != "end":
            given.append(outcome)
        assert given == expected[: len(given)], f"{moment}: an outcome is missing between two others"
        assert executor.waiting() == 0
        return interrupted

    assert at_each(attempt) > 3


def _raise_at_2(item: int) -> int:
    if item == 2:
        raise KeyError(item)
    return item


def _outcome(executor: FakeExecutor, found: Iterator[int]) -> object:
    executor.run()
    try:
        return _next(found)
    except StopIteration:
        return "end"


def _next(found: Iterator[int]) -> object:
    """What comes next: a value, or the item whose call has raised; no call that is not our own is around it."""
    try:
        return found.__next__()
    except KeyError as error:
        return error.args[0]
    except KeyboardInterrupt as interruption:
        if isinstance(interruption.__context__, KeyError):
            return interruption.__context__.args[0]
        raise


def test_a_time_out_cancels_the_awaited_one_too() -> None:
    executor = FakeExecutor()
    found = start(executor, abs, range(3), timeout=0)
    with pytest.raises(TimeoutError):
        next(found)
    assert executor.cancelled() == [True, True, True]


def test_what_is_there_is_given_after_the_time_is_over() -> None:
    executor = FakeExecutor()
    found = start(executor, abs, range(2), timeout=-1)
    executor.run()
    assert list(found) == [0, 1]


@pytest.mark.parametrize("timeout", [None, 0, 100])
def test_a_time_out_error_of_a_task_is_an_error_like_others(timeout: float | None) -> None:
    def fail(item: int) -> int:
        if item == 0:
            raise TimeoutError(item)
        return item

    executor = FakeExecutor()
    found = start(executor, fail, range(3), timeout=timeout)
    executor.run()
    with pytest.raises(TimeoutError, match="0"):
        next(found)
    assert list(found) == [1, 2]


def test_an_input_that_fails_later_comes_out_and_cancels_the_rest() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        raise ZeroDivisionError

    executor = FakeExecutor()
    found = start(executor, abs, failing(), buffersize=3)
    executor.run(0)
    with pytest.raises(ZeroDivisionError):
        next(found)
    assert executor.cancelled() == [False, True, True]


def test_a_submission_that_is_refused_later_comes_out_and_cancels_the_rest() -> None:
    executor = FakeExecutor(limit=3)
    found = start(executor, abs, range(9), buffersize=2)
    executor.run(0)
    assert next(found) == 0
    executor.run(1)
    with pytest.raises(RuntimeError, match="no more"):
        next(found)
    assert executor.cancelled() == [False, False, True]


# --- references -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("chunksize", "buffersize"), [(1, None), (1, 2), (3, None), (3, 1)])
def test_a_value_that_was_given_is_kept_by_nobody(chunksize: int, buffersize: int | None) -> None:
    executor = FakeExecutor()
    found = start(executor, lambda _: Value(), range(6), chunksize=chunksize, buffersize=buffersize)
    gc.disable()
    try:
        for _ in range(6):
            executor.run()
            executor.forget()
            value = next(found)
            gone = weakref.ref(value)
            del value
            assert gone() is None
    finally:
        gc.enable()


def test_an_exception_that_was_raised_is_kept_by_nobody() -> None:
    class Failure(Exception):  # noqa: N818 - its life matters, not its meaning
        pass

    def fail(_: int) -> None:
        raise Failure

    def take(found: Iterator[Any]) -> weakref.ref[Failure]:
        try:
            next(found)
        except Failure as error:
            return weakref.ref(error)
        raise AssertionError

    executor = FakeExecutor()
    found = start(executor, fail, range(2))
    executor.run(0)
    executor.forget()
    gc.disable()
    try:
        assert take(found)() is None
    finally:
        gc.enable()
