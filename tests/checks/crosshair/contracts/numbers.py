"""How frames are numbered: two frames that a worker has not read never bear the same number, however often they lap.

The number of a frame stands for its task, so this is what keeps one task's value from another's future. It rests on
three things: no more frames are dealt than numbers are free, each frame takes the number after the last one, and what
counts as read was read.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from checkedpool._core.tables import MARK
from checkedpool._core.worker_record import LAST_SEQ, UNREAD, Phase, WorkerRecord


def worker(last: int, read: int) -> WorkerRecord:
    """One that is ready, was sent frames up to ``last`` and has read up to ``read``."""
    lane = WorkerRecord(0, Phase.READY)
    lane.last, lane.read = last, read
    return lane


def sent_before(last: int, age: int) -> int:
    """The number of the frame that was sent so many frames before the last one."""
    return (last - 1 - age) % LAST_SEQ + 1


def room(last: int, read: int, behind: int, given: int, limit: int | None, window: int) -> int:
    """How many tasks may be dealt to a worker that has nothing to do.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    pre: 1 <= window and 0 <= behind
    post: 0 <= __return__ <= window
    post: __return__ == 0 or (last - read) % LAST_SEQ + __return__ <= UNREAD
    post: __return__ == 0 or limit is None or given + __return__ <= limit
    """
    lane = worker(last, read)
    lane.behind, lane.given, lane.limit = behind, given, limit
    settings: Any = SimpleNamespace(window=window)
    return lane.room(settings)


def next_number(last: int, read: int) -> tuple[int, int]:
    """The number of the next frame is the one after the last, which it is then; and one frame more is unread.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    pre: (last - read) % LAST_SEQ < UNREAD
    post: 1 <= __return__[0] <= LAST_SEQ
    post: (__return__[0] - read) % LAST_SEQ == (last - read) % LAST_SEQ + 1
    post: __return__[0] == __return__[1]
    """
    lane = worker(last, read)
    ((number, _),) = lane.number_frames((7,))
    return number, lane.last


def lent_number(last: int, read: int) -> tuple[int, int]:
    """The number that goes with a loan is the one that the frame would get from the manager.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    post: __return__[0] == __return__[1]
    """
    lane = worker(last, read)
    said = lane.next_seq
    lane.number_frames((7,))
    return said, lane.last


def new_and_unread(last: int, read: int, age: int, place: int, ahead: int) -> tuple[int, int]:
    """A frame that may be dealt and one that the worker may not have read: their numbers differ (C-02).

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    pre: 1 <= ahead and 0 <= place and 0 <= age < (last - read) % LAST_SEQ
    post: __return__[0] != __return__[1]
    """
    settings: Any = SimpleNamespace(window=ahead)
    if place >= worker(last, read).room(settings):
        return 0, 1
    return sent_before(last, -1 - place), sent_before(last, age)  # ``batch`` says that it gets that number


def batch(last: int, read: int, count: int) -> tuple[object, object]:
    """Frames that are sent together get the numbers that they would get one after the other.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ and 1 <= count <= 4
    post: __return__[0] == __return__[1]
    """
    tasks = tuple(range(count))
    together, alone = worker(last, read), worker(last, read)
    items = together.number_frames(tasks)
    single = [item for task in tasks for item in alone.number_frames((task,))]
    return (list(items), together.last, together.queued), (single, alone.last, alone.queued)


def reading(last: int, read: int, age: int) -> int:
    """Who has read an unread frame has as many to read as were sent behind it.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    pre: 0 <= age < (last - read) % LAST_SEQ
    post: __return__ == age
    """
    lane = worker(last, read)
    lane.was_read(sent_before(last, age))
    return lane.unread


def marked(last: int, read: int, first: int, second: int, age: int) -> tuple[int, ...]:
    """Of two marked frames those stay that were not read through: the ones behind the frame that was read.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    pre: 0 <= second < first <= (last - read) % LAST_SEQ and 0 <= age < (last - read) % LAST_SEQ
    post: all((last - mark) % LAST_SEQ <= age for mark in __return__)
    post: len(__return__) == (first <= age) + (second <= age)
    """
    lane = worker(last, read)
    lane.marks, lane.marking = (sent_before(last, first), sent_before(last, second)), True
    lane.was_read(sent_before(last, age))
    return lane.marks


def marking(last: int, read: int) -> tuple[int, bool, tuple[int, ...]]:
    """A worker that has read a marked frame has read all: every number is free again.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    post: __return__ == (0, False, ())
    """
    lane = worker(last, read)
    lane.mark()
    lane.was_read(MARK)
    return lane.unread, lane.marking, lane.marks
