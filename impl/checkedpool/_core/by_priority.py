"""Tasks that wait, where some have a priority: the highest first, and of equal ones the one that was submitted first.

Takes the place of the manager's plain queues when the first such task comes.  Decides in which order tasks are taken
out, and whether what was sent ahead of a worker is to come back for one that waits.  Changes no worker's record.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from checkedpool._core.messages import TaskId
    from checkedpool._core.worker_record import WorkerRecord

SPARE = 64
"""So many entries of the heap, beside as many as there are tasks, may be of tasks that were taken out."""


class Ranked(int):
    """The id of a task that has a priority, and which; for whoever does not ask, a number like any other."""

    priority: int

    def __new__(cls, number: int, priority: int) -> Ranked:  # noqa: PYI034 - as the records
        """The number with this priority."""
        ranked = super().__new__(cls, number)
        ranked.priority = priority
        return ranked


def priority_of(task: TaskId) -> int:
    """The priority of a task; 0 where nobody gave it one."""
    return task.priority if isinstance(task, Ranked) else 0


def rank(task: TaskId) -> tuple[int, TaskId]:
    """What is first in this order is dealt first."""
    return -priority_of(task), task


class ByPriority:
    """As much of an ordered dictionary as the manager needs of a queue; mutable, copied and keyed as that is."""

    __slots__ = ("_heap", "_ids")

    def __init__(self, ids: Iterable[TaskId] = ()) -> None:
        self._ids = set(ids)
        self._heap = sorted(map(rank, self._ids))  # and what was taken out since

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[TaskId]:
        return iter(sorted(self._ids, key=rank))

    def __setitem__(self, task: TaskId, _: None) -> None:
        if task not in self._ids:
            self._ids.add(task)
            heappush(self._heap, rank(task))

    def update(self, ids: Iterable[TaskId]) -> None:
        """Put them in."""
        for task in ids:
            self[task] = None

    def first(self) -> TaskId:
        """The one that is dealt next; there is one."""
        while self._heap[0][1] not in self._ids:
            heappop(self._heap)
        return self._heap[0][1]

    def goes_before_what_is_ahead_of(self, lane: WorkerRecord) -> bool:
        """Whether the first one, or one that has no ticket there yet, is to go before the last that was sent ahead.

        What was sent ahead stands in order, so the last is the lowest.  The first of what has a ticket has begun, or
        is about to; and where nothing had one since tickets were revoked, all of it has begun.
        """
        first = [self.first()] if self._ids else []
        queued = [task for _, task in lane.queued]
        if queued and first and priority_of(first[0]) > priority_of(queued[-1]):
            return True
        if lane.empty or len(lane.issued) <= 1:
            return False
        last = priority_of([*lane.issued.values()][-1])
        return any(priority_of(task) > last for task in (*first, *queued[:1]))

    def has_one_before(self, other: ByPriority) -> bool:
        """Whether the first of these has a higher priority than all of the others."""
        return not other or priority_of(self.first()) > priority_of(other.first())

    def popitem(self, *, last: bool = False) -> tuple[TaskId, None]:  # noqa: ARG002 - nobody asks for the last
        """Take that out."""
        task = self.first()
        heappop(self._heap)
        self._ids.discard(task)
        return task, None

    def pop(self, task: TaskId, default: None = None) -> None:  # noqa: ARG002 - as a dictionary has it
        """Take this one out, if it is there."""
        self._ids.discard(task)
        if len(self._heap) > 2 * len(self._ids) + SPARE:
            self._heap = [rank(task) for task in self._ids]
            heapify(self._heap)

    def move_to_end(self, task: TaskId, *, last: bool = True) -> None:
        """It has its place by its priority and its number."""

    def clear(self) -> None:
        """Take all out."""
        self._ids.clear()
        self._heap.clear()

    def copy(self) -> ByPriority:
        """An independent copy."""
        return ByPriority(self._ids)
