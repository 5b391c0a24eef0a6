"""The manager's record of a worker: how much it may be dealt, and which tickets may go out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from checkedpool._core.messages import Item
from checkedpool._core.worker_record import LAST_SEQ, UNREAD, Phase, WorkerRecord
from checkedpool._fast.quick_rules import JudgedRecord
from tests.checks.crosshair.values import Sized


def worker(queued: int, issued: int, kind: type[WorkerRecord] = WorkerRecord) -> Any:
    """One that is ready and has so many tasks without and with tickets."""
    lane: Any = kind(0, Phase.READY)
    lane.queued, lane.issued = Sized(queued), Sized(issued)
    return lane


def window(queued: int, issued: int, width: int) -> int:
    """A worker has at most a window full of tasks.

    pre: 0 <= queued and 0 <= issued and 1 <= width
    post: __return__ >= 0
    post: not __return__ or queued + issued + __return__ <= width
    """
    return worker(queued, issued).room(SimpleNamespace(window=width))  # type: ignore[no-any-return]


def cautious(queued: int, issued: int, width: int, few: int | None, quick: bool) -> tuple[int, int]:
    """With the room ``rules`` it has fewer, and never more, while nobody knows that its tasks are short.

    pre: 0 <= queued and 0 <= issued and 1 <= width and (few is None or 1 <= few)
    post: 0 <= __return__[0] <= __return__[1]
    post: not __return__[0] or few is None or quick or queued + issued + __return__[0] <= few
    post: __return__[0] == __return__[1] or not (few is None or quick)
    """
    settings = SimpleNamespace(window=width, cautious=few)
    lane = worker(queued, issued, JudgedRecord)
    lane.quick = quick
    return lane.room(settings), worker(queued, issued).room(settings)


def unread(queued: int, issued: int, last: int, read: int, width: int) -> int:
    """However wide the window is, so many frames are unread that each has a number of its own.

    pre: 0 <= queued and 0 <= issued and 1 <= width and 0 <= last <= LAST_SEQ and 0 <= read <= LAST_SEQ
    post: not __return__ or (last - read) % LAST_SEQ + __return__ <= UNREAD
    """
    lane = worker(queued, issued)
    lane.last, lane.read = last, read
    return lane.room(SimpleNamespace(window=width))  # type: ignore[no-any-return]


def limit(queued: int, issued: int, given: int, most: int, width: int) -> int:
    """No worker is dealt more than its task limit, what has no ticket yet included.

    pre: 0 <= queued and 0 <= issued <= given and 1 <= width and 1 <= most
    post: not __return__ or given + queued + __return__ <= most
    """
    lane = worker(queued, issued)
    lane.given, lane.limit = given, most
    return lane.room(SimpleNamespace(window=width))  # type: ignore[no-any-return]


def behind(queued: int, issued: int, frames: int | None, width: int) -> int:
    """While its pipe is full a worker is dealt nothing; one task if it waits: it reads on with that.

    pre: 0 <= queued and 0 <= issued and 1 <= width and (frames is None or 0 <= frames)
    post: not __return__ or not frames or (__return__ == 1 and queued == issued == 0)
    """
    lane = worker(queued, issued)
    lane.behind = frames
    return lane.room(SimpleNamespace(window=width))  # type: ignore[no-any-return]


def issuable(queued: int, issued: int, frames: int | None, marking: bool) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Tickets go out for whole frames, the first of those that wait; or for one to a worker that has nothing else.

    pre: 0 <= queued <= 3 and 0 <= issued <= 2 and (frames is None or 0 <= frames)
    post: __return__[0] == __return__[1][: len(__return__[0])]
    post: len(__return__[0]) <= max(queued - (frames or 0), 0) or (len(__return__[0]) == 1 and not issued)
    post: frames is not None or not __return__[0] or (queued == 1 and not issued and not marking)
    """
    lane = WorkerRecord(0, Phase.READY)
    lane.issued = {seq: seq for seq in range(1, issued + 1)}
    lane.queued = tuple((seq, seq) for seq in range(issued + 1, issued + queued + 1))
    lane.behind, lane.marking = frames, marking
    return lane.issuable(), lane.queued
