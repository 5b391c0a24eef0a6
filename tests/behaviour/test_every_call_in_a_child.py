"""Every call of an executor and of its futures in a forked child, in every state of the pool.

Decides: which calls and states there are, and what a child is owed. Must not know: how it is told from the parent.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.forked import error_of, in_forked_child
from tests.behaviour.gates import Gate
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tests.behaviour.conftest import Pools

REFUSED, NOTHING = "RuntimeError", ""


@dataclass
class Case:
    """A pool in some state, and its futures."""

    pool: Any
    gate: Gate
    done: list[Future[Any]] = field(default_factory=list)
    """Each has its own number for its value."""
    unfinished: list[Future[Any]] = field(default_factory=list)
    """Likewise, when the gate is open."""


def is_new(_case: Case) -> None:
    """Nothing was submitted."""


def is_idle(case: Case) -> None:
    case.done = [case.pool.submit(tasks.identity, 0)]
    case.done[0].result(LIMIT)


def is_busy(case: Case) -> None:
    is_idle(case)
    case.unfinished = [case.pool.submit(tasks.hold, case.gate, number) for number in range(3)]
    case.gate.wait_for_arrival()


def is_closed(case: Case) -> None:
    is_busy(case)
    case.pool.shutdown(wait=False)


def is_broken(case: Case) -> None:
    is_idle(case)
    assert isinstance(case.pool.submit(os._exit, 9).exception(LIMIT), BrokenProcessPool)


STATES: tuple[Callable[[Case], None], ...] = (is_new, is_idle, is_busy, is_closed, is_broken)


def of_the_executor(case: Case) -> dict[str, tuple[Callable[[], Any], str]]:
    """Each call, and how the text of what it raises begins."""
    pool = case.pool
    return {
        "submit": (lambda: pool.submit(int), REFUSED),
        "map": (lambda: list(pool.map(abs, [1])), REFUSED),
        "map, a buffer": (lambda: list(pool.map(abs, [1], buffersize=1)), REFUSED),
        "shutdown": (pool.shutdown, NOTHING),
        "shutdown, no wait": (lambda: pool.shutdown(wait=False), NOTHING),
        "shutdown, cancel": (lambda: pool.shutdown(cancel_futures=True), NOTHING),
        "terminate_workers": (pool.terminate_workers, NOTHING),
        "kill_workers": (pool.kill_workers, NOTHING),
        "leaving with": (lambda: pool.__exit__(None, None, None), NOTHING),
    }


def answers(future: Future[Any]) -> list[object]:
    """What each question is answered with; of what it raises the name."""
    called: list[object] = []
    asked = (future.cancel, future.running, future.done, future.cancelled, future.result, future.exception)
    said = [error_of(ask).partition(":")[0] or ask() for ask in asked]
    future.add_done_callback(lambda _: called.append("called"))
    return [*said, *called]


def in_the_child(case: Case, order: int) -> list[tuple[str, str]]:
    """Make all calls; which of them did what they should not."""
    calls = list(of_the_executor(case).items())[::order]
    wrong = [(name, said) for name, (call, wanted) in calls
             if not (said := error_of(call)).startswith(wanted) or (wanted == NOTHING and said)]  # fmt: skip
    for future in case.unfinished:
        answered, running = answers(future), future.running()
        if answered != [False, running, False, False, REFUSED, REFUSED]:
            wrong.append(("an unfinished future", str(answered)))
    for number, future in enumerate(case.done):
        if (answered := answers(future)) != [False, False, True, False, number, None, "called"]:
            wrong.append(("a future that was done", str(answered)))
    return wrong


@methods("fork")
@ours_only("no issue: a forked child waits for ever, or disturbs its parent")
@pytest.mark.every("call in a forked child, in every state of a pool")
@pytest.mark.parametrize("order", [1, -1], ids=["forwards", "backwards"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_each_call_in_a_forked_child_is_refused_or_does_nothing(
    pools: Pools, gate: Gate, state: Callable[[Case], None], order: int
) -> None:
    """C-90, C-91, C-92."""
    case = Case(pools.make(1), gate)
    state(case)
    assert in_forked_child(lambda: in_the_child(case, order)) == []
    gate.open_wide()
    assert [future.result(LIMIT) for future in case.unfinished] == list(range(len(case.unfinished)))
    if state not in (is_closed, is_broken):
        assert case.pool.submit(tasks.double, 2).result(LIMIT) == 4, "the parent's pool goes on"
