"""The scopes that have a name: too large for every schedule to be tried, and each of another kind.

Decides: which there are. Must not know: how they are run. A schedule says its scope by name, so a scope that changes
makes old schedules invalid, and they say so.
"""

from __future__ import annotations

from checkedpool._core.messages import Verdict
from checkedpool.testing.simulated.simulated_scope import Budget, Scope, cancel, shutdown, submit
from checkedpool_spec.names import did_you_mean
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = ["SCOPES", "UnknownScopeError", "scope_named"]

DRAIN, CANCEL, TERMINATE, KILL = (
    shutdown(level)
    for level in (ShutdownLevel.DRAIN, ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE, ShutdownLevel.KILL)
)
ONE_KILL = Budget(kills=1)
ANYTHING = Budget(kills=1, bad_starts=1, hangs=1, haste=1, deaf=1, grandchildren=1, thefts=1, stubborn=1, servers=1)
SIX = tuple(submit(t) for t in range(6))
REPLACE = DeathPolicy.REPLACE

SCOPES: dict[str, Scope] = {
    "break": Scope(((*SIX, cancel(4), DRAIN),), workers=3, budget=ONE_KILL, callbacks=True),
    "replace": Scope(
        ((*SIX, DRAIN),), workers=3, policy=REPLACE, on_demand=True, budget=Budget(kills=2), callbacks=True
    ),
    "cancellers": Scope(
        (SIX[:4], (cancel(0), cancel(2), cancel(3)), (cancel(3), cancel(1), DRAIN)), workers=2, budget=ONE_KILL
    ),
    "closers": Scope(
        ((submit(0), submit(1), DRAIN), (submit(2), CANCEL), (submit(3), TERMINATE)), workers=2, budget=ONE_KILL
    ),
    "forkserver": Scope(((*SIX[:4], cancel(1), DRAIN),), workers=2, on_demand=True, budget=ANYTHING),
    "narrow": Scope(
        ((*SIX[:3], cancel(1), DRAIN),), workers=2, budget=ONE_KILL, call_pipe=40, result_pipe=9, chunk=7,
        verdict=Verdict.VALUE,
    ),
    "errors": Scope(
        ((*SIX[:4], cancel(2), KILL),), workers=2, budget=ANYTHING, verdict=Verdict.ERROR, late_ends=True
    ),
    "renewed": Scope(
        ((*SIX, DRAIN), (cancel(3),)), workers=2, policy=REPLACE, on_demand=True, task_limit=2, budget=ONE_KILL
    ),
    "interrupted": Scope(
        ((submit(0), submit(1), cancel(0), DRAIN), (submit(2), cancel(2), cancel(1))), workers=2, interrupts=True,
        callbacks=True, budget=ONE_KILL,
    ),
    "kept": Scope(
        ((submit(0), submit(1, keep=True), submit(2, keep=True), cancel(1), DRAIN), (cancel(2),)), workers=2,
        budget=ONE_KILL, callbacks=True,
    ),
    "alone": Scope(((*SIX[:5], cancel(3), cancel(1), DRAIN),), budget=ONE_KILL, callbacks=True),
    "two": Scope(((submit(0), submit(1), DRAIN), (cancel(1),)), workers=2, budget=ONE_KILL),
}  # fmt: skip
"""By name."""


class UnknownScopeError(LookupError):
    """There is no scope of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no scope is named {name!r}{did_you_mean(name, SCOPES)}; there are: {', '.join(SCOPES)}")


def scope_named(name: str) -> Scope:
    """The scope of that name."""
    if name not in SCOPES:
        raise UnknownScopeError(name)
    return SCOPES[name]
