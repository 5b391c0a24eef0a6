"""Every sequence of up to three callbacks of one future: one that returns, raises, exits, or adds another one.

The future is ended by a thread of the pool or by a canceller, or it has ended before they are added.

Decides: which callbacks there are, what is owed in each sequence. Must not know: how they are called.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import pytest

from checkedpool._pool.shared import PoolFuture, Shared, value_end
from checkedpool._pool.user_code import UserThreads
from tests.shell.fits import Fit, plain_and_fast
from tests.shell.lanes import LIMIT

KINDS = ("returns", "raises", "exits", "adds")
SEQUENCES = [kinds for length in (1, 2, 3) for kinds in product(KINDS, repeat=length)]
ADDED = 10
"""Which is added by the first callback is 10, by the second one 11, and so on."""


class Case:
    """A future, and what its callbacks have done."""

    def __init__(self, fit: Fit) -> None:
        self.shared: Shared = fit(Shared)()
        self.shared.unclaimed[1] = None
        self.future: PoolFuture[int] = fit(PoolFuture)(self.shared, 1)
        self.called: list[tuple[int, int]] = []
        """Which, and in which thread."""

    def callback(self, number: int, kind: str, future: PoolFuture[int]) -> None:
        assert future is self.future
        assert future.done()
        self.called.append((number, threading.get_ident()))
        if kind == "raises":
            raise ValueError(number)
        if kind == "exits":
            raise SystemExit(number)
        if kind == "adds":
            self.future.add_done_callback(partial(self.callback, ADDED + number, "returns"))

    def add(self, kinds: tuple[str, ...]) -> Iterator[SystemExit]:
        """Add them; what comes out of that."""
        for number, kind in enumerate(kinds):
            try:
                self.future.add_done_callback(partial(self.callback, number, kind))
            except SystemExit as exit_:
                yield exit_


def first_to_last(kinds: tuple[str, ...]) -> list[int]:
    """The order in which they were added; who is added by another one stands behind all."""
    return [*range(len(kinds)), *(ADDED + number for number, kind in enumerate(kinds) if kind == "adds")]


def at_once(kinds: tuple[str, ...]) -> list[int]:
    """Each is called where it is added."""
    return [called for number, kind in enumerate(kinds) for called in (number, *[ADDED + number] * (kind == "adds"))]


def logged(caplog: pytest.LogCaptureFixture) -> list[type[BaseException]]:
    """The classes of all that was logged since the last look."""
    found = [record.exc_info[0] for record in caplog.records if record.exc_info and record.exc_info[0]]
    caplog.clear()
    return found


EVERY: Callable[[Any], Any] = pytest.mark.every("sequence of up to three callbacks")


@EVERY
@plain_and_fast
def test_each_sequence_is_called_in_its_order_by_a_thread_of_the_pool(
    fit: Fit, caplog: pytest.LogCaptureFixture
) -> None:
    """C-08, C-10, C-11, C-13."""
    threads = UserThreads(fit(Shared)())
    try:
        for kinds in SEQUENCES:
            case, over = Case(fit), threading.Event()
            assert not list(case.add(kinds))
            threads.give(partial(case.future.complete_and_call, value_end(7)))
            threads.give(over.set)
            assert over.wait(LIMIT)
            assert [number for number, _ in case.called] == first_to_last(kinds), kinds
            assert len({thread for _, thread in case.called} - {threading.get_ident()}) == 1
            raised = {"raises": ValueError, "exits": SystemExit}
            assert sorted(logged(caplog), key=str) == sorted((raised[k] for k in kinds if k in raised), key=str), kinds
    finally:
        threads.end()


@EVERY
@plain_and_fast
def test_each_sequence_is_called_in_its_order_by_a_canceller(fit: Fit, caplog: pytest.LogCaptureFixture) -> None:
    """C-08, C-10, C-11: what is no Exception comes out of ``cancel()``, when all were called."""
    for kinds in SEQUENCES:
        case = Case(fit)
        assert not list(case.add(kinds))
        came = None
        try:
            assert case.future.cancel()
        except SystemExit as exit_:
            came = exit_
        assert case.future.cancelled()
        assert [number for number, _ in case.called] == first_to_last(kinds), kinds
        assert {thread for _, thread in case.called} == {threading.get_ident()}
        assert (came is not None) == ("exits" in kinds)
        assert logged(caplog).count(ValueError) == kinds.count("raises")


@EVERY
@plain_and_fast
def test_each_one_that_is_added_to_an_ended_future_is_called_at_once(
    fit: Fit, caplog: pytest.LogCaptureFixture
) -> None:
    """C-08, C-11."""
    for kinds in SEQUENCES:
        case = Case(fit)
        assert case.future.cancel()
        assert len(list(case.add(kinds))) == kinds.count("exits")
        assert [number for number, _ in case.called] == at_once(kinds), kinds
        assert {thread for _, thread in case.called} == {threading.get_ident()}
        assert logged(caplog) == [ValueError] * kinds.count("raises")
