"""The parent's other threads: those that start workers, and those that run code of the user.

Decides: what such a thread does in one step. Must not know: why it was given that to do.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkedpool._core import messages
from checkedpool._core.messages import Event
from checkedpool._core.tables import Do
from checkedpool.testing.simulated.simulated_platform import ENDS
from checkedpool.testing.simulated.simulated_processes import Label, Successor
from checkedpool.testing.simulated.simulated_scope import NOBODY, Scope
from checkedpool.testing.simulated.world import (
    KILLED,
    End,
    Lane,
    Stage,
    StopAtLimit,
    Violation,
    World,
    call_back,
    claim,
    end,
    post,
    spent,
    wake,
    with_lane,
    with_task,
)

__all__ = ["helper", "starter"]


def starter(w: World, n: int) -> Iterator[Successor]:
    """A start that was asked for; a process that nobody waits for any more is killed and reaped."""
    lane = w.lanes[n]
    gone = Lane(Stage.CLOSED, status=KILLED, reaped=True)
    if lane.stage is Stage.ASKED:
        made = gone if lane.abandoned else lane._replace(stage=Stage.MADE, at=Do.INITIALIZE)
        yield Label("start thread", n, "makes the process"), with_lane(w, n, made)
        if w.left.bad_starts:
            failed = spent(with_lane(w, n, Lane(Stage.CLOSED, reaped=True)), "bad_starts")
            yield Label("start thread", n, "fails"), wake(post(failed, messages.StartFailed(n, None)))
        if w.left.hangs and not lane.abandoned:
            yield Label("start thread", n, "hangs"), spent(with_lane(w, n, lane._replace(stage=Stage.STUCK)), "hangs")
    elif lane.stage is Stage.MADE and lane.abandoned:
        yield Label("start thread", n, "ends the process"), with_lane(w, n, gone)
    elif lane.stage is Stage.MADE:
        after = with_lane(w, n, lane._replace(stage=Stage.POSTED))
        yield Label("start thread", n, "posts the process"), wake(post(after, messages.Started(n)))


def _pickle(scope: Scope, w: World, t: int) -> World:
    """Pickle a deferred call. An error is the future's end, unless somebody has claimed it: then it is cancelled."""
    task = w.tasks[t]
    if task.body or not task.deferred:
        return with_task(w, t, task._replace(deferred=False))
    w, mine = claim(w, t)
    return call_back(end(w, t, End.FAILED if mine else End.CANCELLED), t, callbacks=scope.callbacks)


def helper(scope: Scope, w: World, i: int) -> Iterator[Successor]:
    """A user-code thread with a job; while another thread is inside the future's lock it waits."""
    job, left = w.jobs[i], w._replace(jobs=w.jobs[:i] + w.jobs[i + 1 :])
    posts: tuple[Event, ...] = (messages.JobDone(),)
    match job:
        case messages.Pickle(t):
            posts = (
                (messages.Pickled if w.tasks[t].deferred and w.tasks[t].body else messages.PickleFailed)(t),
                *posts,
            )
            after = _pickle(scope, left, t)
        case StopAtLimit():
            return  # its steps are a client's
        case messages.Call(t) if t in scope.attempts and w.tasks[t].owed is End.OPEN:
            return  # likewise
        case messages.Call(t) | messages.Deliver(t):
            how = ENDS[job.verdict] if isinstance(job, messages.Deliver) else w.tasks[t].owed
            if how and w.tasks[t].holder != NOBODY:
                return
            if t in scope.attempts:  # the same thread calls back, step by step
                owing = with_task(w, t, w.tasks[t]._replace(owed=End.OPEN))
                yield Label("user code", t, job), end(owing, t, how or End.OPEN)
                return
            after = with_task(left, t, w.tasks[t]._replace(owed=None))
            after = call_back(end(after, t, how or End.OPEN) if how else after, t, callbacks=scope.callbacks)
        case _:
            raise Violation(f"{job} is no job")
    yield Label("user code", t, job), wake(post(after, *posts))
