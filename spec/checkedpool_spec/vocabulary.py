"""The words that specification, model and implementation share.

Decides: how strong a shutdown request is, what a dead worker costs, what a future can be, what an observer can see.
Must not know: how any of it is brought about. Enums and frozen records only: no function, no control flow, no import
beyond the standard library's ``dataclasses`` and ``enum``.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

__all__ = [
    "Broke",
    "CancelRefused",
    "Cancelled",
    "DeathPolicy",
    "Event",
    "Failed",
    "FutureState",
    "PoolEnded",
    "Refused",
    "Requested",
    "Returned",
    "Running",
    "ShutdownLevel",
    "Submitted",
    "Succeeded",
    "TaskId",
    "WorkerDied",
    "WorkerId",
    "WorkerReady",
    "WorkerReaped",
    "WorkerStarted",
]

TaskId = int
"""Tasks are numbered in the order in which they were submitted."""

WorkerId = int
"""Workers are numbered in the order in which they were started."""


class ShutdownLevel(IntEnum):
    """How strongly the pool has been asked to end. Requests only ever add up: the strongest one wins."""

    OPEN = 0
    """Nobody asked."""
    DRAIN = 1
    """Run everything that was accepted, then end. Also: the executor was collected; the interpreter exits."""
    CANCEL = 2
    """Cancel what no worker has begun, finish the rest, then end."""
    TERMINATE = 3
    """As CANCEL, and ask every worker to die now; one that refuses is killed after a limit."""
    KILL = 4
    """As CANCEL, and kill every worker now."""


class DeathPolicy(Enum):
    """What the death of a worker costs."""

    BREAK = "break"
    """The pool: every unfinished future fails, as with the standard library."""
    REPLACE = "replace"
    """The one task that ran in it; the pool goes on with another worker."""


class FutureState(Enum):
    """What a caller can see of one future. The last four are ends: a future reaches exactly one, once."""

    PENDING = "pending"
    """Accepted; no worker has begun it."""
    RUNNING = "running"
    """A worker has begun it."""
    SUCCEEDED = "succeeded"
    """It has the value that the task returned."""
    FAILED = "failed"
    """It has an exception: the task's own, or that of a value which could not be pickled or rebuilt."""
    CANCELLED = "cancelled"
    """It was cancelled before it began, and whoever waits for it has been told."""
    BROKEN = "broken"
    """It has a BrokenProcessPool: its worker died, or the pool broke."""


# What an observer can see, in the past tense. A trace is a sequence of these.


@dataclass(frozen=True, slots=True)
class Submitted:
    """submit() accepted a task and returned its future."""

    task: TaskId


@dataclass(frozen=True, slots=True)
class Refused:
    """submit() raised; the task will never run."""

    task: TaskId


@dataclass(frozen=True, slots=True)
class Running:
    """A worker took the task's ticket: from now on cancel() fails."""

    task: TaskId
    worker: WorkerId


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The future got the task's value."""

    task: TaskId


@dataclass(frozen=True, slots=True)
class Failed:
    """The future got an exception that is not the pool's breaking."""

    task: TaskId


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The future was cancelled and its waiters were told."""

    task: TaskId


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """cancel() returned False: the task had begun or was done."""

    task: TaskId


@dataclass(frozen=True, slots=True)
class Broke:
    """The future got a BrokenProcessPool. ``worker`` is the one that died while it ran the task, else None."""

    task: TaskId
    worker: WorkerId | None


@dataclass(frozen=True, slots=True)
class Requested:
    """Somebody asked the pool to end: shutdown(), terminate_workers(), kill_workers(), collection, exit."""

    level: ShutdownLevel


@dataclass(frozen=True, slots=True)
class Returned:
    """A shutdown(wait=True), or the interpreter's exit, that waited for the pool's end returned."""


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """A worker process exists."""

    worker: WorkerId


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """A worker's initializer has run: it takes tasks from now on."""

    worker: WorkerId


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """A worker process ended without having been told to leave.

    ``exitcode`` is negative for a signal, and None if the status was stolen.
    """

    worker: WorkerId
    exitcode: int | None


@dataclass(frozen=True, slots=True)
class WorkerReaped:
    """The manager took a worker's exit status: nothing of the worker is left."""

    worker: WorkerId


@dataclass(frozen=True, slots=True)
class PoolEnded:
    """The manager ended: nothing of the pool is left."""


Event = (
    Submitted
    | Refused
    | Running
    | Succeeded
    | Failed
    | Cancelled
    | CancelRefused
    | Broke
    | Requested
    | Returned
    | WorkerStarted
    | WorkerReady
    | WorkerDied
    | WorkerReaped
    | PoolEnded
)
"""Everything that can stand in a trace."""
