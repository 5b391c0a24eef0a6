"""`Pool.submit` is written by hand for speed: it makes the accesses that the table SUBMIT orders, in that order.

Both are run over the same recording of what threads share, in every situation that the table knows; what other threads
do in between is done right after the access that it comes after.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from checkedpool import BrokenProcessPool
from checkedpool._core.client import SUBMIT, End, Result, Step, Table, follow
from checkedpool._core.manager import Settings
from checkedpool._shell.pool import Pool, pickle_call
from checkedpool.errors import AFTER_SHUTDOWN
from checkedpool.future import PoolFuture
from tests.machines.recording import RecordingShared

PUBLISHED = "post PoolFuture"


class NoStart(Exception):  # noqa: N818 - the reason why nothing starts
    """The pool cannot be started."""


class RecordingPool(Pool):
    """A pool whose start is a switch."""

    def __init__(self) -> None:
        super().__init__(Settings(1), multiprocessing.get_context("spawn"), (None, ()))
        self.shared: RecordingShared = RecordingShared()
        self.starts = True

    def _check(self) -> None:
        if not self.starts:
            raise NoStart

    def _start(self) -> None:
        """No thread, no process."""


Situation = Callable[[RecordingPool], None]


def is_open(pool: RecordingPool) -> None:
    """Nothing has happened."""


def was_started(pool: RecordingPool) -> None:
    pool.shared.start_token.pop()


def cannot_be_started(pool: RecordingPool) -> None:
    pool.starts = False


def was_closed(pool: RecordingPool) -> None:
    pool.shared.closed = AFTER_SHUTDOWN


def was_broken(pool: RecordingPool) -> None:
    pool.shared.broken = BrokenProcessPool


def was_both(pool: RecordingPool) -> None:
    was_closed(pool)
    was_broken(pool)


def after(access: str, *acts: Situation) -> Situation:
    """Something else happens right after an access."""

    def situation(pool: RecordingPool) -> None:
        def others() -> None:
            for act in acts:
                act(pool)

        pool.shared.record.others[access] = others

    situation.__name__ = f"{'_and_'.join(act.__name__ for act in acts)}_after_{access.replace(' ', '_')}"
    return situation


def was_claimed(pool: RecordingPool) -> None:
    """The manager takes the task: accepted."""
    pool.shared.unclaimed.clear()


def budget_is_spent(pool: RecordingPool) -> None:
    pool.shared.pending_bytes = 1 << 40


SITUATIONS: list[Situation] = [
    is_open, was_started, cannot_be_started, was_closed, was_broken, was_both, budget_is_spent,
    after("read broken", was_closed), after("read broken", was_broken), after("read closed", was_both),
    after(PUBLISHED, was_closed), after(PUBLISHED, was_broken), after(PUBLISHED, was_both),
    after(PUBLISHED, was_claimed), after(PUBLISHED, was_claimed, was_closed), after(PUBLISHED, was_claimed, was_broken),
    after("take the start", was_closed), after("take the start", was_broken), after("claim", was_both),
]  # fmt: skip
CALLS: dict[str, object] = {"a_call": int, "a_call_that_cannot_be_pickled": lambda: None}


@dataclass
class ByTable:
    """The same call, step by step as a table says."""

    pool: RecordingPool
    fn: object
    future: PoolFuture[object] | None = None

    def perform(self, step: Step) -> Result:
        shared = self.pool.shared
        match step:
            case Step.READ_BROKEN | Step.REREAD_BROKEN:
                return shared.broken is not None
            case Step.READ_CLOSED | Step.REREAD_CLOSED:
                return shared.closed is not None
            case Step.PICKLE:
                self.future = PoolFuture(shared, next(shared.numbers))
                return pickle_call(shared, self.future, self.fn, (), {})  # type: ignore[arg-type]
            case Step.START_ONCE:
                return self.start()
            case _:
                return self.with_its_number(step)

    def start(self) -> bool:
        if self.pool.shared.start_token:
            try:
                self.pool.start_once()
            except NoStart:
                return False
        return True

    def with_its_number(self, step: Step) -> Result:
        shared, future = self.pool.shared, self.future
        assert future is not None
        if step is Step.PUBLISH:
            shared.unclaimed[future._number] = None
            shared.inbox.append(future)
            return None
        if step in (Step.WITHDRAW_BROKEN, Step.WITHDRAW_CLOSED):
            return shared.claim(future._number)
        assert step is Step.RING
        shared.ring()
        return None


def by_hand(situation: Situation, fn: object) -> tuple[End, list[str]]:
    pool = prepared(situation)
    try:
        pool.submit(fn, (), {})  # type: ignore[arg-type]
    except NoStart:
        end = End.RAISE
    except BrokenProcessPool:
        end = End.BROKEN
    except RuntimeError:
        end = End.CLOSED
    else:
        end = End.RETURN
    return end, list(pool.shared.record)


def by_table(
    situation: Situation, fn: object, table: Table = SUBMIT
) -> tuple[End, list[str], set[tuple[Step, Result]]]:
    pool = prepared(situation)
    call, seen = ByTable(pool, fn), set()

    def perform(step: Step) -> Result:
        result = call.perform(step)
        seen.add((step, result))
        return result

    return follow(table, perform), list(pool.shared.record), seen


def prepared(situation: Situation) -> RecordingPool:
    pool = RecordingPool()
    record = pool.shared.record
    record.paused = True
    situation(pool)
    record.paused = False
    return pool


each_situation = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)


@each_situation
@pytest.mark.parametrize("fn", CALLS.values(), ids=CALLS)
def test_both_make_the_same_accesses_in_the_same_order_and_end_alike(situation: Situation, fn: object) -> None:
    end, accesses = by_hand(situation, fn)
    assert (end, accesses) == by_table(situation, fn)[:2]


def test_the_situations_come_to_every_cell_of_the_table() -> None:
    seen = {cell for fn in CALLS.values() for situation in SITUATIONS for cell in by_table(situation, fn)[2]}
    assert seen == {(row, result) for row, columns in SUBMIT.items() for result in columns}


@pytest.mark.parametrize("swapped", [(Step.REREAD_BROKEN, Step.REREAD_CLOSED), (Step.READ_BROKEN, Step.READ_CLOSED)])
def test_a_table_with_two_looks_exchanged_is_told_from_the_code(swapped: tuple[Step, Step]) -> None:
    one, other = swapped
    exchanged = {one: other, other: one}

    def perform(call: ByTable) -> Callable[[Step], Result]:
        return lambda step: call.perform(exchanged.get(step, step))

    pool = prepared(is_open)
    follow(SUBMIT, perform(ByTable(pool, int)))
    assert list(pool.shared.record) != by_hand(is_open, int)[1]


@each_situation
def test_a_submit_that_raised_leaves_nothing_claimable(situation: Situation) -> None:
    pool = prepared(situation)
    try:
        pool.submit(int, (), {})
    except (NoStart, RuntimeError):
        assert not pool.shared.unclaimed
    else:
        assert pool.shared.inbox
