"""What the manager may be told in which state.

Decides nothing about what follows.  The check comes before any change, so an illegal outcome changes nothing.
"""

from __future__ import annotations

from checkedpool._core import words
from checkedpool._core.illegal import IllegalStep
from checkedpool._core.lane import Force, Phase
from checkedpool._core.words import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool._core.lane import Lane
    from checkedpool._core.manager import Manager


ALIVE = frozenset({Phase.BORN, Phase.READY, Phase.LEAVING})
SPEAKING = frozenset({Phase.READY, Phase.LEAVING, Phase.ENDED})
ALLOWED: dict[type[Outcome], frozenset[Phase]] = {
    words.Started: frozenset({Phase.STARTING}),
    words.StartFailed: frozenset({Phase.STARTING}),
    words.Ready: frozenset({Phase.BORN, Phase.LEAVING, Phase.ENDED}),
    words.InitializerFailed: frozenset({Phase.BORN, Phase.LEAVING, Phase.ENDED}),
    words.Sent: ALIVE | {Phase.ENDED},
    words.Issued: frozenset({Phase.READY}),
    words.Busy: SPEAKING,
    words.TookBack: SPEAKING,
    words.Answered: SPEAKING,
    words.Recalled: frozenset({Phase.READY}),
    words.Ended: ALIVE | {Phase.ENDED},
    words.Drained: frozenset({Phase.ENDED}),
    words.Reaped: frozenset({Phase.ENDED}),
}
"""In which phase of its lane an outcome can come."""

AWAITED: dict[type[Outcome], Callable[[Lane], bool]] = {
    words.Issued: lambda lane: lane.issuing,
    words.TookBack: lambda lane: lane.asking,
    words.Busy: lambda lane: lane.asking or lane.issuing,
    words.Recalled: lambda lane: lane.lent,
    words.Ended: lambda lane: lane.phase is not Phase.ENDED or lane.force is Force.ABANDON,
}
"""What else it takes: an answer to an operation answers one that is out; an end is seen once."""


def check(m: Manager, outcome: Outcome) -> None:
    """Raise IllegalStep for what cannot happen in this state."""
    kind = type(outcome)
    phases = ALLOWED.get(kind)
    if phases is None:
        if kind is words.JobDone and not m.jobs:
            raise IllegalStep("manager", "without jobs", outcome, "nobody has one to do")
        return
    number: int = outcome.lane  # type: ignore[union-attr]  # those that are listed have one
    lane = m.lanes.get(number)
    if lane is None:
        if kind is not words.Started and kind is not words.StartFailed:  # those may come of a start given up
            raise IllegalStep("manager", sorted(m.lanes), outcome, "it has no such lane")
    elif lane.phase not in phases or (kind in AWAITED and not AWAITED[kind](lane)):
        raise IllegalStep("manager", f"lane {number}: {lane.phase.name}", outcome, "the lane does not expect it")
