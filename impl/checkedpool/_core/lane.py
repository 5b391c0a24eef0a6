"""What the manager knows of one worker: its phase, its frames, its tickets.  Decides nothing about other lanes.

Frames are numbered 1..253 and around.  A worker skips frames until it meets the number of its ticket, so two unread
frames must never bear the same number: ``room`` sees to it.  Frames whose tickets were taken back stay unread as long
as the worker waits; when they are too many, a marked frame of no task makes it read them all.
"""

from __future__ import annotations

from checkedpool._core.names import Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkedpool._core.words import Item, LaneNo, Seq, TaskId

LAST_SEQ = 253
MARK = 254
LEAVE = 255
UNREAD = 200
SHORT, SHORT_ENOUGH = 0.001, 0.01
"""Seconds that a task of a quick worker takes at most; and of one that has done all: it may have waited for us."""


class Phase(Name):
    """The life of a worker as the manager sees it."""

    STARTING = "start asked for"
    BORN = "process exists"
    READY = "waits for tickets"
    LEAVING = "was told to leave"
    ENDED = "process has ended"


class Force(Name):
    """How hard the manager has pushed the worker to end."""

    NONE = 0
    TERMINATE = 1
    KILL = 2
    ABANDON = 3


READY, UNFORCED = Phase.READY, Force.NONE  # looking into an enum takes time


class Lane:
    """The manager's record of one worker; mutable, copied and keyed for exploration."""

    __slots__ = (
        "asked", "asking", "barren", "behind", "busy", "deadline", "drained", "exitcode", "failure",
        "force", "fresh", "given", "issued", "issuing", "last", "leaving_was_asked", "lent", "marking", "marks",
        "number", "owed", "phase", "queued", "quick", "read", "reaped", "retry_at", "swept", "taken", "waited",
        "was_ready",
    )  # fmt: skip

    def __init__(self, number: LaneNo, phase: Phase) -> None:
        self.number = number
        self.phase = phase
        self.queued: tuple[Item, ...] = ()  # frames sent, tickets not yet out: still claimable by cancel()
        self.issued: dict[Seq, TaskId] = {}  # tickets out, neither answered nor read back
        self.asked: tuple[Item, ...] = ()  # the first of the queued ones: Issue was asked for, not answered yet
        self.issuing = False  # that Issue is out
        self.lent = False  # a client may issue one task to it, until the manager wakes up
        self.fresh = False  # Send was asked for, not answered yet
        self.behind = 0  # frames not wholly in the pipe
        self.last = 0  # number of the frame sent last
        self.read = 0  # number of the last frame that the worker has surely read
        self.marks: tuple[Seq, ...] = ()  # marked frames that are not read: the number of the frame before each
        self.marking = False  # the ticket of the last of them is out
        self.quick = False  # its last tasks were short: more may be sent ahead
        self.waited = 0.0  # seconds since its last answer while it had tasks
        self.given = 0  # tickets that count towards the task limit
        self.busy = False  # a canceller is at the tickets: try again at a Returned, or after a while
        self.retry_at: float | None = None
        self.asking = False  # TakeBack was asked for, not answered yet
        self.owed = False  # tickets must be taken back as soon as that is possible
        self.barren = False  # taking back gave nothing and nothing was issued since
        self.swept = False  # taken back since all that is not begun is to be cancelled
        self.force = Force.NONE
        self.deadline: float | None = None
        self.failure: object = None  # the initializer's traceback
        self.drained = self.taken = self.reaped = False  # what has been done about its end
        self.exitcode: int | None = None
        self.was_ready = self.leaving_was_asked = False  # as it was when the process ended

    def key(self) -> tuple[object, ...]:
        """All of the state as a hashable value: equal keys behave alike."""
        return tuple(
            tuple(value.items()) if isinstance(value, dict) else value
            for value in (getattr(self, name) for name in self.__slots__)
        )

    def copy(self) -> Lane:
        """An independent twin."""
        twin = Lane.__new__(Lane)
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.issued = dict(self.issued)
        return twin

    @property
    def outstanding(self) -> int:
        """Tasks dealt to this lane and not answered."""
        return len(self.queued) + len(self.issued)

    @property
    def idle(self) -> bool:
        """Its worker waits for a ticket, as far as the manager can know."""
        return self.phase is READY and not self.issued and not self.queued and not self.marking

    @property
    def at_rest(self) -> bool:
        """It has nothing to do and was not told to end."""
        resting = self.phase in (Phase.BORN, Phase.READY) and self.force is Force.NONE
        return resting and not self.outstanding and not self.marking

    @property
    def alive(self) -> bool:
        """It can still run tasks, now or when it has started."""
        return self.phase in (Phase.STARTING, Phase.BORN, Phase.READY)

    @property
    def unproved(self) -> bool:
        """Its start has neither made a worker that is ready nor been charged as a failed one."""
        return self.phase in (Phase.STARTING, Phase.BORN) or (self.phase is Phase.ENDED and not self.was_ready)

    def room(self, window: int, limit: int | None) -> int:
        """How many more tasks may be dealt to this lane now."""
        if self.phase is not READY or self.force is not UNFORCED:
            return 0
        room = min(window - len(self.queued) - len(self.issued), UNREAD - self.unread)
        if self.behind:  # a worker that waits reads on with its next ticket, through all that is behind
            room = min(room, 1 if self.idle else 0)
        if limit is not None:
            room = min(room, limit - self.given - len(self.queued))
        return room

    @property
    def unread(self) -> int:
        """Frames whose numbers are in use: the worker may not have read them.

        Those of tickets that are in the book are among them: a worker takes tickets in the order of their frames, and
        none goes out while a canceller has read others back and not said so.
        """
        return (self.last - self.read) % LAST_SEQ

    def was_read(self, seq: Seq) -> None:
        """The worker has read up to the frame of this ticket."""
        if seq == MARK:
            self.read, self.marks, self.marking = self.marks[0], self.marks[1:], False
        else:
            self.read = seq

    def lend(self) -> Seq:
        """Let a client have it; the number of the frame that he may send."""
        self.lent = True
        return self.last % LAST_SEQ + 1

    def recall(self, used: TaskId | None) -> None:
        """It is the manager's again, and may have been given a task.  Since when is unknown: so it is no quick one."""
        self.lent = False
        if used is not None:
            self.last = self.last % LAST_SEQ + 1
            self.issued[self.last] = used
            self.given += 1
            self.barren, self.waited = False, SHORT_ENOUGH

    @property
    def to_lend(self) -> bool:
        """Its worker waits, and has read all that was written: what a client writes now is read next."""
        if self.phase is not READY or self.force is not UNFORCED or self.last != self.read or self.marking:
            return False
        return not (self.issued or self.queued or self.behind or self.busy or self.owed or self.asking)

    def judge(self, answers: int) -> None:
        """It has given so many: whether they came quickly."""
        limit = SHORT if self.issued else SHORT_ENOUGH
        self.quick, self.waited = self.waited < limit * answers, 0.0

    def number_frames(self, ids: Sequence[TaskId]) -> tuple[Item, ...]:
        """Give the next frame numbers to these tasks and queue them."""
        first, self.last = self.last, (self.last + len(ids) - 1) % LAST_SEQ + 1
        items = tuple([((first + place) % LAST_SEQ + 1, task) for place, task in enumerate(ids)])
        self.queued += items
        return items

    def issuable(self) -> tuple[Item, ...]:
        """The queued frames whose tickets may go out now.

        A frame that is not wholly in the pipe is issued only to a worker that has no other ticket: it will read.
        So its ticket may follow at once, before it is known how far the frame has gone; if there are several frames it
        waits for that all the same, and goes out with the others.
        """
        if self.fresh:
            return self.queued if len(self.queued) == 1 and not self.issued and not self.marking else ()
        whole = len(self.queued) - self.behind
        if whole > 0:
            return self.queued[:whole]
        return self.queued[:1] if not self.issued else ()

    def spent(self, limit: int | None) -> bool:
        """Its worker has had all the tasks that it may have, and has answered them."""
        return limit is not None and self.given >= limit and not self.issued and not self.queued
