"""The format of a cluster's trace: what a client of one writes down of its executor, and what a line looks like.

Decides: which file it is, which events there are, which fields each must have. Must not know: who writes it, who reads
it, or what an event means for the protocol.

A trace is a directory with the file ``client.jsonl``. A line is a JSON object, one event, with its name as ``e`` and
the moment as ``at``, in nanoseconds of a monotonic clock. The lines are in the order in which the client's event loop
has sent and heard. A number is that of a task's ticket or of a slot; both are of one series.
"""

from enum import Enum
from typing import Final

__all__ = ["CLIENT", "CLIENT_FORMAT", "FIELDS", "Event"]

CLIENT: Final = "client"
CLIENT_FORMAT: Final = "checkedpool cluster trace"


class Event(Enum):
    """By the name that stands in a line."""

    BEGIN = "begin"
    """The executor is made."""
    ISSUE = "issue"
    """The client has sent a ticket, with its priority."""
    START = "start"
    """It has had slots started."""
    DROP = "drop"
    """It wants a slot no more that was ahead."""
    REVOKE = "revoke"
    """It asks for tickets back; ``asked`` is the question's number."""
    CLOSE = "close"
    """It is shut down."""
    BEGUN = "begun"
    """It hears that a ticket was granted, and in which slot."""
    ANSWERED = "answered"
    """It hears an answer; ``slot``: that one is over with it, null: it has gone on to ask."""
    REVOKED = "revoked"
    """It hears the answer to that question."""
    LOST = "lost"
    """It hears that a worker is lost with this task."""
    SPENT = "spent"
    """It hears that a slot asks no more; ``asked``: it has asked in vain, else the engine has given it up."""
    FAILED = "failed"
    """It hears that nobody will answer, for a reason of the engine's."""
    BROKEN = "broken"
    """All that is unfinished ends: the connection is lost, or a death breaks the executor."""
    OVER = "over"
    """Nothing is unfinished, and it is closed."""


FIELDS: Final[dict[Event, tuple[str, ...]]] = {
    Event.BEGIN: ("format", "version", "pid"),
    Event.ISSUE: ("number", "priority"),
    Event.START: ("slots",),
    Event.DROP: ("slot",),
    Event.REVOKE: ("numbers", "asked"),
    Event.CLOSE: ("cancel",),
    Event.BEGUN: ("number", "slot"),
    Event.ANSWERED: ("number", "slot"),
    Event.REVOKED: ("numbers", "asked"),
    Event.LOST: ("number", "slot", "worker"),
    Event.SPENT: ("slot", "asked"),
    Event.FAILED: ("number", "slot"),
    Event.BROKEN: ("connection",),
    Event.OVER: (),
}
