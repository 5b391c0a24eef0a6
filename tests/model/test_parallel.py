"""Many graphs at once. Decides: that the results are those of one search after the other, whoever makes them."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures import ProcessPoolExecutor as StandardExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

import checkedpool
from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_model.checker.parallel import explore_all
from checkedpool_model.checker.system import System
from tests.model.tiny import Counters, all_are_up, counters

SIZES = [(3, 3), (1, 9), (2, 2), (4, 9)]


def make(number: int, top: int) -> System[None, Counters]:
    """So many counters; if they are stopped before the end, that is a deadlock."""

    def is_low(_k: None, s: Counters, i: int) -> bool:
        return s.at[i] < min(top, 3)

    (row,) = counters(number).actions
    return replace(counters(number, terminal=all_are_up), actions=(replace(row, guard=(is_low,)),))


def fails(number: int) -> System[None, Counters]:
    raise ValueError(f"no system number {number}")


def threads() -> Executor:
    return ThreadPoolExecutor(2)


def standard() -> Executor:
    return StandardExecutor(2, mp_context=get_context("forkserver"))


def ours() -> Executor:
    return checkedpool.ProcessPoolExecutor(2, mp_context=get_context("forkserver"))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [threads, standard, ours], ids=lambda workers: workers.__name__)
def test_the_results_are_those_of_one_search_after_the_other(workers: Callable[[], Executor]) -> None:
    said: list[str] = []
    with workers() as executor:
        together = explore_all(executor, make, SIZES, progress=said.append)
    one_by_one = [explore(make(*size)) for size in SIZES]
    assert [replace(found, seconds=0) for found in together] == [replace(found, seconds=0) for found in one_by_one]
    assert [found.verdict for found in together] == [
        Verdict.HOLDS, Verdict.HOLDS, Verdict.VIOLATED, Verdict.HOLDS
    ]  # fmt: skip
    assert sorted(line[:6] for line in said) == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]


def test_the_limits_are_those_of_each_search() -> None:
    with threads() as executor:
        found = explore_all(executor, make, SIZES, limit=20)
        assert [one.verdict for one in found].count(Verdict.NOT_FINISHED) == 2
        assert explore_all(executor, make, [(4, 9)], memory_limit=1000)[0].stopped.startswith("more than 1,000 bytes")


def test_a_search_that_fails_is_an_exception_here() -> None:
    with threads() as executor, pytest.raises(ValueError, match=r"no system number [789]"):
        explore_all(executor, fails, [(7,), (8,), (9,)])
