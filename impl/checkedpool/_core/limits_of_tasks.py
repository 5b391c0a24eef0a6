"""Which tasks with a limit run, until when, and which of them are past it.

Decides who is to be stopped: a task that has no end and whose time is over, once.  A worker runs one task at a time, so
there is one time for each worker at most.  Must not know: what time it is, what a future is, how a task is stopped.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from checkedpool._core.messages import TaskId, WorkerNo

    Running = tuple[WorkerNo, float, TaskId]


class LimitsOfTasks:
    """Those of one pool."""

    __slots__ = ("running",)

    def __init__(self, running: Iterable[Running] = ()) -> None:
        self.running = {lane: (until, task) for lane, until, task in running}

    def begins(self, lane: WorkerNo, until: float, task: TaskId) -> None:
        """The worker has begun this task; what it ran before has ended."""
        self.running[lane] = until, task

    def due(self, now: float, is_open: Callable[[TaskId], bool]) -> list[tuple[WorkerNo, TaskId]]:
        """Who is to be stopped, of those without an end; nobody a second time."""
        self.running = {lane: entry for lane, entry in self.running.items() if is_open(entry[1])}
        found = [(lane, task) for lane, (until, task) in self.running.items() if until <= now]
        for lane, _ in found:
            del self.running[lane]
        return found

    def soonest(self) -> float | None:
        """When the next one is."""
        return min((until for until, _ in self.running.values()), default=None)
