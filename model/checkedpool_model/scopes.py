"""The scopes in which the model is explored: how much of everything, and which scripts. Data only.

Decides: what is looked at, and in its notes what that leaves out. Must not know: how it is explored.

A scope is a set of graphs, one for each of its scripts. In every script the first thread's last call is a shutdown that
waits: the interpreter's exit, which comes to every program, or a stronger one. So every run can come to an end.
Collection of the executor is a drain without wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from checkedpool_model.actions.minder import of_one_piece
from checkedpool_model.bounds import Bounds, Call, Cancel, Kind, Script, Shutdown, Start, Submit, initial, spell
from checkedpool_model.checker.system import Action, System
from checkedpool_model.eventually import leads_to
from checkedpool_model.properties import ALWAYS, ON_STEP, terminal
from checkedpool_model.state import Budget, Mark, State
from checkedpool_model.symmetry import canonical
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = ["SCOPES", "Scope", "UnknownScopeError", "scope_named", "systems"]

DRAIN = Shutdown(ShutdownLevel.DRAIN)
CANCEL = Shutdown(ShutdownLevel.CANCEL)
TERMINATE = Shutdown(ShutdownLevel.TERMINATE)
KILL = Shutdown(ShutdownLevel.KILL)
EXIT = Shutdown(ShutdownLevel.DRAIN, wait=True)

SHUTDOWNS = (DRAIN, CANCEL, TERMINATE, KILL)
CRASH = Budget(crashes=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """A named set of graphs."""

    name: str
    note: str
    bounds: Bounds
    scripts: tuple[Script, ...]
    live: bool = False
    """Whether what must happen at last is asked too. Such a graph has every state, none stands for others."""


class UnknownScopeError(ValueError):
    """There is no scope of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no scope {name!r}; known scopes: {', '.join(scope.name for scope in SCOPES)}")


def scope_named(name: str) -> Scope:
    """The scope of that name, or UnknownScopeError with the known ones."""
    for scope in SCOPES:
        if scope.name == name:
            return scope
    raise UnknownScopeError(name)


def systems(scope: Scope, actions: tuple[Action[Bounds, State], ...]) -> Iterator[System[Bounds, State]]:
    """One system for each script."""
    actions = of_one_piece(actions)
    for script in scope.scripts:
        k = replace(scope.bounds, script=script)
        sizes = {"client": len(script), "lane": k.lanes, "task": k.tasks, "thread": k.threads}
        yield System(
            f"{scope.name}: {spell(script)}",
            k,
            initial(k),
            actions,
            sizes,
            terminal,
            ALWAYS,
            ON_STEP,
            leads_to(k) if scope.live else (),
            canonical=None if scope.live else canonical,
        )


# --- scripts ----------------------------------------------------------------------------------------------------------


def _ending(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls, the last of them a shutdown that waits: the interpreter's exit where there is none."""
    last = calls[-1] if calls else None
    return (*calls[:-1], replace(last, wait=True)) if isinstance(last, Shutdown) else (*calls, EXIT)


def _beside(first: tuple[Call, ...], others: tuple[tuple[Call, ...], ...]) -> tuple[Script, ...]:
    """One script for each of the others: this thread calls the first and exits, a second thread calls the other."""
    return tuple((_ending(first), other) for other in others)


def _one_after_another(*rows: tuple[Call, ...]) -> tuple[Script, ...]:
    """One script for each row: a single thread calls it."""
    return tuple((_ending(row),) for row in rows)


def _submits(tasks: int) -> tuple[Call, ...]:
    return tuple(Submit(task) for task in range(tasks))


def _singles(calls: tuple[Call, ...]) -> tuple[tuple[Call, ...], ...]:
    return tuple((call,) for call in calls)


def _pairs(calls: tuple[Call, ...]) -> tuple[tuple[Call, ...], ...]:
    return tuple(product(calls, repeat=2))


WAITED = tuple(replace(call, wait=True) for call in SHUTDOWNS)

# --- scopes -----------------------------------------------------------------------------------------------------------

SCOPES: tuple[Scope, ...] = (
    Scope(
        "gate",
        "1 worker, 1 task, 1 crash: submit and exit beside every call of a second thread; the manager sleeps",
        Bounds(allowed=1, tasks=1, budget=CRASH),
        _beside(_submits(1), _singles((Cancel(0), *SHUTDOWNS))),
    ),
    Scope(
        "interrupted",
        "1 worker, 2 tasks: an exception takes a client out of any call; the manager sleeps",
        Bounds(allowed=1, tasks=2, budget=Budget(interrupts=1)),
        (
            *_one_after_another((*_submits(2), Cancel(1)), (Submit(0), CANCEL, DRAIN)),
            *_beside((Submit(0),), ((Submit(1),),)),
        ),
    ),
    Scope(
        "shutdown-orders",
        "1 worker, 1 task, 1 crash: two shutdowns in every order of levels, in one thread and beside the exit",
        Bounds(allowed=1, tasks=1, given=1, budget=CRASH, sleeps=False),
        (*_one_after_another(*_pairs(SHUTDOWNS)), *_beside((), _pairs(WAITED))),
    ),
    Scope(
        "values",
        "1 worker, 3 tasks: one cannot be pickled by submit, one costs its worker's answer; every single call after",
        Bounds(allowed=1, tasks=3, kinds=(Kind.BAD_ARGUMENT, Kind.BAD_RESULT), sleeps=False),
        _one_after_another(*((*_submits(3), call) for call in (Cancel(0), Cancel(1), *SHUTDOWNS))),
    ),
    Scope(
        "refusing-to-die",
        "1 worker, 2 tasks, one of them endless; a process ignores SIGTERM, another stalls in its exit handlers",
        Bounds(
            allowed=1, tasks=2, given=2, kinds=(Kind.PLAIN, Kind.ENDLESS), budget=Budget(deaf=1, stalls=1), sleeps=True
        ),
        _one_after_another((TERMINATE,), (KILL,), (DRAIN, TERMINATE), (CANCEL, TERMINATE), (TERMINATE, KILL)),
    ),
    Scope(
        "exit-handlers",
        "2 workers, 1 task: a worker stalls in its exit handlers and ignores SIGTERM; drain and cancel",
        Bounds(allowed=2, tasks=1, given=1, budget=Budget(deaf=1, stalls=1)),
        _one_after_another((), (CANCEL,)),
    ),
    Scope(
        "boot",
        "2 workers, 1 task: an initializer fails, a worker crashes before it is ready",
        Bounds(allowed=2, tasks=1, given=1, start=Start.COLD, budget=Budget(crashes=1, boot_failures=1), sleeps=False),
        _one_after_another((), (CANCEL,), (KILL,)),
    ),
    Scope(
        "on-demand",
        "1 worker started on demand, 1 task, 1 crash, 1 failed start: break",
        Bounds(allowed=1, tasks=1, start=Start.ON_DEMAND, budget=Budget(crashes=1, start_failures=1)),
        _one_after_another((Submit(0),), (Submit(0), CANCEL), (Submit(0), KILL)),
    ),
    Scope(
        "replace",
        "2 workers started on demand, 2 tasks, 1 crash: replace",
        Bounds(
            allowed=2, tasks=2, given=2, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, budget=CRASH, sleeps=False
        ),
        _one_after_another((), (Cancel(1),), (CANCEL,), (TERMINATE,)),
    ),
    Scope(
        "patience",
        "1 worker on demand, 1 task, replace: starts, initializers and booting workers fail until patience ends",
        Bounds(
            allowed=1, tasks=1, given=1, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
            budget=Budget(crashes=1, start_failures=2, boot_failures=1),
        ),
        _one_after_another((), (CANCEL,), (TERMINATE,)),
    ),
    Scope(
        "task-limit",
        "1 worker of 2 tasks at most, 3 tasks, replaced on demand: cancels take the order to leave back",
        Bounds(allowed=1, tasks=3, given=3, start=Start.ON_DEMAND, task_limit=2, window=3),
        _one_after_another((), (Cancel(1),), (Cancel(0), Cancel(1)), (CANCEL,)),
    ),
    Scope(
        "2x2",
        "2 workers, 2 tasks, 1 crash: every ordered pair of calls (cancel, drain, cancel all, terminate, kill)",
        Bounds(allowed=2, tasks=2, given=2, budget=CRASH, sleeps=False),
        _one_after_another(*_pairs((Cancel(1), *SHUTDOWNS))),
    ),
    Scope(
        "2x3",
        "2 workers, 3 tasks, 1 crash: every single call (cancel, drain, cancel all, terminate, kill)",
        Bounds(allowed=2, tasks=3, given=3, budget=CRASH, sleeps=False),
        _one_after_another(*_singles((Cancel(1), *SHUTDOWNS))),
    ),
    Scope(
        "order",
        "1 worker, 3 tasks sent ahead: they begin in their order, whoever cancels",
        Bounds(allowed=1, tasks=3, given=3, window=3, budget=CRASH, sleeps=False),
        _one_after_another((Cancel(0),), (Cancel(1),), (Cancel(0), Cancel(1))),
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
        _one_after_another(_submits(2), *((*_submits(2), call) for call in (Cancel(0), Cancel(1), *SHUTDOWNS))),
    ),
    Scope(
        "user-code-fails",
        "1 worker, 3 tasks: arguments that cannot be pickled late, a value that cannot be rebuilt; the manager sleeps",
        Bounds(allowed=1, tasks=3, kinds=(Kind.LATE_BAD, Kind.NOT_REBUILT, Kind.LATE), callbacks=(0,)),
        _one_after_another(_submits(3), (*_submits(3), Cancel(0))),
    ),
    Scope(
        "blocking-callback",
        "1 worker, 3 tasks: a callback waits for futures, one of them rebuilt by user code: a thread is added",
        Bounds(allowed=1, tasks=3, given=3, kinds=(Kind.PLAIN, Kind.REBUILT), callbacks=(0, 1), blocking=(0,)),
        _one_after_another(()),
    ),
    Scope(
        "from-a-callback",
        "1 worker, 2 tasks, 1 crash: the first one's callback submits, shuts down in every mode, or waits for itself",
        Bounds(allowed=1, tasks=2, callbacks=(0,), inside=(Mark.NOBODY, 0), budget=CRASH, sleeps=False),
        _beside((Submit(0),), ((Submit(1),), *_singles(SHUTDOWNS), *_singles(WAITED), (Submit(1), EXIT))),
    ),
    Scope(
        "what-the-dead-leave",
        "2 workers, 2 tasks, 2 ends: an answer torn, pipes held open by a process left behind, an exit status stolen",
        Bounds(
            allowed=2, tasks=2, given=2, budget=Budget(crashes=1, tears=1, grandchildren=1, thefts=1), sleeps=False
        ),
        _one_after_another((), (TERMINATE,)),
    ),
    Scope(
        "start-hangs",
        "1 worker on demand, 1 task, replace: a start hangs, another fails",
        Bounds(
            allowed=1, tasks=1, given=1, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
            budget=Budget(start_failures=1, hangs=1),
        ),
        _one_after_another((), (CANCEL,), (KILL,)),
    ),
    Scope(
        "orphans",
        "2 workers on demand, 2 tasks, one of them endless: the parent dies at any moment",
        Bounds(
            allowed=2, tasks=2, given=2, kinds=(Kind.ENDLESS,), start=Start.ON_DEMAND, budget=Budget(parents=1),
            sleeps=False,
        ),
        _one_after_another((KILL,)),
    ),
    Scope(
        "live-2x2",
        "2 workers, 2 tasks, 1 crash: what must happen at last; the manager sleeps; no request, drain, terminate",
        Bounds(allowed=2, tasks=2, given=2, budget=CRASH),
        (((),), *_one_after_another((), (TERMINATE,))),
        live=True,
    ),
    Scope(
        "live-calls",
        "1 worker, 2 tasks, 1 crash: submits, cancels and shutdowns of two threads come to their end",
        Bounds(allowed=1, tasks=2, budget=CRASH),
        (*_beside(_submits(1), ((Submit(1),), (Cancel(0),), (CANCEL,))),),
        live=True,
    ),
    Scope(
        "live-replace",
        "1 worker on demand, 2 tasks, replace: a crash, a start that fails, one that hangs, a stall, deaf ears",
        Bounds(
            allowed=1, tasks=2, given=2, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
            budget=Budget(crashes=1, start_failures=1, hangs=1, stalls=1, deaf=1),
        ),
        _one_after_another((), (TERMINATE,)),
        live=True,
    ),
    Scope(
        "live-user-code",
        "1 worker, 2 tasks: late pickling, a value rebuilt in the parent, callbacks, one of which blocks",
        Bounds(allowed=1, tasks=2, kinds=(Kind.LATE, Kind.REBUILT), callbacks=(0, 1), blocking=(0,)),
        _one_after_another(_submits(2)),
        live=True,
    ),
    Scope(
        "live-endless",
        "1 worker, 1 task that never ends: terminate and kill end it; the parent may die",
        Bounds(allowed=1, tasks=1, given=1, kinds=(Kind.ENDLESS,), budget=Budget(deaf=1, parents=1)),
        _one_after_another((TERMINATE,), (KILL,)),
        live=True,
    ),
    Scope(
        "idle",
        "2 workers, 3 tasks: nothing waits beside an idle worker when the manager sleeps",
        Bounds(allowed=2, tasks=3, given=3),
        _one_after_another(()),
    ),
)  # fmt: skip
