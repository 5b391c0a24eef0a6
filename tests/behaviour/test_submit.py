"""submit(): what a call may be, whose outcome a future gets, and how the outcome travels."""

from __future__ import annotations

import concurrent.futures
import functools
import gc
import itertools
import operator
import os
import sys
import weakref
from concurrent.futures.process import _RemoteTraceback
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.gates import Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only, parent_only, standard_since

if TYPE_CHECKING:
    from concurrent.futures import Future

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

LARGE = 3 << 14
"""Bytes of an answer that goes through the pipe: larger ones lie in memory, which a worker keeps and uses again."""
MEGABYTE = 2**20


def test_a_call_gets_its_arguments_and_returns_its_value(pool: ProcessPoolExecutor) -> None:
    """C-02, C-15."""
    assert pool.submit(tasks.call_of, 1, [2], three=3).result(LIMIT) == ((1, [2]), {"three": 3})


def test_every_keyword_reaches_the_function_even_self_and_fn(pool: ProcessPoolExecutor) -> None:
    """C-15."""
    assert pool.submit(tasks.call_of, self=1, fn=2).result(LIMIT) == ((), {"self": 1, "fn": 2})


@methods("fork")
@pytest.mark.every("shape of a call, with up to two positional arguments")
def test_each_shape_of_a_call_arrives_as_it_was_made(pool: ProcessPoolExecutor) -> None:
    """C-15."""
    names = ("self", "fn", "args", "kwargs", "executor", "timeout")
    shapes = [
        (tuple(range(count)), dict.fromkeys(chosen, count))
        for count in range(3)
        for size in range(len(names) + 1)
        for chosen in itertools.combinations(names, size)
    ]
    futures = [pool.submit(tasks.call_of, *args, **kwargs) for args, kwargs in shapes]
    assert [future.result(LIMIT) for future in futures] == shapes


def test_a_call_runs_in_another_process_and_the_worker_is_used_again(pool: ProcessPoolExecutor) -> None:
    """C-02, C-66."""
    first, second = (pool.submit(os.getpid).result(LIMIT) for _ in range(2))
    assert first == second != os.getpid()


@parent_only
@pytest.mark.parametrize(
    ("function", "argument", "value"),
    [
        pytest.param(abs, -3, 3, id="builtin"),
        pytest.param(str.upper, "a", "A", id="method-of-a-type"),
        pytest.param([1, 2, 1].count, 1, 2, id="bound-method"),
        pytest.param(functools.partial(operator.add, 1), 2, 3, id="partial"),
        pytest.param(complex, "1j", 1j, id="class"),
    ],
)
def test_anything_callable_that_pickles_can_be_submitted(
    pool: ProcessPoolExecutor, function: object, argument: object, value: object
) -> None:
    """C-15."""
    assert pool.submit(function, argument).result(LIMIT) == value  # type: ignore[arg-type]


def test_what_is_not_callable_fails_as_a_task(pool: ProcessPoolExecutor) -> None:
    """C-24."""
    future: Future[object] = pool.submit("no function")  # type: ignore[arg-type]
    assert isinstance(future.exception(LIMIT), TypeError)
    assert pool.submit(abs, -1).result(LIMIT) == 1


@parent_only
@pytest.mark.parametrize("value", [None, False, ValueError("a value"), StopIteration(3)], ids=repr)
def test_values_that_look_like_nothing_or_like_errors_are_results(pool: ProcessPoolExecutor, value: object) -> None:
    """C-02: a returned exception is a result."""
    assert repr(pool.submit(tasks.identity, value).result(LIMIT)) == repr(value)


def test_arguments_and_results_far_larger_than_a_pipe_arrive_whole(pool: ProcessPoolExecutor) -> None:
    """C-02."""
    large = os.urandom(1024) * (8 * 1024)
    assert pool.submit(tasks.identity, large).result(LIMIT) == large


def test_large_arguments_and_large_results_at_once_do_not_block_each_other(pools: Pools) -> None:
    """C-01, C-16: worker and parent both write more than a pipe holds."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(tasks.identity, bytes([number]) * (2 * MEGABYTE)) for number in range(12)]
    for number, future in enumerate(futures):
        assert future.result(LIMIT) == bytes([number]) * (2 * MEGABYTE)


def test_each_of_many_futures_gets_the_result_of_its_own_call(pools: Pools) -> None:
    """C-01, C-02."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(tasks.double, number) for number in range(500)]
    assert [future.result(LIMIT) for future in futures] == [2 * number for number in range(500)]


def test_with_one_worker_tasks_begin_in_the_order_of_submission(pool: ProcessPoolExecutor, journal: Journal) -> None:
    """C-22."""
    for number in range(50):
        pool.submit(tasks.write, journal, number)
    pool.shutdown()
    assert journal.words() == [str(number) for number in range(50)]


def test_what_a_call_raises_is_raised_by_result_and_returned_by_exception(pool: ProcessPoolExecutor) -> None:
    """C-33."""
    future = pool.submit(tasks.raise_it, LookupError("this", 1))
    with pytest.raises(LookupError) as caught:
        future.result(LIMIT)
    assert caught.value is future.exception()
    assert caught.value.args == ("this", 1)


def test_notes_and_attributes_of_an_exception_survive(pool: ProcessPoolExecutor) -> None:
    """C-33."""
    error = pool.submit(tasks.raise_noted).exception(LIMIT)
    assert error is not None
    assert error.__notes__ == ["the note"]
    assert vars(error)["extra"] == "the attribute"


@ours_only("gh-132063: before 3.13.4 an exception that is false becomes the result None")
def test_an_exception_that_is_false_is_raised_all_the_same(pool: ProcessPoolExecutor) -> None:
    """C-33."""
    future = pool.submit(tasks.raise_it, tasks.Falsy())
    with pytest.raises(tasks.Falsy):
        future.result(LIMIT)


@pytest.mark.parametrize(
    "error",
    [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseException("base")],
    ids=lambda e: type(e).__name__,
)
def test_any_base_exception_ends_its_future_and_not_its_worker(pool: ProcessPoolExecutor, error: BaseException) -> None:
    """C-33, C-35."""
    worker = pool.submit(os.getpid).result(LIMIT)
    future = pool.submit(tasks.raise_it, error)
    assert type(future.exception(LIMIT)) is type(error)
    assert pool.submit(os.getpid).result(LIMIT) == worker


def test_sys_exit_in_a_call_is_the_exception_of_its_future(pool: ProcessPoolExecutor) -> None:
    """C-35."""
    error = pool.submit(tasks.leave_by_exit, "farewell").exception(LIMIT)
    assert isinstance(error, SystemExit)
    assert error.code == "farewell"


def test_the_cause_of_an_exception_is_the_traceback_in_the_worker(pool: ProcessPoolExecutor) -> None:
    """C-34."""
    error = pool.submit(tasks.raise_chained).exception(LIMIT)
    assert isinstance(error, ValueError)
    assert isinstance(error.__cause__, _RemoteTraceback)
    text = str(error.__cause__)
    assert "raise_chained" in text
    assert "the first cause" in text
    assert "direct cause" in text


def test_after_shutdown_submit_is_refused(pool: ProcessPoolExecutor) -> None:
    """C-17, C-44."""
    pool.submit(int).result(LIMIT)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.submit(int)


@ours_only("gh-152915: it is a RuntimeError like others")
def test_a_refusal_after_shutdown_has_a_class_of_its_own(pool: ProcessPoolExecutor) -> None:
    """C-107: of submit(), and of map()."""
    from checkedpool import ExecutorShutdownError  # noqa: PLC0415 - the standard kind must run without it

    pool.shutdown()
    for call in (lambda: pool.submit(int), lambda: pool.map(abs, [1])):
        with pytest.raises(ExecutorShutdownError, match="cannot schedule new futures after shutdown") as caught:
            call()
        assert isinstance(caught.value, RuntimeError)


@parent_only
@standard_since(3, 15)
@pytest.mark.parametrize("timeout", [Fraction(1, 100), Decimal("0.01")], ids=repr)
def test_the_time_of_a_wait_may_be_any_real_number(pool: ProcessPoolExecutor, gate: Gate, timeout: Any) -> None:
    """C-109."""
    future = pool.submit(tasks.hold, gate)
    for wait in (future.result, future.exception):
        with pytest.raises(TimeoutError):
            wait(timeout)
        with pytest.raises(TypeError):
            wait("1")  # type: ignore[arg-type]
    gate.open()


def test_submit_does_not_wait_for_a_busy_worker(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-16: far more, and far larger, than any channel holds."""
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(tasks.length, bytes(MEGABYTE)) for _ in range(24)]
    assert not held.done()
    gate.open()
    assert [future.result(LIMIT) for future in futures] == [MEGABYTE] * 24


def test_the_parent_keeps_no_reference_to_an_ended_call(pool: ProcessPoolExecutor) -> None:
    """C-98: bpo-16284."""
    argument, owner = _Referable(), _Referable()
    gone: list[weakref.ref[Any]] = [weakref.ref(argument), weakref.ref(owner)]
    future = pool.submit(owner.method, argument)
    del argument, owner
    future.result(LIMIT)
    gone.append(weakref.ref(future))
    del future
    eventually(lambda: gc.collect() >= 0 and all(ref() is None for ref in gone), "the call's objects are released")


@ours_only("no issue: it is about our worker's loop")
def test_an_idle_worker_does_not_keep_the_last_answer(pool: ProcessPoolExecutor) -> None:
    """C-98: its pickle neither, which may be as large as the value."""
    assert len(pool.submit(_text_of, LARGE).result(LIMIT)) == LARGE
    assert pool.submit(_large_bytes_above).result(LIMIT) == 0


def test_an_idle_worker_does_not_keep_the_bytes_that_it_has_answered_with(pool: ProcessPoolExecutor) -> None:
    """C-98: they are not pickled but written from where they lie."""
    before = pool.submit(_references_to_its_bytes).result(LIMIT)
    assert len(pool.submit(_its_bytes).result(LIMIT)) == LARGE
    assert pool.submit(_references_to_its_bytes).result(LIMIT) == before


def test_an_idle_worker_keeps_no_reference_to_its_last_result(pool: ProcessPoolExecutor, journal: Journal) -> None:
    """C-98: bpo-35715."""
    worker = pool.submit(os.getpid).result(LIMIT)
    pool.submit(tasks.make_watched, journal).result(LIMIT)
    eventually(lambda: f"ended-in-{worker}" in journal.words(), "the worker releases the result")


def test_an_idle_worker_keeps_no_reference_to_its_last_arguments(pool: ProcessPoolExecutor, journal: Journal) -> None:
    """C-98."""
    worker = pool.submit(os.getpid).result(LIMIT)
    pool.submit(id, tasks.Watched(journal)).result(LIMIT)
    eventually(lambda: f"ended-in-{worker}" in journal.words(), "the worker releases the argument")


def test_a_future_is_one_of_the_standard_library(pool: ProcessPoolExecutor) -> None:
    """C-14."""
    future = pool.submit(int)
    assert isinstance(future, concurrent.futures.Future)
    assert future.result(LIMIT) == 0
    assert "finished" in repr(future)


class _Referable:
    """Can be referred to weakly, and has a method to call."""

    def method(self, argument: object) -> None:
        pass


def _text_of(size: int) -> str:
    return "x" * size


def _large_bytes_above() -> int:
    """How many large pickles the functions hold that have called this one, as between two tasks."""
    frame, found = sys._getframe(), 0
    while frame.f_back is not None:
        frame = frame.f_back
        found += sum(isinstance(value, bytes) and len(value) >= LARGE for value in frame.f_locals.values())
    return found


ITS_BYTES = bytes(LARGE)


def _its_bytes() -> bytes:
    return ITS_BYTES


def _references_to_its_bytes() -> int:
    return sys.getrefcount(ITS_BYTES)
