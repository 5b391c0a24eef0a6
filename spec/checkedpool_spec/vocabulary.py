"""The words that specification, model and implementation share.

Decides: how strong a shutdown request is, what a dead worker costs. Must not know: how any of it is brought about.
Enums only: no function, no control flow, no import beyond the standard library's ``enum``, since every worker process
imports this.
"""

from enum import Enum, IntEnum

__all__ = ["STARTS_BEFORE_GIVING_UP", "DeathPolicy", "ShutdownLevel"]

STARTS_BEFORE_GIVING_UP = 3
"""Patience: so many starts in a row may come to nothing before a pool without a worker breaks (C-69)."""


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

    __hash__ = object.__hash__  # a member is one object; Enum's is Python, and every contract state has one of these
