"""The worker's machine: what a worker process does next.  Decides the order of its operations and what a ticket means.

Must not know: what a task is, how a message travels, what time it is.  One table; ``WorkerMachine`` walks it.
"""

from __future__ import annotations

from checkedpool._core.illegal import IllegalStep
from checkedpool._core.names import Name
from checkedpool._core.tickets import LEAVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Do(Name):
    """Operations of a worker; also its states: it is always in the middle of exactly one."""

    INITIALIZE = "run the initializer"
    SAY_READY = "write: ready"
    SAY_FAILED = "write: the initializer failed"
    TAKE_TICKET = "wait for a ticket"
    READ_FRAME = "read the next frame"
    RUN = "run the call"
    ANSWER = "write the whole answer"
    LEAVE = "run exit handlers and end, exit code 0"
    ABORT = "end, exit code 1"


class Came(Name):
    """What can come of a worker's operation."""

    DONE = "done"
    FAILED = "it raised"
    TICKET = "a ticket for a frame"
    LEAVE = "the ticket to leave, or end of file"
    MATCH = "the frame of the ticket"
    STALE = "a frame whose ticket was taken back"
    LOST = "the channel is closed"


WORKER: Mapping[Do, Mapping[Came, Do]] = {
    Do.INITIALIZE: {Came.DONE: Do.SAY_READY, Came.FAILED: Do.SAY_FAILED},
    Do.SAY_READY: {Came.DONE: Do.TAKE_TICKET, Came.LOST: Do.ABORT},
    Do.SAY_FAILED: {Came.DONE: Do.ABORT, Came.LOST: Do.ABORT},
    Do.TAKE_TICKET: {Came.TICKET: Do.READ_FRAME, Came.LEAVE: Do.LEAVE},
    Do.READ_FRAME: {Came.MATCH: Do.RUN, Came.STALE: Do.READ_FRAME, Came.LOST: Do.ABORT},
    Do.RUN: {Came.DONE: Do.ANSWER},  # whatever the call raises is its answer
    Do.ANSWER: {Came.DONE: Do.TAKE_TICKET, Came.LOST: Do.ABORT},
    Do.LEAVE: {},
    Do.ABORT: {},
}
"""State -> what came of it -> next state.  The two dead ends are ends of the process."""


class WorkerMachine:
    """One worker; ``key`` and ``copy`` serve exploration."""

    __slots__ = ("at", "ticket")

    def __init__(self) -> None:
        self.at = Do.INITIALIZE
        self.ticket = 0

    def key(self) -> tuple[Do, int]:
        """All of the state as a hashable value."""
        return self.at, self.ticket

    def copy(self) -> WorkerMachine:
        """An independent twin."""
        twin = WorkerMachine()
        twin.at, twin.ticket = self.at, self.ticket
        return twin

    def took(self, ticket: int | None) -> Came:
        """What a ticket (None: end of file) means."""
        if ticket is None or ticket == LEAVE:
            return Came.LEAVE
        self.ticket = ticket
        return Came.TICKET

    def read(self, seq: int) -> Came:
        """Whether a frame is the one of the ticket."""
        return Came.MATCH if seq == self.ticket else Came.STALE

    def step(self, came: Came) -> Do:
        """Go on; IllegalStep for an outcome that the table does not have for this state, and nothing is changed."""
        following = WORKER[self.at].get(came)
        if following is None:
            raise IllegalStep("worker", self.at.name, came.name, f"ticket {self.ticket}")
        self.at = following
        return following
