"""Another number of workers than the pool began with: the call, and which workers are one too many.

Decides who leaves when a pool shrinks: as at its limit of tasks, when it has answered for what it has begun.  What was
sent ahead of it comes back and is dealt to others.  That the number is kept from then on is the manager's, by its
settings.  Is imported by a manager that was told of such a number, and by no other.
"""

from __future__ import annotations

from checkedpool._core.messages import Settings
from checkedpool._core.tables import End, Step
from checkedpool._core.worker_record import UNFORCED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkedpool._core.tables import Table
    from checkedpool._core.worker_record import WorkerRecord

RESIZE: Table = {
    Step.READ_BROKEN: {True: End.BROKEN, False: Step.READ_CLOSED},
    Step.READ_CLOSED: {True: End.CLOSED, False: Step.POST_REQUEST},
    Step.POST_REQUEST: {None: Step.WAKE_FOR_REQUEST},
    Step.WAKE_FOR_REQUEST: {None: End.RETURN},
}
"""``resize``.  There is no second look: to a pool that comes to its end meanwhile the number is nothing."""


def with_workers(settings: Settings, count: int) -> Settings:
    """The same settings, for so many workers."""
    fields = dict(zip(Settings.__match_args__, settings, strict=True))
    return Settings(**{**fields, "max_workers": count})  # type: ignore[arg-type]  # by their names


def one_too_many(lanes: Iterable[WorkerRecord], count: int) -> list[WorkerRecord]:
    """Those that are to leave: the ones that have least to do, of these the youngest."""
    stay = [lane for lane in lanes if lane.alive and lane.force is UNFORCED and lane.limit != 0]
    stay.sort(key=lambda lane: (lane.outstanding, -lane.number))
    return stay[: max(len(stay) - count, 0)]
