"""map(): order, time-out, chunks, laziness, and what becomes of the rest when it ends early."""

from __future__ import annotations

import concurrent.futures
import gc
import itertools
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.gates import Gate, Journal
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only, standard_since

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

ENDED = "gh-108518: before 3.16 an exception ends the iteration"
NO_NUMBER = "no issue: a task in the call queue counts as running, so it cannot be cancelled any more"


def test_results_come_in_the_order_of_the_inputs_and_not_of_their_ends(pools: Pools, gate: Gate) -> None:
    """C-25."""
    pool = pools.make(max_workers=2)
    results = pool.map(tasks.hold_or_double, itertools.repeat(gate), range(4))
    gate.wait_for_arrival()
    assert pool.submit(tasks.double, 50).result(LIMIT) == 100  # by now 1, 2 and 3 have ended, and 0 has not
    gate.open()
    assert list(results) == [0, 2, 4, 6]


def test_it_ends_with_the_shortest_iterable(pool: ProcessPoolExecutor) -> None:
    """C-25."""
    assert list(pool.map(pow, [2, 3, 4], itertools.count(1))) == [2, 9, 64]


def test_an_empty_iterable_gives_nothing(pool: ProcessPoolExecutor) -> None:
    """C-25."""
    assert list(pool.map(abs, [])) == []


def test_all_inputs_are_collected_and_submitted_at_the_call(pool: ProcessPoolExecutor, journal: Journal) -> None:
    """C-25: nobody ever asks for a result."""
    taken: list[int] = []
    results = pool.map(tasks.write, itertools.repeat(journal), _noting(range(5), taken))
    assert taken == [0, 1, 2, 3, 4]
    pool.shutdown()
    assert journal.words() == ["0", "1", "2", "3", "4"]
    del results


@parent_only
def test_after_shutdown_it_is_refused_at_the_call(pool: ProcessPoolExecutor) -> None:
    """C-32, C-44."""
    pool.shutdown()
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.map(abs, [1])


def test_an_input_that_fails_comes_out_of_the_call_and_costs_no_other_task(pool: ProcessPoolExecutor) -> None:
    """C-32."""

    def inputs() -> Iterator[int]:
        yield -1
        raise LookupError("no more inputs")

    with pytest.raises(LookupError, match="no more inputs"):
        pool.map(abs, inputs())
    assert list(pool.map(abs, [-2])) == [2]


# ------------------------------------------------------------------------------------------------ time-out


@parent_only
@pytest.mark.parametrize("timeout", [0, 0.05])
def test_a_result_that_is_not_there_in_time_is_a_timeout_error(
    pool: ProcessPoolExecutor, gate: Gate, timeout: float
) -> None:
    """C-26."""
    results = pool.map(tasks.hold, [gate], timeout=timeout)
    with pytest.raises(TimeoutError):
        next(results)
    gate.open_wide()


def test_results_that_are_there_are_given_before_the_time_out(pools: Pools, gate: Gate) -> None:
    """C-26: the third is held, and the iteration is over."""
    pool = pools.make()
    futures: list[Future[int]] = []
    submit = pool.submit

    def submit_and_note(*arguments: Any) -> Future[int]:
        futures.append(submit(*arguments))
        return futures[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "submit", submit_and_note)
        results = pool.map(tasks.hold_or_double, itertools.repeat(gate), [1, 2, 0, 3], timeout=0.05)
    concurrent.futures.wait(futures[:2], LIMIT)
    gate.wait_for_arrival()
    assert [next(results), next(results)] == [2, 4]
    with pytest.raises(TimeoutError):
        next(results)
    with pytest.raises(StopIteration):
        next(results)
    gate.open_wide()


@parent_only
def test_the_time_may_be_any_real_number(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-26, C-109."""
    timeout: Any = Fraction(1, 20)
    results = pool.map(tasks.hold, [gate], timeout=timeout)
    with pytest.raises(TimeoutError):
        next(results)
    gate.open_wide()


@parent_only
@ours_only("no issue: a Decimal cannot be added to a float")
def test_the_time_may_be_a_decimal(pool: ProcessPoolExecutor) -> None:
    """C-109."""
    timeout: Any = Decimal(LIMIT)
    assert list(pool.map(tasks.double, range(3), timeout=timeout)) == [0, 2, 4]


@parent_only
def test_a_time_that_is_no_number_is_a_type_error_at_the_call(pool: ProcessPoolExecutor) -> None:
    """C-109."""
    with pytest.raises(TypeError):
        pool.map(abs, [1], timeout="1")  # type: ignore[arg-type]


@ours_only(NO_NUMBER)
def test_a_time_out_cancels_what_has_not_begun_the_awaited_one_included(
    pool: ProcessPoolExecutor, gate: Gate, journal: Journal
) -> None:
    """C-26: gh-95166."""
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    results = pool.map(tasks.write, itertools.repeat(journal), range(4), timeout=0)
    with pytest.raises(TimeoutError):
        next(results)
    gate.open()
    held.result(LIMIT)
    pool.shutdown()
    assert journal.words() == []


# ------------------------------------------------------------------------------------------------ chunks


@parent_only
@pytest.mark.parametrize("chunksize", [1, 2, 3, 7, 100])
def test_the_size_of_chunks_does_not_change_the_results(pools: Pools, chunksize: int) -> None:
    """C-25, C-28."""
    pool = pools.make(max_workers=2)
    assert list(pool.map(pow, range(7), itertools.repeat(2), chunksize=chunksize)) == [0, 1, 4, 9, 16, 25, 36]


@parent_only
@ours_only("no issue: a ValueError of islice, when the first result is asked for")
def test_a_chunk_size_that_is_no_integer_is_a_type_error_at_the_call(pool: ProcessPoolExecutor) -> None:
    """C-27."""
    with pytest.raises(TypeError, match=r"chunksize must be an integer, not 2\.0"):
        pool.map(abs, [1], chunksize=2.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("chunksize", [0, -1])
def test_a_chunk_of_less_than_one_is_a_value_error_at_the_call(pool: ProcessPoolExecutor, chunksize: int) -> None:
    """C-27."""
    with pytest.raises(ValueError, match="chunksize must be >= 1"):
        pool.map(abs, [1], chunksize=chunksize)


def test_a_chunk_runs_in_one_worker_and_is_one_task(pools: Pools) -> None:
    """C-28."""
    pool = pools.make(max_workers=2)
    ran_in = [pid for pid, _ in pool.map(tasks.pid_and, range(12), chunksize=4)]
    assert [len(set(ran_in[start : start + 4])) for start in (0, 4, 8)] == [1, 1, 1]


def test_an_exception_in_a_chunk_costs_the_whole_chunk(pool: ProcessPoolExecutor) -> None:
    """C-28: 0 and 1 arrive, 2 was computed and is lost with 3."""
    results = pool.map(tasks.double_unless, range(6), itertools.repeat(3), chunksize=2)
    assert [next(results), next(results)] == [0, 2]
    with pytest.raises(ArithmeticError):
        next(results)


@ours_only(ENDED)
def test_after_a_chunk_that_raised_the_next_chunk_arrives(pool: ProcessPoolExecutor) -> None:
    """C-28, C-29."""
    results = pool.map(tasks.double_unless, range(6), itertools.repeat(3), chunksize=2)
    assert _all_of(results) == [0, 2, ArithmeticError, 8, 10]


# ------------------------------------------------------------------------------------------------ exceptions


@standard_since(3, 16)
def test_an_exception_comes_at_its_place_and_the_rest_goes_on(pool: ProcessPoolExecutor) -> None:
    """C-29."""
    results = pool.map(tasks.double_unless, range(5), itertools.repeat(2))
    assert _all_of(results) == [0, 2, ArithmeticError, 6, 8]
    assert list(results) == []


@standard_since(3, 16)
@pytest.mark.parametrize("buffersize", [1, 2])
def test_a_lazy_map_goes_on_after_an_exception(pool: ProcessPoolExecutor, buffersize: int) -> None:
    """C-29, C-30."""
    results = pool.map(tasks.double_unless, itertools.count(), itertools.repeat(1), buffersize=buffersize)
    assert _all_of(itertools.islice(results, 1)) == [0]
    with pytest.raises(ArithmeticError):
        next(results)
    assert [next(results), next(results)] == [4, 6]


@parent_only
@standard_since(3, 16)
def test_after_an_exception_everything_runs(pool: ProcessPoolExecutor, gates: Gates, journal: Journal) -> None:
    """C-29: nobody asks for the rest, and nobody closes the map."""
    gate = gates.make()
    parts = ["exception", "hold", "write", "write"]
    results = pool.map(_stage, itertools.repeat(gate), itertools.repeat(journal), parts)
    with pytest.raises(ArithmeticError):
        next(results)
    gate.wait_for_arrival()
    gate.open()
    pool.shutdown()
    assert journal.words() == ["held", "ran", "ran"]
    assert list(results) == [None, None, None]


@standard_since(3, 16)
@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_a_time_out_error_of_a_call_is_none_of_the_map(pool: ProcessPoolExecutor, timeout: float | None) -> None:
    """C-108: gh-155852."""
    results = pool.map(_times_out_at_1, range(4), timeout=timeout)
    assert _all_of(results) == [0, TimeoutError, 2, 3]


@parent_only
@standard_since(3, 16)
def test_after_a_time_out_error_of_a_call_the_map_has_its_own(pool: ProcessPoolExecutor, gates: Gates) -> None:
    """C-26, C-108: which ends it. Where the machine had no time for the first call, the map has more."""
    for limit in (0.2, 2.0, LIMIT / 2):
        gate = gates.make()
        results = pool.map(_times_out_or_holds, itertools.repeat(gate), range(3), timeout=limit)
        with pytest.raises(TimeoutError) as first:
            next(results)
        if str(first.value) == "of the call":
            break
        gate.open_wide()
    else:
        pytest.fail("the first call is later than the map's time-out each time")
    gate.wait_for_arrival()
    with pytest.raises(TimeoutError) as caught:
        next(results)
    assert str(caught.value) == ""
    assert list(results) == []
    gate.open_wide()


@ours_only(ENDED)
def test_each_result_of_a_broken_map_says_so(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-29, C-81, C-82: the worker dies when all calls are submitted, for a later submit is refused."""
    results = pool.map(tasks.hold, [gate] * 4)
    os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    assert len([kind for kind in _all_of(results) if kind is BrokenProcessPool]) == 4


# ------------------------------------------------------------------------------------------------ early ends


@parent_only
@ours_only(NO_NUMBER)
@pytest.mark.parametrize("raises_before", [False, True])
@pytest.mark.parametrize("end", ["close", "drop"])
def test_the_end_of_the_iterator_cancels_what_has_not_begun(
    pool: ProcessPoolExecutor, gates: Gates, journal: Journal, end: str, *, raises_before: bool
) -> None:
    """C-29, C-31: of four tasks the first answers or raises, the second is held, so the last two never run."""
    gate = gates.make()
    parts = ["exception" if raises_before else "", "hold", "write", "write"]
    results = pool.map(_stage, itertools.repeat(gate), itertools.repeat(journal), parts)
    if raises_before:
        with pytest.raises(ArithmeticError):
            next(results)
    else:
        next(results)
    gate.wait_for_arrival()
    if end == "close":
        results.close()  # type: ignore[attr-defined]
        assert list(results) == []
    del results
    gc.collect()
    gate.open()
    pool.shutdown()
    assert journal.words() == ["held"]


def test_an_iterator_dropped_before_its_first_result_cancels_nothing(
    pool: ProcessPoolExecutor, journal: Journal
) -> None:
    """C-31: gh-136578. A map for its effects alone is complete."""
    pool.map(tasks.write, itertools.repeat(journal), range(5))
    gc.collect()
    pool.shutdown()
    assert journal.words() == ["0", "1", "2", "3", "4"]


# ------------------------------------------------------------------------------------------------ buffersize


@parent_only
@standard_since(3, 14)
def test_with_a_buffer_inputs_are_read_only_as_results_are_taken(pool: ProcessPoolExecutor) -> None:
    """C-30."""
    taken: list[int] = []
    results = pool.map(tasks.double, _noting(itertools.count(), taken), buffersize=3)
    assert taken == [0, 1, 2]
    assert next(results) == 0
    assert taken == [0, 1, 2, 3]
    assert [next(results), next(results)] == [2, 4]
    assert taken == [0, 1, 2, 3, 4, 5]


@parent_only
@standard_since(3, 14)
def test_a_buffer_counts_chunks(pool: ProcessPoolExecutor) -> None:
    """C-30."""
    taken: list[int] = []
    results = pool.map(tasks.double, _noting(itertools.count(), taken), chunksize=2, buffersize=2)
    assert taken == [0, 1, 2, 3]
    assert [next(results), next(results), next(results)] == [0, 2, 4]
    assert taken[-1] in {5, 7}


@parent_only
@standard_since(3, 14)
@pytest.mark.parametrize("buffersize", [1, 2, 5, 50])
def test_the_size_of_the_buffer_does_not_change_the_results(pools: Pools, buffersize: int) -> None:
    """C-30."""
    pool = pools.make(max_workers=2)
    assert list(pool.map(tasks.double, range(9), buffersize=buffersize)) == [2 * n for n in range(9)]


@parent_only
@standard_since(3, 14)
@pytest.mark.parametrize(
    ("buffersize", "error"), [(0, ValueError), (-1, ValueError), ("1", TypeError), (1.0, TypeError)]
)
def test_a_wrong_size_of_the_buffer_is_an_error_at_the_call(
    pool: ProcessPoolExecutor, buffersize: Any, error: type[Exception]
) -> None:
    """C-30."""
    with pytest.raises(error, match="buffersize must be"):
        pool.map(abs, [1], buffersize=buffersize)


@ours_only("no issue: the iterator ends without a word when the executor was shut down or collected meanwhile")
def test_a_lazy_map_that_can_submit_no_more_says_so(pool: ProcessPoolExecutor) -> None:
    """C-32, C-107."""
    from checkedpool import ExecutorShutdownError  # noqa: PLC0415 - the standard kind must run without it

    results = pool.map(tasks.double, itertools.count(), buffersize=1)
    pool.shutdown()
    with pytest.raises(ExecutorShutdownError, match="cannot schedule new futures after shutdown"):
        list(itertools.islice(results, 3))


@parent_only
@standard_since(3, 14)
def test_closing_a_lazy_map_reads_no_further_input(pool: ProcessPoolExecutor) -> None:
    """C-30, C-31."""
    taken: list[int] = []
    results = pool.map(tasks.double, _noting(itertools.count(), taken), buffersize=2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert taken == [0, 1, 2]


@ours_only("no issue: the executor is collected, and with it the rest of the map, although its iterator is in use")
def test_a_lazy_map_goes_on_or_says_why_when_only_its_iterator_is_left(pools: Pools) -> None:
    """C-32: either every result comes, or an error; never a silent end."""
    results = pools.make().map(tasks.double, range(5), buffersize=1)
    pools.forget()
    gc.collect()
    try:
        assert list(results) == [0, 2, 4, 6, 8]
    except RuntimeError as refusal:
        assert "shutdown" in str(refusal)  # noqa: PT017 - both ends are allowed


def test_the_tasks_of_a_map_run_beside_each_other(pools: Pools, gate: Gate) -> None:
    """C-23: both are at the gate at the same moment."""
    pool = pools.make(max_workers=2)
    results = pool.map(tasks.hold, [gate, gate], "ab")
    assert gate.wait_for_arrival() != gate.wait_for_arrival()
    gate.open_wide()
    assert list(results) == ["a", "b"]


def _all_of(results: Iterator[Any]) -> list[Any]:
    """Each result; of what is raised the class."""
    outcomes: list[Any] = []
    while True:
        try:
            outcomes.append(next(results))
        except StopIteration:
            return outcomes
        except Exception as error:  # noqa: BLE001 - whatever it is
            outcomes.append(next(kind for kind in (BrokenProcessPool, type(error)) if isinstance(error, kind)))


def _times_out_at_1(number: int) -> int:
    if number == 1:
        raise TimeoutError("of the call")
    return number


def _times_out_or_holds(gate: Any, number: int) -> None:
    if number == 0:
        raise TimeoutError("of the call")
    gate.pass_through()


def _noting(values: Any, taken: list[int]) -> Iterator[int]:
    for value in values:
        taken.append(value)
        yield value


def _stage(gate: Any, journal: Journal, part: str) -> None:
    if part == "exception":
        raise ArithmeticError(part)
    if part == "hold":
        gate.pass_through()
        journal.write("held")
    if part == "write":
        journal.write("ran")
