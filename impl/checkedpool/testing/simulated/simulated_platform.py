"""The manager's commands on the simulated world.

Decides: what each command does, as one step between which all others may act. Must not know: why it was ordered. It
follows the real platform access by access; ``sleep`` has the other half, how its thread sleeps and wakes up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core import messages
from checkedpool._core.messages import Command, Event, Verdict
from checkedpool._core.tables import LEAVE, MARK
from checkedpool.testing.simulated import atomic_steps, limits, payload
from checkedpool.testing.simulated.pipes import adopted, forget_tickets, read, read_tickets, sort_back, write
from checkedpool.testing.simulated.simulated_scope import NOBODY
from checkedpool.testing.simulated.world import (
    KILLED,
    TERMINATED,
    End,
    Lane,
    Stage,
    Violation,
    World,
    claim,
    died,
    end,
    with_client,
    with_lane,
    with_task,
)

if TYPE_CHECKING:
    from checkedpool.testing.simulated.simulated_scope import Scope

__all__ = ["perform"]

Outs = tuple[Event, ...]
ENDS = {Verdict.PLAIN: End.SUCCEEDED, Verdict.VALUE: End.SUCCEEDED, Verdict.ERROR: End.FAILED}


def perform(scope: Scope, w: World, command: Command) -> tuple[World, Outs]:  # noqa: C901, PLR0911, PLR0912 - cases
    """One command; what is known at once."""
    match command:
        case messages.Start(n):
            if n != len(w.lanes):
                raise Violation(f"lane {n} is started twice or out of order")
            return w._replace(lanes=(*w.lanes, Lane(Stage.ASKED))), ()
        case messages.Send(n, items):
            return _send(scope, w, n, items)
        case messages.Issue(n, items):
            return _issue(w, n, items)
        case messages.Lend(n, seq):
            adopted(w, n)
            return w._replace(loan=(n, seq), used=NOBODY), ()
        case messages.Revoke(n):
            return _revoke(w, n)
        case messages.Leave(n):
            return _put_ticket(w, n, LEAVE), ()
        case messages.Mark(n):
            lane = adopted(w, n)
            w = with_lane(w, n, lane._replace(out=(*lane.out, payload.frame(MARK, payload.NOTHING))))
            w, behind = write(scope, w, n)
            return _put_ticket(w, n, MARK), (messages.Sent(n, behind),)
        case messages.Signal(n, force):
            return _signal(scope, w, n, force=force), ()
        case messages.Drain(n):
            return _drain(scope, w, n)
        case messages.Reap(n):
            lane = adopted(w, n)
            lane = lane._replace(reaped=not lane.alive, abandoned=lane.signal == KILLED)
            return with_lane(w, n, lane), (messages.Reaped(n, lane.status),)
        case messages.Close(n):
            return _close(w, n), ()
        case _:
            return _about_futures(scope, w, command)


def _about_futures(scope: Scope, w: World, command: Command) -> tuple[World, Outs]:  # noqa: C901, PLR0911, PLR0912 - likewise
    """Commands that end futures, or have that done by a user-code thread, and those on the pool as a whole."""
    match command:
        case messages.Settle(results):
            for t, body in results:
                _right(w, t, body)
            return _tell(scope, w, tuple((t, End.SUCCEEDED) for t, _ in results))
        case messages.Cancel(ids):
            return _tell(scope, w, tuple((t, End.STOPPED if w.tasks[t].begun else End.CANCELLED) for t in ids))
        case messages.Fail(ids, death):
            return _tell(scope, w, tuple((t, End.BLAMED if t == death.blamed else End.BROKEN) for t in ids))
        case messages.Deliver(t, verdict, body):
            _right(w, t, body)
            how = ENDS[verdict]
            _once(w, t, how)
            w = with_task(w, t, w.tasks[t]._replace(known=False, notified=how))
        case messages.Call(t) if w.tasks[t].owed is None:
            return limits.give(w, t), ()
        case messages.Call():
            pass
        case messages.Pickle(t):
            if not w.tasks[t].known:
                raise KeyError(t)
        case messages.Break():
            return w._replace(broken=True), ()
        case messages.AddUserThread():
            return w._replace(user_threads=w.user_threads + 1), ()
        case messages.Finish():
            if w.jobs:
                raise Violation("the manager ended while a user-code thread had a job")
            return w, ()
        case _:
            raise Violation(f"unknown operation {command}")
    return w._replace(jobs=(*w.jobs, command)), ()


# --- futures ----------------------------------------------------------------------------------------------------------


def _right(w: World, t: int, body: object) -> None:
    """An answer must be that of its task."""
    if body != payload.result_of(w.tasks[t].body)[1]:
        raise Violation(f"task {t} gets an answer that is not its own")


def _once(w: World, t: int, how: End) -> None:
    """The manager's side must not end a task in two ways; that one is cancelled it may say twice."""
    told = w.tasks[t].notified
    if told and (told, how) != (End.CANCELLED, End.CANCELLED):
        raise Violation(f"the manager ends task {t} a second time")


def _tell(scope: Scope, w: World, ends: tuple[tuple[int, End], ...]) -> tuple[World, Outs]:
    """End futures without waiting for a lock; what a user-code thread has to do is owed."""
    owing: list[messages.Settled] = []
    for t, how in ends:
        _once(w, t, how)
        task = w.tasks[t]
        if how in (End.BROKEN, End.BLAMED) and not task.begun and not w.broken and task.end is End.OPEN:
            raise Violation(f"task {t} was never begun, and a worker's death is charged to it")
        if not task.known:  # withdrawn: the user has cancelled it
            continue
        task = task._replace(known=False, notified=how)
        w = with_task(w, t, task)
        if task.holder != NOBODY:
            w = with_task(w, t, task._replace(owed=how))
            owing.append(messages.Settled(t))
            continue
        done = task.end is not End.OPEN and not task.unnotified
        w = end(w, t, how)
        if not done and (scope.callbacks or task.deferred or t in scope.attempts):
            w = with_task(w, t, w.tasks[t]._replace(owed=End.OPEN))
            owing.append(messages.Settled(t))
    return w, tuple(owing)


# --- channels ---------------------------------------------------------------------------------------------------------


def _send(scope: Scope, w: World, n: int, items: tuple[messages.Item, ...]) -> tuple[World, Outs]:
    """Queue frames and write what fits."""
    lane = adopted(w, n)
    gone = []
    for seq, t in items:
        task = w.tasks[t]
        if task.deferred or not task.known or not task.unclaimed:
            gone.append(t)
            continue
        w = _moved(with_task(w, t, task._replace(place=(n, seq))), t)
        lane = lane._replace(out=(*lane.out, payload.frame(seq, task.body)))
    w, behind = write(scope, with_lane(w, n, lane), n)
    return w, (messages.Sent(n, behind, tuple(gone)),)


def _moved(w: World, t: int) -> World:
    """A canceller who has read where the task was has read what is no more, whatever the numbers are."""
    for c, client in enumerate(w.clients):
        if client.place and client.todo[0].task == t:
            w = with_client(w, c, client._replace(place=(client.place[0], NOBODY)))
    return w


def _issue(w: World, n: int, items: tuple[messages.Item, ...]) -> tuple[World, Outs]:
    """Claim each task and put its ticket out, under the lane's lock; what was read back comes first."""
    lane = adopted(w, n)
    if lane.holder != NOBODY or lane.returned or lane.back:
        return w, (messages.Busy(n),)
    gone, out = [], []
    for item in items:
        w, mine = claim(w, item[1])
        if mine:
            out.append(item)
        else:
            gone.append(item[1])
    tickets, ticketed = lane.tickets + bytes(seq for seq, _ in out), (*lane.ticketed, *out)
    return with_lane(w, n, lane._replace(tickets=tickets, ticketed=ticketed)), (messages.Issued(n, tuple(gone)),)


def _put_ticket(w: World, n: int, ticket: int) -> World:
    """Put a ticket of no task out."""
    lane = adopted(w, n)
    return with_lane(w, n, lane._replace(tickets=lane.tickets + bytes((ticket,))))


def _revoke(w: World, n: int) -> tuple[World, Outs]:
    """Revoke all tickets, those of cancellers too, under the lane's lock."""
    if adopted(w, n).holder != NOBODY:
        return w, (messages.Busy(n),)
    w = sort_back(read_tickets(w, n), n)
    return with_lane(w, n, w.lanes[n]._replace(returned=())), (messages.Revoked(n, w.lanes[n].returned),)


# --- processes --------------------------------------------------------------------------------------------------------


def _signal(scope: Scope, w: World, n: int, *, force: bool) -> World:
    """Send SIGTERM or SIGKILL; a process that is gone already is no error."""
    lane = adopted(w, n)
    if not lane.alive:
        return w
    signal = KILLED if force or lane.signal == KILLED else TERMINATED
    if atomic_steps.ends_at_once(scope, w):
        return died(scope, w, n, signal)
    return with_lane(w, n, lane._replace(signal=signal))


def _drain(scope: Scope, w: World, n: int) -> tuple[World, Outs]:
    """Read what a dead worker has left, until nothing is there; a torn message stays torn."""
    told: list[Event] = []
    more = True
    while more:
        w, outs, more = read(scope, w, n)
        w = with_lane(w, n, forget_tickets(w.lanes[n], outs))
        told += outs
    return w, (*told, messages.Drained(n))


def _close(w: World, n: int) -> World:
    """Close the parent's ends; a start that is under way is given up, and so is a process that SIGKILL does not end."""
    lane = w.lanes[n]
    if lane.stage is Stage.STUCK:
        return with_lane(w, n, Lane(Stage.CLOSED, reaped=True))
    if lane.stage is not Stage.ADOPTED:
        return with_lane(w, n, lane._replace(abandoned=True))
    if not lane.reaped and not lane.abandoned:
        raise Violation(f"lane {n} is closed and its process is not reaped")
    return with_lane(
        w, n,
        Lane(Stage.CLOSED, holder=lane.holder, back=lane.back, ticketed=lane.ticketed, status=lane.status, reaped=True),
    )  # fmt: skip
