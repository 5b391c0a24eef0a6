"""Revoked tickets, and the number that goes with a loan: wherever the numbers of frames begin, laps included.

The tasks come back in their order, before all others. Their frames stay unread, so their numbers are not free.
"""

from __future__ import annotations

from typing import Any

from checkedpool._core.manager import Manager, Settings
from checkedpool._core.messages import Recalled, Revoked
from checkedpool._core.worker_record import LAST_SEQ, Phase, Tickets
from checkedpool._fast.dispatch_rules import LendingManager
from tests.checks.crosshair.values import Pairs

LATER = 99
"""A task that waited all the time."""


def revoked(last: int, taken: int, given: int) -> tuple[list[int], int, list[int], int]:
    """A worker has three tickets and a frame without one; what it has not taken is dealt anew, in its order (C-22).

    pre: 0 <= last <= LAST_SEQ and 0 <= taken <= 2 and given >= 3
    post: __return__[0] == [1, 2, 3, 4, LATER][taken:]
    post: __return__[1] == 4
    post: __return__[2] == [1, 2, 3][:taken]
    post: __return__[3] == given - (3 - taken)
    """
    manager = Manager(Settings(1), born=(0,))
    manager.pending[LATER] = None
    lane: Any = manager.lanes[0]
    lane.phase, lane.tickets, lane.empty = Phase.READY, Tickets.REVOKING, False
    lane.last = lane.read = last
    lane.number_frames((1, 2, 3, 4))
    lane.issued, lane.queued, lane.given = Pairs(*lane.queued[:3]), lane.queued[3:], given
    manager._take(Revoked(0, tuple(lane.issued)[taken:]))
    return list(manager.pending), lane.unread, list(lane.issued.values()), lane.given


def lent(last: int, given: int, limit: int | None) -> tuple[object, ...] | None:
    """A worker that has read all is lent if it may have one more; the client's task is booked under the number lent.

    pre: 0 <= last <= LAST_SEQ and 0 <= given
    post: (__return__ is not None) == (limit is None or given < limit)
    post: __return__ is None or __return__ == ([(last % LAST_SEQ + 1, LATER)], last % LAST_SEQ + 1, 1, given + 1)
    """
    manager = LendingManager(Settings(1, task_limit=limit), born=(0,))
    lane: Any = manager.lanes[0]
    lane.phase, lane.last, lane.read, lane.given, lane.issued = Phase.READY, last, last, given, Pairs()
    manager._lend()
    if not manager.commands:
        return None
    (command,) = manager.commands
    manager._take(Recalled(0, LATER))
    return lane.issued.pairs, command[1], lane.unread, lane.given
