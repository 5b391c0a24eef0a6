"""A pickler of the program's own on a cluster: calls and answers go through it, at the client and at each worker."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import limits
from tests.behaviour.picklers import RAISES_AT, Choosy, Packed, Wordy
from tests.dask import tasks
from tests.dask.test_local import output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from checkedpool.dask import DaskExecutor


UNSENT: Any = sys._getframe()
"""What no pickler can send."""


class ReadHereOnly(Packed):
    """It can be sent, and no worker can read it."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("no number",)


@pytest.fixture
def having(client: Any) -> Iterator[Callable[[Any], DaskExecutor]]:
    """Executors with the pickler that is named."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    made: list[DaskExecutor] = []

    def make(pickler: Any) -> DaskExecutor:
        made.append(DaskExecutor(client, pickler=pickler))
        return made[-1]

    yield make
    for executor in made:
        executor.shutdown()


@pytest.mark.parametrize("pickler", [Packed(), pickle, "cloudpickle"], ids=["object", "module", "cloudpickle"])
def test_calls_chunks_results_and_errors_go_through_it(having: Any, pickler: Any, journal: str) -> None:
    """C-133."""
    executor = having(pickler)
    assert executor.submit(bytes.__add__, b"x" * 300_000, b"y").result(limits.HANG) == b"x" * 300_000 + b"y"
    assert list(executor.map(abs, range(-4, 1), chunksize=2)) == [4, 3, 2, 1, 0]
    error = executor.submit(tasks.fail, journal).exception(limits.HANG)
    assert isinstance(error, ValueError)
    assert "in fail" in str(error.__cause__)
    assert executor.with_options(retries=1).submit(pow, 2, 3).result(limits.HANG) == 8


@pytest.mark.parametrize(
    ("choosy", "argument", "note"),
    RAISES_AT.values(),
    ids=RAISES_AT,
)
def test_each_time_that_it_raises_costs_one_task(having: Any, choosy: Choosy, argument: str, note: str) -> None:
    """C-133, C-115: and the error says where."""
    executor = having(choosy)
    error = executor.submit(list, (argument,)).exception(limits.HANG)
    assert isinstance(error, LookupError)
    assert note in error.__notes__[0]
    assert executor.submit(abs, -4).result(limits.HANG) == 4


def test_what_is_not_bytes_is_refused(having: Any) -> None:
    """C-133."""
    error = having(Wordy()).submit(abs, 1).exception(limits.HANG)
    assert isinstance(error, TypeError)
    assert "not bytes" in str(error)


def test_one_that_a_worker_cannot_read_costs_each_task_and_no_worker(having: Any, executor: DaskExecutor) -> None:
    """C-133, C-37: the error is the worker's own, whatever the pickler here makes of errors."""
    for future in [having(ReadHereOnly()).submit(abs, -number) for number in range(2)]:
        error = future.exception(limits.HANG)
        assert isinstance(error, ValueError)
        assert "did not begin" in error.__notes__[0]
    assert executor.submit(abs, -4).result(limits.HANG) == 4


@pytest.mark.parametrize(
    ("pickler", "error"),
    [("pickle", ValueError), (5, TypeError), (object(), TypeError), (Choosy(UNSENT), TypeError)],
    ids=["another name", "a number", "an object", "one that cannot be sent"],
)
def test_each_that_is_no_pickler_is_refused(having: Any, pickler: Any, error: type[Exception]) -> None:
    """C-133: also where a cluster of its own was to be started."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with pytest.raises(error, match="pickler must"):
        having(pickler)
    with pytest.raises(error, match="pickler must"):
        DaskExecutor.local(1, pickler=pickler)


def test_what_no_module_has_arrives(having: Any) -> None:
    """C-134."""
    executor = having("cloudpickle")
    added = [4]

    class LocalError(Exception):
        pass

    def fail() -> None:
        raise LocalError(7)

    assert list(executor.map(lambda number: number * added[0], range(3), chunksize=2)) == [0, 4, 8]
    assert isinstance(executor.submit(fail).exception(limits.HANG), LocalError)
    assert executor.submit(lambda: lambda: 5).result(limits.HANG)() == 5


def test_one_of_the_main_module_travels_whole(engine: Any, tmp_path: Path) -> None:
    """C-133: a worker has another main module."""
    printed = output(
        tmp_path,
        """
import pickle
class Reversed:
    def dumps(self, value):
        return pickle.dumps(value)[::-1]
    def loads(self, data):
        return pickle.loads(data[::-1])
with DaskExecutor.local(1, pickler=Reversed()) as executor:
    print(executor.submit(abs, -3).result())
        """,
    )
    assert printed == ["3"]
