"""Limits of tasks: whoever runs for longer is stopped, as by a client that calls ``terminate``.

A worker says when it begins a task with a limit (``_worker.announcing``).  Before it sleeps the manager looks who is
past it (``_core.limits_of_tasks``).  What is due is a job for a user-code thread, which goes through the steps of
``STOP`` like any client: the manager waits for no lock and calls no callback.

Decides what the future ends with.  Must not know: how a task is stopped.
"""

from __future__ import annotations

import time
from contextlib import suppress

from checkedpool._core.limits_of_tasks import LimitsOfTasks
from checkedpool._core.messages import Settled
from checkedpool._pool.shared import CANCELLED_END, PoolFuture, error_end
from checkedpool.errors import AT_ITS_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from checkedpool._core.messages import TaskId
    from checkedpool._pool.platform import RealPlatform
    from checkedpool._pool.shared import Canceller, Ending, Shared
    from checkedpool._pool.worker_channels import WorkerChannels

    T = TypeVar("T")


SOON = 1.0
"""Seconds that a worker may take to show the stack of a task that is to be stopped."""
WHERE = "Where it was then (most recent call last):\n"


class Limited(PoolFuture["T"]):
    """A future whose task has a limit."""

    limit: float
    """Seconds."""
    began: float
    """When its worker was heard to say so."""
    at_limit: Ending | None = None
    """Its end, once the limit is reached, if it is stopped then."""

    def complete(self, end: Ending, *, wait: bool = True) -> bool | None:
        """As the plain one; what is stopped at its limit is not cancelled."""
        if end is CANCELLED_END and self.at_limit is not None:
            end = self.at_limit
        return super().complete(end, wait=wait)

    def complete_and_call(self, end: Ending | None) -> None:
        """As the plain one; the end at its limit it gets by being stopped."""
        if end is None or end is not self.at_limit:
            super().complete_and_call(end)
        else:
            self._show_stack(end[1])
            self._end_by(self.stopper_at_limit())

    def _show_stack(self, error: Any) -> None:
        """Where the task is, as a note of the error and as its ``stack``; None where it is not told soon."""
        error.stack = None
        with suppress(Exception):  # whatever it is, the task is to be stopped
            from checkedpool._pool import stacks  # noqa: PLC0415 - seldom needed

            error.stack = stacks.stack_of(self.number, self.place, SOON)
            if error.stack:
                error.add_note(WHERE + "".join(error.stack.format()).rstrip())

    def stopper_at_limit(self) -> Canceller:
        """Who makes the steps by which it is stopped."""
        return self._stopper(force=False)


def _at_its_limit(future: Limited[Any], lane: WorkerChannels, now: float) -> Exception:
    error: Any = TimeoutError(AT_ITS_LIMIT.format(task=future.name, seconds=future.limit, pid=lane.process.pid))
    error.seconds = now - future.began
    lane.explain(error)
    return error  # type: ignore[no-any-return]


class TimeLimits:
    """Those of one pool; used by the manager's thread only."""

    def __init__(self) -> None:
        self._tasks = LimitsOfTasks()
        self._platform: RealPlatform | None = None

    @staticmethod
    def of(shared: Shared) -> TimeLimits:
        """Those of this pool, the same for each who asks."""
        made: TimeLimits = vars(shared).setdefault("limits", TimeLimits())
        return made

    def begins(self, platform: RealPlatform, lane: WorkerChannels, number: TaskId | None) -> None:
        """A worker has begun this task."""
        future = platform.futures.get(-1 if number is None else number)
        if not isinstance(future, Limited):
            return  # it has its end
        if self._platform is None:
            self._platform = platform
            platform.dues.append(self.due)
        lane.since = future.began = time.monotonic()
        self._tasks.begins(lane.number, future.began + future.limit, future.number)

    def due(self) -> float | None:
        """Have those stopped that have reached their limit; when to come back."""
        platform, now = self._platform, time.monotonic()
        if platform is None:
            return None
        for lane, number in self._tasks.due(now, platform.futures.__contains__):
            future: Any = platform.futures[number]
            future.at_limit = error_end(_at_its_limit(future, platform.lanes[lane], now))
            platform.unsettled[number] = future, future.at_limit
            platform.shared.inbox.append(Settled(number))  # heard at once: this goes before each sleep
        return self._tasks.soonest()
