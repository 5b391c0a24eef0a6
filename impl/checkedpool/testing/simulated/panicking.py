"""The manager's own failure: its step raises, and its thread does what ``tables.PANIC`` says.

Decides: what each part does to the simulated world, each worker and each future being a step. Must not know: what the
manager's machine knew; why it failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checkedpool._core import messages, tables
from checkedpool._core.tables import Panic
from checkedpool.testing.simulated.simulated_scope import NOBODY
from checkedpool.testing.simulated.world import (
    KILLED,
    At,
    End,
    Lane,
    Stage,
    Violation,
    World,
    end,
    spent,
    with_lane,
    with_task,
)

__all__ = ["Part", "begins", "next_part", "performed"]

Part = tuple[Panic, int]
"""What to do, and to whom."""


def begins(w: World) -> World:
    """Its step raises, in whatever it was at."""
    return spent(w, "bugs")._replace(
        at=At.PANIC,
        panic=tuple((part, NOBODY) for part in tables.PANIC),
        asleep=False,
        woken=False,
        wakeup=False,
        ready=(),
    )


def next_part(w: World) -> Part | None:
    """What is to be done now; None: it waits for the threads for user code, and for those that start workers."""
    under_way = any(lane.stage in {Stage.ASKED, Stage.MADE} for lane in w.lanes)
    waits = w.panic[0] == (Panic.CLOSE, NOBODY) and (w.jobs or under_way)
    return None if waits else w.panic[0]


def performed(w: World, part: Part) -> World:
    """The world after it; after the last one it has ended."""
    w = _performed(w._replace(panic=w.panic[1:]), *part)
    return w if w.panic else w._replace(at=At.ENDED, ended=True)


def _performed(w: World, what: Panic, number: int) -> World:  # noqa: PLR0911 - a return a part
    """What is to be done to several is dealt out first."""
    match what:
        case Panic.REFUSE:
            return w._replace(broken=True)
        case Panic.END_WORKERS | Panic.CLOSE if number == NOBODY:
            return _dealt_out(w, what, (n for n, lane in enumerate(w.lanes) if lane.stage is Stage.ADOPTED))
        case Panic.END_WORKERS:
            return with_lane(w, number, _ended(w.lanes[number]))
        case Panic.CLOSE:
            return with_lane(w, number, _closed(w.lanes[number]))
        case Panic.TELL if number == NOBODY:
            left = tuple(t for t in range(len(w.tasks)) if _is_in_some_book(w, t))
            posts = tuple(post for post in w.inbox if not isinstance(post, int))
            return _dealt_out(w._replace(inbox=posts, panic=tuple(_with_these(w.panic, left))), what, left)
        case Panic.TELL:
            return _tell(w, number)
        case Panic.CALL_BACK:
            return w._replace(jobs=(*w.jobs, messages.Call(number)))
        case _:
            return _let_go(w)


def _dealt_out(w: World, what: Panic, numbers: Iterable[int]) -> World:
    return w._replace(panic=(*((what, number) for number in numbers), *w.panic))


def _with_these(parts: Iterable[Part], left: Iterable[int]) -> Iterator[Part]:
    """What is still to be done, with the futures whose callbacks are to be called when that comes."""
    for what, number in parts:
        if what is Panic.CALL_BACK:
            yield from ((what, t) for t in left)
        else:
            yield what, number


def _ended(lane: Lane) -> Lane:
    """Dead and reaped; what is in its channels stays there."""
    return lane._replace(
        at=None, ticket=0, hand=b"", unread=b"", begun=NOBODY, signal=0, deaf=False, status=KILLED, gone=True,
        seen=True, reaped=True,
    )  # fmt: skip


def _closed(lane: Lane) -> Lane:
    """Nothing is left of it but what a canceller who is at it has in his hands."""
    if lane.alive:
        raise Violation("the channels of a worker are closed that lives")
    return Lane(Stage.CLOSED, holder=lane.holder, back=lane.back, ticketed=lane.ticketed, status=KILLED, reaped=True)


def _is_in_some_book(w: World, t: int) -> bool:
    """Whether the platform has its future, to be told or with something owed; or nobody has taken its post."""
    task = w.tasks[t]
    owed = task.owed is not None and messages.Call(t) not in w.jobs
    return task.known or owed or t in w.inbox


def _tell(w: World, t: int) -> World:
    """Its end, which may be one that is owed; by a user-code thread if a client is inside its lock."""
    own = w.tasks[t].owed or End.BROKEN
    if w.tasks[t].holder == NOBODY:
        w = end(w, t, own)
        return with_task(w, t, w.tasks[t]._replace(known=False, owed=None))
    w = with_task(w, t, w.tasks[t]._replace(known=False, owed=own))
    return w._replace(jobs=(*w.jobs, messages.Call(t)))


def _let_go(w: World) -> World:
    """One thread more for user code; what is being started is ended when it is there."""
    w = w._replace(user_threads=w.user_threads + 1)
    for n, lane in enumerate(w.lanes):
        if lane.stage is Stage.POSTED:
            w = with_lane(w, n, Lane(Stage.CLOSED, status=KILLED, reaped=True))
        elif lane.stage in {Stage.ASKED, Stage.MADE}:
            w = with_lane(w, n, lane._replace(abandoned=True))
    return w
