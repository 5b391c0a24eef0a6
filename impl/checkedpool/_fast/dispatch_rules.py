"""Room ``dispatch``, the part that decides: a step more in the table of ``submit``, and a rule more of the manager.

Pure, like the machines that it extends: so the simulated pool runs it, and what comes of it is explored.
"""

from __future__ import annotations

from checkedpool._core import messages, tables
from checkedpool._core.manager import Manager
from checkedpool._core.tables import End, Step, Table
from checkedpool._core.worker_record import QUIET, READY, UNFORCED, Tickets, WorkerRecord
from checkedpool_spec.vocabulary import ShutdownLevel

SUBMIT: Table = {
    **tables.SUBMIT,
    Step.REREAD_CLOSED: {True: Step.WITHDRAW_CLOSED, False: Step.ISSUE_ALONE},
    Step.ISSUE_ALONE: {True: End.RETURN, False: Step.WAKE_FOR_TASK},
}
"""A client that issues its task alone need not wake the manager: that one learns of it when it wakes up for the answer,
or for anything else."""
TELLING = frozenset({messages.Settle, messages.Deliver, messages.Call, messages.AddUserThread})
"""Commands of which nothing comes that concerns a worker."""
OPEN = ShutdownLevel.OPEN


class LendingManager(Manager):
    """Has one rule more, the last before it sleeps."""

    def plan(self) -> None:
        super().plan()
        self._lend()

    def _lend(self) -> None:
        """Before it sleeps over a pool without tasks: let the next client issue its task to an idle worker by itself.

        That saves waking up.  Until the manager wakes up it does nothing with that worker.
        """
        if self.level is not OPEN or self.death is not None or self.pending or self.deferred or self.pickling:
            return
        for command in self.commands:
            if type(command) not in TELLING:
                return
        first = None
        for lane in self.lanes.values():
            if lane.issued or lane.queued or lane.tickets is Tickets.LENT:
                return
            if first is None and can_be_lent(lane) and (lane.limit is None or lane.given < lane.limit):
                first = lane
        if first is not None:
            self._order(first, messages.Lend(first.number, first.next_seq))

    def _recalled(self, lane: WorkerRecord, event: messages.Recalled) -> None:
        """It is the manager's again, and may have been given a task."""
        if event.used is not None:
            lane.last = lane.next_seq
            lane.issued[lane.last] = event.used
            lane.given += 1
            lane.empty = False


def can_be_lent(lane: WorkerRecord) -> bool:
    """Its worker waits, and has read all that was written: what a client writes now is read next."""
    free = lane.phase is READY and lane.force is UNFORCED and lane.tickets is QUIET and lane.last == lane.read
    return free and not (lane.issued or lane.queued or lane.behind or lane.marking)
