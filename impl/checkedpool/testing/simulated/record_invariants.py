"""What holds of each field of the manager's record of a worker, whenever the manager has made a step.

Decides that.  The simulation asks it of every state that it reaches, and the tests of the machine after each step.
Must not know how the manager comes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checkedpool._core import worker_record
from checkedpool._core.messages import Seq, Settings
from checkedpool._core.tables import Record
from checkedpool._core.worker_record import (
    ABANDONED,
    BORN,
    CONTENDED,
    CONTENDED_REVOKE,
    ISSUING,
    LEAVING,
    LENT,
    OVER,
    QUIET,
    READY,
    REVOKE_WANTED,
    STARTING,
    Force,
    Remains,
    WorkerRecord,
)

__all__ = ["INVARIANTS", "violated"]


class Invariant(Record):
    """What holds of a field of every lane whenever the manager has made a step."""

    field: str
    says: str
    holds: Callable[[WorkerRecord, Settings], bool]


def _are_unread(lane: WorkerRecord, seqs: Sequence[Seq]) -> bool:
    """They are numbers of frames that the worker may not have read, in the order in which these were sent."""
    ages = [(lane.last - seq) % worker_record.LAST_SEQ for seq in seqs]
    return ages == sorted(set(ages), reverse=True) and all(age < lane.unread for age in ages)


def _is_free(lane: WorkerRecord) -> bool:
    return lane.idle and lane.force is Force.NONE and lane.last == lane.read and lane.behind == 0


INVARIANTS = (
    Invariant("number", "lanes are numbered from 0 on", lambda lane, _: lane.number >= 0),
    Invariant("phase", "a worker that was told to leave owes nothing",
              lambda lane, _: lane.phase is not LEAVING or not (lane.outstanding or lane.marking)),
    Invariant("deadline", "a start, leaving, a failed initializer and a signal have a limit; nothing else has",
              lambda lane, _: (lane.deadline is not None) == (lane.phase not in OVER and (
                  lane.phase in (STARTING, LEAVING) or lane.failure is not None or lane.force is not Force.NONE))),
    Invariant("force", "nobody signals a process that is not there; only one that SIGKILL did not end is abandoned",
              lambda lane, _: lane.force is Force.NONE if lane.phase is STARTING
              else lane.phase is not ABANDONED or lane.force is Force.KILL),
    Invariant("failure", "a worker whose initializer has failed is never ready",
              lambda lane, _: lane.failure is None or READY not in (lane.phase, lane.ended_in)),
    Invariant("ended_in", "what is over has ended in a phase in which there was a process",
              lambda lane, _: lane.ended_in in ((BORN, READY, LEAVING) if lane.phase in OVER else (None,))),
    Invariant("remains", "of what is over something is still to be seen: else it is buried",
              lambda lane, _: bool(lane.remains) == (lane.phase in OVER)),
    Invariant("exitcode", "a status that is known was seen",
              lambda lane, _: lane.exitcode is None or (lane.phase in OVER and Remains.STATUS not in lane.remains)),
    Invariant("stop", "where a worker is to be stopped at a task, that was issued to it",
              lambda lane, _: lane.stop is None or lane.stop in lane.issued.values()),
    Invariant("stop_force", "a worker is stopped by a signal",
              lambda lane, _: lane.stop is None or lane.stop_force is not Force.NONE),
    Invariant("tickets", "what is wanted back is asked for at once; tickets go out at ready workers, to free ones lent",
              lambda lane, _: {QUIET: True, ISSUING: lane.phase is READY, REVOKE_WANTED: False, LENT: _is_free(lane)
                               }.get(lane.tickets, lane.phase not in (STARTING, BORN))),
    Invariant("retry_at", "a canceller is waited for exactly where one was found",
              lambda lane, _: (lane.retry_at is not None) == (lane.tickets in (CONTENDED, CONTENDED_REVOKE))),
    Invariant("queued", "frames without tickets wait at ready workers, unread, in their order",
              lambda lane, _: _are_unread(lane, [seq for seq, _ in lane.queued]) if lane.phase is READY
              else lane.phase in OVER or not lane.queued),
    Invariant("asked", "an Issue that is out is about the first of the queued frames",
              lambda lane, _: lane.asked == lane.queued[: len(lane.asked)] and (
                  not lane.asked or lane.tickets is ISSUING)),
    Invariant("issued", "tickets are out at ready workers, for unread frames, in their order",
              lambda lane, _: _are_unread(lane, list(lane.issued)) if lane.phase is READY
              else lane.phase in OVER or not lane.issued),
    Invariant("empty", "a ticket that is out is a frame's",
              lambda lane, _: lane.empty or lane.last > 0),
    Invariant("given", "all that is out counts, and no worker is dealt more than it may have",
              lambda lane, s: s.task_limit is None or (
                  len(lane.issued) <= lane.given <= s.task_limit - len(lane.queued))),
    Invariant("limit", "a worker may have as many tasks as any; or none more, and then none waits for it",
              lambda lane, s: lane.limit == s.task_limit or (lane.limit == 0 and not lane.queued)),
    Invariant("behind", "frames that are not wholly in the pipe are unread; of a Send that is out it is not known",
              lambda lane, _: lane.phase is not READY or (bool(lane.queued) if lane.behind is None
                                                          else 0 <= lane.behind <= lane.unread + len(lane.marks))),
    Invariant("last", "so many frames are unread that each has a number of its own",
              lambda lane, _: 0 <= lane.last <= worker_record.LAST_SEQ and lane.unread <= worker_record.UNREAD),
    Invariant("read", "what was read was sent", lambda lane, _: 0 <= lane.read <= worker_record.LAST_SEQ),
    Invariant("marks", "marked frames are unread, in their order",
              lambda lane, _: lane.phase is not READY or all(
                  (lane.last - mark) % worker_record.LAST_SEQ <= lane.unread for mark in lane.marks)),
    Invariant("marking", "the ticket of a marked frame that is out has its frame",
              lambda lane, _: not lane.marking or bool(lane.marks)),
)  # fmt: skip
"""One for each field."""


def violated(lane: WorkerRecord, settings: Settings) -> list[str]:
    """The invariants that do not hold of it."""
    return [f"{one.field}: {one.says}" for one in INVARIANTS if not one.holds(lane, settings)]
