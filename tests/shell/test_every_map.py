"""``map`` in every order of what can happen beside it: tasks begin, end or raise, time runs out, somebody closes it.

The real ``map`` runs on an executor of futures that begin and end when a schedule says so: two workers, at most three
chunks. Every schedule is played from the beginning. What is asked is written down from the contract, not from the code.

Decides: what can happen, what is right in each case. Must not know: how ``map`` does it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import pytest

from checkedpool import ProcessPoolExecutor

WORKERS = 2
TIMEOUT, PAUSE = 5.0, 2.0


class Fails(TimeoutError):  # noqa: N818 - what a task raises
    """What a task raises: a time-out of its own."""


class Refuses(RuntimeError):  # noqa: N818 - what an executor says
    """What ``submit()`` raises."""


# --- what can happen --------------------------------------------------------------------------------------------------


class Choices:
    """One schedule: the first choices are given, of the others each is the first that there is."""

    def __init__(self, given: Sequence[int]) -> None:
        self.given, self.made = given, list[tuple[int, int]]()

    def one_of(self, count: int) -> int:
        """Which of so many."""
        at = len(self.made)
        chosen = self.given[at] if at < len(self.given) else 0
        self.made.append((chosen, count))
        return chosen

    def following(self) -> list[int] | None:
        """The next schedule; None: this was the last."""
        made = list(self.made)
        while made and made[-1][0] + 1 == made[-1][1]:
            made.pop()
        return [*(chosen for chosen, _ in made[:-1]), made[-1][0] + 1] if made else None


class Task(Future[Any]):
    """One chunk: it begins and ends as the schedule says."""

    def __init__(self, pool: Pool, call: Callable[[], Any]) -> None:
        super().__init__()
        self.pool, self.call = pool, call

    def result(self, timeout: float | None = None) -> Any:
        """Until it is done something happens: work goes on, or time runs out."""
        pool = self.pool
        while not self.done():
            pool.look(waits=True)
            moves = pool.moves()
            if timeout is not None and (not moves or timeout <= 0 or pool.choices.one_of(2)):
                assert timeout == TIMEOUT - pool.now, "the time counts from the call of map()"
                pool.now, pool.timed_out = max(pool.now, TIMEOUT), True
                if moves and (chosen := pool.choices.one_of(1 + len(moves))):
                    moves[chosen - 1]()  # before anybody has looked again
                raise TimeoutError
            moves[pool.choices.one_of(len(moves))]()
        return super().result()


class Pool:
    """Two workers, to which tasks go in their order."""

    def __init__(self, case: Case, choices: Choices) -> None:
        self.case, self.choices, self.now = case, choices, 0.0
        self.tasks: list[Task] = []
        self.read = self.taken = 0
        self.timed_out = False

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Task:
        if self.case.refused == len(self.tasks):
            raise Refuses
        self.tasks.append(Task(self, lambda: fn(*args)))
        self.look(waits=True)
        return self.tasks[-1]

    def moves(self) -> list[Callable[[], None]]:
        """What can happen next."""
        busy = [task for task in self.tasks if task.running()]
        waiting = next((task for task in self.tasks if not (task.running() or task.done())), None)
        begins = [lambda: self._begin(waiting)] if waiting is not None and len(busy) < WORKERS else []
        return [*begins, *(lambda task=task: self._end(task) for task in busy)]

    @staticmethod
    def _begin(task: Task | None) -> None:
        assert task is not None
        task.set_running_or_notify_cancel()

    @staticmethod
    def _end(task: Task) -> None:
        try:
            task.set_result(task.call())
        except Exception as error:  # noqa: BLE001 - as a worker does
            task.set_exception(error)

    def go_on(self) -> None:
        """Between two calls of the consumer so much happens as the schedule says; where it matters, time passes."""
        if self.case.timeout is not None and self.choices.one_of(2):
            self.now += PAUSE
        while (moves := self.moves()) and (chosen := self.choices.one_of(1 + len(moves))):
            moves[chosen - 1]()

    def items(self, count: int) -> Iterator[int]:
        """An iterable of the caller's."""
        for item in range(count):
            self.read += 1
            yield item

    # --- what is right at any moment ----------------------------------------------------------------------------------

    def look(self, *, waits: bool) -> None:
        """How much has been read and submitted (C-25, C-30)."""
        case, ahead = self.case, len(self.tasks) - self.taken
        if case.buffersize is not None:
            assert ahead <= case.buffersize + waits, "more is submitted ahead than there is room for"
            most = min(case.length, (len(self.tasks) + 1) * case.chunksize)
            assert self.read <= most, "an input is read before its time"

    def begun(self) -> set[int]:
        return {at for at, task in enumerate(self.tasks) if task.running() or (task.done() and not task.cancelled())}

    def cancelled(self) -> set[int]:
        return {at for at, task in enumerate(self.tasks) if task.cancelled()}


@dataclass(frozen=True)
class Case:
    """A call of map, and where its consumer stops."""

    length: int = 3
    chunksize: int = 1
    buffersize: int | None = None
    timeout: float | None = None
    failing: int = -1
    refused: int = -1
    stops: int = 9
    """After so many results the iterator is closed, or dropped."""
    drops: bool = False
    second: int | None = None
    """A second iterable, of so many."""

    @property
    def count(self) -> int:
        """So many results."""
        return self.length if self.second is None else min(self.length, self.second)

    @property
    def chunks(self) -> int:
        return -(-self.count // self.chunksize)

    @property
    def outcomes(self) -> list[tuple[int, int | None]]:
        """What the consumer gets, each with its chunk; None: what a call has raised, which costs the whole chunk."""
        given: list[tuple[int, int | None]] = []
        for chunk in range(self.chunks):
            items = range(chunk * self.chunksize, min((chunk + 1) * self.chunksize, self.count))
            values = [value(item, *[item] * (self.second is not None)) for item in items]
            given += [(chunk, None)] if self.failing in items else [(chunk, found) for found in values]
        return given


# --- one run ----------------------------------------------------------------------------------------------------------


def played(case: Case, choices: Choices) -> None:
    """Call map, take results, stop; and ask for everything on the way."""
    pool = Pool(case, choices)
    with mock.patch.object(time, "monotonic", side_effect=lambda: pool.now):
        _play(case, pool)


def value(item: int, *others: int) -> int:
    """What the tasks compute."""
    return 10 * item + sum(others)


def _play(case: Case, pool: Pool) -> None:
    def task(item: int, *others: int) -> int:
        if item == case.failing:
            raise Fails
        return value(item, *others)

    iterables = [pool.items(case.length)] + ([range(case.second)] if case.second is not None else [])
    at_once = case.chunks if case.buffersize is None else min(case.chunks, case.buffersize)
    try:
        results = ProcessPoolExecutor.map(
            pool, task, *iterables,  # type: ignore[arg-type]
            timeout=case.timeout, chunksize=case.chunksize, buffersize=case.buffersize,
        )  # fmt: skip
    except Refuses:
        assert 0 <= case.refused < at_once, "map() raises what submit() has not raised"
        return
    assert not 0 <= case.refused < at_once, "map() returns although submit() has raised"
    assert len(pool.tasks) == at_once, "so many are submitted before it returns"
    if case.buffersize is None and case.second is None:
        assert pool.read == case.length, "all inputs are collected before it returns"
    taken: list[int | None] = []
    if _takes(case, pool, results, taken):
        begun, others = pool.begun(), set(range(len(pool.tasks))) - pool.begun()
        if case.stops >= len(case.outcomes):
            assert not list(results), "it ends with the shortest iterable"
        elif case.drops:
            del results
        else:
            results.close()  # type: ignore[attr-defined]
        cancels = bool(taken) and case.stops < len(case.outcomes)
        assert pool.cancelled() == (others if cancels else set()), (
            "what has not begun is cancelled, after a first next()"
        )
        assert pool.begun() == begun


def _takes(case: Case, pool: Pool, results: Iterator[int], taken: list[int | None]) -> bool:
    """Take so many; False: an exception that is no call's has ended it."""
    for chunk, expected in case.outcomes[: case.stops]:
        pool.go_on()
        pool.look(waits=False)
        try:
            taken.append(next(results))
        except Fails:
            assert not pool.timed_out, "the time was over"
            taken.append(None)
        except (Refuses, TimeoutError) as error:
            _ended_by(case, pool, error)
            assert not list(results), "what is no call's exception has finished it"
            return False
        assert taken[-1] == expected, "results come in their order, and what a call raises comes at its place"
        pool.taken = chunk + 1
    pool.go_on()
    return True


def _ended_by(case: Case, pool: Pool, error: Exception) -> None:
    """No call's exception has come out of ``next()``: whose it is, and that all that had not begun is cancelled."""
    if isinstance(error, Refuses):
        assert case.buffersize is not None
        assert len(pool.tasks) == case.refused
    else:
        assert pool.timed_out
    assert not [task for task in pool.tasks if not (task.running() or task.done())], "what has not begun is cancelled"


# --- every case, every schedule ---------------------------------------------------------------------------------------


def schedules(case: Case) -> int:
    """Play them all; how many there were."""
    given: list[int] | None = []
    count = 0
    while given is not None:
        choices = Choices(given)
        try:
            played(case, choices)
        except AssertionError as error:
            raise AssertionError(f"{case}, schedule {[chosen for chosen, _ in choices.made]}: {error}") from None
        given, count = choices.following(), count + 1
    return count


def cases() -> Iterator[Case]:
    """Every length, size of chunk and of the buffer, with each way to end."""
    for size in (None, 1, 2):
        for chunksize in (1, 2):
            whole = Case(chunksize=chunksize, buffersize=size)
            yield from (replace(whole, length=length) for length in range(4))
            yield from (
                replace(whole, second=2),
                replace(whole, length=2, second=3),
                replace(whole, length=2, timeout=TIMEOUT),
            )
            yield from (replace(whole, failing=item) for item in range(3))
            yield from (replace(whole, length=2, failing=0, timeout=TIMEOUT, stops=stops) for stops in (1, 9))
            yield from (replace(whole, refused=chunk) for chunk in range(whole.chunks))
            yield from (replace(whole, stops=stops, drops=drops) for stops in range(3) for drops in (False, True))


@pytest.mark.every("order of what can happen beside a map")
def test_a_map_does_what_it_says_whatever_happens_when() -> None:
    """C-25, C-26, C-28, C-29, C-30, C-31, C-32, C-108."""
    assert sum(map(schedules, cases())) > 5_000
