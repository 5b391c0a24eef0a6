"""What an observer can see of a pool, in the past tense.  A trace is a sequence of these.

Decides: which events there are and what each of them says. Must not know: who notes them, or how they are written down.
Frozen records only: no function, no control flow.
"""

from dataclasses import dataclass

from checkedpool_spec.vocabulary import ShutdownLevel, TaskId, WorkerId

__all__ = [
    "Broke",
    "CancelRefused",
    "Cancelled",
    "Event",
    "Failed",
    "PoolEnded",
    "Refused",
    "Requested",
    "Returned",
    "Running",
    "Submitted",
    "Succeeded",
    "WorkerDied",
    "WorkerReady",
    "WorkerReaped",
    "WorkerStarted",
]


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
