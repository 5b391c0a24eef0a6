"""To give a future its end without a lock leaves what it leaves under the lock: of the future, and of who waits.

``FutureWithoutLock`` is compared with ``PoolFuture``, both in drawn states.  What is compared is everything that
somebody can find afterwards, and not how it was done.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._core import messages
from checkedpool._fast.future_without_lock import FutureWithoutLock
from checkedpool._os.locks import TAKE_TURNS
from checkedpool._pool.platform import COUNTED
from checkedpool._pool.pool import Pool
from checkedpool._pool.shared import BUDGET, CANCELLED_END, Ending, PoolFuture, Shared, error_end, value_end
from tests.shell.bench import Bench
from tests.shell.lanes import held

ERROR = KeyError(7)


class Waiter:
    """Of ``wait`` or ``as_completed``, or a thread that sleeps: what it is told."""

    def __init__(self) -> None:
        self.finished_futures: list[object] = []
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in ("release", "add_result", "add_exception", "add_cancelled"):
            raise AttributeError(name)
        return lambda *_: self.told.append(name)


class Found(NamedTuple):
    """What has become of a future when its end comes, and who is at it."""

    size: int = 5
    deferred: bool = False
    end: Ending | None = None
    """It has one already."""
    has_lock: bool = False
    held: bool = False
    """Another thread is inside its lock."""
    called_back: bool = False
    waited_for: bool = False
    slept_for: bool = False
    claimed: bool = True


class Made:
    """A future in that state, and those who wait for it."""

    def __init__(self, future: PoolFuture[Any], found: Found, held_locks: ExitStack) -> None:
        self.future, self.waiter, self.sleeper = future, Waiter(), Waiter()
        sleeper: Any = self.sleeper
        if found.has_lock or found.held:
            assert future._condition is not None
        if found.called_back:
            future.add_done_callback(lambda _: None)
        if found.waited_for:
            with future._condition as _:
                future._waiters.append(self.waiter)
        if found.slept_for:
            with future._condition as _:
                future._condition.enroll(sleeper)
        if found.end is not None:
            future.complete(found.end)
        if found.held:
            held_locks.enter_context(held(future._condition))

    def seen(self) -> tuple[object, ...]:
        """All that anybody can find of it; that there is a lock now is nobody's business."""
        future = self.future
        return (
            future._state, future._result, future._exception, future.shared is None, future.place, future.frame,
            future.deferred, future._telling, future._owing, len(future._done_callbacks),
            self.waiter.told, self.sleeper.told,
        )  # fmt: skip


ENDS = st.sampled_from([value_end(9), error_end(ERROR), CANCELLED_END])
FOUND = st.builds(
    Found,
    size=st.sampled_from([5, COUNTED, COUNTED + 1, 3 * COUNTED]), deferred=st.integers(0, 3).map(lambda n: not n),
    end=st.none() | ENDS, has_lock=st.booleans(), held=st.integers(0, 3).map(lambda n: not n),
    called_back=st.booleans(), waited_for=st.booleans(), slept_for=st.booleans(),
    claimed=st.booleans(),
)  # fmt: skip


def test_after_a_budget_of_large_calls_that_were_plainly_answered_calls_are_pickled_at_once() -> None:
    """C-19: what waits is counted, and what is over is not."""
    with closing(Bench()) as bench:
        frame = b"x" * (BUDGET // 8)
        for number in range(1, 10):
            bench.submit(frame)
            bench.wait()
            bench.perform(messages.Settle(((number, pickle.dumps(None)),)))
        assert bench.shared.pending_bytes == 0
        future: PoolFuture[Any] = PoolFuture(bench.shared, 10)
        pool = Pool.__new__(Pool)
        pool.shared = bench.shared
        assert pool.pickle(future, int, (), {})
        assert future.deferred is None


# --- without a lock and under one -------------------------------------------------------------------------------------


def ended(found: Found, end: Ending, made_of: type[PoolFuture[Any]]) -> tuple[object, ...]:
    """What is there after a future of this class was given its end by the manager."""
    shared = Shared()
    future = made_of(shared, 1)
    future.frame = None if found.deferred else b"x" * found.size
    future.deferred = (int, (), {}) if found.deferred else None
    if not found.claimed:
        shared.unclaimed[1] = None
    with ExitStack() as locks:
        made = Made(future, found, locks)
        told = future.complete(end, wait=False)
    return told, made.seen(), dict(shared.unclaimed)


@given(found=FOUND, end=ENDS)
@settings(deadline=None, max_examples=300)
def test_an_end_without_a_lock_leaves_what_an_end_under_the_lock_leaves(found: Found, end: Ending) -> None:
    assert ended(found, end, FutureWithoutLock) == ended(found, end, PoolFuture)


class KeepsAFrame(FutureWithoutLock[Any]):
    def complete(self, end: Ending, *, wait: bool = True) -> bool | None:
        before = self.frame
        told = super().complete(end, wait=wait)
        if told is False and self._lock is None:
            self.frame = before
        return told


class KeepsThePool(FutureWithoutLock[Any]):
    def complete(self, end: Ending, *, wait: bool = True) -> bool | None:
        before = self.shared
        told = super().complete(end, wait=wait)
        if told is False and self._lock is None:
            self.shared = before
        return told


class LeavesItClaimable(FutureWithoutLock[Any]):
    def complete(self, end: Ending, *, wait: bool = True) -> bool | None:
        shared = self.shared
        claimable = shared is not None and self.number in shared.unclaimed
        told = super().complete(end, wait=wait)
        if claimable and shared is not None and self._lock is None:
            shared.unclaimed[self.number] = None
        return told


@pytest.mark.skipif(not TAKE_TURNS, reason="without the interpreter's lock each future has its own")
@pytest.mark.parametrize("wrong", [KeepsAFrame, KeepsThePool, LeavesItClaimable])
def test_an_end_that_leaves_something_else_is_caught(wrong: type[PoolFuture[Any]]) -> None:
    found = Found(claimed=False)
    assert ended(found, value_end(7), wrong) != ended(found, value_end(7), PoolFuture)
