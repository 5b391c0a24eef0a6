"""Two programs on one cluster: neither waits for more than what the other has ahead, however much that has to do.

Counted are tasks that begin, not seconds: each takes longer than a slot goes on, so a slot is a task.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import limits
from tests.dask import tasks
from tests.dask.conftest import until
from tests.dask.test_priorities import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from checkedpool.dask import DaskExecutor

    Submit: TypeAlias = Callable[[Any, str], Callable[[], None]]
    """What another program submits; what that returns waits for it."""

WORKERS = 2
MANY = 60
"""Tasks of each."""


@pytest.fixture
def other(engine: Any, cluster: Any) -> Iterator[Any]:
    """The client of another program."""
    with engine.Client(cluster, set_as_default=False) as made:
        yield made


def ahead() -> int:
    """Slots that an executor has at the engine at most, those that run included."""
    from checkedpool.dask.slots import FEW  # noqa: PLC0415 - it needs the engine

    return FEW + 3 * WORKERS


def seconds() -> float:
    """Longer than a slot goes on."""
    from checkedpool.dask.worker import MOMENT  # noqa: PLC0415 - it needs the engine

    return 1.1 * MOMENT


def at_the_engine(dask_scheduler: Any) -> int:
    """Tasks that wait there or run."""
    return sum(task.state in {"processing", "queued"} for task in dask_scheduler.tasks.values())


def another_executor(other: Any, journal: str) -> Callable[[], None]:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(other)
    futures = [executor.submit(tasks.noted, journal, number, seconds()) for number in range(MANY, 2 * MANY)]
    executor.shutdown(wait=False)

    def join() -> None:
        assert [future.result(limits.HANG) for future in futures] == list(range(MANY, 2 * MANY))
        executor.shutdown()

    return join


def tasks_of_the_engine(other: Any, journal: str) -> Callable[[], None]:
    numbers = range(MANY, MANY + ahead())
    futures = [other.submit(tasks.noted, journal, number, seconds(), pure=False) for number in numbers]

    def join() -> None:
        assert other.gather(futures) == list(numbers)

    return join


class Two:
    """The first has submitted all of its tasks before the second comes, and none of them has begun."""

    def __init__(self, client: Any, other: Any, gate: Path, journal: str) -> None:
        self._client, self._other, self._gate, self._journal = client, other, gate, journal

    def begin(self, executor: DaskExecutor, submit: Submit) -> list[tuple[str, int]]:
        """Let both go; how many tasks of the one begin before some of the other do, and so on."""
        held = [executor.submit(tasks.wait_for, str(self._gate)) for _ in range(WORKERS)]
        until(lambda: all(future.running() for future in held))
        first = [executor.submit(tasks.noted, self._journal, number, seconds()) for number in range(MANY)]
        settle(self._client, executor, MANY)
        slots = executor._session.slots
        until(lambda: self._at_the_engine() == len(slots.ahead) + len(slots.going))
        there = self._at_the_engine()
        join = submit(self._other, self._journal)
        until(lambda: self._at_the_engine() > there)
        self._gate.touch()
        join()
        assert [future.result(limits.HANG) for future in first] == list(range(MANY))
        lines = [line.split() for line in Path(self._journal).read_text().splitlines()]
        begun = ["first" if int(number) < MANY else "second" for word, number, _ in lines if word == "begun"]
        return [(who, len(list(run))) for who, run in groupby(begun)]

    def _at_the_engine(self) -> int:
        found: int = self._client.run_on_scheduler(at_the_engine)
        return found


@pytest.fixture
def two(client: Any, other: Any, gate: Path, journal: str) -> Two:
    return Two(client, other, gate, journal)


@pytest.mark.parametrize("submit", [another_executor, tasks_of_the_engine])
def test_who_comes_second_waits_for_what_is_ahead_and_then_they_take_turns(
    two: Two, executor: DaskExecutor, submit: Submit
) -> None:
    runs = two.begin(executor, submit)
    waits = next(
        many for who, many in runs if who == "first"
    )  # some tasks of the second the engine may send on at once
    assert waits <= ahead(), runs
    assert longest(runs) <= 2 * ahead(), runs  # each may just have told the engine of as many


def test_where_all_that_waits_was_ahead_the_second_would_wait_for_all_of_it(
    two: Two, executor: DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the one above."""
    most = 2 * ahead()
    monkeypatch.setattr("checkedpool.dask.slots.FEW", MANY)
    assert longest(two.begin(executor, another_executor)) > most


def longest(runs: list[tuple[str, int]]) -> int:
    """While both have something to do."""
    return max(many for _, many in runs[:-1])
