"""map() whose calls end in every order: what comes in that order, and what a bar is told.

Decides: in which order calls end, and which of them raise or are cancelled. Must not know: how map hears of it.
"""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from itertools import permutations, product
from typing import Any

import pytest

from checkedpool import ProcessPoolExecutor

COUNT = 4
ENDS = ("value", "error", "cancel")


class Pool:
    """Its tasks end when it is told."""

    def __init__(self) -> None:
        self.tasks: list[Future[Any]] = []

    def submit(self, *_: Any) -> Future[Any]:
        self.tasks.append(Future())
        return self.tasks[-1]

    def end(self, number: int, how: str) -> None:
        task = self.tasks[number]
        if how == "cancel":
            task.cancel()
            return
        task.set_running_or_notify_cancel()
        if how == "value":
            task.set_result(number)
        else:
            task.set_exception(LookupError(number))


class Bar:
    def __init__(self) -> None:
        self.told = 0

    def update(self, n: int) -> None:
        self.told += n


@pytest.mark.every("order of the ends of four calls, and each way in which each may end")
def test_results_come_and_bars_are_told_in_every_order() -> None:
    """C-128, C-129."""
    for order, ways in product(permutations(range(COUNT)), product(ENDS, repeat=COUNT)):
        pool, bar = Pool(), Bar()
        results = ProcessPoolExecutor.map(
            pool, abs, range(COUNT), ordered=False, progress=bar  # type: ignore[arg-type]
        )  # fmt: skip
        for number, how in zip(order, ways, strict=True):
            pool.end(number, how)
        assert bar.told == sum(how != "cancel" for how in ways)
        for number, how in zip(order, ways, strict=True):
            if how == "value":
                assert next(results) == number
            elif how == "error":
                with pytest.raises(LookupError, match=str(number)):
                    next(results)
            else:
                with pytest.raises(CancelledError):
                    next(results)
        assert not list(results)
