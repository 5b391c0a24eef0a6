"""What a worker process is in the protocol: alive and at what, ended, under a signal.

Decides: that, from one lane of a world and what the manager's machine knows of it. Must not know: tasks, tickets, what
the manager is about to do (``protocol``).
"""

from __future__ import annotations

from checkedpool._core import worker_record as lanes
from checkedpool._core.tables import Do
from checkedpool._core.worker_record import Force, Phase
from checkedpool.testing import Lane, Stage
from checkedpool_model.protocol.state import Mark, Slot, Worker

__all__ = ["has_ended", "is_stolen", "is_to_end_by_signal", "slot_of", "worker_of"]

WORKERS = {
    None: Worker.ENDED, Do.INITIALIZE: Worker.BOOTING, Do.SAY_READY: Worker.BOOTING, Do.SAY_FAILED: Worker.BOOTING,
    Do.TAKE_TICKET: Worker.WAITING,
    Do.READ_FRAME: Worker.RUNNING, Do.RUN: Worker.RUNNING, Do.ANSWER: Worker.RUNNING, Do.LEAVE: Worker.LEAVING,
    Do.ABORT: Worker.ENDED,
}  # fmt: skip


def worker_of(lane: Lane) -> Worker:
    """What its process does."""
    return WORKERS[lane.at]


def is_stolen(lane: Lane) -> bool:
    """Whether somebody else has the exit status; of an orphan nobody has it."""
    return not lane.alive and lane.status is None and not lane.orphan


def slot_of(there: lanes.WorkerRecord, lane: Lane, answers: list[int]) -> Slot:
    """How far the lane has come, ``answers`` being what the manager has not taken in."""
    if there.phase is Phase.STARTING:
        return Slot.STARTING
    return Slot.READY if lane.ready and Mark.READY not in answers else Slot.UP


def has_ended(lane: Lane) -> bool:
    """Whether there is a process that does nothing more, be it that the system has not said so yet."""
    return lane.stage is Stage.ADOPTED and worker_of(lane) is Worker.ENDED


def is_to_end_by_signal(there: lanes.WorkerRecord, lane: Lane) -> bool:
    """Whether a signal has been ordered that has not ended it: the protocol sends one and sees it obeyed at once."""
    return there.force is not Force.NONE and not has_ended(lane)
