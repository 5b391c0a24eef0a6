"""Calls that may be tried again on the simulated world: what a user-code thread does when an attempt has ended.

Decides: which jobs such threads make step by step, and what their steps are. Must not know: which step follows; the
pool's own tables say that. The caller's future has its lock in one hand throughout, and nobody cancels it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core import messages, retry_tables
from checkedpool._core.tables import End as Return
from checkedpool._core.tables import Result, Step, Table
from checkedpool.testing.simulated import payload
from checkedpool.testing.simulated.world import (
    End,
    Handed,
    Retried,
    StopAtLimit,
    Violation,
    World,
    claim,
    post,
    wake,
    with_task,
)
from checkedpool_spec.vocabulary import ShutdownLevel

if TYPE_CHECKING:
    from checkedpool._core.messages import Command
    from checkedpool.testing.simulated.simulated_scope import Call, Scope

__all__ = ["CAUSES", "ended", "is_let", "job_done", "job_of", "may_begin", "opens", "perform", "refused", "table"]

UNDER_THE_LOCK = frozenset(retry_tables.AGAIN)
CAUSES = (End.BLAMED, End.BROKEN, End.STOPPED)
"""What is tried again: a death, a limit."""


def job_of(scope: Scope, c: int) -> Command | StopAtLimit | None:
    """The job whose steps this client makes; None: it is a thread of the user."""
    if c < len(scope.scripts):
        return None
    (call,) = scope.threads[c]
    return StopAtLimit(call.task) if call.what == "stop" else messages.Call(call.task)


def may_begin(scope: Scope, w: World, c: int) -> bool:
    """Whether a user-code thread has come to this job; of an attempt it calls back when that has its end."""
    job = job_of(scope, c)
    if job not in w.jobs[: w.user_threads]:
        return False
    return isinstance(job, StopAtLimit) or w.tasks[scope.threads[c][0].task].owed is End.OPEN


def job_done(scope: Scope, w: World, c: int) -> World:
    """It was a job, if it is one of those."""
    job = job_of(scope, c)
    if job is None:
        return w
    return wake(post(w._replace(jobs=tuple(other for other in w.jobs if other != job)), messages.JobDone()))


def table() -> Table:
    """All that follows the end of an attempt; the drain that is owed is posted as by anybody."""
    again: dict[Return, Step | Return] = {Return.TRUE: Return.RETURN, Return.FALSE: Step.LEAVE_OPEN}
    over: dict[Return, Step | Return] = {Return.TRUE: Step.POST_REQUEST, Return.FALSE: Return.RETURN}
    return {
        Step.READ_STATE: {True: Step.PUBLISH_AGAIN, False: Step.LEAVE_OPEN, None: Return.RETURN},
        **_then(retry_tables.AGAIN, again),
        **_then(retry_tables.OVER, over),
        Step.POST_REQUEST: {None: Step.WAKE_FOR_REQUEST},
        Step.WAKE_FOR_REQUEST: {None: Return.RETURN},
    }


def _then(part: Table, ends: dict[Return, Step | Return]) -> Table:
    return {
        at: {result: ends[then] if isinstance(then, Return) else then for result, then in row.items()}
        for at, row in part.items()
    }


def _of(w: World) -> Retried:
    assert w.retried is not None  # noqa: S101 - asked in scopes with such a call only
    return w.retried


def _goes_on(w: World) -> bool:
    """Whether a further attempt would be taken in."""
    return not (w.ended or w.broken or _of(w).over)


def perform(scope: Scope, w: World, t: int, at: Step) -> tuple[World, Result] | None:  # noqa: PLR0911 - a case a step
    """A step of the thread in which the callbacks of this attempt run; None: another one is inside the call's lock."""
    again = t + 1
    if at is Step.READ_STATE:
        locked = any(client.step in UNDER_THE_LOCK for client in w.clients)
        return None if locked else (w, _is_between(scope, w, t))
    if at is Step.PUBLISH_AGAIN:
        body = payload.call_of(scope.attempts[0], scope.verdict)
        return post(with_task(w, again, w.tasks[again]._replace(body=body, unclaimed=True)), again), None
    match at:
        case Step.LOOK_AGAIN:
            return w, _goes_on(w)
        case Step.WITHDRAW_AGAIN:
            w, mine = claim(w, again)
            return (with_task(w, again, w.tasks[again]._replace(handed=Handed.RAISED)) if mine else w), mine
        case Step.LEAVE_OPEN:
            if _of(w).end is not End.OPEN and w.tasks[scope.attempts[0]].handed is Handed.RETURNED:
                raise Violation("a call that may be tried again has two ends")
            return _ends(w, w.tasks[t].end), None
        case Step.DRAIN_IS_OWED:
            return w, _of(w).drains and not _of(w).open
        case _:
            return wake(w), None


def _is_between(scope: Scope, w: World, t: int) -> bool | None:
    """Whether another attempt is to follow; None: the call has its end, or this was withdrawn."""
    if _of(w).end is not End.OPEN or _of(w).attempt != t:
        return None
    return t != scope.attempts[-1] and w.tasks[t].end in CAUSES and _goes_on(w)


def _ends(w: World, how: End) -> World:
    """The caller's future has its end, unless it had one, and the call is open no more."""
    return w._replace(retried=_of(w)._replace(end=_of(w).end or how, open=False))


def ended(w: World, t: int, at: Step) -> World:
    """All of it is done; where the manager was woken for it there is a further attempt."""
    w = with_task(w, t, w.tasks[t]._replace(owed=None))
    if at is not Step.WAKE_FOR_TASK:
        return w
    w = with_task(w, t + 1, w.tasks[t + 1]._replace(handed=Handed.RETURNED))
    return w._replace(retried=_of(w)._replace(attempt=t + 1))


def opens(w: World, call: Call) -> World:
    """Before it is submitted."""
    return w._replace(retried=_of(w)._replace(open=True)) if call.retries else w


def refused(w: World, call: Call) -> World:
    """Its submit raises: nobody has it, and a request to drain waits for it no longer."""
    if not call.retries:
        return w
    w = _ends(w, End.CANCELLED)
    return wake(post(w, messages.Requested(ShutdownLevel.DRAIN))) if _of(w).drains else w


def is_let(w: World, level: ShutdownLevel, *, second: bool) -> tuple[World, bool] | World:
    """Whether a request is posted now; or only a world: it has made the first of its two accesses."""
    shared = _of(w)
    if level > ShutdownLevel.DRAIN:
        return (w, True) if second else w._replace(retried=shared._replace(over=True))
    at = tuple(retry_tables.LET)[second]
    if at is Step.NOTE_DRAIN:
        w, result = w._replace(retried=shared._replace(drains=True)), None
    else:
        result = shared.open
    then = retry_tables.LET[at][result]
    return (w, then is Return.TRUE) if isinstance(then, Return) else w
