"""Client threads: walk the tables of ``checkedpool._core.tables`` one step at a time.

Decides: what one step of a call does to the simulated world, as the shell does it. Must not know: which step
follows (the tables say), which of them are made in one step (``atomic_steps``). A step that takes a lock or starts the
pool is two steps, for others may act in between.
"""

from __future__ import annotations

from collections.abc import Callable

from checkedpool._core import messages, resizing, tables
from checkedpool._core.stop_table import STOP
from checkedpool._core.tables import Result, Step
from checkedpool._fast import dispatch_rules as direct
from checkedpool.testing.simulated import atomic_steps, payload, retries
from checkedpool.testing.simulated.pipes import put, read_tickets, sort_back
from checkedpool.testing.simulated.simulated_scope import NOBODY, Call, Scope
from checkedpool.testing.simulated.world import (
    At,
    Client,
    End,
    Handed,
    Stage,
    Task,
    Violation,
    World,
    call_back,
    claim,
    end,
    post,
    wake,
    with_client,
    with_lane,
    with_task,
)

__all__ = ["announce", "interrupted", "make_up", "makes_up", "step", "table_of", "wake_up"]

CANCELLING = ("cancel", "stop")
"""Calls about a task whose future is there."""
MAKES_UP = 2
"""Instead of the part of a step that a client is in: it was interrupted, and makes up for that."""
Start = Callable[[World], World]
Performed = tuple[World, Result] | World | None
"""What came of it; or only a world: the step goes on; or None: it must wait."""


def table_of(scope: Scope, call: Call) -> tables.Table:
    """The table of a call, looked up each time: tests put broken ones in its place."""
    submit = tables.SUBMIT if scope.plain else direct.SUBMIT
    if call.what == "again":
        return retries.table()
    others = {"cancel": tables.CANCEL, "stop": STOP, "shutdown": tables.SHUTDOWN, "resize": resizing.RESIZE}
    return submit if call.what == "submit" else others[call.what]


def step(scope: Scope, w: World, c: int, start: Start) -> World | None:
    """The next step of a client; None: it must wait."""
    me = w.clients[c]
    call = me.todo[0]
    if me.step is None and call.what in CANCELLING:
        handed = w.tasks[call.task].handed
        if handed is Handed.NOT_YET:
            return None
        if handed is not Handed.RETURNED:
            return with_client(w, c, Client(me.todo[1:]))
    at = me.step or next(iter(table_of(scope, call)))
    before, last = w, None
    while True:
        done = _perform(scope, w, c, at, start)
        if done is None:
            return last
        if isinstance(done, World):
            last = w = with_client(done, c, me._replace(step=at, sub=1, place=done.clients[c].place))
            if at is Step.START_ONCE and atomic_steps.goes_on(scope, before, w, at):
                continue
            return w
        w, result = done
        after = table_of(scope, call)[at][result]
        if isinstance(after, tables.End):
            return _finish(scope, w, c, at, after)
        at = after
        sub = int(at is Step.READ_CLOSED and w.closed)  # so that one can tell later what he could have seen now
        last = w = with_client(w, c, me._replace(step=at, sub=sub, place=w.clients[c].place))
        if not atomic_steps.goes_on(scope, before, w, at):
            return w


def _perform(scope: Scope, w: World, c: int, at: Step, start: Start) -> Performed:
    """One step."""
    call = w.clients[c].todo[0]
    if call.what == "submit":
        return _submit(scope, w, c, at, start)
    if call.what in CANCELLING:
        return _cancel(scope, w, c, at)
    if call.what == "again" and at is not Step.POST_REQUEST:
        return retries.perform(scope, w, call.task, at)
    return _resize(w, call, at) if call.what == "resize" else _shutdown(w, c, at)


# --- submit -----------------------------------------------------------------------------------------------------------


def _submit(scope: Scope, w: World, c: int, at: Step, start: Start) -> Performed:  # noqa: PLR0911
    """A step of ``submit``."""
    call = w.clients[c].todo[0]
    t = call.id
    match at:
        case Step.READ_BROKEN:
            return retries.opens(w, call), w.broken
        case Step.REREAD_BROKEN:
            return w, w.broken
        case Step.READ_CLOSED | Step.REREAD_CLOSED:
            return w, w.closed
        case Step.PICKLE:
            return _pickle(scope, w, call)
        case Step.PUBLISH:
            return post(with_task(w, t, w.tasks[t]._replace(unclaimed=True)), t), None
        case Step.START_ONCE if w.clients[c].sub:
            return start(w), True
        case Step.START_ONCE:
            return w._replace(token=False) if w.token else (w, True)
        case Step.WITHDRAW_BROKEN | Step.WITHDRAW_CLOSED:
            return claim(w, t)
        case Step.ISSUE_ALONE:
            return _issue_alone(scope, w, t)
        case _:
            return wake_up(w), None


def _pickle(scope: Scope, w: World, call: Call) -> tuple[World, bool]:
    """Make bytes of the call, or keep it; what cannot be pickled is an error in its future."""
    t = call.task
    body = payload.call_of(t, scope.verdict) if call.body is None else call.body
    if not body and not call.keep:
        return call_back(with_task(w, t, w.tasks[t]._replace(end=End.FAILED)), t, callbacks=scope.callbacks), False
    return with_task(w, t, w.tasks[t]._replace(body=body, deferred=call.keep)), True


def _issue_alone(scope: Scope, w: World, t: int) -> Performed:
    """Under the lane's lock, all in one: claim the task, write its frame, put its ticket out."""
    if w.loan is None or not _is_first(w, t) or not w.tasks[t].body or w.tasks[t].deferred:
        return w, False
    n, seq = w.loan
    if w.lanes[n].stage is Stage.CLOSED:
        raise Violation(f"task {t} is issued to lane {n}, which is closed")
    lane, frame = w.lanes[n], payload.frame(seq, w.tasks[t].body)
    if lane.holder != NOBODY:
        return None
    is_free = w.used == NOBODY and w.tasks[t].unclaimed and not lane.returned and not lane.back
    if not is_free or put(lane.call, frame, scope.call_pipe)[1]:
        return w, False
    lane = lane._replace(
        call=lane.call + frame, tickets=lane.tickets + bytes((seq,)), ticketed=(*lane.ticketed, (seq, t))
    )
    w, _ = claim(with_lane(w, n, lane)._replace(used=t), t)
    return with_task(w, t, w.tasks[t]._replace(place=(n, seq))), True


def _is_first(w: World, t: int) -> bool:
    """Whether nothing was posted before the task that the manager has not taken yet."""
    return w.inbox[:1] == (t,)


def wake_up(w: World) -> World:
    """Wake the manager."""
    return wake(w)


# --- cancel -----------------------------------------------------------------------------------------------------------


def _cancel(scope: Scope, w: World, c: int, at: Step) -> Performed:  # noqa: C901, PLR0911, PLR0912 - a case a step
    """A step of ``cancel``; the future's lock is held in each but REVOKE."""
    t, place = w.clients[c].todo[0].task, w.clients[c].place
    task = w.tasks[t]
    if at is Step.REVOKE:
        w = with_task(w, t, task._replace(holder=NOBODY)) if task.holder == c else w
    elif task.holder not in (NOBODY, c):
        return None
    else:
        w = with_task(w, t, task._replace(holder=c))
    match at:
        case Step.READ_STATE:
            return w, {End.OPEN: None, End.CANCELLED: True, End.STOPPED: True}.get(task.end, False)
        case Step.CLAIM:
            return _won(claim(w, t), t)
        case Step.FIND_LANE:
            return with_client(w, c, w.clients[c]._replace(place=task.place)), task.place is not None
        case Step.NOTIFY_CLAIMED | Step.NOTIFY_REVOKED:
            return _tell(w, t, End.CANCELLED)
        case Step.NOTIFY_STOPPED if t in scope.attempts[:-1] and c >= len(scope.scripts):
            return w, None  # its end it has from the manager, when its worker has ended
        case Step.NOTIFY_STOPPED:
            return (w, None) if _is_done(task) else _tell(w, t, task.owed or End.STOPPED)
        case Step.POST_STOP:
            return post(w, messages.StopRequested(t, force=False)), None
        case Step.POST_WITHDRAWN:
            return post(w, messages.Withdrawn(t)), None
        case Step.WAKE_DONE | Step.WAKE_BEGUN | Step.WAKE_FOR_STOP:
            return wake_up(w), None
    assert place is not None  # noqa: S101 - the tables lead here by FIND_LANE only
    match at:
        case Step.POST_UNCHANGED | Step.POST_MOVED:
            return announce(w, place[0]), None
        case Step.POST_REVOKED:
            return post(w, messages.Withdrawn(t), messages.RevokedByCanceller(place[0])), None
        case _:
            return _read_tickets(w, c, t, place)


def _is_done(task: Task) -> bool:
    """Somebody else has given the end, and told those who wait."""
    return task.end is not End.OPEN and not task.unnotified


def _tell(w: World, t: int, how: End) -> Performed:
    """Give the future its end, then notify those who wait: two steps, where a client can be interrupted in between."""
    if not w.left.throws or w.tasks[t].end is not End.OPEN:
        return end(w, t, how), None
    w = end(w, t, how)
    return with_task(w, t, w.tasks[t]._replace(unnotified=True))


def announce(w: World, n: int) -> World:
    """Tell the manager to look at a lane's tickets."""
    return wake(post(w, messages.RevokedByCanceller(n)))


def _read_tickets(w: World, c: int, t: int, place: messages.Item) -> Performed:
    """Under the lane's lock: tell the manager and read all tickets, then sort them and claim."""
    n = place[0]
    lane = w.lanes[n]
    if not w.clients[c].sub:
        if lane.holder != NOBODY:
            return None
        return read_tickets(announce(with_lane(w, n, lane._replace(holder=c)), n), n)
    w = sort_back(with_lane(w, n, lane._replace(holder=NOBODY)), n)
    w, mine = _won(claim(w, t), t)
    if mine:
        return w, True
    return w, False if w.tasks[t].place == place else None


def _won(claimed: tuple[World, bool], t: int) -> tuple[World, bool]:
    """A canceller who has claimed the task leaves a trace, lest nobody cancel it if the call is interrupted now."""
    w, mine = claimed
    return (with_task(w, t, w.tasks[t]._replace(place=None)), True) if mine else claimed


# --- resize -----------------------------------------------------------------------------------------------------------


def _resize(w: World, call: Call, at: Step) -> Performed:
    """A step of ``resize``."""
    match at:
        case Step.READ_BROKEN:
            return w, w.broken
        case Step.READ_CLOSED:
            return w, w.closed
        case Step.POST_REQUEST:
            return post(w, messages.Resized(call.workers)), None
        case _:
            return wake_up(w), None


# --- shutdown ---------------------------------------------------------------------------------------------------------


def _shutdown(w: World, c: int, at: Step) -> Performed:  # noqa: PLR0911 - a case a step
    """A step of ``shutdown``."""
    call = w.clients[c].todo[0]
    match at:
        case Step.CLOSE:
            return w._replace(closed=True), None
        case Step.NEVER_STARTED:
            if w.ended or not w.token:
                return w, False
            return w._replace(token=False, ended=True), True
        case Step.POST_REQUEST if w.retried is not None:
            let = retries.is_let(w, call.level, second=bool(w.clients[c].sub))
            if isinstance(let, World):
                return let
            return post(let[0], messages.Requested(call.level)) if let[1] else let[0], None
        case Step.POST_REQUEST:
            return post(w, messages.Requested(call.level)), None
        case Step.WAKE_FOR_REQUEST:
            return wake_up(w), None
        case Step.OWN_THREAD:
            return w, call.wait
        case _:
            return (w, None) if w.ended else None


# --- ends of calls ----------------------------------------------------------------------------------------------------


def interrupted(scope: Scope, w: World, c: int) -> World:
    """A signal handler raises: the call is left, its locks are released; who has cancelled makes up for what is left.

    That is in a step of its own where he may be interrupted in it again: then nobody makes up for it any more.
    """
    me = w.clients[c]
    call = me.todo[0]
    told = me.step in (Step.POST_WITHDRAWN, Step.POST_REVOKED, Step.WAKE_DONE)
    w = with_client(w, c, Client(me.todo[1:]))
    for n, lane in enumerate(w.lanes):
        if lane.holder == c:
            w = with_lane(w, n, lane._replace(holder=NOBODY))
    if call.what == "submit":
        return with_task(w, call.task, w.tasks[call.task]._replace(handed=Handed.LOST))
    if call.what in CANCELLING and w.tasks[call.task].holder == c:
        w = with_task(w, call.task, w.tasks[call.task]._replace(holder=NOBODY))
        told = told or w.tasks[call.task].unnotified
        if told and w.left.throws:
            return with_client(w, c, Client(me.todo, Step.WAKE_DONE, MAKES_UP))
        w = with_task(w, call.task, w.tasks[call.task]._replace(unnotified=False)) if told else w
        return call_back(w, call.task, callbacks=scope.callbacks) if told else w
    return w


def makes_up(me: Client) -> bool:
    """Whether he was interrupted and has still to make up for what is left of it."""
    return me.sub == MAKES_UP


def make_up(scope: Scope, w: World, c: int) -> World | None:
    """The canceller who was interrupted notifies those who wait, if nobody has, and runs the callbacks."""
    t = w.clients[c].todo[0].task
    if w.tasks[t].holder not in (NOBODY, c):
        return None
    w = with_client(w, c, Client(w.clients[c].todo[1:]))
    return call_back(end(w, t, End.CANCELLED), t, callbacks=scope.callbacks)


def _finish(scope: Scope, w: World, c: int, at: Step, how: tables.End) -> World:
    """A call returns: check what it says."""
    call = w.clients[c].todo[0]
    w = with_client(w, c, Client(w.clients[c].todo[1:]))
    if call.what == "submit":
        return _submitted(w, call, how)
    if call.what in CANCELLING:
        return retries.job_done(scope, _cancelled(scope, w, call.task, at, how), c)
    if call.what == "again":
        return retries.job_done(scope, retries.ended(w, call.task, at), c)
    if call.wait and how is tables.End.RETURN and w.at not in (At.NOT_STARTED, At.ENDED):
        raise Violation("shutdown(wait=True) returns while the manager runs")
    return w


def _submitted(w: World, call: Call, how: tables.End) -> World:
    t, raised = call.task, how is not tables.End.RETURN
    if raised and w.tasks[t].begun:
        raise Violation(f"submit of task {t} {how.value}, and the task runs")
    w = retries.refused(w, call) if raised else w
    return with_task(w, t, w.tasks[t]._replace(handed=Handed.RAISED if raised else Handed.RETURNED))


def _cancelled(scope: Scope, w: World, t: int, at: Step, how: tables.End) -> World:
    task = w.tasks[t]
    is_cancelled = task.end in (End.CANCELLED, End.STOPPED)
    if how is tables.End.TRUE and at in (Step.WAKE_DONE, Step.NOTIFY_STOPPED) and not is_cancelled:
        how = tables.End.FALSE  # the pool has ended it between its claim, or the wish, and the telling
    was_stopped = task.end is End.STOPPED and at is Step.WAKE_BEGUN  # by somebody else, when this one had looked
    if (how is tables.End.TRUE) != (is_cancelled and not was_stopped):
        raise Violation(f"cancel of task {t} {how.value}, and the future is {task.end.name}")
    if how is tables.End.FALSE and not task.begun and task.end is End.OPEN:
        raise Violation(f"cancel of task {t} returns False, and nobody has begun it")
    w = with_task(w, t, task._replace(holder=NOBODY))
    did_it = (how is tables.End.TRUE and at is Step.WAKE_DONE) or at is Step.NOTIFY_STOPPED
    return call_back(w, t, callbacks=scope.callbacks) if did_it else w
