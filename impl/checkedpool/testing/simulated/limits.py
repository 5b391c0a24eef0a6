"""Limits of tasks on the simulated world: what the real platform and a user-code thread do about them.

Decides: when a limit can pass, what the manager's thread does before it sleeps. Must not know: how a task is stopped; a
client's steps do that. Who is past the limit the pool's own ``LimitsOfTasks`` says. Its clock shows 0: a limit that has
passed was there, any other one is still to come.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checkedpool._core import messages
from checkedpool._core.limits_of_tasks import LimitsOfTasks
from checkedpool._core.tables import Do
from checkedpool.testing.simulated import payload
from checkedpool.testing.simulated.simulated_scope import NOBODY
from checkedpool.testing.simulated.world import (
    End,
    Handed,
    Limit,
    Stage,
    StopAtLimit,
    Violation,
    World,
    post,
    spent,
    with_task,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkedpool.testing.simulated.simulated_scope import Scope

__all__ = ["delay", "give", "hear", "is_due", "is_overlooked", "look"]

OVER, TO_COME = 0.0, 1.0


def delay(scope: Scope, w: World) -> Iterator[tuple[int, World]]:
    """Time passes: a task, heard of or about to be, has run for as long as it may. Its submitter has the future."""
    for t in scope.limited if w.left.delays else ():
        task = w.tasks[t]
        runs = any(lane.begun == t and lane.at is Do.ANSWER for lane in w.lanes) or any(t == of for _, of in w.running)
        if runs and task.handed is Handed.RETURNED and task.limit is Limit.NOT_REACHED:
            yield t, spent(with_task(w, t, task._replace(limit=Limit.PASSED)), "delays")


def _limits(w: World) -> LimitsOfTasks:
    return LimitsOfTasks((n, TO_COME - (w.tasks[t].limit >= Limit.PASSED), t) for n, t in w.running)


def _with(w: World, limits: LimitsOfTasks) -> World:
    return w._replace(running=tuple(sorted((n, t) for n, (_, t) in limits.running.items())))


def hear(w: World, n: int, said: Iterable[object]) -> World:
    """A worker has said that it has begun its task; of one that has its end nothing is noted."""
    limits = _limits(w)
    for out in said:
        t = dict(w.lanes[n].ticketed).get(out.seq, NOBODY) if isinstance(out, payload.Begun) else NOBODY
        if t != NOBODY and w.tasks[t].known:
            limits.begins(n, TO_COME, t)
    return _with(w, limits)


def look(w: World) -> World:
    """Before each sleep: whoever is past the limit is to be stopped."""
    if not w.running:
        return w
    limits = _limits(w)
    known = {t for t, task in enumerate(w.tasks) if task.known}
    for n, t in limits.due(OVER, known.__contains__):
        if not w.tasks[t].known:
            raise KeyError(t)
        if w.lanes[n].stage is not Stage.ADOPTED:
            raise Violation(f"task {t} is to be stopped at its limit in lane {n}, which is closed")
        w = post(with_task(w, t, w.tasks[t]._replace(limit=Limit.SEEN)), messages.Settled(t))
    return _with(w, limits)


def is_due(w: World) -> bool:
    """Whether the manager's sleep ends, since one has passed."""
    soonest = _limits(w).soonest() if w.running else None
    return soonest is not None and soonest <= OVER


def is_overlooked(w: World) -> int:
    """A task that runs and is past its limit, of which the manager knows nothing, where it sleeps; or nobody."""
    for lane in w.lanes:
        if lane.alive and lane.begun != NOBODY and lane.at is Do.ANSWER:
            task = w.tasks[lane.begun]
            if task.limit is Limit.PASSED and task.end is End.OPEN:
                return lane.begun
    return NOBODY


def give(w: World, t: int) -> World:
    """The manager gives the job to stop this task."""
    task = w.tasks[t]
    if task.limit is not Limit.SEEN:
        raise KeyError(t)
    return with_task(w, t, task._replace(limit=Limit.GIVEN))._replace(jobs=(*w.jobs, StopAtLimit(t)))
