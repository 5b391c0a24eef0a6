"""A worker that the manager's machine has lent, in the small world: what a client may do with it.

Decides: when a client can issue its task by itself, as the real platform does. Must not know: when anybody tries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core import messages
from checkedpool._core.tables import MARK
from tests.machines.fake_worker import FakeLane

if TYPE_CHECKING:
    from collections import deque

    from checkedpool._core.messages import Event, Seq, TaskId


class FakeLoan:
    """One worker, until the manager wakes up."""

    def __init__(self, lane: FakeLane, seq: Seq) -> None:
        assert not lane.tickets, "a worker is lent that has something to do"
        assert not lane.ticketed, "a worker is lent whose ticket may come back"
        assert all(seq == MARK for seq, _ in lane.frames), "a worker is lent that has frames to read"
        self.lane, self.seq = lane, seq
        self.used: TaskId | None = None

    def use(self, task: TaskId, inbox: deque[Event], unclaimed: set[TaskId]) -> bool:
        """The end of a submit: issue the task to this worker, if it can be done."""
        lane, is_first = self.lane, list(inbox)[:1] == [messages.Submitted((task,))]
        if not is_first or task not in unclaimed or self.used is not None or lane.held or lane.returned:
            return False
        unclaimed.discard(task)
        self.used = task
        lane.frames.append((self.seq, task))
        assert not lane.unread_numbers_clash(), f"two unread frames of lane {lane.number} bear one number"
        lane.ticketed[self.seq] = task
        lane.tickets.append(self.seq)
        return True

    def recall(self, inbox: deque[Event]) -> Event:
        """The manager recalls it; a task that was issued so is the first in the inbox."""
        if self.used is not None:
            assert inbox.popleft() == messages.Submitted((self.used,)), "something was posted before it"
        return messages.Recalled(self.lane.number, self.used)
