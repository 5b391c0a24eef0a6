"""A storm of signals: handlers raise into calls of the pool, and make calls of their own above them.

Each call is interrupted once at most, since a second interruption of what makes up for the first is not provided for.
Nothing hangs, no future is lost, nothing is left.

Decides: which calls are interrupted and how often. Must not know: where in them that happens.
"""

from __future__ import annotations

import concurrent.futures
import random
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.behaviour import tasks
from tests.behaviour.alarms import alarms
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only
from tests.whole import HowMany

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

REENTRANT = ours_only("no issue: submit() and shutdown() take a lock that the code they interrupt may hold")
INTERRUPTED = 250
"""Calls that have to be interrupted before a storm is over."""
SOON = 0.0004
"""Seconds within which the signal comes: about as long as a call takes."""


class ThrownOut(KeyboardInterrupt):
    """What the handler raises: anything else, while a call is pickled, would be taken for the pickling's (C-20)."""


class Storm:
    """Calls, and a signal that comes in the middle of each."""

    def __init__(self, pool: ProcessPoolExecutor, seed: int) -> None:
        self.pool = pool
        self.chance = random.Random(seed)
        self.futures: list[Future[int]] = []
        self.cancelled: list[Future[int]] = []
        self.expected: dict[int, int] = {}
        self.told: list[Future[int]] = []
        self.asked: list[Future[int]] = []
        self.interrupted = 0
        self._armed = False

    def blows(self) -> AbstractContextManager[None]:
        """The handler is ours in here."""
        return alarms(self._handle)

    def _handle(self, *_: object) -> None:
        if not self._armed:
            return
        if self.chance.random() < 0.3:
            with suppress(RuntimeError):  # the pool may be closed
                self.submit()
            self.cancel()
        self._armed = False
        raise ThrownOut

    def throw_out_of(self, call: Callable[[], object]) -> None:
        """Make the call; the signal comes in it, or a little later, when it does nothing."""
        try:
            self._armed = True
            signal.setitimer(signal.ITIMER_REAL, self.chance.uniform(0.000001, SOON))
            call()
        except ThrownOut:
            self.interrupted += 1
        finally:
            self._armed = False

    # --- the calls ---

    def submit(self) -> None:
        number = self.chance.randrange(1000)
        future = self.pool.submit(tasks.double, number)
        self.expected[id(future)] = 2 * number
        self.futures.append(future)

    def cancel(self) -> None:
        future = self.any_future()
        if future.cancel():
            self.cancelled.append(future)

    def ask(self) -> None:
        future = self.any_future()
        assert not (future.running() and future.cancelled())
        if future.done() and not future.cancelled():
            assert future.result() == self.expected[id(future)]

    def wait_for_result(self) -> None:
        """Without a time-out as with one: threads that wait for ever sleep on something else."""
        future = self.any_future()
        limit = self.chance.choice([None, LIMIT])
        try:
            assert future.result(limit) == self.expected[id(future)]
        except concurrent.futures.CancelledError:
            assert future.cancelled()

    def add_callback(self) -> None:
        future = self.any_future()
        future.add_done_callback(self.told.append)  # the interpreter's own: it cannot be interrupted in
        self.asked.append(future)

    def any_future(self) -> Future[int]:
        """One of the last: those before are done."""
        if not self.futures:
            self.submit()
        return self.futures[-self.chance.randrange(1, min(len(self.futures), 12) + 1)]

    def calls(self) -> list[Callable[[], None]]:
        return [self.submit, self.submit, self.submit, self.cancel, self.ask, self.wait_for_result, self.add_callback]


@parent_only
@REENTRANT
@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_signals_that_throw_calls_out_loses_no_future_and_leaves_nothing(pools: Pools, seed: int) -> None:
    """C-01, C-21: and callbacks are called once, those whose adding was not interrupted."""
    pool = pools.make(max_workers=2)
    pool.submit(int).result(LIMIT)
    storm = Storm(pool, seed)
    with storm.blows():
        while storm.interrupted < INTERRUPTED:
            storm.throw_out_of(storm.chance.choice(storm.calls()))
    assert not concurrent.futures.wait(storm.futures, LIMIT).not_done
    for future in storm.futures:
        assert future.cancelled() or future.result(0) == storm.expected[id(future)]
    assert all(future.cancelled() for future in storm.cancelled)
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8
    pool.shutdown()
    assert Counter(map(id, storm.asked)) <= Counter(map(id, storm.told))


@parent_only
@REENTRANT
@pytest.mark.parametrize("end", ["drain", "cancel", "terminate", "kill"])
def test_a_shutdown_that_is_thrown_out_again_and_again_ends_the_pool_all_the_same(
    pools: Pools, so_many: HowMany, end: str
) -> None:
    """C-21, C-60: whoever calls it again waits for the end."""
    for seed in range(so_many(12, 4)):
        pool = pools.make(max_workers=2)
        pool.submit(int).result(LIMIT)
        storm = Storm(pool, seed)
        for _ in range(40):
            storm.submit()
        ends: dict[str, Callable[[], None]] = {
            "drain": pool.shutdown,
            "cancel": lambda pool=pool: pool.shutdown(cancel_futures=True),  # type: ignore[misc]
            "terminate": pool.terminate_workers,
            "kill": pool.kill_workers,
        }
        with storm.blows():
            for _ in range(8):
                storm.throw_out_of(ends[end])
        pool.shutdown()
        assert all(future.done() for future in storm.futures)
