"""What the manager knows of one worker: how far its life has come, who is at its tickets, where its frames are.

Decides what can be said of a worker and ordered for it: two tables say in which state, and what state follows.  What
holds of each field is said in ``testing/simulated/record_invariants.py``.  Must not know other lanes.

Frames are numbered 1..253 and around.  A worker skips frames until it meets the number of its ticket, so two unread
frames must never bear the same number: ``room`` sees to it.  Frames of tickets that are out are unread: a worker takes
tickets in the order of their frames, and none goes out while a canceller has revoked others and not said so.  Frames
whose tickets were revoked stay unread as long as the worker waits; when they are too many, a marked frame of no task
makes it read them all.
"""

from __future__ import annotations

from operator import attrgetter

from checkedpool._core import messages
from checkedpool._core.tables import MARK, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self, TypeAlias

    from checkedpool._core.messages import Command, Event, Item, Seq, Settings, TaskId, WorkerNo

    Kind: TypeAlias = type[Command | Event]

LAST_SEQ = 253
UNREAD = 200


class Phase(Name):
    """The life of a worker as the manager sees it."""

    STARTING = "start asked for"
    BORN = "process exists"
    READY = "waits for tickets"
    LEAVING = "was told to leave"
    ABANDONED = "the system does not end its process: it counts as dead"
    ENDED = "process has ended"


class Tickets(Name):
    """Who is at the worker's tickets."""

    QUIET = "nobody"
    ISSUING = "the manager: Issue is out"
    REVOKING = "the manager: Revoke is out"
    REVOKE_WANTED = "nobody, and they are to be revoked"
    CONTENDED = "a canceller: try again when he says so, or after a while"
    CONTENDED_REVOKE = "a canceller, and they are to be revoked"
    LENT = "with direct dispatch: the next client that submits, until the manager wakes up"


class Remains(Name):
    """What is still to be seen of a worker that has ended."""

    ANSWERS = "what it has written"
    TICKETS = "the tickets that it has not taken"
    STATUS = "its exit status"


class Force(Name):
    """How hard the manager has pushed the worker to end."""

    NONE = 0
    TERMINATE = 1
    KILL = 2


STARTING, BORN, READY, LEAVING, ABANDONED, ENDED = Phase
QUIET, ISSUING, REVOKING, REVOKE_WANTED, CONTENDED, CONTENDED_REVOKE, LENT = Tickets
UNFORCED, ALL_REMAINS = Force.NONE, frozenset(Remains)
OVER = frozenset({ABANDONED, ENDED})


def _stays(*phases: Phase) -> dict[Phase, Phase]:
    return {phase: phase for phase in phases}


LIFE: dict[Kind, dict[Phase, Phase]] = {
    # what comes
    messages.Started: {STARTING: BORN},
    messages.StartFailed: _stays(STARTING),
    messages.Ready: {BORN: READY, **_stays(LEAVING, ABANDONED, ENDED)},
    messages.InitializerFailed: _stays(BORN, LEAVING, ABANDONED, ENDED),
    messages.Sent: _stays(BORN, READY, LEAVING, ABANDONED, ENDED),
    messages.Issued: _stays(READY),
    messages.Recalled: _stays(READY),
    messages.Busy: _stays(READY, LEAVING, ABANDONED, ENDED),
    messages.Revoked: _stays(READY, LEAVING, ABANDONED, ENDED),
    messages.RevokedByCanceller: _stays(READY, LEAVING, ABANDONED, ENDED),
    messages.Answered: _stays(READY, LEAVING, ABANDONED, ENDED),
    messages.Filled: _stays(READY, LEAVING, ABANDONED, ENDED),
    messages.Ended: {BORN: ENDED, READY: ENDED, LEAVING: ENDED, ABANDONED: ABANDONED},
    messages.Drained: _stays(ABANDONED, ENDED),
    messages.Reaped: _stays(ABANDONED, ENDED),
    # what is ordered
    messages.Send: _stays(READY),
    messages.Mark: _stays(READY),
    messages.Issue: _stays(READY),
    messages.Lend: _stays(READY),
    messages.Revoke: _stays(READY, LEAVING, ABANDONED, ENDED),
    messages.Leave: {BORN: LEAVING, READY: LEAVING, LEAVING: LEAVING},
    messages.Signal: _stays(BORN, READY, LEAVING),
    messages.Drain: _stays(ABANDONED, ENDED),
    messages.Reap: _stays(ABANDONED, ENDED),
}
"""In which phase each can come or be ordered, and which phase follows."""

TICKETS: dict[Kind, dict[Tickets, Tickets]] = {
    messages.Issue: {QUIET: ISSUING},
    messages.Issued: {ISSUING: QUIET},
    messages.Revoke: dict.fromkeys((QUIET, REVOKE_WANTED, CONTENDED, CONTENDED_REVOKE), REVOKING),
    messages.Revoked: {REVOKING: QUIET},
    messages.Busy: {ISSUING: CONTENDED, REVOKING: CONTENDED_REVOKE},
    messages.RevokedByCanceller: {
        QUIET: REVOKE_WANTED, REVOKE_WANTED: REVOKE_WANTED, REVOKING: REVOKING,
        CONTENDED: REVOKE_WANTED, CONTENDED_REVOKE: REVOKE_WANTED,
    },
    messages.Requested: {QUIET: REVOKE_WANTED, CONTENDED: CONTENDED_REVOKE, **{at: at for at in (
        REVOKE_WANTED, REVOKING, CONTENDED_REVOKE)}},
    messages.Tick: {CONTENDED: QUIET, CONTENDED_REVOKE: REVOKE_WANTED},
    messages.Lend: {QUIET: LENT},
    messages.Recalled: {LENT: QUIET},
}  # fmt: skip
"""The same of its tickets.  ``Requested``: all is to be cancelled; ``Tick``: a canceller was waited for long enough."""


class WorkerRecord:
    """The manager's record of one worker; mutable, copied and keyed for exploration."""

    __slots__ = (
        "asked", "behind", "deadline", "empty", "ended_in", "exitcode", "failure", "force", "given", "issued", "last",
        "limit", "marking", "marks", "number", "phase", "queued", "read", "remains", "retry_at", "stop", "stop_force",
        "tickets",
    )  # fmt: skip

    def __init__(self, number: WorkerNo, phase: Phase, limit: int | None = None) -> None:
        self.number = number
        self.phase = phase
        self.limit = limit  # so many tasks its worker may have; None: any number
        self.deadline: float | None = None  # for what the phase or the force is to come to
        self.force = Force.NONE
        self.failure: object = None  # the initializer's traceback
        self.ended_in: Phase | None = None  # the phase in which it ended
        self.remains: frozenset[Remains] = frozenset()
        self.exitcode: int | None = None
        self.stop: TaskId | None = None  # of the issued ones, at which the worker is to be stopped; of several the last
        self.stop_force = Force.NONE  # how hard
        self.tickets = QUIET
        self.retry_at: float | None = None  # when a canceller was waited for enough
        self.queued: tuple[Item, ...] = ()  # frames sent, tickets not yet out: still claimable by cancel()
        self.asked: tuple[Item, ...] = ()  # those of them whose tickets are to go out with the Issue that is out
        self.issued: dict[Seq, TaskId] = {}  # tickets out, neither answered nor revoked
        self.empty = True  # no task's ticket was put out since they were revoked last
        self.given = 0  # tickets that count towards the task limit
        self.behind: int | None = 0  # frames not wholly in the pipe; None: not known yet, a Send is out
        self.last = 0  # number of the frame sent last
        self.read = 0  # number of the last frame that the worker has surely read
        self.marks: tuple[Seq, ...] = ()  # marked frames that are not read: the number of the frame before each
        self.marking = False  # the ticket of the last of them is out

    def key(self) -> tuple[object, ...]:
        """All of the state as a hashable value: equal keys behave alike."""
        return (*_fields_of(self), *self.issued.items())

    def copy(self) -> Self:
        """An independent copy."""
        twin = type(self).__new__(type(self))
        for name, value in zip(FIELDS, _fields_of(self), strict=True):
            setattr(twin, name, value)
        twin.issued = dict(self.issued)
        return twin

    # --- its states -------------------------------------------------------------------------------------------------

    def go(self, kind: Kind) -> bool:
        """Go where the tables say; False, and nothing is changed, where they do not say that this can be."""
        phase = LIFE[kind].get(self.phase)
        tickets = TICKETS[kind].get(self.tickets) if kind in TICKETS else self.tickets
        if phase is None or tickets is None:
            return False
        if phase is not self.phase:
            self.enter(phase)
        self.tickets = tickets
        return True

    def enter(self, phase: Phase) -> None:
        if phase in OVER:
            self.ended_in, self.remains, self.deadline = self.phase, ALL_REMAINS, None
        self.phase = phase

    def want_back(self) -> None:
        """Its tickets are to be revoked: all that is not begun is cancelled."""
        self.tickets = TICKETS[messages.Requested].get(self.tickets, self.tickets)

    def wait_no_longer(self) -> None:
        """A canceller who was at the tickets may have been interrupted: try again."""
        self.tickets, self.retry_at = TICKETS[messages.Tick].get(self.tickets, self.tickets), None

    @property
    def was_ready(self) -> bool:
        """When it ended it had been ready, or was told to leave."""
        return self.ended_in in (READY, LEAVING)

    @property
    def outstanding(self) -> int:
        return len(self.queued) + len(self.issued)

    @property
    def idle(self) -> bool:
        """Its worker waits for a ticket, as far as the manager can know."""
        return self.phase is READY and not self.issued and not self.queued and not self.marking

    @property
    def can_give(self) -> bool:
        """It has tasks that wait behind another one, and that may be taken back."""
        if len(self.queued) + len(self.issued) <= 1 or self.phase is not READY:
            return False
        return self.retry_at is None and (bool(self.queued) or not self.empty)

    @property
    def at_rest(self) -> bool:
        """It has nothing to do and was not told to end."""
        resting = self.phase in (BORN, READY) and self.force is Force.NONE
        return resting and not self.outstanding and not self.marking

    @property
    def alive(self) -> bool:
        """It can still run tasks, now or when it has started."""
        return self.phase in (STARTING, BORN, READY)

    @property
    def unproved(self) -> bool:
        """Its start has neither made a worker that is ready nor been counted as a failed one."""
        return (self.ended_in or self.phase) in (STARTING, BORN)

    # --- stopping at a task -----------------------------------------------------------------------------------------

    def stop_at(self, task: TaskId, force: Force) -> None:
        """It is to be stopped at this task, if that was issued here, and at no earlier one; as hard as one wants."""
        issued = [*self.issued.values()]
        if task in issued and (self.stop is None or issued.index(self.stop) < issued.index(task)):
            self.stop, self.stop_force = task, force
        elif task == self.stop and force is Force.KILL:
            self.stop_force = force

    @property
    def runs_what_is_to_stop(self) -> bool:
        """No ticket is out, and the last task of which one was is the one: what was before it is answered."""
        if self.stop is None or not self.empty or self.tickets is not QUIET or self.phase is not READY:
            return False
        return next(reversed(self.issued.values()), None) == self.stop

    @property
    def was_stopped(self) -> bool:
        """What it left is to be stopped, whatever it ended of; or it left nothing, and its signal was for a task."""
        return self.failure is None and (self.stop is not None if self.issued else self.ended_in is READY)

    # --- its frames -------------------------------------------------------------------------------------------------

    def room(self, settings: Settings) -> int:
        """How many tasks it may be dealt."""
        has = len(self.queued) + len(self.issued)
        if self.phase is not READY or self.force is not UNFORCED or has > settings.window // 2 or self.stop is not None:
            return 0
        room = min(settings.window - has, UNREAD - self.unread)
        if self.behind:  # a worker that waits reads on with its next ticket, through all that is behind
            room = min(room, 1 if self.idle else 0)
        if self.limit is not None:
            room = min(room, self.limit - self.given - len(self.queued))
        return max(room, 0)

    @property
    def unread(self) -> int:
        """Frames whose numbers are in use: the worker may not have read them."""
        return (self.last - self.read) % LAST_SEQ

    @property
    def next_seq(self) -> Seq:
        """The number of the next frame."""
        return self.last % LAST_SEQ + 1

    def mark(self) -> None:
        """A marked frame is sent, with its ticket."""
        self.marks += (self.last,)
        self.marking = True

    def was_read(self, seq: Seq) -> None:
        """The worker has read up to the frame of this ticket, and through the marked ones that lie before it."""
        self.read = seq if seq != MARK else self.marks[0]
        if self.marks:
            self._strike_marks(seq)

    def _strike_marks(self, seq: Seq) -> None:
        if seq == MARK:
            self.marks, self.marking = self.marks[1:], False
        else:
            self.marks = tuple(mark for mark in self.marks if (self.last - mark) % LAST_SEQ <= self.unread)
            self.marking = self.marking and bool(self.marks)

    def number_frames(self, ids: Sequence[TaskId]) -> tuple[Item, ...]:
        """Give the next frame numbers to these tasks, which are sent, and queue them."""
        first, self.last = self.last, (self.last + len(ids) - 1) % LAST_SEQ + 1
        items = tuple([((first + place) % LAST_SEQ + 1, task) for place, task in enumerate(ids)])
        self.queued += items
        self.behind = None
        return items

    def take_queued(self) -> list[TaskId]:
        queued, self.queued = self.queued, ()
        return [task for _, task in queued]

    def strike(self, gone: tuple[TaskId, ...]) -> None:
        """These tasks have no frame: somebody else has claimed them."""
        self.queued = tuple(item for item in self.queued if item[1] not in gone)
        self.asked = tuple(item for item in self.asked if item[1] not in gone)

    def issuable(self) -> tuple[Item, ...]:
        """The queued frames whose tickets may go out now: those in the pipe, or one to a worker that will read it."""
        if self.behind is None:  # not known yet: one ticket may follow its frame at once, several wait to go together
            return self.queued if len(self.queued) == 1 and not self.issued and not self.marking else ()
        whole = len(self.queued) - self.behind
        if whole > 0:
            return self.queued[:whole]
        return self.queued[:1] if not self.issued else ()

    @property
    def spent(self) -> bool:
        """Its worker has had all the tasks that it may have, and has answered them."""
        return self.limit is not None and self.given >= self.limit and not self.outstanding


FIELDS = tuple(name for name in WorkerRecord.__slots__ if name != "issued")
_fields_of: Callable[[WorkerRecord], tuple[object, ...]] = attrgetter(*FIELDS)
