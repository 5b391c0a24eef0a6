"""The scopes that `make verify-all` explores beside the others, and the small ones `make verify-long`. Data only.

Decides: what is looked at. Must not know: how it is explored; what that leaves out (``Scope.leaves_out`` says it).
"""

from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind
from checkedpool_model.protocol.state import Budget
from checkedpool_model.scopes.scope import CRASH, SHUTDOWNS, Scope, every_order, one_after_another, submits

__all__ = ["LONG"]

LONG: tuple[Scope, ...] = (
    Scope(
        "2x2-triples",
        "2 workers, 2 tasks, 1 crash: every ordered triple of a client's calls (cancel, submit, each shutdown, with and"
        " without wait). There is no third submit",
        Bounds(allowed=2, tasks=2, given=2, budget=CRASH, sleeps=False),
        every_order(3, 2),
        long=True,
    ),
    Scope(
        "2x2-asleep",
        "2 workers, 2 tasks, 1 crash: every ordered pair of a client's calls; the manager sleeps",
        Bounds(allowed=2, tasks=2, given=2, budget=CRASH),
        every_order(2, 2),
        long=True,
    ),
    Scope(
        "2x2-two-crashes",
        "2 workers, 2 tasks, 2 crashes: every ordered pair of a client's calls",
        Bounds(allowed=2, tasks=2, given=2, budget=Budget(crashes=2), sleeps=False),
        every_order(2, 2),
        long=True,
    ),
    Scope(
        "2x3-two-crashes",
        "2 workers, 3 tasks, 2 crashes: every single call of a client",
        Bounds(allowed=2, tasks=3, given=3, budget=Budget(crashes=2), sleeps=False),
        every_order(1, 3),
        long=True,
    ),
    Scope(
        "3x3",
        "3 workers, 3 tasks, 1 crash: every single call of a client",
        Bounds(allowed=3, tasks=3, given=3, budget=CRASH, sleeps=False),
        every_order(1, 3),
        long=True,
    ),
    Scope(
        "user-code-twice",
        "1 worker, 2 tasks, 1 crash: arguments pickled late and the answer rebuilt in the parent, which one fails",
        Bounds(
            allowed=1,
            tasks=2,
            kinds=(Kind.LATE_REBUILT, Kind.LATE_NOT_REBUILT),
            callbacks=(0,),
            budget=CRASH,
            sleeps=False,
        ),
        one_after_another(submits(2), *((*submits(2), call) for call in (Cancel(0), Cancel(1), *SHUTDOWNS))),
        long=True,
    ),
)
