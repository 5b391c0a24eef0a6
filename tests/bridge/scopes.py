"""The scopes of the spike: scripts made mechanically, one graph for each.

Decides: which calls in which order, with how many workers, tasks and crashes. Must not know: how they are explored.
"""

from collections.abc import Iterator
from dataclasses import replace

from checkedpool._core.words import Verdict
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.bridge.world import Call, Scope

Script = tuple[Call, ...]
Named = tuple[str, Scope]

LEVELS = (ShutdownLevel.DRAIN, ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE, ShutdownLevel.KILL)
FORKED = Scope((), on_demand=False)
BREAKING = Scope((), on_demand=True)
REPLACING = Scope((), on_demand=True, policy=DeathPolicy.REPLACE)
MODES = {"fork, break": FORKED, "spawn, break": BREAKING, "spawn, replace": REPLACING}


def submit(t: int, *, keep: bool = False) -> Call:
    """Submit task ``t``."""
    return Call("submit", t, keep=keep)


def cancel(t: int) -> Call:
    """Cancel task ``t``."""
    return Call("cancel", t)


def shutdown(level: ShutdownLevel, *, wait: bool = True) -> Call:
    """Ask the pool to end."""
    return Call("shutdown", level=level, wait=wait)


def submits(count: int) -> Script:
    """Submit the first tasks."""
    return tuple(submit(t) for t in range(count))


def calls(next_task: int) -> tuple[Call, ...]:
    """Every single call that a client can make once tasks are submitted."""
    return (submit(next_task), cancel(0), *(shutdown(level) for level in LEVELS))


def name(script: Script) -> str:
    """A script in one line."""
    return ", ".join(
        call.level.name + (" (wait)" if call.wait else "") if call.what == "shutdown" else f"{call.what} {call.task}"
        for call in script
    )


def named(scope: Scope) -> Named:
    """A scope with its name."""
    return " | ".join(map(name, scope.scripts)), scope


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
    yield "a pipe of one frame", replace(FORKED, scripts=((*submits(2), cancel(0), cancel(1), drain),), pipe=1)
    yield "callbacks, a crash", replace(FORKED, scripts=(one,), callbacks=True, kills=1)
    yield "values that user code reads", replace(FORKED, scripts=(one,), verdict=Verdict.VALUE, kills=1)
    yield "kept for later pickling", replace(FORKED, scripts=((submit(0, keep=True), *one[1:]),), kills=1)
    yield "task limit of one", replace(REPLACING, scripts=((*submits(2), cancel(1), drain),), task_limit=1)
    yield "task limit of one, a crash", replace(REPLACING, scripts=((*submits(2), drain),), task_limit=1, kills=1)
    yield "starts that fail", replace(REPLACING, scripts=((submit(0), drain),), bad_starts=2, kills=1)
    yield "starts that fail until the pool breaks", replace(REPLACING, scripts=((submit(0), drain),), bad_starts=3)
    yield "limits that run out early", replace(REPLACING, scripts=((submit(0), drain),), haste=1, kills=1)
    yield "workers that ignore SIGTERM", replace(
        FORKED, scripts=((submit(0), shutdown(ShutdownLevel.TERMINATE, wait=False), end),), stubborn=True, haste=1
    )  # fmt: skip
    yield "callbacks that take long", replace(FORKED, scripts=((*submits(2), drain),), callbacks=True, haste=1)
    yield "signal handlers that raise", replace(
        FORKED, scripts=((*submits(2), cancel(0), cancel(1)),), interrupts=True, callbacks=True
    )  # fmt: skip
    yield "signal handlers that raise, a crash", replace(REPLACING, scripts=(one,), interrupts=True, kills=1)
    yield "an initializer that fails", replace(FORKED, scripts=((submit(0), drain),), workers=2, bad_starts=1)
    yield "frame numbers that wrap around", replace(
        FORKED, scripts=((submit(0), cancel(0), submit(1), submit(2), drain),), numbers=(2, 1)
    )  # fmt: skip
