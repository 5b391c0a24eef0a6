"""The protocol's constants for a scope of the real code.

Decides: how many of everything a run of the protocol has that stands for one of the code. Must not know: what a world
is in the protocol (``protocol``).
"""

from __future__ import annotations

from dataclasses import dataclass

from checkedpool._core.messages import Verdict
from checkedpool.testing import Call, Scope
from checkedpool.testing.simulated.atomic_steps import is_fine
from checkedpool_model.protocol import bounds, state
from checkedpool_model.protocol.bounds import Bounds, Kind
from checkedpool_spec.vocabulary import STARTS_BEFORE_GIVING_UP

__all__ = ["bounds_of"]


@dataclass(frozen=True, slots=True)
class Roomy(Bounds):
    """Bounds of a run in which no lane is used again: the code gives each worker a number of its own."""

    room: int = 0

    @property
    def lanes(self) -> int:
        """How many workers the code may start."""
        return self.room


def bounds_of(scope: Scope) -> Bounds:
    """The protocol's constants for this pool; what the environment may do it may do once, or as often as it likes."""
    left = scope.budget
    most = scope.most + scope.tasks + sum(left) if scope.on_demand else scope.workers
    return Roomy(
        script=tuple(tuple(map(_call, script)) for script in scope.threads), allowed=scope.workers, tasks=scope.tasks,
        kinds=tuple(_kind(scope, t) for t in range(scope.tasks)),
        priorities=_priorities(scope),
        callbacks=tuple(range(scope.tasks)) if scope.callbacks else (), window=scope.window, policy=scope.policy,
        patience=STARTS_BEFORE_GIVING_UP, task_limit=scope.task_limit,
        restarts=scope.restarts, min_workers=scope.min_workers,
        start=bounds.Start.ON_DEMAND if scope.on_demand else bounds.Start.COLD, room=most,
        budget=state.Budget(
            crashes=int(left.kills > 0), hangs=int(left.hangs + left.haste > 0),
            start_failures=int(left.bad_starts + left.servers > 0), boot_failures=int(left.bad_starts > 0),
            stalls=int(left.haste > 0 or is_fine(scope)), deaf=int(left.deaf + left.haste > 0),
            interrupts=int(scope.interrupts), grandchildren=int(left.grandchildren > 0), thefts=int(left.thefts > 0),
            fills=int(left.fills > 0), idles=int(scope.idle_timeout is not None),
        ),
    )  # fmt: skip


def _priorities(scope: Scope) -> tuple[int, ...]:
    priorities = tuple(scope.priority(t) for t in range(scope.tasks))
    return priorities if any(priorities) else ()


KINDS = {Verdict.PLAIN: Kind.PLAIN, Verdict.VALUE: Kind.REBUILT, Verdict.ERROR: Kind.NOT_REBUILT}
LATE = {Verdict.PLAIN: Kind.LATE, Verdict.VALUE: Kind.LATE_REBUILT, Verdict.ERROR: Kind.LATE_NOT_REBUILT}


def _kind(scope: Scope, t: int) -> Kind:
    """What is special about a task: how it is pickled, and what it answers with."""
    call = next((call for call in scope.calls if (call.what, call.task) == ("submit", t)), None)
    if call is not None and call.keep:
        return Kind.LATE_BAD if call.body == b"" else LATE[scope.verdict]
    return Kind.BAD_ARGUMENT if call is not None and call.body == b"" else KINDS[scope.verdict]


def _call(call: Call) -> bounds.Call:
    if call.what == "shutdown":
        return bounds.Shutdown(call.level, call.wait)
    if call.what == "submit":
        return bounds.Submit(call.task)
    if call.what == "resize":
        return bounds.Resize(call.workers)
    return bounds.Stop(call.task) if call.what == "stop" else bounds.Cancel(call.task)
