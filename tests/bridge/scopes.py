"""The scopes that are explored: scripts made mechanically, one graph for each.

Decides: which calls in which order, with how many workers, tasks and crashes. Must not know: how they are explored.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checkedpool._core.words import Verdict
from checkedpool.testing import Budget, Call, End, Scope, Script, cancel, shutdown, submit
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

LEVELS = (ShutdownLevel.DRAIN, ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE, ShutdownLevel.KILL)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A scope, and the frame numbers that lanes have in it: up to the first, so many unread."""

    scope: Scope
    numbers: tuple[int, int] | None = None


Named = tuple[str, Bounded]

FORKED = Scope((), on_demand=False)
BREAKING = Scope((), on_demand=True)
REPLACING = Scope((), on_demand=True, policy=DeathPolicy.REPLACE)
MODES = {"fork, break": FORKED, "spawn, break": BREAKING, "spawn, replace": REPLACING}
KILL = Budget(kills=1)


def may_end(scope: Scope, t: int) -> set[End]:
    """The ends that a task can have in this scope for a reason that the user could name."""
    ends = {End.SUCCEEDED}
    strongest = max((call.level for call in scope.calls if call.what == "shutdown"), default=ShutdownLevel.OPEN)
    if strongest >= ShutdownLevel.CANCEL or any((c.what, c.task) == ("cancel", t) for c in scope.calls):
        ends.add(End.CANCELLED)
    if strongest >= ShutdownLevel.TERMINATE or scope.budget.kills or scope.budget.bad_starts or scope.budget.hangs:
        ends |= {End.BROKEN, End.CHARGED}
    return ends


def submits(count: int) -> Script:
    """Submit the first tasks."""
    return tuple(submit(t) for t in range(count))


def calls(next_task: int) -> tuple[Call, ...]:
    """Every single call that a client can make once tasks are submitted."""
    return (submit(next_task), cancel(0), *(shutdown(level) for level in LEVELS))


def named(scope: Scope) -> Named:
    """A scope with its name."""
    return str(scope), Bounded(scope)


def singles(mode: Scope, tasks: int) -> Iterator[Named]:
    """All submits, then one call."""
    for call in calls(tasks):
        yield named(replace(mode, scripts=((*submits(tasks), call),)))


def pairs(mode: Scope, tasks: int) -> Iterator[Named]:
    """All submits, then every ordered pair of calls; of two shutdowns the second waits."""
    for first in calls(tasks):
        first_call = first._replace(wait=False)
        for second in calls(tasks + (first.what == "submit")):
            yield named(replace(mode, scripts=((*submits(tasks), first_call, second),)))


def two_clients(mode: Scope, tasks: int) -> Iterator[Named]:
    """One client submits; another makes one call beside it."""
    for call in calls(tasks):
        yield named(replace(mode, scripts=(submits(tasks), (call,))))


def two_clients_and_end(mode: Scope, tasks: int) -> Iterator[Named]:
    """One client submits and shuts down; another makes one call beside it."""
    for call in calls(tasks):
        yield named(replace(mode, scripts=((*submits(tasks), shutdown(ShutdownLevel.DRAIN)), (call,))))


def oddities() -> Iterator[Named]:
    """One scope for each thing that the others leave out."""
    drain, end = shutdown(ShutdownLevel.DRAIN), shutdown(ShutdownLevel.CANCEL)
    one = (submit(0), cancel(0), drain)
    for title, scope in {
        "a pipe of one frame": replace(FORKED, scripts=((*submits(2), cancel(0), cancel(1), drain),), call_pipe=80),
        "pipes and reads of a few bytes": replace(
            FORKED, scripts=((submit(0), drain),), call_pipe=30, result_pipe=10, chunk=20, budget=KILL
        ),
        "a result that fits no pipe": replace(FORKED, scripts=(one,), result_pipe=8, budget=KILL),
        "callbacks, a crash": replace(FORKED, scripts=(one,), callbacks=True, budget=KILL),
        "values that user code reads": replace(FORKED, scripts=(one,), verdict=Verdict.VALUE, budget=KILL),
        "kept for later pickling": replace(FORKED, scripts=((submit(0, keep=True), *one[1:]),), budget=KILL),
        "task limit of one": replace(REPLACING, scripts=((*submits(2), cancel(1), drain),), task_limit=1),
        "task limit of one, a crash": replace(REPLACING, scripts=((*submits(2), drain),), task_limit=1, budget=KILL),
        "starts that fail": replace(REPLACING, scripts=((submit(0), drain),), budget=Budget(bad_starts=2, kills=1)),
        "starts that fail until the pool breaks": replace(
            REPLACING, scripts=((submit(0), drain),), budget=Budget(bad_starts=3)
        ),
        "a start that hangs": replace(REPLACING, scripts=((submit(0), drain),), budget=Budget(hangs=1, kills=1)),
        "limits that run out early": replace(REPLACING, scripts=((submit(0), drain),), budget=Budget(haste=1, kills=1)),
        "workers that ignore SIGTERM": replace(
            FORKED, scripts=((submit(0), shutdown(ShutdownLevel.TERMINATE, wait=False), end),),
            budget=Budget(deaf=1, haste=1),
        ),
        "callbacks that take long": replace(
            FORKED, scripts=((*submits(2), drain),), callbacks=True, budget=Budget(haste=1)
        ),
        "what the dead leave": replace(
            FORKED, scripts=((*submits(2), drain),), budget=Budget(kills=1, grandchildren=1, thefts=1), late_ends=True
        ),
        "signal handlers that raise": replace(
            FORKED, scripts=((*submits(2), cancel(0), cancel(1)),), interrupts=True, callbacks=True
        ),
        "signal handlers that raise, a crash": replace(REPLACING, scripts=(one,), interrupts=True, budget=KILL),
        "an initializer that fails": replace(
            FORKED, scripts=((submit(0), drain),), workers=2, budget=Budget(bad_starts=1)
        ),
    }.items():  # fmt: skip
        yield title, Bounded(scope)
    wraps = replace(FORKED, scripts=((submit(0), cancel(0), submit(1), submit(2), drain),))
    yield "frame numbers that wrap around", Bounded(wraps, (2, 1))
