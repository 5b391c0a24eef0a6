"""``running()`` on the simulated system, access by access, as ``PoolFuture.running`` makes them.

Decides: what each access sees.  Must not know: what the answer should be, when which access is made.
"""

from __future__ import annotations

from checkedpool._core.messages import Item
from checkedpool.testing import NOBODY, End, Stage, World

LOOK = "look"
"""Who looks, in a label."""


class Looks:
    """The calls under way."""

    def __init__(self) -> None:
        self._tasks: dict[int, int] = {}
        """For each call, by its number: the task."""
        self._places: dict[int, Item] = {}
        """And where the task was, once that is read."""

    def begin(self, call: int, task: int) -> None:
        """A call begins."""
        self._tasks[call] = task

    def possible(self, world: World) -> list[int]:
        """The calls that need not wait for a lock."""
        return [call for call in self._tasks if self._holder(world, call) == NOBODY]

    def step(self, world: World, call: int) -> bool | None:
        """The call's next access; what it says if that was the last one."""
        place = self._places.pop(call, None)
        said = self._read(world, call) if place is None else self._peek(world, call, place)
        if said is not None:
            del self._tasks[call]
        return said

    def are_about(self, task: int) -> bool:
        """Whether a call for this task is under way."""
        return task in self._tasks.values()

    def is_about(self, call: int) -> int:
        """The task of this call."""
        return self._tasks[call]

    def _holder(self, world: World, call: int) -> int:
        place = self._places.get(call)
        return world.tasks[self._tasks[call]].holder if place is None else world.lanes[place[0]].holder

    def _read(self, world: World, call: int) -> bool | None:
        """Under the future's lock: whether it has an end, and where it is."""
        task = world.tasks[self._tasks[call]]
        if task.end is not End.OPEN or task.place is None or task.unclaimed:
            return False
        self._places[call] = task.place
        return None

    def _peek(self, world: World, call: int, place: Item) -> bool | None:
        """Under the lane's lock: is the ticket still there?  If the task was dealt anew meanwhile, look again."""
        task, lane = world.tasks[self._tasks[call]], world.lanes[place[0]]
        waiting = lane.back + (b"" if lane.stage is Stage.CLOSED else lane.tickets)
        if task.unclaimed or place[1] in waiting:
            return False
        return self.moved(task.place, place)

    def moved(self, now: Item | None, place: Item) -> bool | None:
        """Its ticket is gone; None: but it is not there any more."""
        return True if now == place else None
