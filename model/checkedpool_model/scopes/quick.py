"""The scopes that `make verify` explores, but for those of what must happen at last (``live``). Data only.

Decides: what is looked at. Must not know: how it is explored; what that leaves out (``Scope.leaves_out`` says it).
"""

from itertools import product

from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind, Resize, Start, Stop, Submit
from checkedpool_model.protocol.state import Budget, Mark
from checkedpool_model.scopes.scope import (
    CANCEL,
    CRASH,
    DRAIN,
    EXIT,
    KILL,
    SHUTDOWNS,
    TERMINATE,
    WAITED,
    Scope,
    beside,
    every_order,
    one_after_another,
    singles,
    submits,
)
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["QUICK"]

QUICK: tuple[Scope, ...] = (
    Scope(
        "gate",
        "1 worker, 1 task, 1 crash: submit and exit beside every call of a second thread; the manager sleeps",
        Bounds(allowed=1, tasks=1, budget=CRASH),
        beside(submits(1), singles((Cancel(0), *SHUTDOWNS))),
    ),
    Scope(
        "interrupted",
        "1 worker, 2 tasks: an exception takes a client out of any call; the manager sleeps",
        Bounds(allowed=1, tasks=2, budget=Budget(interrupts=1)),
        (
            *one_after_another((*submits(2), Cancel(1)), (Submit(0), CANCEL, DRAIN)),
            *beside((Submit(0),), ((Submit(1),),)),
        ),
    ),
    Scope(
        "lent",
        "2 workers, 2 tasks: clients issue to idle workers by themselves while the manager sleeps",
        Bounds(allowed=2, tasks=2),
        (*one_after_another((*submits(2), Cancel(1))), *beside((Submit(0),), ((Submit(1),),))),
    ),
    Scope(
        "shutdown-orders",
        "1 worker, 1 task, 1 crash: two shutdowns in every order of levels, in one thread and beside the exit",
        Bounds(allowed=1, tasks=1, given=1, budget=CRASH, sleeps=False),
        (*one_after_another(*product(SHUTDOWNS, repeat=2)), *beside((), product(WAITED, repeat=2))),
    ),
    Scope(
        "values",
        "1 worker, 3 tasks: one cannot be pickled by submit, one costs its worker's answer; every single call around",
        Bounds(allowed=1, tasks=3, kinds=(Kind.BAD_ARGUMENT, Kind.BAD_RESULT), sleeps=False),
        one_after_another(*((*submits(3), call) for call in (Cancel(0), Cancel(1), *SHUTDOWNS)), (DRAIN, Submit(0))),
    ),
    Scope(
        "refusing-to-die",
        "1 worker, 2 tasks, one of them endless; a process ignores SIGTERM, another stalls in its exit handlers",
        Bounds(
            allowed=1, tasks=2, given=2, kinds=(Kind.PLAIN, Kind.ENDLESS), budget=Budget(deaf=1, stalls=1), sleeps=True
        ),
        one_after_another((TERMINATE,), (KILL,), (DRAIN, TERMINATE), (CANCEL, TERMINATE), (TERMINATE, KILL)),
    ),
    Scope(
        "exit-handlers",
        "2 workers, 1 task: a worker stalls in its exit handlers and ignores SIGTERM; drain and cancel",
        Bounds(allowed=2, tasks=1, given=1, budget=Budget(deaf=1, stalls=1)),
        one_after_another((), (CANCEL,)),
    ),
    Scope(
        "boot",
        "2 workers, 1 task: an initializer fails, a worker crashes before it is ready",
        Bounds(allowed=2, tasks=1, given=1, start=Start.COLD, budget=Budget(crashes=1, boot_failures=1), sleeps=False),
        one_after_another((), (CANCEL,), (KILL,)),
    ),
    Scope(
        "on-demand",
        "1 worker started on demand, 1 task, 1 crash, 1 failed start: break",
        Bounds(allowed=1, tasks=1, start=Start.ON_DEMAND, budget=Budget(crashes=1, start_failures=1)),
        one_after_another((Submit(0),), (Submit(0), CANCEL), (Submit(0), KILL)),
    ),
    Scope(
        "replace",
        "2 workers started on demand, 2 tasks, 1 crash: replace",
        Bounds(
            allowed=2, tasks=2, given=2, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, budget=CRASH, sleeps=False
        ),
        one_after_another((), (Cancel(1),), (CANCEL,), (TERMINATE,)),
    ),
    Scope(
        "patience",
        "1 worker on demand, 1 task, replace: starts, initializers and booting workers fail until patience ends",
        Bounds(
            allowed=1, tasks=1, given=1, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
            budget=Budget(crashes=1, start_failures=2, boot_failures=1),
        ),
        one_after_another((), (CANCEL,), (TERMINATE,)),
    ),
    Scope(
        "task-limit",
        "1 worker of 2 tasks at most, 3 tasks, replaced on demand: cancels take the order to leave back",
        Bounds(allowed=1, tasks=3, given=3, start=Start.ON_DEMAND, task_limit=2, window=3),
        one_after_another((), (Cancel(1),), (Cancel(0), Cancel(1)), (CANCEL,)),
    ),
    Scope(
        "2x2",
        "2 workers, 2 tasks, 1 crash: every ordered pair of a client's calls (cancel, submit, each shutdown, with and"
        " without wait). No task is cancelled twice",
        Bounds(allowed=2, tasks=2, given=2, budget=CRASH, sleeps=False),
        every_order(2, 2),
    ),
    Scope(
        "asleep",
        "2 workers, 2 tasks, 1 crash: every single call of a client; the manager sleeps",
        Bounds(allowed=2, tasks=2, given=2, budget=CRASH),
        every_order(1, 2),
    ),
    Scope(
        "2x3",
        "2 workers, 3 tasks, 1 crash: every single call of a client",
        Bounds(allowed=2, tasks=3, given=3, budget=CRASH, sleeps=False),
        every_order(1, 3),
    ),
    Scope(
        "3x4",
        "3 workers, 4 tasks, 1 crash: the core. No call but the interpreter's exit",
        Bounds(allowed=3, tasks=4, given=4, budget=CRASH, sleeps=False),
        one_after_another(()),
    ),
    Scope(
        "order",
        "1 worker, 3 tasks sent ahead: they begin in their order, whoever cancels",
        Bounds(allowed=1, tasks=3, given=3, window=3, budget=CRASH, sleeps=False),
        one_after_another((Cancel(0),), (Cancel(1),), (Cancel(0), Cancel(1))),
    ),
    Scope(
        "two-cancel",
        "2 workers, 3 tasks: two threads cancel while tickets are taken back and dealt anew",
        Bounds(allowed=2, tasks=3, given=3, sleeps=False),
        (((Cancel(1), EXIT), (Cancel(2),)), ((Cancel(2), EXIT), (Cancel(2),))),
    ),
    Scope(
        "user-code",
        "1 worker, 2 tasks, 1 crash: arguments pickled late, a value rebuilt in the parent, callbacks",
        Bounds(allowed=1, tasks=2, kinds=(Kind.LATE, Kind.REBUILT), callbacks=(0, 1), budget=CRASH, sleeps=False),
        one_after_another(submits(2), *((*submits(2), call) for call in (Cancel(0), Cancel(1), *SHUTDOWNS))),
    ),
    Scope(
        "user-code-fails",
        "1 worker, 3 tasks: arguments that cannot be pickled late, a value that cannot be rebuilt; the manager sleeps",
        Bounds(allowed=1, tasks=3, kinds=(Kind.LATE_BAD, Kind.NOT_REBUILT, Kind.LATE), callbacks=(0,)),
        one_after_another(submits(3), (*submits(3), Cancel(0))),
    ),
    Scope(
        "blocking-callback",
        "1 worker, 3 tasks: a callback waits for futures, one of them rebuilt by user code: a thread is added",
        Bounds(allowed=1, tasks=3, given=3, kinds=(Kind.PLAIN, Kind.REBUILT), callbacks=(0, 1), blocking=(0,)),
        one_after_another(()),
    ),
    Scope(
        "from-a-callback",
        "1 worker, 2 tasks, 1 crash: the first one's callback submits, cancels, shuts down, or waits for itself",
        Bounds(allowed=1, tasks=2, callbacks=(0,), inside=(Mark.NOBODY, 0), budget=CRASH, sleeps=False),
        (
            *beside((Submit(0),), ((Submit(1),), *singles(SHUTDOWNS), *singles(WAITED), (Submit(1), EXIT))),
            *beside(submits(2), ((Cancel(1),),)),
        ),
    ),
    Scope(
        "user-code-beside",
        "1 worker, 2 tasks, one pickled late, one rebuilt: a second thread cancels while the first still submits",
        Bounds(allowed=1, tasks=2, kinds=(Kind.LATE, Kind.REBUILT), sleeps=False),
        beside(submits(2), ((Cancel(1),), (CANCEL,))),
    ),
    Scope(
        "what-the-dead-leave",
        "2 workers, 2 tasks, 2 ends: an answer torn, pipes held open by a process left behind, an exit status stolen",
        Bounds(
            allowed=2, tasks=2, given=2, budget=Budget(crashes=1, tears=1, grandchildren=1, thefts=1), sleeps=False
        ),
        one_after_another((), (TERMINATE,)),
    ),
    Scope(
        "start-hangs",
        "1 worker on demand, 1 task, replace: a start hangs, another fails",
        Bounds(
            allowed=1, tasks=1, given=1, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
            budget=Budget(start_failures=1, hangs=1),
        ),
        one_after_another((), (CANCEL,), (KILL,)),
    ),
    Scope(
        "orphans",
        "2 workers on demand, 2 tasks, one of them endless: the parent dies at any moment",
        Bounds(
            allowed=2, tasks=2, given=2, kinds=(Kind.ENDLESS,), start=Start.ON_DEMAND, budget=Budget(parents=1),
            sleeps=False,
        ),
        one_after_another((KILL,)),
    ),
    Scope(
        "stop",
        "1 worker on demand, 2 tasks, one endless, 1 crash, deaf ears: the endless one is stopped, once or twice",
        Bounds(
            allowed=1, tasks=2, given=2, kinds=(Kind.ENDLESS,), start=Start.ON_DEMAND, budget=Budget(crashes=1, deaf=1),
            sleeps=False,
        ),
        (*one_after_another((Stop(0),), (Stop(0), CANCEL), (Stop(0), KILL)), ((Stop(0), EXIT), (Stop(0),))),
    ),
    Scope(
        "stop-beside",
        "1 worker on demand, 3 tasks ahead of it: one is stopped while another thread cancels, or stops one behind it",
        Bounds(allowed=1, tasks=3, given=3, window=3, start=Start.ON_DEMAND, sleeps=False),
        beside((Stop(0),), ((Cancel(1),), (Stop(1),))),
    ),
    Scope(
        "stop-of-two",
        "2 workers on demand, 2 tasks, replace: one is stopped; the manager steals, and replaces the worker",
        Bounds(allowed=2, tasks=2, given=2, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, sleeps=False),
        one_after_another((Stop(0),)),
    ),
    Scope(
        "stop-user-code",
        "1 worker on demand, 2 tasks with callbacks, one rebuilt: a task is stopped while its answer waits to be read",
        Bounds(
            allowed=1, tasks=2, given=2, kinds=(Kind.REBUILT,), callbacks=(0, 1), start=Start.ON_DEMAND, sleeps=False
        ),
        one_after_another((Stop(0),), (Stop(1),)),
    ),
    Scope(
        "stop-and-more",
        "2 workers on demand, 2 tasks: the first one is stopped, its worker ignores SIGTERM; then the second comes",
        Bounds(allowed=2, tasks=2, start=Start.ON_DEMAND, given=1, budget=Budget(deaf=1), sleeps=False),
        one_after_another((Stop(0), Submit(1))),
    ),
    Scope(
        "deaths-in-a-row",
        "1 worker on demand, 3 tasks, 2 crashes, max_worker_restarts=1: deaths in a row, or a task between",
        Bounds(
            allowed=1, tasks=3, given=3, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, restarts=1,
            budget=Budget(crashes=2), sleeps=False,
        ),
        one_after_another((), (Stop(0),)),
    ),
    Scope(
        "memory-limit",
        "1 worker on demand, 3 tasks, nothing sent ahead, 1 crash: two are over their limit in memory after a task",
        Bounds(
            allowed=1, tasks=3, given=3, start=Start.ON_DEMAND, window=1, policy=DeathPolicy.REPLACE,
            budget=Budget(crashes=1, fills=2), sleeps=False,
        ),
        one_after_another((), (Cancel(1),), (CANCEL,)),
    ),
    Scope(
        "idle-timeout",
        "2 workers on demand, 3 tasks: two are idle for too long, one at least stays; others come again",
        Bounds(
            allowed=2, tasks=3, given=2, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, min_workers=1,
            budget=Budget(idles=2), sleeps=False,
        ),
        one_after_another((Submit(2),)),
    ),
    Scope(
        "idle-and-gone",
        "2 workers on demand, 2 tasks: both are idle for too long, and none stays",
        Bounds(allowed=2, tasks=2, given=2, start=Start.ON_DEMAND, budget=Budget(idles=2), sleeps=False),
        one_after_another(()),
    ),
    Scope(
        "resize",
        "1 worker on demand, 2 tasks: two workers are allowed, then one of the two leaves; or the pool is shut",
        Bounds(allowed=1, tasks=2, given=2, start=Start.ON_DEMAND, sleeps=False),
        one_after_another((Resize(2), Resize(1)), (KILL, Resize(2))),
    ),
    Scope(
        "resize-busy",
        "2 workers, 3 tasks: one is allowed when all tasks are sent, and the manager sleeps",
        Bounds(allowed=2, tasks=3, given=3),
        one_after_another((Resize(1),)),
    ),
    Scope(
        "priority",
        "1 worker, 3 tasks, 1 crash: the last one has a higher priority than the others, or than the one before it",
        Bounds(allowed=1, tasks=3, given=2, priorities=(0, 0, 1), window=3, budget=CRASH),
        one_after_another((Submit(2),), (Submit(2), Cancel(1)), (Submit(1), Submit(2))),
    ),
    Scope(
        "priority-of-two",
        "2 workers, 4 tasks of three priorities: the highest comes last, when all the others are sent ahead",
        Bounds(allowed=2, tasks=4, given=3, priorities=(0, 1, 0, 2), window=3),
        one_after_another((Submit(3),)),
    ),
    Scope(
        "idle",
        "2 workers, 3 tasks: nothing waits beside an idle worker when the manager sleeps",
        Bounds(allowed=2, tasks=3, given=3),
        one_after_another(()),
    ),
)  # fmt: skip
