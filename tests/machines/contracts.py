"""Two small pure functions with contracts, for CrossHair to prove for every integer: how frames are numbered.

Two frames that a worker has not read must never bear the same number. That rests on this: no more frames are dealt than
numbers are free, and each frame takes the number after the last one. `pre` and `post` are what is proved.
"""

from __future__ import annotations

from types import SimpleNamespace

from checkedpool._core.worker_record import LAST_SEQ, UNREAD, Phase, WorkerRecord  # noqa: F401 - the contracts use them


def room(last: int, read: int, behind: int, given: int, limit: int | None, window: int) -> int:  # noqa: PLR0913, PLR0917
    """How many tasks may be dealt to a worker that has nothing to do.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    pre: 1 <= window and 0 <= behind
    post: 0 <= __return__ <= window
    post: __return__ == 0 or (last - read) % LAST_SEQ + __return__ <= UNREAD
    post: __return__ == 0 or limit is None or given + __return__ <= limit
    """
    lane = WorkerRecord(0, Phase.READY)
    lane.last, lane.read, lane.behind, lane.given = last, read, behind, given
    return lane.room(SimpleNamespace(window=window, task_limit=limit))  # type: ignore[arg-type]


def next_number(last: int, read: int) -> int:
    """The number of the next frame: one that no unread frame has.

    pre: 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    pre: (last - read) % LAST_SEQ < UNREAD
    post: 1 <= __return__ <= LAST_SEQ
    post: (__return__ - read) % LAST_SEQ == (last - read) % LAST_SEQ + 1
    """
    lane = WorkerRecord(0, Phase.READY)
    lane.last, lane.read = last, read
    ((number, _),) = lane.number_frames((7,))
    return number
