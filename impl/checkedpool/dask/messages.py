"""The words between client, scheduler and workers, and how a slot is written into a key of the engine.

They change together: their number is part of the plugin's name, so different versions do not meet on one scheduler.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Slot: TypeAlias = tuple[str, int]
    """A task of the engine: of which executor, and which of all that this one has started."""

PLUGIN = "checkedpool-tickets-3"
PREFIX = "checkedpool"

ISSUE, REVOKE = f"{PREFIX}-issue", f"{PREFIX}-revoke"
"""On the stream from a client to the scheduler."""
END, FAIL = f"{PREFIX}-end", f"{PREFIX}-fail"
"""On that from a worker: a slot is over, with an answer or without."""
BEGIN = f"{PREFIX}_begin"
"""What a worker asks the scheduler: for any ticket; it may bring the end of the one before."""
TOLD = f"{PREFIX}-told"
"""On the stream from the scheduler to a client."""

BEGUN, ANSWERED, REVOKED, LOST, FAILED = "begun", "answered", "revoked", "lost", "failed"
"""What a client is told of a ticket."""
SPENT = "spent"
"""And of a slot: it has asked in vain, or the engine has given it up."""


def priority_as(priority: int) -> str:
    """In a message, where no number may be as large as it likes."""
    return f"{priority:x}" if priority else ""


def priority_of(text: str) -> int:
    """What it says."""
    return int(text, 16) if text else 0


def key_of(slot: Slot) -> str:
    """Under which the engine knows it."""
    executor, number = slot
    return f"{PREFIX}-{executor}-{number}"


def slot_of(key: object) -> Slot | None:
    """Which one that is; None: it is no task of ours."""
    if not isinstance(key, str) or not key.startswith(f"{PREFIX}-"):
        return None
    _, executor, number = key.split("-")
    return executor, int(number)
