"""Whether the manager is awake in the protocol, asleep, or has ended.

Decides: that, from where its thread is in the code and from what may wake it. Must not know: tasks, tickets.

The protocol's manager sleeps if it has done all that it can do. The code's also waits for what the protocol has not:
room in a pipe, a lock, the clock. There the image is awake.
"""

from __future__ import annotations

from checkedpool._core import messages
from checkedpool._core.manager import Manager as Machine
from checkedpool.testing import At, Stage, World
from checkedpool.testing.simulated import manager_sleep
from checkedpool_model.protocol.state import Manager
from tests.checks.conformance.workers import has_ended, is_to_end_by_signal

__all__ = ["manager_of"]

NOTHING_NEW = (messages.Tick, messages.JobDone, messages.RevokedByCanceller, messages.Withdrawn, messages.Resized)
"""After these, too, a manager ends that has nothing else to do."""


def manager_of(w: World) -> Manager:
    """It has ended when it has decided so: what is posted after that it does not read."""
    machine = None if w.mind is None else w.mind.machine
    if w.ended or (machine is not None and (machine.finished or _has_looked_for_the_last_time(w, machine))):
        return Manager.ENDED
    is_asleep = w.at is At.SELECT and not _wakes_at_once(w)
    return Manager.AWAKE if not is_asleep or (machine and _has_to_wait(w, machine)) else Manager.ASLEEP


def _has_looked_for_the_last_time(w: World, machine: Machine) -> bool:
    """It has found nothing in the inbox that matters, and will end, whatever is posted now."""
    if w.at is not At.READ or w.ready or machine.lanes or not all(isinstance(out, NOTHING_NEW) for out in w.heard):
        return False
    machine = machine.copy()
    machine.step(w.heard)
    return machine.finished


def _wakes_at_once(w: World) -> bool:
    """Whether its sleep is over: it is due, was woken, or a process has ended, of which the protocol knows at once."""
    left = manager_sleep.due(w)
    return w.wakeup or (left is not None and left <= 0) or any(has_ended(lane) and not lane.seen for lane in w.lanes)


def _has_to_wait(w: World, machine: Machine) -> bool:
    """For room in a pipe, a canceller's lock, the clock, a signal that is under way or is not minded."""
    lanes = [(there, w.lanes[n]) for n, there in machine.lanes.items() if n < len(w.lanes)]
    pauses = machine.retry_at is not None and machine.wants_lane()
    return bool(
        pauses
        or machine.jobs
        or any(lane.out for lane in w.lanes)
        or any(there.retry_at is not None or lane.stage is Stage.STUCK for there, lane in lanes)
        or any(is_to_end_by_signal(there, lane) for there, lane in lanes)
    )
