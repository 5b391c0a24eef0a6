"""What must hold in the simulated world beside what its parts check when they act.

Decides: when a task may begin, when the manager may sleep, which worlds may be the last. Must not know: who acts when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core.by_priority import priority_of
from checkedpool._core.tables import Do, Step
from checkedpool.testing.simulated import limits
from checkedpool.testing.simulated.simulated_scope import NOBODY
from checkedpool.testing.simulated.world import At, End, Handed, Stage, Violation, World, with_task
from checkedpool_spec.vocabulary import ShutdownLevel

if TYPE_CHECKING:
    from checkedpool.testing.simulated.simulated_scope import Scope

__all__ = ["begin", "fall_asleep", "why_not_the_end"]


def begin(scope: Scope, w: World, t: int) -> World:
    """A worker takes a task's ticket: once, before the future has an end, in its order."""
    task = w.tasks[t]
    if task.begun:
        raise Violation(f"task {t} is begun twice")
    if task.end is not End.OPEN:
        raise Violation(f"task {t} is begun and its future is {task.end.name}")
    if task.handed is Handed.RAISED:
        raise Violation(f"task {t} is begun and its submit raised")
    if scope.most == 1 and scope.in_order:
        for earlier, other in enumerate(w.tasks[:t]):
            accepted = other.handed is Handed.RETURNED and other.end is End.OPEN
            being_cancelled = other.holder != NOBODY or (not other.unclaimed and other.place is None)
            waits = accepted and not other.begun and not being_cancelled
            if waits and scope.priority(earlier) >= scope.priority(t):
                raise Violation(f"task {t} is begun before task {earlier}")
    if t in scope.attempts and any(lane.alive and lane.begun in scope.attempts for lane in w.lanes):
        raise Violation(f"attempt {t} of a call is begun, and another one runs")
    return with_task(w, t, task._replace(begun=1))


def fall_asleep(w: World) -> None:
    """When the manager sleeps and no client is at work, no task waits beside an idle worker that is to go on."""
    if w.broken or w.posts or w.jobs or any(client.step not in (None, Step.WAIT) for client in w.clients):
        return
    _sees_nothing_lower_ahead(w)
    if (overlooked := limits.is_overlooked(w)) != NOBODY:
        raise Violation(f"the manager sleeps, and task {overlooked} runs on beyond its limit")
    lanes = [lane for lane in w.lanes if lane.alive and lane.stage is Stage.ADOPTED and not lane.result]
    lanes = [lane for lane in lanes if not lane.signal]  # else it was asked to end, and the manager waits for that
    if w.mind is None or not any(lane.at is Do.TAKE_TICKET and not lane.tickets for lane in lanes):
        return
    behind = any(lane.begun != NOBODY and any(seq in dict(lane.ticketed) for seq in lane.tickets) for lane in lanes)
    if behind or any(w.tasks[t].unclaimed for t in w.mind.machine.pending):
        raise Violation("the manager sleeps, and a task waits beside an idle worker")


def _sees_nothing_lower_ahead(w: World) -> None:
    """Nor is anything of lower priority sent ahead of a worker, unless a canceller has left its tickets."""
    machine = None if w.mind is None else w.mind.machine
    if machine is None or machine.by_priority is None:
        return
    highest = max((priority_of(t) for t in machine.pending if w.tasks[t].unclaimed), default=None)
    for n, there in machine.lanes.items():
        lane = w.lanes[n]
        if highest is None or not lane.alive or lane.begun == NOBODY or lane.result or there.retry_at is not None:
            continue
        if any(priority_of(t) < highest for seq, t in lane.ticketed if seq in lane.tickets):
            raise Violation(f"the manager sleeps, and something lower is sent ahead of worker {n} than what waits")


def why_not_the_end(scope: Scope, w: World) -> str | None:  # noqa: PLR0911 - a return a reason
    """A world in which nothing can happen is right if all is over, or all that was asked for is done; else: why not."""
    if any(client.todo for client in w.clients[: len(scope.scripts)]) or any(client.step for client in w.clients):
        return "a client's call does not return"
    accepted = [task for task in w.tasks if task.handed is Handed.RETURNED]
    if any(task.end is End.OPEN for task in accepted) or (w.retried is not None and w.retried.open):
        return "a future does not end"
    if any(task.unnotified for task in accepted):
        return "nobody tells those who wait for a future"
    if scope.callbacks and not all(task.called for task in accepted):
        return "a callback is not called"
    if any(task.handed is Handed.RAISED and task.begun for task in w.tasks):
        return "a refused task was begun"
    if w.at is At.NOT_STARTED:
        return None
    if w.at is At.ENDED:
        return (
            None if all(lane.stage in (Stage.CLOSED, Stage.STUCK) for lane in w.lanes) else "a worker outlives the pool"
        )
    if w.mind is None:
        return "the manager has no machine"
    machine = w.mind.machine
    if w.broken or machine.level is not ShutdownLevel.OPEN or (w.closed and not scope.are_left):
        return "a closed pool does not end"
    return "the manager thinks that tasks are left" if machine.unfinished() else None
