"""The words between client, scheduler and workers, and how a ticket is written into a key of the engine.

They change together: their number is part of the plugin's name, so different versions do not meet on one scheduler.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool.dask.tickets import Ticket

PLUGIN = "checkedpool-tickets-2"
PREFIX = "checkedpool"

ISSUE, REVOKE, END = f"{PREFIX}-issue", f"{PREFIX}-revoke", f"{PREFIX}-end"
"""On the streams to the scheduler, from a client and from a worker."""
BEGIN = f"{PREFIX}_begin"
"""What a worker asks the scheduler."""
TOLD = f"{PREFIX}-told"
"""On the stream from the scheduler to a client."""

BEGUN, ANSWERED, REVOKED, LOST, AGAIN, FAILED = "begun", "answered", "revoked", "lost", "again", "failed"
"""What a client is told."""


def key_of(ticket: Ticket, attempt: int) -> str:
    """Under which the engine knows a task.  It is started again by another name, under the same ticket."""
    executor, number = ticket
    return f"{PREFIX}-{executor}-{number}-{attempt}"


def ticket_of(key: object) -> Ticket | None:
    """Of which ticket that is; None: it is no task of ours."""
    if not isinstance(key, str) or not key.startswith(f"{PREFIX}-"):
        return None
    _, executor, number, _ = key.split("-")
    return executor, int(number)
