"""Deaths in a row: how many workers have died since a task was finished last, and whether that is one too many.

The plain manager counts none.  A pool that was asked for it is made with ``CountingManager``.

A task is finished when its worker has answered.  Nobody counts answers: what a worker was given and neither gave back
nor still owes it has answered, and that is asked where a worker is gone, and nowhere else.
"""

from __future__ import annotations

from checkedpool._core.manager import Manager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

    from checkedpool._core.messages import Settings, WorkerNo
    from checkedpool._core.worker_record import WorkerRecord


def answered(lane: WorkerRecord) -> int:
    """Tasks that its worker has answered."""
    return lane.given - len(lane.issued)


class DeathsInARow:
    """The count; mutable, copied and keyed for exploration as the manager is."""

    __slots__ = ("deaths", "finished", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.deaths = 0
        self.finished = 0  # by workers that are gone, less what was finished by any before the last death

    def key(self) -> tuple[int, int]:
        """All of the state as a hashable value."""
        return self.deaths, self.finished

    def copy(self) -> DeathsInARow:
        """An independent copy."""
        twin = DeathsInARow(self.limit)
        twin.deaths, twin.finished = self.deaths, self.finished
        return twin

    def note_gone(self, lane: WorkerRecord) -> None:
        """This worker is gone, in whatever way."""
        self.finished += answered(lane)

    def too_many(self, others: Mapping[WorkerNo, WorkerRecord]) -> int:
        """A worker has died that is gone, these are left: so many are dead in a row if that is too many, else 0."""
        finished = self.finished + sum([answered(lane) for lane in others.values()])
        self.deaths = 1 if finished else self.deaths + 1
        self.finished -= finished
        return self.deaths if self.deaths > self.limit else 0


class CountingManager(Manager):
    """The manager of a pool that was asked to break of too many deaths in a row."""

    def __init__(self, settings: Settings, born: Iterable[WorkerNo] = ()) -> None:
        super().__init__(settings, born)
        self.row = DeathsInARow(settings.restarts or 0)

    def _bury(self, lane: WorkerRecord) -> None:
        self.row.note_gone(lane)
        super()._bury(lane)

    def _too_many_deaths(self) -> int:
        return self.row.too_many(self.lanes)

    def key(self) -> tuple[object, ...]:
        return (*super().key(), self.row.key())

    def copy(self) -> Self:
        twin = super().copy()
        twin.row = self.row.copy()
        return twin
