"""Room ``dispatch``, the part that decides: a step more in the table of ``submit``, and a rule more of the manager.

Pure, like the machines that it extends: so the simulated pool runs it, and what comes of it is explored.
"""

from __future__ import annotations

from checkedpool._core import client, words
from checkedpool._core.client import End, Step, Table
from checkedpool._core.manager import Manager
from checkedpool_spec.vocabulary import ShutdownLevel

SUBMIT: Table = {
    **client.SUBMIT,
    Step.REREAD_CLOSED: {True: Step.WITHDRAW_CLOSED, False: Step.ISSUE_ALONE},
    Step.ISSUE_ALONE: {True: End.RETURN, False: Step.RING},
}
"""A client that issues its task alone need not wake the manager: that one learns of it when it wakes up for the answer,
or for anything else."""
TELLING = frozenset({words.Settle, words.Deliver, words.Call, words.AddHelper})
"""Operations of which nothing comes that concerns a worker."""
OPEN = ShutdownLevel.OPEN


class LendingManager(Manager):
    """Has one rule more, the last before it sleeps."""

    def plan(self) -> None:
        super().plan()
        lend(self)


def lend(m: Manager) -> None:
    """Before it sleeps over a pool without tasks: let the next client issue its task to an idle worker by itself.

    That saves waking up.  Until the manager wakes up it does nothing with that worker.
    """
    if m.level is not OPEN or m.death is not None or m.pending or m.kept or m.pickling:
        return
    for op in m.ops:
        if type(op) not in TELLING:
            return
    first, limit = None, m.settings.task_limit
    for lane in m.lanes.values():
        if lane.issued or lane.queued or lane.lent:
            return
        if first is None and lane.to_lend and (limit is None or lane.given < limit):
            first = lane
    if first is not None:
        m.ops.append(words.Lend(first.number, first.lend()))
