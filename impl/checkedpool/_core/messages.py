"""The messages between the manager's machine and its platform: Commands go out, Events come in.

Frozen values without behaviour.  A Command is an order (imperative), an Event is what came of it or what happened (past
tense or state).  Tasks are named by their id, workers by the number of their lane.  A ticket is a frame's number within
a lane, or one of the two special ones of ``tables``.  ``Body`` is opaque here: bytes on the real platform, small
values on a simulated one.
"""

from __future__ import annotations

from checkedpool._core.tables import Name, Record
from checkedpool_spec.vocabulary import DeathPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from checkedpool_spec.vocabulary import ShutdownLevel

TaskId: TypeAlias = int
WorkerNo: TypeAlias = int
Seq: TypeAlias = int
Body: TypeAlias = object
Item: TypeAlias = tuple[Seq, TaskId]


class Verdict(Name):
    """What an answer is, so that the manager knows whether user code is needed to read it."""

    PLAIN = "plain value"
    VALUE = "value"
    ERROR = "error"


class When(Name):
    """In which part of its life a worker died."""

    START = "before it was ready"
    INITIALIZER = "in its initializer"
    TASK = "while it ran a task"
    IDLE = "while it had no task"
    FORCED = "since the pool was told to end its workers"
    MANAGER = "no worker: the manager itself failed"


class Settings(Record):
    """What is fixed for the life of a pool.  Limits are seconds."""

    max_workers: int
    policy: DeathPolicy = DeathPolicy.BREAK
    on_demand: bool = True  # spawn and forkserver start workers when they are needed; fork never does
    task_limit: int | None = None
    window: int = 64  # tickets ahead of a worker; 1 where they cannot be revoked
    cautious: int | None = None  # fewer, with the room that judges whether a worker's tasks are short; None: not fewer
    exit_limit: float = 300.0
    terminate_limit: float = 5.0
    kill_limit: float = 10.0
    start_limit: float = 60.0
    patience: float = 0.05  # how long a job may keep a user-code thread before others get a further one
    restarts: int | None = None  # under "replace" so many deaths in a row are survived; None: any number
    idle_timeout: float | None = None  # a worker that has had nothing to do for so long leaves; None: none does
    min_workers: int = 0  # unless no more than so many would stay


class Answer(Record):
    """One whole message of a worker about one task."""

    seq: Seq
    verdict: Verdict
    body: Body


class OfLane(Record):
    """Base of what is about one worker."""

    lane: WorkerNo


class Death(Record):
    """Why futures break: which worker ended, how, and which task it had begun (None: none)."""

    lane: WorkerNo | None
    exitcode: int | None
    when: When
    blamed: TaskId | None = None
    cause: Body = None
    in_a_row: int = 0  # so many deaths without a task finished between them broke the pool; 0: something else did


# --- Events -----------------------------------------------------------------------------------------------------------


class Submitted(Record):
    """Tasks in the order of their submission; ``deferred`` ones are not pickled yet."""

    ids: tuple[TaskId, ...]
    deferred: bool = False


class Prioritized(Submitted):
    """The same in a pool some of whose tasks have a priority: their ids say it (``by_priority.Ranked``)."""


class Withdrawn(Record):
    """The user cancelled this task before it was issued (its future is done already)."""

    id: TaskId


class StopRequested(Record):
    """The user wants this task stopped, which has begun (``force``: killed)."""

    id: TaskId
    force: bool


class Requested(Record):
    """Somebody asked to end: shutdown, terminate, kill, the executor was collected, the interpreter exits."""

    level: ShutdownLevel


class Resized(Record):
    """The user wants another number of workers at most."""

    max_workers: int


class RevokedByCanceller(OfLane):
    """A canceller revokes this lane's tickets, or has done so: look at them."""


class Started(OfLane):
    """The lane's process exists."""


class StartFailed(OfLane):
    """The lane's process could not be started."""

    cause: Body


class Ready(OfLane):
    """The worker has run its initializer and waits for tickets."""


class InitializerFailed(OfLane):
    """The worker's initializer raised; ``cause`` is its traceback."""

    cause: Body


class Answered(OfLane):
    """Whole answers, in the order in which the worker gave them."""

    answers: tuple[Answer, ...]


class Filled(OfLane):
    """The worker's memory is over its limit: it is to leave when its answer, which follows, was heard."""


class Sent(OfLane):
    """How far the frames have gone: ``behind`` of them are not wholly in the pipe; ``gone`` were cancelled."""

    behind: int
    gone: tuple[TaskId, ...] = ()


class Issued(OfLane):
    """Tickets are out; ``gone`` were cancelled before and have no ticket."""

    gone: tuple[TaskId, ...] = ()


class Busy(OfLane):
    """A canceller is at this lane's tickets, nothing was done; a ``RevokedByCanceller`` follows, if he gets so far."""


class Revoked(OfLane):
    """These tickets were revoked: their tasks have not been begun and never will be from those tickets."""

    seqs: tuple[Seq, ...]


class Ended(OfLane):
    """The operating system says that the worker's process has ended."""


class Drained(OfLane):
    """All that the dead worker had written has been read."""


class Reaped(OfLane):
    """The worker's exit status (negative: signal; None: somebody else took it)."""

    exitcode: int | None


class Settled(Record):
    """A future is done, and needs a user-code thread: callbacks to run, or a lock that another thread holds."""

    id: TaskId


class Pickled(Record):
    """A deferred task is bytes now."""

    id: TaskId


class PickleFailed(Record):
    """A deferred task could not be pickled (or was cancelled meanwhile); its future is done."""

    id: TaskId


class JobDone(Record):
    """A user-code thread has finished a job."""


class Recalled(OfLane):
    """The worker that was lent is the manager's again; ``used``: a client has issued this task to it meanwhile."""

    used: TaskId | None


class Tick(Record):
    """The time, in seconds of a monotonic clock.  Every wake-up begins with one."""

    now: float


Event: TypeAlias = (
    Submitted | Prioritized | Withdrawn | StopRequested | Requested | Resized | RevokedByCanceller | Started
    | StartFailed | Ready | InitializerFailed | Answered | Filled | Sent | Issued | Busy | Revoked | Ended | Drained
    | Reaped | Settled | Pickled | PickleFailed | JobDone | Recalled | Tick
)  # fmt: skip


# --- Commands ---------------------------------------------------------------------------------------------------------


class Start(OfLane):
    """Start the lane's process in a start thread -> Started | StartFailed, some time."""


class Send(OfLane):
    """Write whole frames, what does not fit is buffered -> Sent, now and whenever more has gone."""

    items: tuple[Item, ...]


class Issue(OfLane):
    """Claim each task and put its ticket out -> Issued | Busy."""

    items: tuple[Item, ...]


class Lend(OfLane):
    """Let the next client that submits issue its task to this idle worker, as this frame -> Recalled, at the waking."""

    seq: Seq


class Revoke(OfLane):
    """Revoke all tickets that no worker has taken -> Revoked | Busy."""


class Mark(OfLane):
    """Write a marked frame of no task and put its ticket out: the worker reads all before it -> Answered, some time."""


class Leave(OfLane):
    """Put the last ticket out: the worker runs its exit handlers and goes."""


class Signal(OfLane):
    """Ask the process to end (SIGTERM), or end it (``force``: SIGKILL)."""

    force: bool


class Drain(OfLane):
    """Read what a dead worker has left -> Answered*, Drained."""


class Reap(OfLane):
    """Take the exit status -> Reaped, within a second."""


class Close(OfLane):
    """Close all that belongs to the lane."""


class Settle(Record):
    """Complete futures with their plain results -> Settled."""

    results: tuple[tuple[TaskId, Body], ...]


class Deliver(Record):
    """A job for user-code threads: read the answer, complete the future, run its callbacks -> JobDone."""

    id: TaskId
    verdict: Verdict
    body: Body


class Call(Record):
    """A job for user-code threads: what a future still owes -> JobDone."""

    id: TaskId


class Pickle(Record):
    """A job for user-code threads: pickle a deferred task -> Pickled | PickleFailed, and JobDone."""

    id: TaskId


class Cancel(Record):
    """Cancel and notify what nobody has cancelled yet -> Settled."""

    ids: tuple[TaskId, ...]


class Fail(Record):
    """Fail these futures: they are broken, each with an exception of its own -> Settled."""

    ids: tuple[TaskId, ...]
    death: Death


class Break(Record):
    """From now on refuse submissions: the pool is broken."""

    death: Death


class AddUserThread(Record):
    """Start a further user-code thread: the others have been in one job each for too long."""


class Finish(Record):
    """All is done: the manager's last command."""


Command: TypeAlias = (
    Start | Send | Issue | Lend | Revoke | Mark | Leave | Signal | Drain | Reap | Close | Settle | Deliver | Call
    | Pickle | Cancel | Fail | Break | AddUserThread | Finish
)  # fmt: skip
