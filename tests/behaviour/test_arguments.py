"""The constructor: what it takes, what it refuses, and what it says then."""

from __future__ import annotations

import inspect
import multiprocessing
import os
from concurrent.futures import Executor
from concurrent.futures import ProcessPoolExecutor as Standard
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import Pools

once = methods("spawn")
"""What is decided before anything starts is the same under every start method."""


@once
@pytest.mark.parametrize("number", [0, -1])
def test_less_than_one_worker_is_a_value_error(pools: Pools, number: int) -> None:
    """C-63."""
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        pools.make(max_workers=number)


@once
@ours_only("no issue: it is not checked, and fails at some later time or not at all")
@pytest.mark.parametrize("number", [2.5, "4", [1]], ids=repr)
def test_a_number_of_workers_that_is_no_integer_is_a_type_error(pools: Pools, number: Any) -> None:
    """C-63, C-65."""
    with pytest.raises(TypeError, match="max_workers"):
        pools.make(max_workers=number)


@once
@ours_only("no issue: a name is an AttributeError of a string")
def test_the_name_of_a_context_is_a_type_error_that_says_how_to_get_one(pools: Pools) -> None:
    """C-64, C-65."""
    with pytest.raises(TypeError, match=r"multiprocessing.get_context\('spawn'\), not 'fork'"):
        pools.make(mp_context="fork")


@once
def test_the_default_is_as_many_workers_as_there_are_usable_processors(pools: Pools) -> None:
    """C-63."""
    count = getattr(os, "process_cpu_count", os.cpu_count)()
    assert pools.make(max_workers=None)._max_workers == (count or 1)


@once
def test_without_a_context_it_takes_the_default_one(pools: Pools) -> None:
    """C-64."""
    pool = pools.make(mp_context=None)
    assert pool._mp_context.get_start_method() == multiprocessing.get_context().get_start_method()


def test_it_works_with_the_context_that_it_was_given(pools: Pools) -> None:
    """C-64."""
    pool = pools.make()
    assert pool._mp_context is pools.kind.context
    assert pool.submit(_process_class).result(LIMIT).lower() == f"{pools.kind.method}process"


@once
@pytest.mark.parametrize("initializer", ["no function", 7])
def test_an_initializer_that_is_not_callable_is_a_type_error(pools: Pools, initializer: Any) -> None:
    """C-65."""
    with pytest.raises(TypeError, match="initializer must be a callable"):
        pools.make(initializer=initializer)


@once
@pytest.mark.parametrize(("limit", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), ("1", TypeError)])
def test_a_wrong_limit_of_tasks_is_an_error(pools: Pools, limit: Any, error: type[Exception]) -> None:
    """C-72."""
    with pytest.raises(error, match="max_tasks_per_child must be"):
        pools.make(max_tasks_per_child=limit)


@methods("fork")
def test_a_limit_of_tasks_does_not_go_with_fork(pools: Pools) -> None:
    """C-72."""
    with pytest.raises(ValueError, match="max_tasks_per_child is incompatible with the 'fork'"):
        pools.make(max_tasks_per_child=1)


@once
@ours_only("new: a policy")
@pytest.mark.parametrize("policy", ["restart", "", None, 1], ids=repr)
def test_an_unknown_policy_is_a_value_error_that_lists_the_known_ones(pools: Pools, policy: Any) -> None:
    """C-65."""
    with pytest.raises(ValueError, match="on_worker_death") as caught:
        pools.make(on_worker_death=policy)
    assert "'break'" in str(caught.value)
    assert "'replace'" in str(caught.value)


class Seven:
    """An integer of another library."""

    def __index__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "seven"


@once
@ours_only("new: a limit of deaths in a row")
@pytest.mark.parametrize("policy", ["break", "replace"])
@pytest.mark.parametrize(
    ("restarts", "error", "said"),
    [(-1, ValueError, ">= 0"), (1.0, TypeError, "not float"), ("1", TypeError, "not str"), (0, None, ""),
     (Seven(), None, ""), (None, None, "")],
    ids=repr,
)  # fmt: skip
def test_a_limit_of_deaths_in_a_row_is_no_negative_integer_and_goes_with_replace(
    pools: Pools, restarts: Any, error: type[Exception] | None, said: str, policy: str
) -> None:
    """C-137."""
    if policy == "break" and error is None and restarts is not None:
        error, said = ValueError, "the first death breaks the pool"
    if error is None:
        pools.make(on_worker_death=policy, max_worker_restarts=restarts, mp_context=None).shutdown()
        return
    with pytest.raises(error, match=f"max_worker_restarts.*{said}"):
        pools.make(on_worker_death=policy, max_worker_restarts=restarts, mp_context=None)


@once
@ours_only("new: limits in seconds")
@pytest.mark.parametrize("name", ["exit_limit", "terminate_limit", "start_limit"])
@pytest.mark.parametrize(
    ("seconds", "error"),
    [(0, ValueError), (-1, ValueError), (float("nan"), ValueError), ("5", TypeError), (None, TypeError)],
    ids=repr,
)
def test_a_limit_that_is_no_positive_number_of_seconds_is_an_error(
    pools: Pools, name: str, seconds: Any, error: type[Exception]
) -> None:
    """C-65: and its name is in it."""
    with pytest.raises(error, match=name):
        pools.make(**{name: seconds})


@once
@ours_only("new: limits in seconds")
def test_a_limit_may_be_infinite(pools: Pools) -> None:
    """C-65: or as good as infinite."""
    for limit in (float("inf"), 1e18):
        with pools.make(exit_limit=limit, terminate_limit=limit, start_limit=limit) as pool:
            assert pool.submit(tasks.double, 2).result(LIMIT) == 4


@once
@ours_only("new: keyword-only limits and the policy")
def test_what_is_new_is_keyword_only_and_what_is_old_has_its_old_place(pools: Pools) -> None:
    """C-63, C-64, C-65: a drop-in takes every call that the standard one takes."""
    ours = inspect.signature(pools.kind.executor).parameters
    standard = inspect.signature(Standard).parameters
    assert list(ours)[: len(standard)] == list(standard)
    for name, parameter in standard.items():
        assert (ours[name].default, ours[name].kind) == (parameter.default, parameter.kind)
    by_keyword = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert {ours[name].kind for name in list(ours)[len(standard) :]} <= by_keyword


@once
@ours_only("new: every method of the newest standard executor, on every version")
@pytest.mark.parametrize("name", ["submit", "map", "shutdown"])
def test_methods_take_what_the_standard_ones_take(pools: Pools, name: str) -> None:
    """C-15, C-25, C-42."""
    ours = inspect.signature(getattr(pools.kind.executor, name)).parameters
    for parameter in inspect.signature(getattr(Standard, name)).parameters.values():
        assert (ours[parameter.name].default, ours[parameter.name].kind) == (parameter.default, parameter.kind)


@once
def test_it_is_an_executor(pools: Pools) -> None:
    """C-14."""
    assert issubclass(pools.kind.executor, Executor)


@once
@ours_only("no issue: any iterable is accepted, and an error shows in the worker")
def test_initargs_that_are_no_sequence_are_a_type_error(pools: Pools) -> None:
    """C-65."""
    with pytest.raises(TypeError, match="initargs must be a tuple"):
        pools.make(initializer=tasks.note, initargs=7)


@once
def test_initargs_may_be_a_list(pools: Pools) -> None:
    """C-70: as in the standard executor any iterable will do."""
    pool = pools.make(initializer=tasks.note, initargs=["a"])
    assert pool.submit(tasks.noted).result(LIMIT)[1] == [("a",)]


def _process_class() -> str:
    return type(multiprocessing.current_process()).__name__
