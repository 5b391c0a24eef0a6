"""Every ordered pair of requests to end, in every state of a pool: the shutdown matrix, row by row.

Decides: which requests and states there are, and what the matrix of ``spec/contract.md`` says of each. Must not know:
how a pool ends.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool import ExecutorShutdownError
from checkedpool_spec.vocabulary import ShutdownLevel
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tests.behaviour.conftest import Pools

WAITING = 2
"""Tasks behind the one that is held."""


@dataclass
class Case:
    """A pool in some state, and what was submitted to it."""

    pool: Any
    gate: Gate
    worker: int = 0
    is_deaf: bool = False
    """Whether it ignores SIGTERM."""
    begun: list[Future[Any]] = field(default_factory=list)
    later: list[Future[Any]] = field(default_factory=list)
    left: Aside[list[bool]] | None = None
    """Whoever leaves a ``with`` block, and which tasks were done when he did."""

    @property
    def futures(self) -> list[Future[Any]]:
        return [*self.begun, *self.later]


# --- states -----------------------------------------------------------------------------------------------------------


def is_new(_case: Case) -> None:
    """Nothing was submitted."""


def is_idle(case: Case) -> None:
    case.worker = case.pool.submit(os.getpid).result(LIMIT)


def is_busy(case: Case) -> None:
    """One task has begun, others wait."""
    case.begun = [case.pool.submit(tasks.hold, case.gate, "held")]
    case.worker = case.gate.wait_for_arrival()
    case.later = [case.pool.submit(tasks.double, number) for number in range(WAITING)]


def is_deaf(case: Case) -> None:
    """The same, and the worker ignores SIGTERM."""
    case.is_deaf = True
    case.begun = [case.pool.submit(tasks.hold_deaf, case.gate)]
    case.worker = case.gate.wait_for_arrival()
    case.later = [case.pool.submit(tasks.double, number) for number in range(WAITING)]


def is_broken(case: Case) -> None:
    assert isinstance(case.pool.submit(os._exit, 9).exception(LIMIT), BrokenProcessPool)


STATES: tuple[Callable[[Case], None], ...] = (is_new, is_idle, is_busy, is_deaf, is_broken)

# --- requests ---------------------------------------------------------------------------------------------------------


def drains(case: Case) -> None:
    case.pool.shutdown(wait=False)


def cancels(case: Case) -> None:
    case.pool.shutdown(wait=False, cancel_futures=True)


def terminates(case: Case) -> None:
    case.pool.terminate_workers()


def kills(case: Case) -> None:
    case.pool.kill_workers()


def leaves_with(case: Case) -> None:
    """Beside the others: it waits."""

    def leave() -> list[bool]:
        with case.pool as entered:
            assert entered is case.pool
        return [future.done() for future in case.futures]

    case.left = Aside(leave)


def drops_it(case: Case) -> None:
    case.pool = None
    gc.collect()


Request = Callable[[Case], None]
LEVELS: dict[Request, ShutdownLevel] = {
    drains: ShutdownLevel.DRAIN, cancels: ShutdownLevel.CANCEL, terminates: ShutdownLevel.TERMINATE,
    kills: ShutdownLevel.KILL, leaves_with: ShutdownLevel.DRAIN, drops_it: ShutdownLevel.DRAIN,
}  # fmt: skip


def sequences() -> Iterator[tuple[Request, ...]]:
    """Each request alone, and after each other one; who leaves a block has a reference as long as he waits."""
    firsts = [request for request in LEVELS if request is not drops_it]
    yield from ((request,) for request in LEVELS)
    yield from (pair for pair in product(firsts, LEVELS) if pair != (leaves_with, drops_it))


# --- what the matrix says ---------------------------------------------------------------------------------------------


def asked(case: Case, requests: tuple[Request, ...]) -> None:
    """Make the requests, and look at everything."""
    level = max(LEVELS[request] for request in requests)
    for request in requests:
        request(case)
    if case.pool is not None and requests[-1] is not leaves_with:
        refused(case)
    if level >= ShutdownLevel.CANCEL:
        wait(case.later, LIMIT)  # it may take a moment until they are cancelled, and no longer
    if case.begun and level < ShutdownLevel.TERMINATE:
        assert not case.begun[0].done(), "nobody has waited for it"
        case.gate.open()
    elif case.is_deaf and level is ShutdownLevel.TERMINATE:
        assert leaks.is_alive(case.worker), "nobody has waited for its end"
        os.kill(case.worker, signal.SIGKILL)  # its limit is far away
    wait(case.futures, LIMIT)
    for future in case.begun:
        begun(future, level)
    if level is ShutdownLevel.DRAIN:
        assert [future.result(0) for future in case.later] == [2 * number for number, _ in enumerate(case.later)]
    else:
        assert {future._state for future in case.later} <= {"CANCELLED_AND_NOTIFIED"}
    ended(case)


def refused(case: Case) -> None:
    """Nothing is accepted, and a pool that was terminated is not a broken one."""
    with pytest.raises((BrokenProcessPool, ExecutorShutdownError)) as caught:
        case.pool.submit(int)
    assert isinstance(caught.value, BrokenProcessPool) == bool(case.pool._broken)


def begun(future: Future[Any], level: ShutdownLevel) -> None:
    """It has its own outcome, unless its worker was ended: then that is said of it."""
    error: Any = future.exception(0)
    if level < ShutdownLevel.TERMINATE:
        assert error is None
    else:
        assert isinstance(error, BrokenProcessPool), error
        assert error.ran, "it had begun"  # type: ignore[attr-defined]


def ended(case: Case) -> None:
    """A wait returns, from whoever waits, and nothing is left."""
    if case.pool is not None:
        Aside(case.pool.shutdown).result()
        assert not case.worker or not leaks.is_alive(case.worker)
    elif case.worker:
        eventually(lambda: not leaks.is_alive(case.worker), "its worker ends")
    if case.left is not None:
        assert all(case.left.result()), "a block was left before all had ended"


# --- all of them ------------------------------------------------------------------------------------------------------


@methods("fork")
@ours_only("gh-152967: a request after another one is lost, and who is cancelled is not told")
@pytest.mark.every("ordered pair of requests in every state of a pool")
@pytest.mark.one_in(2, "make test-all alone")
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_each_pair_of_requests_does_what_the_matrix_says(
    pools: Pools, gate: Gate, state: Callable[[Case], None]
) -> None:
    """C-42, C-43, C-44, C-45, C-46, C-47, C-48, C-53, C-54, C-55, C-56, C-57, C-58, C-59, C-62, C-107."""
    for requests in sequences():
        case = Case(pools.kind.make(1, terminate_limit=5.0), gate)
        try:
            state(case)
            asked(case, requests)
        except BaseException as error:
            error.add_note(f"requests: {', '.join(request.__name__ for request in requests)}")
            raise


@methods("fork")
@pytest.mark.every("ordered pair of requests before the first task")
def test_each_pair_of_requests_before_the_first_task_starts_nothing(pools: Pools, gate: Gate) -> None:
    """C-51, C-67."""
    for requests in sequences():
        pool = pools.kind.make(1)
        case = Case(pool, gate)
        for request in requests:
            request(case)
        assert pool._executor_manager_thread is None
        assert not multiprocessing.active_children()
        Aside(pool.shutdown).result()
        if case.left is not None:
            case.left.result()
        assert pool._executor_manager_thread is None
