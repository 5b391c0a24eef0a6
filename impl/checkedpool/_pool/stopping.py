"""Stopping a task that has begun: performs the steps of ``terminate`` and ``kill``, and decides nothing.

Is imported by a pool whose workers can be followed by others, and needed by no forked one.
"""

from __future__ import annotations

from checkedpool._core.messages import StopRequested
from checkedpool._core.stop_table import STOP
from checkedpool._core.tables import Step
from checkedpool._pool.shared import CANCELLED_END, Canceller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._core.tables import Result
    from checkedpool._pool.shared import PoolFuture, Shared


class Stopper(Canceller):
    """Performs the steps of one of them (``force``: of a ``kill``)."""

    __slots__ = ("force",)

    table = STOP

    def __init__(self, future: PoolFuture[Any], shared: Shared | None, *, force: bool) -> None:
        super().__init__(future, shared)
        self.force = force

    def perform(self, step: Step) -> Result:
        if step is Step.POST_STOP and self.shared is not None:
            self.asked = True  # before it is so: who is interrupted between this and the waking wakes when it makes up
            self.shared.inbox.append(StopRequested(self.future.number, self.force))
            return None
        if step is Step.NOTIFY_STOPPED:
            if not self.future.done():
                self.notified = True
                self.future.complete(self.future.left or CANCELLED_END)
            return None
        return super().perform(step)
