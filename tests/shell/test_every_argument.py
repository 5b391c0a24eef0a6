"""The constructor and ``map`` with every combination of arguments, right and wrong ones.

Decides: which values there are of each argument, and what is wrong with which, as the contract says it. Must not know:
in which order they are looked at. Where several are wrong the error is that of one of them.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from checkedpool import ProcessPoolExecutor

CONTEXTS = {method: multiprocessing.get_context(method) for method in ("fork", "spawn", "forkserver")}
DEFAULT = multiprocessing.get_context().get_start_method()
COUNT = getattr(os, "process_cpu_count", os.cpu_count)() or 1


class Three:
    """An integer of another library."""

    def __index__(self) -> int:
        return 3


VALUES: dict[str, tuple[object, ...]] = {
    "max_workers": (None, 1, 2, Three(), 0, -1, 2.5, "2"),
    "mp_context": (None, *CONTEXTS.values(), "fork", 7),
    "initializer": (None, int, "no function"),
    "initargs": ((), [1], 5),
    "on_worker_death": ("break", "replace", "other", None),
    "max_tasks_per_child": (None, 1, 0, -1, 1.5, "1"),
}
SECONDS: tuple[tuple[object, type[Exception] | None], ...] = (
    *((value, None) for value in (1, 2.5, float("inf"), 10**400, Fraction(1, 3), Decimal(2), Three())),
    *((value, ValueError) for value in (0, -1, -(10**400), float("nan"), Fraction(-1), Decimal("nan"))),
    *((value, TypeError) for value in (None, "1", b"1", 1j, float)),
)
LIMITS = ("exit_limit", "terminate_limit", "start_limit")
Arguments = Mapping[str, Any]


def wrong(a: Arguments) -> Iterator[type[Exception]]:
    """What each of the arguments is refused with (C-63, C-64, C-65, C-72, C-85)."""
    workers, context, tasks = a["max_workers"], a["mp_context"], a["max_tasks_per_child"]
    if workers is not None and not isinstance(workers, int | Three):
        yield TypeError
    elif isinstance(workers, int) and workers < 1:
        yield ValueError
    if context is not None and context not in CONTEXTS.values():
        yield TypeError
    if not (a["initializer"] is None or callable(a["initializer"])):
        yield TypeError
    if not isinstance(a["initargs"], tuple | list):
        yield TypeError
    if a["on_worker_death"] not in ("break", "replace"):
        yield ValueError
    if tasks is not None and not isinstance(tasks, int):
        yield TypeError
    elif tasks is not None and tasks < 1:
        yield ValueError
    if context is CONTEXTS["fork"] and (tasks is not None or a["on_worker_death"] == "replace"):
        yield ValueError


def refused(make: Callable[..., object], a: Arguments) -> tuple[object, type[Exception] | None]:
    """What is made, or the class of what is raised."""
    try:
        return make(**a), None
    except (TypeError, ValueError) as error:
        return None, type(error)


def is_right(context: str, a: Arguments) -> bool:
    """Whether an executor that was given these works with a context of this method (C-64)."""
    if a["mp_context"] is not None:
        return context == a["mp_context"].get_start_method()  # type: ignore[no-any-return]
    if a["max_tasks_per_child"] is not None:
        return context == "spawn"
    if a["on_worker_death"] == "replace":
        return context in ("forkserver", "spawn")
    return context == DEFAULT


@pytest.mark.every("combination of the constructor's arguments")
def test_each_combination_makes_an_executor_or_is_refused_by_what_is_wrong_in_it() -> None:
    """C-63, C-64, C-65, C-72, C-85; C-67: and nothing is started."""
    before = threading.active_count(), multiprocessing.active_children()
    made = 0
    for values in product(*VALUES.values()):
        a = dict(zip(VALUES, values, strict=True))
        faults = set(wrong(a))
        pool, error = refused(ProcessPoolExecutor, a)
        assert error in faults if faults else error is None, a
        if isinstance(pool, ProcessPoolExecutor):
            made += 1
            workers = a["max_workers"]
            assert pool._max_workers == (COUNT if workers is None else 3 if isinstance(workers, Three) else workers), a
            assert is_right(pool._mp_context.get_start_method(), a), a
    assert made > 100
    assert (threading.active_count(), multiprocessing.active_children()) == before


@pytest.mark.every("combination of limits in seconds")
def test_each_limit_is_a_positive_number_or_refused_with_its_name() -> None:
    """C-65, C-109."""
    for values in product(SECONDS, repeat=len(LIMITS)):
        limits: dict[str, Any] = {name: value for name, (value, _) in zip(LIMITS, values, strict=True)}
        faults = {name: fault for name, (_, fault) in zip(LIMITS, values, strict=True) if fault is not None}
        said, raised = "", Exception
        try:
            ProcessPoolExecutor(1, **limits)
        except (TypeError, ValueError) as error:
            said, raised = str(error), type(error)
        named = [name for name in faults if name in said]
        assert [name for name in named if raised is faults[name]] if faults else not said, (limits, said)


class Nobody:
    """An executor to which nothing may be submitted."""

    def submit(self, *_: object) -> None:
        raise AssertionError("something is submitted before the arguments are looked at")


CHUNKS: dict[object, type[Exception] | None] = {1: None, 2: None, 0: ValueError, -1: ValueError,
                                                1.5: TypeError, "1": TypeError, None: TypeError}  # fmt: skip
BUFFERS: dict[object, type[Exception] | None] = {None: None, 1: None, 2: None, 0: ValueError, -1: ValueError,
                                                 1.5: TypeError, "1": TypeError}  # fmt: skip


@pytest.mark.every("combination of sizes of a map")
def test_each_size_of_a_chunk_and_of_a_buffer_is_taken_or_refused_at_the_call() -> None:
    """C-27, C-30."""
    for (chunksize, first), (buffersize, second) in product(CHUNKS.items(), BUFFERS.items()):
        faults = {first, second} - {None}
        sizes = {"chunksize": chunksize, "buffersize": buffersize}
        _, error = refused(lambda **a: ProcessPoolExecutor.map(Nobody(), abs, (), **a), sizes)  # type: ignore[arg-type]
        assert error in faults if faults else error is None, sizes
        if faults:
            _, error = refused(lambda **a: ProcessPoolExecutor.map(Nobody(), abs, (1,), **a), sizes)  # type: ignore[arg-type]
            assert error in faults, sizes
