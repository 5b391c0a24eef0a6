"""What is called, and what is raised, may refuse to say what it is: its name is for messages, and decides nothing."""

from __future__ import annotations

import operator
import os
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.behaviour import tasks
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import ours_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import MakeScript

WORSE: list[type[BaseException]] = [RuntimeError, SystemExit, KeyboardInterrupt]


class Doubling:
    """Doubles where it arrives; here it refuses whatever else is asked of it."""

    def __init__(self, refusal: type[BaseException]) -> None:
        object.__setattr__(self, "refusal", refusal)

    def __call__(self, number: int) -> int:
        return 2 * number

    def __reduce__(self) -> Any:
        return _doubling, ()


class SilentOnAttributes(Doubling):
    def __getattr__(self, name: str) -> NoReturn:
        raise object.__getattribute__(self, "refusal")(name)


class SilentOnItsClass(Doubling):
    @property  # type: ignore[misc]  # that is the point
    def __class__(self) -> Any:
        raise object.__getattribute__(self, "refusal")("__class__")


class Winding(partial[int]):
    """A partial that may contain itself; what arrives is simple."""

    def __reduce__(self) -> Any:
        return _doubling, ()


def _doubling() -> Any:
    return tasks.double


def wound() -> Winding:
    made: Any = Winding(operator.neg)
    made.__setstate__((made, (), {}, None))
    return made  # type: ignore[no-any-return]


class Greedy(type):
    """A class of classes that says nothing of them."""

    def __getattribute__(cls, name: str) -> Any:
        if name in ("__qualname__", "__name__", "__module__"):
            raise RuntimeError(name)
        return super().__getattribute__(name)


class GreedyError(Exception, metaclass=Greedy):
    def __reduce__(self) -> Any:
        return ArithmeticError, ("arrived",)


def raise_greedy() -> NoReturn:
    raise GreedyError


@pytest.mark.parametrize("refusal", WORSE)
@pytest.mark.parametrize("kind_of", [SilentOnAttributes, SilentOnItsClass])
def test_a_callable_that_does_not_say_its_name_is_called(
    kind_of: type[Doubling], refusal: type[BaseException], pool: ProcessPoolExecutor
) -> None:
    """C-19: as with the standard executor, which does not ask."""
    assert pool.submit(kind_of(refusal), 4).result(LIMIT) == 8
    assert list(pool.map(kind_of(refusal), range(5), chunksize=2, timeout=LIMIT)) == [0, 2, 4, 6, 8]
    assert pool.submit(partial(kind_of(refusal), 4)).result(LIMIT) == 8


def test_a_partial_that_contains_itself_is_called(pool: ProcessPoolExecutor) -> None:
    """C-19: what it is when it arrives is the pickle's business."""
    assert pool.submit(wound(), 4).result(LIMIT) == 8


def test_a_partial_without_end_costs_its_own_future_only(pool: ProcessPoolExecutor) -> None:
    """C-20."""
    endless: Any = partial(tasks.double)
    endless.__setstate__((endless, (), {}, None))
    future = pool.submit(endless, 4)
    assert isinstance(future.exception(LIMIT), Exception)
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@pytest.mark.parametrize("module", [[], {}, 3, None, "no module of that name"])
def test_a_function_of_an_odd_module_costs_its_own_future_only(pool: ProcessPoolExecutor, module: Any) -> None:
    """C-20."""

    def odd() -> None: ...

    odd.__module__, odd.__qualname__ = module, "odd"
    assert isinstance(pool.submit(odd).exception(LIMIT), Exception)
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


@ours_only("no issue: the worker fails over the traceback, and the pool breaks")
def test_an_exception_whose_class_does_not_say_its_name_is_its_tasks_own(pool: ProcessPoolExecutor) -> None:
    """C-33: only its traceback is poorer."""
    worker = pool.submit(os.getpid).result(LIMIT)
    error: Any = pool.submit(raise_greedy).exception(LIMIT)
    assert (type(error), error.args) == (ArithmeticError, ("arrived",))
    assert "GreedyError" in str(error.__cause__)
    assert pool.submit(os.getpid).result(LIMIT) == worker


@ours_only("new: the error names the task")
def test_a_death_names_a_callable_that_does_not_say_its_name_by_its_class(pool: ProcessPoolExecutor) -> None:
    """C-80."""
    assert death_of(pool.submit(Ending(RuntimeError), 4)).task == f"{__name__}.Ending"


class Ending(SilentOnAttributes):
    def __reduce__(self) -> Any:
        return partial, (tasks.exit_at_once,)


FATAL = """
    import os
    from tests.behaviour.test_odd_callables import Doubling

    class Fatal(Doubling):
        def __getattr__(self, name):
            os._exit(3)

    if __name__ == "__main__":
        with make(1) as pool:
            print(pool.submit(Fatal(RuntimeError), 4).result(LIMIT))
"""


def test_a_callable_that_would_end_the_program_is_not_asked(script: MakeScript) -> None:
    """C-19."""
    assert script(FATAL).output() == ["8"]
