"""Deaths in a row: how many workers have died since a task was finished last, and whether that is one too many.

A task is finished when its worker has answered.  Nobody counts answers: what a worker was given and neither gave back
nor still owes it has answered, and that is asked where a worker is gone, and nowhere else.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkedpool._core.messages import WorkerNo
    from checkedpool._core.worker_record import WorkerRecord


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
        self.finished += lane.answered

    def too_many(self, others: Mapping[WorkerNo, WorkerRecord]) -> int:
        """A worker has died that is gone, these are left: so many are dead in a row if that is too many, else 0."""
        finished = self.finished + sum([lane.answered for lane in others.values()])
        self.deaths = 1 if finished else self.deaths + 1
        self.finished -= finished
        return self.deaths if self.deaths > self.limit else 0
