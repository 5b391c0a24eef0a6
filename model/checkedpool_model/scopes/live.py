"""The scopes in which what must happen at last is asked too. Data only.

Decides: what is looked at. Must not know: how it is explored; what must happen
(``eventually``).
"""

from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind, Resize, Start, Stop, Submit
from checkedpool_model.protocol.state import Budget, Mark
from checkedpool_model.scopes.scope import (
    CANCEL,
    CRASH,
    EXIT,
    KILL,
    TERMINATE,
    Scope,
    beside,
    one_after_another,
    submits,
)
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["LIVE"]

LIVE: tuple[Scope, ...] = (
    Scope(
        "live-2x2",
        "2 workers, 2 tasks, 1 crash: what must happen at last; the manager sleeps; no request, drain, terminate",
        Bounds(allowed=2, tasks=2, given=2, budget=CRASH),
        (((),), *one_after_another((), (TERMINATE,))),
        live=True,
    ),
    Scope(
        "live-calls",
        "1 worker, 2 tasks, 1 crash: submits, cancels and shutdowns of two threads come to their end",
        Bounds(allowed=1, tasks=2, budget=CRASH),
        (*beside(submits(1), ((Submit(1),), (Cancel(0),), (CANCEL,))),),
        live=True,
    ),
    Scope(
        "live-replace",
        "1 worker on demand, 2 tasks, replace: a crash, a start that fails, one that hangs, a stall, deaf ears",
        Bounds(
            allowed=1, tasks=2, given=2, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
            budget=Budget(crashes=1, start_failures=1, hangs=1, stalls=1, deaf=1),
        ),
        one_after_another((), (TERMINATE,)),
        live=True,
    ),
    Scope(
        "live-user-code",
        "1 worker, 2 tasks: late pickling, a value rebuilt in the parent, callbacks, one of which blocks",
        Bounds(allowed=1, tasks=2, kinds=(Kind.LATE, Kind.REBUILT), callbacks=(0, 1), blocking=(0,)),
        one_after_another(submits(2)),
        live=True,
    ),
    Scope(
        "live-idle",
        "1 worker on demand, 2 tasks, 1 crash: it is idle for too long, between the two tasks or behind them",
        Bounds(
            allowed=1, tasks=2, given=1, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
            budget=Budget(crashes=1, idles=1),
        ),
        one_after_another((Submit(1),)),
        live=True,
    ),
    Scope(
        "live-resize",
        "1 worker on demand, 2 tasks, one endless: two workers are allowed, so the other task is done; then the end",
        Bounds(allowed=1, tasks=2, given=1, kinds=(Kind.ENDLESS,), start=Start.ON_DEMAND, sleeps=False),
        one_after_another((Resize(2), Submit(1), TERMINATE)),
        live=True,
    ),
    Scope(
        "live-shrink",
        "2 workers, 1 task: one worker is allowed, so one of the two is dismissed and leaves, and the task is done",
        Bounds(allowed=2, tasks=1, given=1),
        one_after_another((Resize(1),)),
        live=True,
    ),
    Scope(
        "live-endless",
        "1 worker, 1 task that never ends: terminate and kill end it; the parent may die",
        Bounds(allowed=1, tasks=1, given=1, kinds=(Kind.ENDLESS,), budget=Budget(deaf=1, parents=1, fills=1)),
        one_after_another((TERMINATE,), (KILL,)),
        live=True,
    ),
    Scope(
        "live-cancel",
        "1 worker, 2 tasks that never end: cancel() of the one that runs and of the one behind it returns all the same",
        Bounds(allowed=1, tasks=2, given=2, kinds=(Kind.ENDLESS, Kind.ENDLESS)),
        beside((TERMINATE,), ((Cancel(0),), (Cancel(1),))),
        live=True,
    ),
    Scope(
        "live-elsewhere",
        "2 workers that boot, 2 tasks that never end: cancel() returns although its task has gone to the other worker",
        Bounds(allowed=2, tasks=2, given=2, kinds=(Kind.ENDLESS, Kind.ENDLESS), start=Start.COLD),
        beside((TERMINATE,), ((Cancel(1),),)),
        live=True,
    ),
    Scope(
        "live-callback",
        "1 worker, 1 task: its callback shuts its own pool down and waits, and so does the interpreter's exit",
        Bounds(allowed=1, tasks=1, given=1, callbacks=(0,), inside=(Mark.NOBODY, 0)),
        beside((), ((EXIT,),)),
        live=True,
    ),
    Scope(
        "live-stop",
        "1 worker on demand, 2 tasks, one endless, deaf ears: it is stopped, then the other is submitted and runs",
        Bounds(allowed=1, tasks=2, given=2, kinds=(Kind.ENDLESS,), start=Start.ON_DEMAND, budget=Budget(deaf=1)),
        one_after_another((Stop(0), Submit(1))),
        live=True,
    ),
    Scope(
        "live-priority",
        "1 worker, 3 tasks: one of a higher priority comes, what is sent ahead is taken back for it, and all run",
        Bounds(allowed=1, tasks=3, given=2, priorities=(0, 0, 1)),
        one_after_another((Submit(2),)),
        live=True,
    ),
    Scope(
        "live-deferred",
        "1 worker, 1 of 2 tasks, pickled late, well or badly, 1 crash: a cancel, two requests, a death come before",
        Bounds(allowed=1, tasks=2, kinds=(Kind.LATE, Kind.LATE_BAD), budget=CRASH),
        (*beside(submits(1), ((Cancel(0),),)), *one_after_another((Submit(0), CANCEL, EXIT), (Submit(1),))),
        live=True,
    ),
)  # fmt: skip
