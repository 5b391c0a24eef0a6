"""Workers without anything to do: since when, and which of them are let go.

Decides that a worker leaves that has been idle for too long, and that as many stay as are wanted, or must stay anyway.
A worker is idle that waits for tickets and owes nothing: no task is on its way to it, and none comes back from it.
Must not know what time it is (``Tick`` says so), nor what becomes of tasks.

The rule is no part of the plain manager's list.  A pool that was asked for it is made with ``LettingManager``.
"""

from __future__ import annotations

from checkedpool._core.manager import Manager
from checkedpool._core.worker_record import READY, UNFORCED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from checkedpool._core import messages
    from checkedpool._core.messages import Settings, WorkerNo
    from checkedpool._core.worker_record import WorkerRecord


class IdleWorkers:
    """Since when each of them is idle; mutable, copied and keyed for exploration as the manager is."""

    __slots__ = ("least", "limit", "since")

    def __init__(self, limit: float, least: int) -> None:
        self.limit = limit
        self.least = least  # so many stay, if they are there
        self.since: dict[WorkerNo, float] = {}  # the one that has been idle for longest first

    def key(self) -> tuple[tuple[WorkerNo, float], ...]:
        """All of the state as a hashable value."""
        return tuple(self.since.items())

    def copy(self) -> IdleWorkers:
        """An independent copy."""
        twin = IdleWorkers(self.limit, self.least)
        twin.since = dict(self.since)
        return twin

    def note_work(self, lane: WorkerRecord) -> None:
        """It has answered: its time begins anew."""
        self.since.pop(lane.number, None)

    def look(self, lanes: Iterable[WorkerRecord], now: float) -> None:
        """Whoever is idle now was so before, or is from now on."""
        idle = [lane.number for lane in lanes if lane.phase is READY and lane.at_rest]
        self.since = {n: at for n, at in self.since.items() if n in idle}
        self.since.update((n, now) for n in idle if n not in self.since)

    def go(self, spare: int, now: float) -> list[WorkerNo]:
        """Who is let go, if so many can be spared: whoever has been idle for longest, if that is too long."""
        return [n for n, at in self.since.items() if now >= at + self.limit][: max(spare, 0)]

    def deadline(self, spare: int) -> float | None:
        """When the next one is to go, if any can be spared."""
        return min(self.since.values()) + self.limit if self.since and spare > 0 else None


class LettingManager(Manager):
    """The manager with one rule more, behind those of a pool that works: who is idle for too long leaves."""

    def __init__(self, settings: Settings, born: Iterable[WorkerNo] = ()) -> None:
        super().__init__(settings, born)
        limit = settings.idle_timeout
        self.idle = IdleWorkers(float("inf") if limit is None else limit, settings.min_workers)

    def _employ(self) -> None:
        super()._employ()
        self.idle.look(self.lanes.values(), self.now)
        gone = self.idle.go(self._spare(), self.now)
        for number in gone:
            self.lanes[number].limit, self.some_leave = 0, True  # as at its limit of tasks: it may have none more
            self.idle.since.pop(number)
        if gone:
            self._leave()

    def _answered(self, lane: WorkerRecord, event: messages.Answered) -> None:
        super()._answered(lane, event)
        self.idle.note_work(lane)

    def _spare(self) -> int:
        """Workers beyond those that are wanted for tasks, or that stay anyway; a broken pool lets all go."""
        if self.death is not None:
            return 0
        able = sum([lane.alive and lane.force is UNFORCED and lane.limit != 0 for lane in self.lanes.values()])
        return able - max(self.unfinished(), self.idle.least)

    def deadline(self) -> float | None:
        times = [at for at in (super().deadline(), self.idle.deadline(self._spare())) if at is not None]
        return min(times) if times else None

    def key(self) -> tuple[object, ...]:
        return (*super().key(), self.idle.key())

    def copy(self) -> Self:
        twin = super().copy()
        twin.idle = self.idle.copy()
        return twin
