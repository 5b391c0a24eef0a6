"""How the manager's thread sleeps on the simulated world, and what it finds when it wakes up.

Decides: the order of its accesses, which is that of the real platform: say that one sleeps, look into the inbox once
more, sleep; then the inbox, results and room, deaths last. Must not know: what the machine makes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core import messages
from checkedpool._core.by_priority import priority_of
from checkedpool._core.messages import Event
from checkedpool.testing.simulated import limits
from checkedpool.testing.simulated.pipes import forget_tickets, has_room, is_readable, read, write
from checkedpool.testing.simulated.simulated_scope import NOBODY
from checkedpool.testing.simulated.world import At, Stage, Violation, World, with_lane, with_task

if TYPE_CHECKING:
    from checkedpool.testing.simulated.simulated_scope import Scope

__all__ = ["INNER", "due", "may_wake", "one_access"]

INNER = (At.PUBLISH, At.LOOK, At.RECALL, At.INBOX, At.READ)
"""Where the thread is in the middle of what a scope that is not fine takes for one step."""


def due(w: World) -> float | None:
    """How long until the machine's deadline."""
    if w.mind is None:
        return None
    deadline = w.mind.machine.deadline()
    return None if deadline is None else deadline - w.mind.machine.now


def may_wake(scope: Scope, w: World) -> bool:
    """Whether its sleep is over."""
    if w.wakeup or limits.is_due(w):
        return True
    left = due(w)
    return (left is not None and left <= 0) or bool(_stirring(scope, w))


def one_access(scope: Scope, w: World, late: float = 0.0) -> World:
    """One access on its way through sleep; ``late``: how much time has passed. READ is done when nothing is ready."""
    match w.at:
        case At.PUBLISH:
            return limits.look(w)._replace(at=At.LOOK, asleep=True, woken=False)
        case At.LOOK:
            return w._replace(at=At.WAKE if w.posts else At.SELECT)
        case At.SELECT | At.WAKE:
            return _wake(scope, w, late)
        case At.RECALL:
            return _recall(w)
        case At.INBOX:
            return _take_inbox(w)
        case _:
            return _read_one(scope, w)


def _stirring(scope: Scope, w: World) -> tuple[int, ...]:
    """What there is for the manager: ``lane`` to read or write; ``~lane``, whose process has ended."""
    live, dead = [], []
    for n, lane in enumerate(w.lanes):
        if lane.stage is Stage.ADOPTED:
            if is_readable(lane) or has_room(scope, lane):
                live.append(n)
            if lane.gone and not lane.seen:
                dead.append(~n)
    return (*live, *dead)


def _wake(scope: Scope, w: World, late: float) -> World:
    """What is ready at this moment."""
    ready = _stirring(scope, w)
    for n in ready:
        if n < 0:
            w = with_lane(w, ~n, w.lanes[~n]._replace(seen=True))
    at = At.INBOX if w.loan is None else At.RECALL
    return w._replace(at=at, asleep=False, woken=False, wakeup=False, ready=ready, heard=(messages.Tick(late),))


def _recall(w: World) -> World:
    """Take back the worker that was lent, and what a client has issued to it from the inbox."""
    n, used = (w.loan or (NOBODY, NOBODY))[0], w.used
    if used != NOBODY:
        if w.inbox[:1] != (used,):
            raise Violation(f"task {used} was issued by its client, and is not the first in the inbox")
        w = with_task(w, used, w.tasks[used]._replace(known=True))._replace(inbox=w.inbox[1:], used=NOBODY)
    recalled = messages.Recalled(n, None if used == NOBODY else used)
    return w._replace(at=At.INBOX, loan=None, heard=(*w.heard, recalled))


def _read_one(scope: Scope, w: World) -> World:
    """The next of what was ready."""
    n = w.ready[0]
    outs: tuple[Event, ...] = (messages.Ended(~n),)
    if n >= 0:
        w, outs = _look_at(scope, w, n)
    return w._replace(ready=w.ready[1:], heard=w.heard + outs)


def _look_at(scope: Scope, w: World, n: int) -> tuple[World, tuple[Event, ...]]:
    outs: tuple[Event, ...] = ()
    if is_readable(w.lanes[n]):
        w, outs, _ = read(scope, w, n)
        if outs:
            w = with_lane(w, n, forget_tickets(w.lanes[n], outs))
    if has_room(scope, w.lanes[n]):
        w, behind = write(scope, w, n)
        outs = (*outs, messages.Sent(n, behind))
    return w, outs


def _take_inbox(w: World) -> World:
    """Turn posts into events."""
    heard = list(w.heard)
    for item in w.inbox:
        if isinstance(item, int):
            heard.append(_submitted(item, deferred=w.tasks[item].deferred))
            w = with_task(w, item, w.tasks[item]._replace(known=True))
        else:
            heard.append(item)
            w = _take_post(w, item)
    return w._replace(at=At.READ, inbox=(), heard=tuple(heard))


def _submitted(task: int, *, deferred: bool) -> Event:
    kind = messages.Prioritized if priority_of(task) else messages.Submitted
    return kind((task,), deferred)


def _take_post(w: World, item: Event) -> World:
    """What the platform itself does about a post that is no submission."""
    match item:
        case messages.Withdrawn(t) | messages.PickleFailed(t):
            return with_task(w, t, w.tasks[t]._replace(known=False))
        case messages.Started(n):
            stage = Stage.CLOSED if w.lanes[n].abandoned else Stage.ADOPTED
            return with_lane(w, n, w.lanes[n]._replace(stage=stage))
        case _:
            return w
