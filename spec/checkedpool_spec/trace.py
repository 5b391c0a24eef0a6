"""The format of a trace: what a traced pool writes down of a real run, and what a line of it looks like.

Decides: which files a trace has, which events there are, which fields each must have and of which type, the version.
Must not know: who writes it (the shell's recorder), who reads it (the model), or what any event means for the protocol.

A trace is a directory with one file for each process, ``parent.jsonl`` and ``worker-N.jsonl``. A line is a JSON object,
one event: ``e`` is its name, ``at`` the interval of a monotonic clock, in nanoseconds, in which it happened. The clock
is one for all processes of the machine. The first line of a file is ``begin``, the last ``end``; a process that was
killed has no ``end``, and its last line may be torn.
"""

from enum import Enum
from typing import Final

__all__ = [
    "FIELDS", "FOLLOWS", "FORMAT", "MARKED", "PARENT", "PARENT_FIELDS", "SUFFIX", "VERSION", "WORKER", "WORKER_FIELDS",
    "E",
]  # fmt: skip

FORMAT: Final = "checkedpool trace"
VERSION: Final = 1
"""Goes up when a reader of the old one would misread the new one."""
SUFFIX: Final = ".jsonl"
PARENT: Final = "parent"
WORKER: Final = "worker"


class E(Enum):
    """The events, by the name that stands in a line."""

    BEGIN = "begin"
    """A process begins its file: who it is, and in the parent's file what is fixed for the pool."""
    END = "end"
    """The manager has ended; or a worker has let go of everything and leaves."""
    CALL = "call"
    """A client enters submit, cancel or shutdown. ``call`` is its number."""
    RETURN = "return"
    """The call with this number is over; ``at`` is the whole of it, ``came`` what the client got."""
    POST = "post"
    """Something was put in the manager's inbox. ``message`` is its place there: messages are numbered in order."""
    CLAIM = "claim"
    """A client tried to claim a task, and has it or not."""
    ISSUE = "issue"
    """A submitter has issued its task, as this ticket, to the worker that was lent. ``taken``: so did the system; if it
    did not, the ticket counts as revoked."""
    REVOKE = "read back"
    """A canceller emptied a ticket socket. ``came``: its task was there or not; null: it has moved."""
    LOOK = "look"
    """The manager woke and read what was there: messages from one number to before another, and what else came."""
    OP = "op"
    """The manager performed one operation; ``came`` is what it heard of it at once."""
    JOB = "job"
    """A user-code thread did a job for a task."""
    STEP = "step"
    """A worker performed one operation of its machine; the next one began when this one ended."""
    FAULT = "fault"
    """A worker is about to do to itself what the fault plan says. Written before it is done."""


FIELDS: Final[dict[E, dict[str, tuple[type, ...]]]] = {
    E.BEGIN: {"format": (str,), "version": (int,), "role": (str,), "pid": (int,)},
    E.END: {},
    E.CALL: {"call": (int,), "does": (str,)},
    E.RETURN: {"call": (int,), "does": (str,), "came": (str, bool, type(None))},
    E.POST: {"message": (int,), "what": (str,), "number": (int, type(None)), "call": (int, type(None))},
    E.CLAIM: {"task": (int,), "won": (bool,), "call": (int,)},
    E.ISSUE: {"lane": (int,), "task": (int,), "ticket": (int,), "taken": (bool,), "call": (int,)},
    E.REVOKE: {"lane": (int,), "task": (int,), "came": (bool, type(None)), "call": (int, type(None))},
    E.LOOK: {"messages": (list,), "came": (list,)},
    E.OP: {"op": (dict,), "came": (list,)},
    E.JOB: {"does": (str,), "task": (int,)},
    E.STEP: {"op": (str,), "came": (str,), "ticket": (int,)},
    E.FAULT: {"op": (str,), "when": (str,), "how": (str,)},
}
"""What a line must have beside ``e`` and ``at``. It may have more."""

FOLLOWS: Final[dict[tuple[str, str], str]] = {
    ("", ""): "INITIALIZE",
    ("INITIALIZE", "DONE"): "SAY_READY",
    ("INITIALIZE", "FAILED"): "SAY_FAILED",
    ("SAY_READY", "DONE"): "TAKE_TICKET",
    ("SAY_READY", "LOST"): "",
    ("SAY_FAILED", "DONE"): "",
    ("SAY_FAILED", "LOST"): "",
    ("TAKE_TICKET", "TICKET"): "READ_FRAME",
    ("TAKE_TICKET", "LEAVE"): "",
    ("READ_FRAME", "STALE"): "READ_FRAME",
    ("READ_FRAME", "MATCH"): "RUN",
    ("READ_FRAME", "LOST"): "",
    ("RUN", "DONE"): "ANSWER",
    ("ANSWER", "DONE"): "TAKE_TICKET",
    ("ANSWER", "LOST"): "",
}
"""In a worker's file: which operation follows on what came of one; "": none, the worker ends."""

MARKED: Final = 254
"""The ticket of a frame of no task. Those of tasks are smaller, the order to leave is larger."""

PARENT_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "start_method": (str,),
    "max_workers": (int,),
    "policy": (str,),
    "task_limit": (int, type(None)),
    "window": (int,),
}
"""What the first line of the parent's file must have besides."""

WORKER_FIELDS: Final[dict[str, tuple[type, ...]]] = {"lane": (int,)}
"""What the first line of a worker's file must have besides."""
