"""Worlds that differ only in what nobody will ever read again are one world: what is dead is set to what it was first.

Decides: what is dead, and from when on. Must not know: what is asked of a graph, how it is explored.

Why none of it makes a difference (``test_alike`` compares graphs with and without: they are bisimilar):

- **The exit status** of a process goes into the text of an error. Where one may be stolen, it matters whether there
  is one to steal: there it stays.
- **Who died, and how**, is such a text too: of a death only whom it blames is read; where the pool breaks, the mapping
  to the protocol asks besides whether the lane had been ready.
- **What a dead worker has not read** nobody reads, where pipes have no bound; where they have, a full one matters.
- **The beginning of a message** is of no use once the end of file was seen. That it was seen is of no use once the
  manager knows of the death and nothing is there to read: before it sleeps again it reads on to the end.
- **That a worker has said that it is ready** only the mapping to the protocol asks, and only of lanes in the books.
- **The books of a lane that leaves or has ended**: how far its frames go, whether taking back gave nothing, is asked
  where tasks are dealt, issued and taken from others. How many a worker had is asked where that is limited.
- **How a manager is kept from sleeping**: by the wake-up or because it has found something in the inbox.

Lanes are not interchangeable, so no symmetry is used: the manager deals to the one with the lowest number first.
"""

from __future__ import annotations

from collections.abc import Iterable

from checkedpool._core import messages
from checkedpool._core.manager import Manager
from checkedpool._core.messages import Command
from checkedpool._core.worker_record import OVER, Phase
from checkedpool.testing import At, Lane, Scope, Stage, World
from checkedpool.testing.simulated.world import Mind, with_lane

__all__ = ["machine_alike", "world_alike"]

NO_MATTER = messages.Death(None, None, messages.When.TASK)


def world_alike(scope: Scope, w: World) -> World:
    """The world that stands for this one."""
    for n, lane in enumerate(w.lanes):
        if lane.ready or (lane.at is None and lane.status is not None):
            made = _lane(scope, lane, _is_booked(w.mind, n))
            if made is not lane:
                w = with_lane(w, n, made)
    if w.at is At.WAKE or (w.at is At.SELECT and w.wakeup):
        return w._replace(at=At.WAKE, woken=True, wakeup=True)
    return w


def _is_booked(mind: Mind | None, n: int) -> bool:
    """Whether the manager knows this lane, or its death is about to break the pool."""
    if mind is None or n in mind.machine.lanes:
        return mind is not None
    return any(isinstance(op, messages.Break) and op.death.lane == n for op in mind.commands)


def _lane(scope: Scope, lane: Lane, booked: bool) -> Lane:
    if lane.ready and not booked:
        lane = lane._replace(ready=False)
    if lane.at is not None or lane.status is None:
        return lane
    status = lane.status if scope.budget.thefts and lane.stage is not Stage.CLOSED else 0
    at_end = lane.at_end or (lane.seen and not lane.held and not lane.result)
    heard, call = b"" if at_end else lane.heard, lane.call if scope.call_pipe else b""
    if (status, at_end, heard, call) == (lane.status, lane.at_end, lane.heard, lane.call):
        return lane
    return lane._replace(status=status, at_end=at_end, heard=heard, call=call)


def machine_alike(m: Manager, commands: Iterable[Command]) -> tuple[Command, ...]:
    """Set what is dead in the manager's machine; what stands for what it has ordered."""
    if m.death is not None:
        m.death = NO_MATTER
    for lane in m.lanes.values():
        if m.settings.task_limit is None and m.settings.restarts is None:
            lane.given = 0
        if lane.phase in OVER or lane.phase is Phase.LEAVING:
            lane.last = lane.read = lane.behind = 0
            lane.empty = True
            lane.exitcode = None
    return tuple([_op(op) for op in commands])


def _op(op: Command) -> Command:
    match op:
        case messages.Fail(ids, death):
            return messages.Fail(ids, messages.Death(None, None, messages.When.TASK, death.blamed))
        case messages.Break(death):
            return messages.Break(messages.Death(death.lane, None, death.when, death.blamed))
        case _:
            return op
